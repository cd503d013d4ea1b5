//! Rows of samples, aliquots, amounts and custody.

use cartotek_domain::id::{
    ActorId, AliquotId, BoxId, CourseId, CustodyEventId, LedgerEntryId, PatientId, SampleId, StorageUnitId,
};
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{
    Aliquot, CustodyEvent, CustodyKind, LedgerEntry, LedgerKind, Place, Sample, SampleUse, Tube,
};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{aliquot, amount_balance, custody_event, ledger_entry, occupancy, sample};
use crate::sql_type::{Id, UtcTime};

impl<R: ToString> Origin<R> {
    fn amount(&self, quantity: i64, unit: &str) -> Result<Amount, StoreError> {
        let unit = self.known("unit", AmountUnit::from_name(unit))?;
        Amount::new(quantity, unit).map_err(|_| self.unbelievable("quantity"))
    }

    fn tube(&self, column: &'static str, kind: &str, id: Uuid) -> Result<Tube, StoreError> {
        match kind {
            "sample" => Ok(Tube::Sample(SampleId::from_uuid(id))),
            "aliquot" => Ok(Tube::Aliquot(AliquotId::from_uuid(id))),
            _ => Err(self.unbelievable(column)),
        }
    }
}

fn kind_of(tube: Tube) -> String {
    match tube {
        Tube::Sample(_) => "sample".to_owned(),
        Tube::Aliquot(_) => "aliquot".to_owned(),
    }
}

