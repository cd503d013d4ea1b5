//! Rows of stored answers and import jobs.

use cartotek_domain::id::{ActorId, ImportId, PatientId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{idempotent_answer, import_chunk, import_job, import_patient};
use crate::session::job::{ImportJob, StoredAnswer};
use crate::sql_type::{Id, UtcTime};

/// The stored answer of a keyed request.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = idempotent_answer, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct AnswerRow {
    pub(crate) actor_id: Id<ActorId>,
    pub(crate) idempotency_key: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) answer: String,
    pub(crate) created_at: UtcTime,
    pub(crate) about: Option<Id<Uuid>>,
}

impl TryFrom<AnswerRow> for StoredAnswer {
    type Error = StoreError;

    fn try_from(row: AnswerRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "idempotent_answer", row: row.actor_id.0 };
        Ok(Self { fingerprint: origin.hash("fingerprint", &row.fingerprint)?, answer: row.answer })
    }
}

/// An import job.
#[derive(AsChangeset, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = import_job, treat_none_as_default_value = false, treat_none_as_null = true)]
#[diesel(check_for_backend(Pg, Sqlite))]
pub(crate) struct ImportJobRow {
    pub(crate) id: Id<ImportId>,
    actor_id: Id<ActorId>,
    site: String,
    /// Empty when each row of the file names its own.
    form: String,
    format: String,
    atomicity: String,
    dry_run: bool,
    state: String,
    rows_total: i64,
    rows_accepted: i64,
    rows_refused: i64,
    rows_done: i64,
    mapping: Option<String>,
    started_at: UtcTime,
    finished_at: Option<UtcTime>,
    expires_at: UtcTime,
}

impl From<&ImportJob> for ImportJobRow {
    fn from(job: &ImportJob) -> Self {
        Self {
            id: Id(job.id),
            actor_id: Id(job.actor),
            site: job.site.to_string(),
            form: job.form.clone().unwrap_or_default(),
            format: job.format.clone(),
            atomicity: job.atomicity.clone(),
            dry_run: job.dry_run,
            state: job.state.clone(),
            rows_total: job.rows_total,
            rows_accepted: job.rows_accepted,
            rows_refused: job.rows_refused,
            rows_done: job.rows_done,
            mapping: job.mapping.clone(),
            started_at: UtcTime(job.started_at),
            finished_at: job.finished_at.map(UtcTime),
            expires_at: UtcTime(job.expires_at),
        }
    }
}

impl TryFrom<ImportJobRow> for ImportJob {
    type Error = StoreError;

    fn try_from(row: ImportJobRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "import_job", row: row.id.0 };
        Ok(Self {
            id: row.id.0,
            actor: row.actor_id.0,
            site: origin.parse("site", &row.site)?,
            dry_run: row.dry_run,
            rows_total: row.rows_total,
            rows_accepted: row.rows_accepted,
            rows_refused: row.rows_refused,
            rows_done: row.rows_done,
            mapping: row.mapping,
            started_at: row.started_at.0,
            finished_at: row.finished_at.map(|at| at.0),
            expires_at: row.expires_at.0,
            form: Some(row.form).filter(|form| !form.is_empty()),
            format: row.format,
            atomicity: row.atomicity,
            state: row.state,
        })
    }
}

/// A chunk of a job's file.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = import_chunk, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ChunkRow {
    pub(crate) job_id: Id<ImportId>,
    pub(crate) kind: String,
    pub(crate) ordinal: i64,
    pub(crate) content: Vec<u8>,
}

/// A patient whom an import's file names.
#[derive(Debug, Insertable)]
#[diesel(table_name = import_patient)]
pub(crate) struct ImportPatientRow {
    pub(crate) job_id: Id<ImportId>,
    pub(crate) patient_id: Id<PatientId>,
}
