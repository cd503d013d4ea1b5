//! Rows of samples, aliquots and movements of amount.

use cartotek_domain::id::{AliquotId, CourseId, LedgerEntryId, PatientId, SampleId};
use cartotek_domain::sample::{Aliquot, LedgerEntry, LedgerKind, Sample, SampleUse};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use uuid::Uuid;

use super::Origin;
use super::tube::kind_of;
use crate::error::StoreError;
use crate::schema::{aliquot, ledger_entry, sample};
use crate::sql_type::{Id, UtcTime};

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