/// A primary specimen.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = sample, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct SampleRow {
    quantity: i64,
    unit: String,
    id: Id<SampleId>,
    barcode: String,
    patient_id: Id<PatientId>,
    course_id: Option<Id<CourseId>>,
    biobank: String,
    collection_site: String,
    material: String,
    collected_at: UtcTime,
    collected_offset: i32,
    time_point: String,
    taken_for: String,
    created_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Sample> for SampleRow {
    fn from(sample: &Sample) -> Self {
        Self {
            quantity: sample.amount.quantity(),
            unit: sample.amount.unit().name().to_owned(),
            id: Id(sample.id),
            barcode: sample.barcode.clone(),
            patient_id: Id(sample.patient),
            course_id: sample.course.map(Id),
            biobank: sample.biobank.to_string(),
            collection_site: sample.collection_site.to_string(),
            material: sample.material.clone(),
            collected_at: UtcTime(sample.collected_at),
            collected_offset: sample.collected_offset,
            time_point: sample.time_point.clone(),
            taken_for: sample.taken_for.name().to_owned(),
            created_at: UtcTime(sample.created_at),
            salt: sample.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<SampleRow> for Sample {
    type Error = StoreError;

    fn try_from(row: SampleRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "sample", row: row.id.0 };
        Ok(Self {
            amount: origin.amount(row.quantity, &row.unit)?,
            biobank: origin.parse("biobank", &row.biobank)?,
            collection_site: origin.parse("collection_site", &row.collection_site)?,
            taken_for: origin.known("taken_for", SampleUse::from_name(&row.taken_for))?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            barcode: row.barcode,
            patient: row.patient_id.0,
            course: row.course_id.map(|id| id.0),
            material: row.material,
            collected_at: row.collected_at.0,
            collected_offset: row.collected_offset,
            time_point: row.time_point,
            created_at: row.created_at.0,
        })
    }
}

/// An aliquot.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = aliquot, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct AliquotRow {
    quantity: i64,
    unit: String,
    id: Id<AliquotId>,
    sample_id: Id<SampleId>,
    parent_id: Option<Id<AliquotId>>,
    patient_id: Id<PatientId>,
    biobank: String,
    barcode: String,
    material: String,
    created_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Aliquot> for AliquotRow {
    fn from(aliquot: &Aliquot) -> Self {
        Self {
            quantity: aliquot.amount.quantity(),
            unit: aliquot.amount.unit().name().to_owned(),
            id: Id(aliquot.id),
            sample_id: Id(aliquot.sample),
            parent_id: aliquot.parent.map(Id),
            patient_id: Id(aliquot.patient),
            biobank: aliquot.biobank.to_string(),
            barcode: aliquot.barcode.clone(),
            material: aliquot.material.clone(),
            created_at: UtcTime(aliquot.created_at),
            salt: aliquot.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<AliquotRow> for Aliquot {
    type Error = StoreError;

    fn try_from(row: AliquotRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "aliquot", row: row.id.0 };
        Ok(Self {
            amount: origin.amount(row.quantity, &row.unit)?,
            biobank: origin.parse("biobank", &row.biobank)?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            sample: row.sample_id.0,
            parent: row.parent_id.map(|id| id.0),
            patient: row.patient_id.0,
            barcode: row.barcode,
            material: row.material,
            created_at: row.created_at.0,
        })
    }
}
/// A movement of amount.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = ledger_entry, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct LedgerEntryRow {
    id: Id<LedgerEntryId>,
    sample_id: Id<SampleId>,
    patient_id: Id<PatientId>,
    from_kind: Option<String>,
    from_id: Option<Id<Uuid>>,
    to_kind: Option<String>,
    to_id: Option<Id<Uuid>>,
    quantity: i64,
    unit: String,
    kind: String,
    recorded_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&LedgerEntry> for LedgerEntryRow {
    fn from(entry: &LedgerEntry) -> Self {
        Self {
            id: Id(entry.id),
            sample_id: Id(entry.sample),
            patient_id: Id(entry.patient),
            from_kind: entry.from.map(kind_of),
            from_id: entry.from.map(|tube| Id(tube.uuid())),
            to_kind: entry.to.map(kind_of),
            to_id: entry.to.map(|tube| Id(tube.uuid())),
            quantity: entry.amount.quantity(),
            unit: entry.amount.unit().name().to_owned(),
            kind: entry.kind.name().to_owned(),
            recorded_at: UtcTime(entry.recorded_at),
            salt: entry.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<LedgerEntryRow> for LedgerEntry {
    type Error = StoreError;

    fn try_from(row: LedgerEntryRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "ledger_entry", row: row.id.0 };
        let tube = |column, kind: Option<String>, id: Option<Id<Uuid>>| {
            kind.zip(id).map(|(kind, id)| origin.tube(column, &kind, id.0)).transpose()
        };
        Ok(Self {
            id: row.id.0,
            sample: row.sample_id.0,
            patient: row.patient_id.0,
            from: tube("from_kind", row.from_kind, row.from_id)?,
            to: tube("to_kind", row.to_kind, row.to_id)?,
            amount: origin.amount(row.quantity, &row.unit)?,
            kind: origin.known("kind", LedgerKind::from_name(&row.kind))?,
            recorded_at: row.recorded_at.0,
            salt: origin.salt(&row.salt)?,
        })
    }
}

/// What is left in a tube.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = amount_balance, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct BalanceRow {
    tube_id: Id<Uuid>,
    quantity: i64,
    unit: String,
}

impl BalanceRow {
    pub(crate) fn new(tube: Uuid, amount: Amount) -> Self {
        Self { tube_id: Id(tube), quantity: amount.quantity(), unit: amount.unit().name().to_owned() }
    }

    pub(crate) fn believe(self) -> Result<(Uuid, Amount), StoreError> {
        let origin = Origin { table: "amount_balance", row: self.tube_id.0 };
        Ok((self.tube_id.0, origin.amount(self.quantity, &self.unit)?))
    }
}

/// A custody event.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = custody_event, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct CustodyEventRow {
    id: Id<CustodyEventId>,
    tube_kind: String,
    tube_id: Id<Uuid>,
    sample_id: Id<SampleId>,
    patient_id: Id<PatientId>,
    kind: String,
    occurred_at: UtcTime,
    actor_id: Id<ActorId>,
    unit_id: Option<Id<StorageUnitId>>,
    box_id: Option<Id<BoxId>>,
    position: Option<String>,
    salt: Vec<u8>,
}

impl From<&CustodyEvent> for CustodyEventRow {
    fn from(event: &CustodyEvent) -> Self {
        let place = event.place.as_ref();
        Self {
            id: Id(event.id),
            tube_kind: kind_of(event.tube),
            tube_id: Id(event.tube.uuid()),
            sample_id: Id(event.sample),
            patient_id: Id(event.patient),
            kind: event.kind.name().to_owned(),
            occurred_at: UtcTime(event.occurred_at),
            actor_id: Id(event.actor),
            unit_id: place.map(|place| Id(place.unit)),
            box_id: place.map(|place| Id(place.storage_box)),
            position: place.map(|place| place.position.clone()),
            salt: event.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<CustodyEventRow> for CustodyEvent {
    type Error = StoreError;

    fn try_from(row: CustodyEventRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "custody_event", row: row.id.0 };
        let place = match (row.unit_id, row.box_id, row.position) {
            (Some(unit), Some(storage_box), Some(position)) => {
                Some(Place { unit: unit.0, storage_box: storage_box.0, position })
            }
            (None, None, None) => None,
            _ => return Err(origin.unbelievable("position")),
        };
        Ok(Self {
            id: row.id.0,
            tube: origin.tube("tube_kind", &row.tube_kind, row.tube_id.0)?,
            sample: row.sample_id.0,
            patient: row.patient_id.0,
            kind: origin.known("kind", CustodyKind::from_name(&row.kind))?,
            occurred_at: row.occurred_at.0,
            actor: row.actor_id.0,
            place,
            salt: origin.salt(&row.salt)?,
        })
    }
}

/// A tube in a position.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = occupancy, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct OccupancyRow {
    box_id: Id<BoxId>,
    position: String,
    tube_kind: String,
    tube_id: Id<Uuid>,
}

impl OccupancyRow {
    pub(crate) fn new(storage_box: BoxId, position: String, tube: Tube) -> Self {
        Self { box_id: Id(storage_box), position, tube_kind: kind_of(tube), tube_id: Id(tube.uuid()) }
    }

    pub(crate) fn believe(self) -> Result<(String, Tube), StoreError> {
        let origin = Origin { table: "occupancy", row: self.tube_id.0 };
        let tube = origin.tube("tube_kind", &self.tube_kind, self.tube_id.0)?;
        Ok((self.position, tube))
    }
}
