//! Samples, aliquots, amounts and custody.

use cartotek_domain::access::Scope;
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::id::{AliquotId, BoxId, PatientId, SampleId, StorageUnitId};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry, NamedPlace, Sample, Tube};
use cartotek_domain::storage::{Position, StorageBox, StorageUnit};
use diesel::dsl::{exists, max};
use diesel::prelude::*;
use diesel::upsert::excluded;
use uuid::Uuid;

use super::care::{care, cared_for};
use super::{Conn, IN_LIST, among, dialect, insert_chunked, storage, tube};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::sample::{AliquotRow, LedgerEntryRow, SampleRow};
use crate::row::storage::{StorageBoxRow, StorageUnitRow};
use crate::row::tube::{BalanceRow, CustodyEventRow, OccupancyRow};
use crate::schema::{
    aliquot, amount_balance, barcode, custody_event, ledger_entry, occupancy, sample, storage_box,
    storage_unit,
};
use crate::session::sample::{Label, Labelled, SampleReads, SampleScope, SampleWrites};
use crate::sql_type::Id;

/// Narrows a query of samples to those the caller may see.
macro_rules! within {
    ($query:expr, $scope:expr) => {
        match (&$scope.biobanks, care(&$scope.patients)) {
            (Scope::Every, _) | (_, None) => $query,
            (Scope::Only(biobanks), Some(care)) => {
                let held: Vec<_> = biobanks.iter().map(BiobankCode::as_str).collect();
                $query.filter(seen_by!(held, care))
            }
        }
    };
}
pub(super) use within;

/// Whether a sample is held by one of the biobanks, or of a patient in whose care one of the sites takes part.
macro_rules! seen_by {
    ($held:expr, $care:expr) => {
        sample::biobank.eq_any($held).or({
            use crate::schema::participation;
            let (codes, day) = $care;
            cared_for!(sample::patient_id, participation::site.eq_any(codes), day)
        })
    };
}
pub(super) use seen_by;

impl SampleReads for Conn {
    fn sample(&mut self, id: SampleId, scope: &SampleScope) -> Result<Option<Sample>, StoreError> {
        let query = sample::table.select(SampleRow::as_select()).into_boxed().filter(sample::id.eq(Id(id)));
        within!(query, scope).first(self).optional()?.map(Sample::try_from).transpose()
    }

