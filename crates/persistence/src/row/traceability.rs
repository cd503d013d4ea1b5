//! Rows of what erasures keep.

use cartotek_domain::id::{PatientId, TraceabilityId};
use cartotek_domain::traceability::Traceability;
use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::traceability;
use crate::sql_type::{Id, UtcTime};

/// What an erasure keeps of a record.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = traceability, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct TraceabilityRow {
    id: Id<TraceabilityId>,
    patient_id: Id<PatientId>,
    site: String,
    form: String,
    answers: String,
    removable_from: NaiveDate,
    recorded_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Traceability> for TraceabilityRow {
    fn from(kept: &Traceability) -> Self {
        Self {
            id: Id(kept.id),
            patient_id: Id(kept.patient),
            site: kept.site.to_string(),
            form: kept.form.clone(),
            answers: kept.answers.clone(),
            removable_from: kept.removable_from,
            recorded_at: UtcTime(kept.recorded_at),
            salt: kept.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<TraceabilityRow> for Traceability {
    type Error = StoreError;

    fn try_from(row: TraceabilityRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "traceability", row: row.id.0 };
        Ok(Self {
            id: row.id.0,
            patient: row.patient_id.0,
            site: origin.parse("site", &row.site)?,
            form: row.form,
            answers: row.answers,
            removable_from: row.removable_from,
            recorded_at: row.recorded_at.0,
            salt: origin.salt(&row.salt)?,
        })
    }
}
