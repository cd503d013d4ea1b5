//! What is kept of an import between requests: its key, its state, its report, the file to give back.
//!
//! A running import renews its term with every step. One whose term has passed has died with its server: the same
//! request with the same key starts it anew, and the rows that were written are found to be there already.

use cartotek_domain::audit::{AuditEvent, Outcome as Ending};
use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::id::ImportId;
use cartotek_domain::problem::Problem;
use cartotek_domain::retention::IMPORTS;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::session::job::ImportJob;
use cartotek_persistence::{StoreError, WriteSession};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::act::{Done, IdempotencyKey};
use crate::error::ServiceError;
use crate::import::batch::Writer;
use crate::import::report::{Part, Report, SUMMARY};
use crate::import::{Atomicity, Counts, Format, Import, ImportState};
use crate::stored_answer::answer_erased;
use crate::witness::append;

/// How long a running import may be silent before it counts as dead.
const TERM: TimeDelta = TimeDelta::minutes(2);

/// What stands in the place of an answer while the import runs.
#[derive(Serialize, Deserialize)]
struct Underway {
    running: ImportId,
}

/// How a request to import begins.
pub(super) enum Begun {
    /// An equal request was answered before.
    Answered(Box<Done<Import>>),
    /// The job is running.
    Started(Box<Job>),
}

/// A running import.
pub(super) struct Job {
    pub(super) atomicity: Atomicity,
    pub(super) state: ImportState,
    row: ImportJob,
}

impl Job {
    pub(super) fn new(
        writer: &Writer,
        mapping: Option<MappingName>,
        format: Format,
        atomicity: Atomicity,
        rows: usize,
    ) -> Self {
        let now = writer.service().now();
        let row = ImportJob {
            id: ImportId::next(writer.service().ids()),
            actor: writer.granted().caller().actor,
            site: writer.site().clone(),
            form: writer.selection().only().map(|form| form.code().to_owned()),
            format: format.name().to_owned(),
            atomicity: atomicity.name().to_owned(),
            dry_run: writer.act().dry_run,
            state: ImportState::Running.name().to_owned(),
            rows_total: i64::try_from(rows).unwrap_or(i64::MAX),
            rows_accepted: 0,
            rows_refused: 0,
            rows_done: 0,
            mapping: mapping.map(String::from),
            started_at: now,
            finished_at: None,
            expires_at: now + TERM,
        };
        Self { atomicity, state: ImportState::Running, row }
    }

    pub(super) fn id(&self) -> ImportId {
        self.row.id
    }

    /// Claims the key and stores the job. A dry run keeps no answer, so it claims nothing.
    pub(super) async fn begin(self, writer: &Writer) -> Result<Begun, ServiceError> {
        let key = writer.act().key.clone().filter(|_| !writer.act().dry_run);
        let row = self.row.clone();
        let work = move |tx: &mut dyn WriteSession| {
            // One request of a site at a time gets beyond this point: the key below is looked at alone.
            tx.lock_site(&row.site)?.ok_or_else(ServiceError::not_found)?;
            if let Some(key) = &key
                && let Some(done) = claim(tx, key, &row)?
            {
                return Ok(Some(done));
            }
            tx.insert_import_job(&row)?;
            Ok::<_, ServiceError>(None)
        };
        let answered = writer.service().store().write("begin import", work).await?;
        Ok(match answered {
            Some(done) => Begun::Answered(Box::new(done)),
            None => Begun::Started(Box::new(self)),
        })
    }

    /// Stores a part of the report and how far the import has come.
    pub(super) async fn store(
        &mut self,
        writer: &Writer,
        counts: Counts,
        part: Part,
    ) -> Result<(), ServiceError> {
        self.row.rows_accepted = counts.accepted;
        self.row.rows_refused = counts.refused;
        self.row.rows_done = counts.rows();
        self.row.expires_at = writer.service().now() + TERM;
        let row = self.row.clone();
        let work = move |tx: &mut dyn WriteSession| {
            goes_on(tx, row.id)?;
            let (kind, ordinal, bytes) = &part;
            tx.insert_import_chunks(row.id, kind, *ordinal, std::slice::from_ref(bytes))?;
            Ok::<_, ServiceError>(tx.advance_import_job(&row)?)
        };
        writer.service().store().write("store import report", work).await
    }