    fn samples(
        &mut self,
        patient: Option<PatientId>,
        scope: &SampleScope,
        page: &Page<SampleId>,
    ) -> Result<PageOf<Sample, SampleId>, StoreError> {
        let mut query = within!(sample::table.select(SampleRow::as_select()).into_boxed(), scope);
        if let Some(patient) = patient {
            query = query.filter(sample::patient_id.eq(Id(patient)));
        }
        if let Some(after) = page.after {
            query = query.filter(sample::id.gt(Id(after)));
        }
        let samples = believe(query.order(sample::id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(samples, |sample: &Sample| sample.id))
    }

    fn aliquots(&mut self, sample: SampleId) -> Result<Vec<Aliquot>, StoreError> {
        let query = aliquot::table.filter(aliquot::sample_id.eq(Id(sample))).order(aliquot::id);
        believe(query.select(AliquotRow::as_select()).load(self)?)
    }

    fn aliquot(
        &mut self,
        id: AliquotId,
        scope: &SampleScope,
    ) -> Result<Option<(Aliquot, Sample)>, StoreError> {
        let query = aliquot::table
            .inner_join(sample::table.on(sample::id.eq(aliquot::sample_id)))
            .select((AliquotRow::as_select(), SampleRow::as_select()))
            .into_boxed()
            .filter(aliquot::id.eq(Id(id)));
        let found: Option<(AliquotRow, SampleRow)> = within!(query, scope).first(self).optional()?;
        found.map(|(aliquot, sample)| Ok((aliquot.try_into()?, sample.try_into()?))).transpose()
    }

    fn labelled(&mut self, value: &str) -> Result<Option<Labelled>, StoreError> {
        let query = barcode::table.find(value).select((barcode::kind, barcode::owner_id));
        query.first(self).optional()?.map(storage::carrier).transpose()
    }

    fn visible(&mut self, value: &str, scope: &SampleScope) -> Result<Option<Labelled>, StoreError> {
        let (Scope::Only(biobanks), Some(care)) = (&scope.biobanks, care(&scope.patients)) else {
            return self.labelled(value);
        };
        let held: Vec<_> = biobanks.iter().map(BiobankCode::as_str).collect();
        let samples = sample::table
            .filter(sample::id.eq(barcode::owner_id))
            .filter(seen_by!(held.clone(), care.clone()));
        let aliquots = aliquot::table
            .inner_join(sample::table.on(sample::id.eq(aliquot::sample_id)))
            .filter(aliquot::id.eq(barcode::owner_id))
            .filter(seen_by!(held.clone(), care));
        let boxes = storage_box::table
            .inner_join(storage_unit::table.on(storage_unit::id.eq(storage_box::unit_id)))
            .filter(storage_box::id.eq(barcode::owner_id))
            .filter(storage_unit::biobank.eq_any(held));
        let query = barcode::table
            .filter(barcode::value.eq(value))
            .filter(exists(samples).or(exists(aliquots)).or(exists(boxes)))
            .select((barcode::kind, barcode::owner_id));
        query.first(self).optional()?.map(storage::carrier).transpose()
    }

    fn balances(&mut self, tubes: &[Uuid]) -> Result<Vec<(Uuid, Amount)>, StoreError> {
        let mut balances = Vec::with_capacity(tubes.len());
        for chunk in tubes.chunks(IN_LIST) {
            let query = amount_balance::table.select(BalanceRow::as_select()).into_boxed();
            let rows: Vec<BalanceRow> = among!(query, amount_balance::tube_id, chunk).load(self)?;
            for row in rows {
                balances.push(row.believe()?);
            }
        }
        Ok(balances)
    }

    fn ledger(&mut self, sample: SampleId) -> Result<Vec<LedgerEntry>, StoreError> {
        let query =
            ledger_entry::table.filter(ledger_entry::sample_id.eq(Id(sample))).order(ledger_entry::id);
        believe(query.select(LedgerEntryRow::as_select()).load(self)?)
    }

    fn custody(
        &mut self,
        sample: SampleId,
        page: &Page<i64>,
    ) -> Result<PageOf<CustodyEvent, i64>, StoreError> {
        let query = custody_event::table
            .filter(custody_event::sample_id.eq(Id(sample)))
            .filter(custody_event::number.gt(page.after.unwrap_or(0)))
            .order(custody_event::number)
            .limit(page.rows())
            .select(CustodyEventRow::as_select());
        Ok(page.cut(believe(query.load(self)?)?, |event: &CustodyEvent| event.number))
    }

    fn last_custody_number(&mut self, sample: SampleId) -> Result<i64, StoreError> {
        let of_sample = custody_event::table.filter(custody_event::sample_id.eq(Id(sample)));
        let last: Option<i64> = of_sample.select(max(custody_event::number)).first(self)?;
        Ok(last.unwrap_or(0))
    }

    fn last_custody_numbers(&mut self, tubes: &[Uuid]) -> Result<Vec<(Uuid, i64)>, StoreError> {
        tube::last_custody_numbers(self, tubes)
    }

    fn storage_units(&mut self, biobanks: &[BiobankCode]) -> Result<Vec<StorageUnit>, StoreError> {
        let codes: Vec<_> = biobanks.iter().map(BiobankCode::as_str).collect();
        let query = storage_unit::table.filter(storage_unit::biobank.eq_any(codes)).order(storage_unit::name);
        believe(query.select(StorageUnitRow::as_select()).load(self)?)
    }

    fn storage_unit(&mut self, id: StorageUnitId) -> Result<Option<StorageUnit>, StoreError> {
        let query = storage_unit::table.find(Id(id)).select(StorageUnitRow::as_select());
        query.first(self).optional()?.map(StorageUnit::try_from).transpose()
    }

    fn storage_boxes(
        &mut self,
        unit: StorageUnitId,
        page: &Page<BoxId>,
    ) -> Result<PageOf<StorageBox, BoxId>, StoreError> {
        let of_unit = storage_box::table.filter(storage_box::unit_id.eq(Id(unit)));
        let mut query = of_unit.order(storage_box::id).select(StorageBoxRow::as_select()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(storage_box::id.gt(Id(after)));
        }
        let boxes = believe(query.limit(page.rows()).load(self)?)?;
        Ok(page.cut(boxes, |storage_box: &StorageBox| storage_box.id))
    }

    fn storage_box(
        &mut self,
        id: BoxId,
        biobanks: &[BiobankCode],
    ) -> Result<Option<(StorageBox, StorageUnit)>, StoreError> {
        let query = storage_box::table
            .inner_join(storage_unit::table.on(storage_unit::id.eq(storage_box::unit_id)))
            .filter(storage_box::id.eq(Id(id)))
            .filter(storage_unit::biobank.eq_any(biobanks.iter().map(BiobankCode::as_str)))
            .select((StorageBoxRow::as_select(), StorageUnitRow::as_select()));
        let found: Option<(StorageBoxRow, StorageUnitRow)> = query.first(self).optional()?;
        found.map(|(storage_box, unit)| Ok((storage_box.try_into()?, unit.try_into()?))).transpose()
    }

    fn occupants(&mut self, storage_box: BoxId) -> Result<Vec<(String, Tube)>, StoreError> {
        let query = occupancy::table.filter(occupancy::box_id.eq(Id(storage_box))).order(occupancy::position);
        let rows: Vec<OccupancyRow> = query.select(OccupancyRow::as_select()).load(self)?;
        rows.into_iter().map(OccupancyRow::believe).collect()
    }

    fn labels(&mut self, tubes: &[Tube]) -> Result<Vec<Label>, StoreError> {
        tube::labels(self, tubes)
    }

    fn places(&mut self, tubes: &[Uuid]) -> Result<Vec<(Uuid, NamedPlace)>, StoreError> {
        tube::places(self, tubes)
    }
}

impl SampleWrites for Conn {
    fn lock_sample(&mut self, id: SampleId) -> Result<(), StoreError> {
        let query = sample::table.find(Id(id)).select(sample::id);
        let _locked: Option<Id<SampleId>> = dialect::for_update!(query).first(self).optional()?;
        Ok(())
    }

