//! What is written on tubes, where they lie, and how far they have come.

use cartotek_domain::id::{AliquotId, PatientId, SampleId};
use cartotek_domain::sample::{NamedPlace, Place, Tube};
use diesel::dsl::max;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, IN_LIST};
use crate::error::StoreError;
use crate::schema::{aliquot, custody_event, occupancy, sample, storage_box, storage_unit};
use crate::session::sample::Label;
use crate::sql_type::Id;

/// What is written on tubes and whose they are.
pub(super) fn labels(conn: &mut Conn, tubes: &[Tube]) -> Result<Vec<Label>, StoreError> {
    let mut labels = Vec::with_capacity(tubes.len());
    for chunk in tubes.chunks(IN_LIST) {
        let ids: Vec<_> = chunk.iter().map(|tube| Id(tube.uuid())).collect();
        let samples = sample::table.filter(sample::id.eq_any(ids.clone()));
        let found: Vec<(Id<SampleId>, Id<PatientId>, String)> =
            samples.select((sample::id, sample::patient_id, sample::barcode)).load(conn)?;
        let label = |tube, patient: Id<PatientId>, barcode| Label { tube, patient: patient.0, barcode };
        labels.extend(found.into_iter().map(|(id, of, text)| label(Tube::Sample(id.0), of, text)));
        let aliquots = aliquot::table.filter(aliquot::id.eq_any(ids));
        let found: Vec<(Id<AliquotId>, Id<PatientId>, String)> =
            aliquots.select((aliquot::id, aliquot::patient_id, aliquot::barcode)).load(conn)?;
        labels.extend(found.into_iter().map(|(id, of, text)| label(Tube::Aliquot(id.0), of, text)));
    }
    Ok(labels)
}

/// Where tubes lie, in the words of the staff.
pub(super) fn places(conn: &mut Conn, tubes: &[Uuid]) -> Result<Vec<(Uuid, NamedPlace)>, StoreError> {
    let named = |(tube, (unit, storage_box, position), (unit_name, box_barcode)): (Id<Uuid>, _, _)| {
        let (unit, storage_box): (Id<_>, Id<_>) = (unit, storage_box);
        let place = Place { unit: unit.0, storage_box: storage_box.0, position };
        (tube.0, NamedPlace { place, unit_name, box_barcode })
    };
    let mut places = Vec::with_capacity(tubes.len());
    for chunk in tubes.chunks(IN_LIST) {
        let wanted: Vec<_> = chunk.iter().copied().map(Id).collect();
        let found = occupancy::table
            .inner_join(storage_box::table.on(storage_box::id.eq(occupancy::box_id)))
            .inner_join(storage_unit::table.on(storage_unit::id.eq(storage_box::unit_id)))
            .filter(occupancy::tube_id.eq_any(wanted))
            .select((
                occupancy::tube_id,
                (storage_unit::id, storage_box::id, occupancy::position),
                (storage_unit::name, storage_box::barcode),
            ))
            .load::<(Id<Uuid>, (Id<_>, Id<_>, String), (String, String))>(conn)?;
        places.extend(found.into_iter().map(named));
    }
    Ok(places)
}

/// The number of the last custody event of each tube.
pub(super) fn last_custody_numbers(conn: &mut Conn, tubes: &[Uuid]) -> Result<Vec<(Uuid, i64)>, StoreError> {
    let mut numbers = Vec::with_capacity(tubes.len());
    for chunk in tubes.chunks(IN_LIST) {
        let wanted: Vec<_> = chunk.iter().copied().map(Id).collect();
        let query = custody_event::table
            .filter(custody_event::tube_id.eq_any(wanted))
            .group_by(custody_event::tube_id)
            .select((custody_event::tube_id, max(custody_event::number).assume_not_null()));
        let rows: Vec<(Id<Uuid>, i64)> = query.load(conn)?;
        numbers.extend(rows.into_iter().map(|(tube, number)| (tube.0, number)));
    }
    Ok(numbers)
}