    /// Ends the import: the rest of its report, its event and its answer.
    pub(super) async fn finish(
        mut self,
        writer: &Writer,
        mut report: Report,
    ) -> Result<Done<Import>, ServiceError> {
        if self.state == ImportState::Cancelled {
            report.break_off();
        }
        for part in report.take_parts(true)? {
            self.store(writer, report.counts, part).await?;
        }
        if self.state == ImportState::Running {
            self.state = ImportState::Done;
        }
        let now = writer.service().now();
        self.row = ImportJob {
            state: self.state.name().to_owned(),
            rows_accepted: report.counts.accepted,
            rows_refused: report.counts.refused,
            rows_done: report.counts.rows(),
            finished_at: Some(now),
            expires_at: now + writer.service().kept(IMPORTS),
            ..self.row
        };
        let dry_run = writer.act().dry_run;
        let import = Import { counts: report.counts, findings: report.first, ..shown(&self.row)? };
        let outcome = match (dry_run, self.state) {
            (true, _) => Ending::DryRun,
            (false, ImportState::Refused) => Ending::Refused,
            (false, _) => Ending::Changed,
        };
        let code = (outcome == Ending::Refused).then(|| Problem::ContentInvalid.code().to_owned());
        let subjects = writer.mapped();
        let witnessed = writer.witness(&AuditEvent { outcome, code, subjects, ..writer.event() })?;
        let receipt = Some(witnessed.receipt()).filter(|_| !dry_run);
        let done = Done::new(import, receipt);
        let (row, answer) = (self.row, done.clone());
        let (actor, key) = (row.actor, writer.act().key.clone().filter(|_| !dry_run));
        let work = move |tx: &mut dyn WriteSession| {
            goes_on(tx, row.id)?;
            let summary = serde_json::to_vec(&answer.value)?;
            tx.insert_import_chunks(row.id, SUMMARY, 0, &[summary])?;
            tx.update_import_job(&row)?;
            append(tx, std::slice::from_ref(&witnessed))?;
            if let Some(key) = &key {
                tx.store_answer(actor, &key.key, &serde_json::to_string(&answer)?, Some(row.id.uuid()))?;
            }
            Ok::<_, ServiceError>(())
        };
        writer.service().store().write("finish import", work).await?;
        Ok(done)
    }

    /// Gives the job up, so that the same request may start it anew at once.
    pub(super) async fn interrupt(self, writer: &Writer) {
        let row = ImportJob { state: ImportState::Interrupted.name().to_owned(), ..self.row };
        let work = move |tx: &mut dyn WriteSession| Ok::<_, ServiceError>(tx.update_import_job(&row)?);
        if let Err(error) = writer.service().store().write("interrupt import", work).await {
            // Its term passes by itself.
            tracing::warn!(%error, "an interrupted import could not be marked");
        }
    }
}

/// Claims a key: the answer of an equal request when there is one.
fn claim(
    tx: &mut dyn WriteSession,
    key: &IdempotencyKey,
    row: &ImportJob,
) -> Result<Option<Done<Import>>, ServiceError> {
    if !tx.claim_answer(row.actor, &key.key, *key.fingerprint.as_bytes(), row.started_at)? {
        let stored = tx
            .stored_answer(row.actor, &key.key)?
            // It has just expired: the next attempt claims the key anew.
            .ok_or(StoreError::Busy)?;
        if stored.answer.is_empty() {
            return Err(answer_erased());
        }
        if stored.fingerprint != *key.fingerprint.as_bytes() {
            return Err(ServiceError::refused(Problem::IdempotencyKeyReused));
        }
        let Ok(Underway { running }) = serde_json::from_str(&stored.answer) else {
            let done: Done<Import> = serde_json::from_str(&stored.answer)?;
            return Ok(Some(Done { replayed: true, ..done }));
        };
        if tx.import_job(running)?.is_some_and(|job| is_running(&job, row.started_at)) {
            return Err(ServiceError::refused(Problem::ImportRunning));
        }
    }
    let underway = serde_json::to_string(&Underway { running: row.id })?;
    tx.store_answer(row.actor, &key.key, &underway, Some(row.id.uuid()))?;
    Ok(None)
}

/// Locks the job; `false` when somebody has asked for its end.
///
/// # Errors
/// `wrong_state` when it was erased because its file names a patient whose data were.
pub(super) fn goes_on(tx: &mut dyn WriteSession, id: ImportId) -> Result<bool, ServiceError> {
    if let Some(state) = tx.lock_import_job(id)? {
        return Ok(state != ImportState::Cancelling.name());
    }
    Err(ServiceError::explained(
        Problem::WrongState,
        "Uppgifterna om en patient i filen raderades medan den lästes in. Det som redan sparats om andra är kvar; ta bort \
         patientens rader och skicka filen igen med en ny Idempotency-Key.",
        "The data of a patient in the file were erased while it was being imported. What was kept of others stays; remove \
         the patient's rows and send the file again with a new Idempotency-Key.",
    ))
}

pub(super) fn is_running(job: &ImportJob, now: Timestamp) -> bool {
    let runs = [ImportState::Running, ImportState::Cancelling].iter().any(|state| state.name() == job.state);
    runs && now < job.expires_at
}

/// A job as it is shown.
///
/// # Errors
/// `Inconsistent` for a row that this program cannot have written.
pub(super) fn shown(job: &ImportJob) -> Result<Import, StoreError> {
    let unknown = |column| StoreError::inconsistent("import_job", column, job.id);
    Ok(Import {
        id: job.id,
        site: job.site.clone(),
        form: job.form.clone(),
        mapping: job.mapping.clone(),
        format: Format::from_name(&job.format).ok_or_else(|| unknown("format"))?,
        atomicity: Atomicity::from_name(&job.atomicity).ok_or_else(|| unknown("atomicity"))?,
        dry_run: job.dry_run,
        state: ImportState::from_name(&job.state).ok_or_else(|| unknown("state"))?,
        rows: job.rows_total,
        done: job.rows_done,
        counts: Counts { accepted: job.rows_accepted, refused: job.rows_refused, ..Counts::default() },
        started_at: job.started_at,
        finished_at: job.finished_at,
        expires_at: job.expires_at,
        findings: Vec::new(),
    })
}