    fn lock_box(&mut self, id: BoxId) -> Result<(), StoreError> {
        let query = storage_box::table.find(Id(id)).select(storage_box::id);
        let _locked: Option<Id<BoxId>> = dialect::for_update!(query).first(self).optional()?;
        Ok(())
    }

    fn insert_samples(&mut self, samples: &[Sample]) -> Result<(), StoreError> {
        let labels = samples.iter().map(|sample| (sample.barcode.as_str(), sample.id.uuid()));
        storage::label(self, "sample", labels)?;
        let rows: Vec<_> = samples.iter().map(SampleRow::from).collect();
        insert_chunked!(self, sample::table, rows, 15);
        Ok(())
    }

    fn insert_aliquots(&mut self, aliquots: &[Aliquot]) -> Result<(), StoreError> {
        let labels = aliquots.iter().map(|aliquot| (aliquot.barcode.as_str(), aliquot.id.uuid()));
        storage::label(self, "aliquot", labels)?;
        let rows: Vec<_> = aliquots.iter().map(AliquotRow::from).collect();
        insert_chunked!(self, aliquot::table, rows, 11);
        Ok(())
    }

    fn insert_ledger_entries(&mut self, entries: &[LedgerEntry]) -> Result<(), StoreError> {
        let rows: Vec<_> = entries.iter().map(LedgerEntryRow::from).collect();
        insert_chunked!(self, ledger_entry::table, rows, 12);
        Ok(())
    }

    fn put_balances(&mut self, balances: &[(Uuid, Amount)]) -> Result<(), StoreError> {
        for (tube, amount) in balances {
            diesel::insert_into(amount_balance::table)
                .values(BalanceRow::new(*tube, *amount))
                .on_conflict(amount_balance::tube_id)
                .do_update()
                .set(amount_balance::quantity.eq(excluded(amount_balance::quantity)))
                .execute(self)?;
        }
        Ok(())
    }

    fn insert_custody_events(&mut self, events: &[CustodyEvent]) -> Result<(), StoreError> {
        let rows: Vec<_> = events.iter().map(CustodyEventRow::from).collect();
        insert_chunked!(self, custody_event::table, rows, 13);
        Ok(())
    }

    fn occupy(&mut self, storage_box: BoxId, position: Position, tube: Tube) -> Result<(), StoreError> {
        let row = OccupancyRow::new(storage_box, position.to_string(), tube);
        diesel::insert_into(occupancy::table).values(row).execute(self)?;
        Ok(())
    }

    fn vacate(&mut self, tube: Uuid) -> Result<(), StoreError> {
        diesel::delete(occupancy::table.filter(occupancy::tube_id.eq(Id(tube)))).execute(self)?;
        Ok(())
    }

    fn insert_storage_unit(&mut self, unit: &StorageUnit) -> Result<(), StoreError> {
        diesel::insert_into(storage_unit::table).values(StorageUnitRow::from(unit)).execute(self)?;
        Ok(())
    }

    fn insert_storage_box(&mut self, storage_box: &StorageBox) -> Result<(), StoreError> {
        storage::label(self, "box", std::iter::once((storage_box.barcode.as_str(), storage_box.id.uuid())))?;
        diesel::insert_into(storage_box::table).values(StorageBoxRow::from(storage_box)).execute(self)?;
        Ok(())
    }
}
