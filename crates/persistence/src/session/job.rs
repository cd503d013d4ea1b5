//! Stored answers of keyed requests, and import jobs.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, ImportId, PatientId};
use cartotek_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// The stored answer of a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Hash of the request it answers.
    pub fingerprint: [u8; 32],
    /// The answer as JSON; empty once it was erased with the patient it spoke of. (That of a request that is being
    /// worked on is never seen: whoever asks for it waits for the end.)
    pub answer: String,
}

/// An import job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportJob {
    /// Its id.
    pub id: ImportId,
    /// Who started it.
    pub actor: ActorId,
    /// For which site.
    pub site: SiteCode,
    /// The form; none when each row of the file names its own.
    pub form: Option<String>,
    /// `csv`, `ndjson` or `xlsx`.
    pub format: String,
    /// `all` or `row`.
    pub atomicity: String,
    /// Whether nothing is kept.
    pub dry_run: bool,
    /// `running`, `cancelling`, `interrupted`, `cancelled`, `done` or `refused`.
    pub state: String,
    /// Rows in the file.
    pub rows_total: i64,
    /// Rows kept.
    pub rows_accepted: i64,
    /// Rows refused.
    pub rows_refused: i64,
    /// Rows dealt with.
    pub rows_done: i64,
    /// The name of the mapping by which the file is read.
    pub mapping: Option<String>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When its files are deleted.
    pub expires_at: Timestamp,
}

/// Reads stored answers and jobs.
pub trait JobReads {
    /// The stored answer of an actor's key.
    fn stored_answer(&mut self, actor: ActorId, key: &str) -> Result<Option<StoredAnswer>, StoreError>;

    /// The import job of that id.
    fn import_job(&mut self, id: ImportId) -> Result<Option<ImportJob>, StoreError>;

    /// The import jobs of some sites that have not expired at an instant, those that have not ended among them; the newest
    /// first.
    fn import_jobs(
        &mut self,
        sites: &BTreeSet<SiteCode>,
        now: Timestamp,
        page: &Page<ImportId>,
    ) -> Result<PageOf<ImportJob, ImportId>, StoreError>;

    /// How many chunks of one kind a job has.
    fn count_import_chunks(&mut self, id: ImportId, kind: &str) -> Result<i64, StoreError>;

    /// The chunks of one kind (`report`, `output`) of a job, in order, from the `from`th on, at most `limit`.
    fn import_chunks(
        &mut self,
        id: ImportId,
        kind: &str,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Vec<u8>>, StoreError>;
}

/// Writes stored answers and jobs.
pub trait JobWrites: JobReads {
    /// Claims a key: `false` when it was claimed before. Waits for a concurrent claim to end.
    fn claim_answer(
        &mut self,
        actor: ActorId,
        key: &str,
        fingerprint: [u8; 32],
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Stores the answer of a claimed key; `about` is the patient or import it speaks of.
    fn store_answer(
        &mut self,
        actor: ActorId,
        key: &str,
        answer: &str,
        about: Option<Uuid>,
    ) -> Result<(), StoreError>;

    /// Deletes the answers created before `before`; returns how many.
    fn delete_answers(&mut self, before: Timestamp) -> Result<usize, StoreError>;

    /// Adds an import job.
    fn insert_import_job(&mut self, job: &ImportJob) -> Result<(), StoreError>;

    /// Locks a job until the transaction ends and gives its state; none when it is gone.
    fn lock_import_job(&mut self, id: ImportId) -> Result<Option<String>, StoreError>;

    /// Puts a job from one state into another; `false` when it is in none or another.
    fn move_import_job(&mut self, id: ImportId, from: &str, to: &str) -> Result<bool, StoreError>;

    /// Notes whom the file of a job names; whoever is noted already stays so.
    fn note_import_patients(&mut self, id: ImportId, patients: &[PatientId]) -> Result<(), StoreError>;

    /// Stores how far a job has come and when it counts as dead; its state stays.
    fn advance_import_job(&mut self, job: &ImportJob) -> Result<(), StoreError>;

    /// Stores the end of a job.
    fn update_import_job(&mut self, job: &ImportJob) -> Result<(), StoreError>;

    /// Stores chunks of one kind of a job, from the `from`th on.
    fn insert_import_chunks(
        &mut self,
        id: ImportId,
        kind: &str,
        from: i64,
        chunks: &[Vec<u8>],
    ) -> Result<(), StoreError>;

    /// Deletes jobs that expired before `now` with their chunks; one that has not ended only when it began before
    /// `abandoned`. Returns how many.
    fn delete_expired_imports(&mut self, now: Timestamp, abandoned: Timestamp) -> Result<usize, StoreError>;
}
