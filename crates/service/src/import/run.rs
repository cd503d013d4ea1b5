//! The run of one import, from the bytes to the answer.

use std::sync::Arc;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::audit::{AuditEvent, Outcome as Ending};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::PatientId;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_persistence::{ReadSession, StoreError, WriteSession};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::{ServiceError, not_own_site};
use crate::import::basis::Basis;
use crate::import::batch::Writer;
use crate::import::decide::{Earlier, Outcome, Plan, decide};
use crate::import::job::{Begun, Job, goes_on};
use crate::import::mapping::Mappings;
use crate::import::portion::{CHUNK, portions};
use crate::import::prepare::{PreparedRow, Shared, prepare_all};
use crate::import::read::{Row, Rows, Source};
use crate::import::report::Report;
use crate::import::selection::Selection;
use crate::import::{
    Atomicity, Format, Import, ImportState, MOST_ATOMIC_ROWS, NewImport, Progress, RowStatus,
};
use crate::patient::patient_subject;
use crate::witness::append;

/// How often a decision is taken anew before the database counts as too busy.
const ATTEMPTS: usize = 10;

impl Service {
    /// Imports the rows of a file as submitted records of one of the caller's sites.
    ///
    /// Goes on to the end even when rows are refused, unless it is cancelled; the report names them all. A caller that may go away before
    /// the end runs it as a task of its own.
    ///
    /// # Errors
    /// `invalid_parameter` without an idempotency key; `not_found` for a site that is not the caller's own;
    /// `content_invalid` for a file that cannot be read as rows of the forms, or has more rows than can be kept all or
    /// none; `import_running` while an import with the same key runs; `idempotency_key_reused`; `unavailable` when the
    /// server stops: the same request goes on.
    pub async fn import(
        &self,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        import: NewImport,
        progress: Progress,
    ) -> Result<Done<Import>, ServiceError> {
        if act.key.is_none() {
            return Err(key_missing());
        }
        if !granted.own_sites().contains(&import.site) {
            return Err(not_own_site());
        }
        let NewImport { site, form, form_version, mapping, format, atomicity, language, file } = import;
        let selection = Selection::new(self, form.as_deref(), form_version)?;
        let mappings = self.mappings_of_import(&site, &selection, format, mapping.as_ref()).await?;
        let source = open(self, (&selection, &mappings), format, file).await?;
        if atomicity == Atomicity::All && source.rows > MOST_ATOMIC_ROWS {
            return Err(too_many(source.rows));
        }
        let writer = Writer::new(self, granted, act, &site, (selection, mappings), source.header.clone());
        let job = Job::new(&writer, mapping, format, atomicity, source.rows);
        let job = match job.begin(&writer).await? {
            Begun::Answered(done) => return writer.witness_replay(*done).await,
            Begun::Started(job) => *job,
        };
        let mut report = Report::new(&writer, source.file.clone(), language);
        if let Some(notice) = source.notice() {
            report.notice(notice);
        }
        let mut run = Run { writer, job, report, progress, earlier: Arc::default() };
        match run.run(source).await {
            Ok(()) => run.job.finish(&run.writer, run.report).await,
            Err(error) => {
                run.job.interrupt(&run.writer).await;
                Err(error)
            }
        }
    }
}

async fn open(
    service: &Service,
    (selection, mappings): (&Selection, &Mappings),
    format: Format,
    file: Vec<u8>,
) -> Result<Source, ServiceError> {
    let (selection, mappings, today) = (selection.clone(), mappings.clone(), service.today());
    let open = move || Source::open(file, format, (&selection, &mappings), today);
    blocking(move || open().map_err(ServiceError::invalid)).await
}

/// Runs work that keeps a core busy beside the tasks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ServiceError::Defect("a task of an import panicked".to_owned()))?
}

/// What became of rows that were to be written.
enum Written {
    Kept,
    /// What the decision rests on has changed.
    Stale,
    /// Somebody has asked for the end of the import.
    Cancelled,
}

struct Run {
    writer: Writer,
    job: Job,
    report: Report,
    progress: Progress,
    earlier: Arc<Earlier>,
}

impl Run {
    async fn run(&mut self, source: Source) -> Result<(), ServiceError> {
        let total = source.rows;
        let shared = Shared {
            service: self.writer.service().clone(),
            selection: self.writer.selection().clone(),
            file: source.file.clone(),
            header: source.header.clone(),
        };
        let chunk = if self.job.atomicity == Atomicity::All { MOST_ATOMIC_ROWS } else { CHUNK };
        let mut done = 0;
        let mut next = tokio::spawn(prepare(shared.clone(), source.read(), chunk));
        loop {
            let prepared = next.await;
            let (rest, rows) =
                prepared.map_err(|_| ServiceError::Defect("preparing rows panicked".to_owned()))??;
            if rows.is_empty() {
                return Ok(());
            }
            if self.writer.service().stops_imports() {
                return Err(StoreError::Busy.into());
            }
            // The next rows are prepared while these are written.
            next = tokio::spawn(prepare(shared.clone(), rest, chunk));
            for rows in portions(rows, self.job.atomicity) {
                done += rows.len();
                if !self.deal_with(Arc::new(rows)).await? {
                    self.job.state = ImportState::Cancelled;
                    return Ok(());
                }
                (self.progress)(done, total);
            }
        }
    }

    /// Decides on some rows, writes what is to be kept, reports; `false` when the import was cancelled before.
    async fn deal_with(&mut self, rows: Arc<Vec<PreparedRow>>) -> Result<bool, ServiceError> {
        let Some(plan) = self.settle(&rows).await? else { return Ok(false) };
        let mut outcomes = plan.outcomes.clone();
        if self.job.atomicity == Atomicity::All && plan.refuses() {
            self.job.state = ImportState::Refused;
            for outcome in outcomes.iter_mut().filter(|one| one.status == RowStatus::Accepted) {
                outcome.status = RowStatus::NotKept;
            }
        }
        Arc::make_mut(&mut self.earlier).take_up(&plan.added, !self.writer.act().dry_run);
        self.report.add(&rows, &outcomes)?;
        let mut parts = self.report.take_parts(false)?;
        parts.push(self.report.patients(&outcomes)?);
        for part in parts {
            self.job.store(&self.writer, self.report.counts, part).await?;
        }
        Ok(true)
    }

    /// Decides and writes; once more when somebody has changed in between what the decision rests on. `None` when the
    /// import was cancelled.
    async fn settle(&self, rows: &Arc<Vec<PreparedRow>>) -> Result<Option<Arc<Plan>>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let (known, plan) = self.decide(rows).await?;
            let plan = Arc::new(plan);
            match self.write(rows.clone(), known, plan.clone()).await? {
                Written::Kept => return Ok(Some(plan)),
                Written::Cancelled => return Ok(None),
                // Another server may have published: what rows make due is laid by that.
                Written::Stale => self.writer.service().refresh_forms().await?,
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn decide(&self, rows: &Arc<Vec<PreparedRow>>) -> Result<(Basis, Plan), ServiceError> {
        let (writer, of) = (self.writer.clone(), rows.clone());
        let basis = move |session: &mut dyn ReadSession| basis(&writer, session, &of);
        let basis = self.writer.service().store().read("read import basis", basis).await?;
        let (writer, earlier, rows) = (self.writer.clone(), self.earlier.clone(), rows.clone());
        blocking(move || {
            let plan = decide(&writer, &basis, &earlier, &rows)?;
            Ok((basis, plan))
        })
        .await
    }

    /// Writes what was decided.
    async fn write(
        &self,
        rows: Arc<Vec<PreparedRow>>,
        known: Basis,
        plan: Arc<Plan>,
    ) -> Result<Written, ServiceError> {
        let (writer, atomicity) = (self.writer.clone(), self.job.atomicity);
        let job = self.job.id();
        let dry_run = writer.act().dry_run;
        let nothing = atomicity == Atomicity::All && plan.refuses();
        let keeps = !dry_run && !nothing;
        let work = move |tx: &mut dyn WriteSession| {
            tx.lock_patients(known.named())?;
            if basis(&writer, tx, &rows)? != known || !writer.service().forms()?.are_current(tx)? {
                return Ok(Written::Stale);
            }
            if !goes_on(tx, job)? {
                return Ok(Written::Cancelled);
            }
            tx.note_import_patients(job, known.named())?;
            if keeps {
                plan.batch.write(tx, &writer)?;
            }
            if let Some(event) = looked_at(&writer, &plan.outcomes, keeps) {
                append(tx, &[writer.witness(&event)?])?;
            }
            Ok::<_, ServiceError>(Written::Kept)
        };
        self.writer.service().store().write("write import rows", work).await
    }
}

fn basis(
    writer: &Writer,
    session: &mut dyn ReadSession,
    rows: &[PreparedRow],
) -> Result<Basis, ServiceError> {
    Basis::read(session, rows, writer.site(), writer.service().today())
}

async fn prepare(
    shared: Shared,
    mut rows: Rows,
    most: usize,
) -> Result<(Rows, Vec<PreparedRow>), ServiceError> {
    blocking(move || {
        let chunk: Vec<Row> = rows.by_ref().take(most).collect();
        let prepared = prepare_all(&shared, &chunk)?;
        Ok((rows, prepared))
    })
    .await
}

/// The event of the rows that were checked against a patient's records without becoming one.
fn looked_at(writer: &Writer, outcomes: &[Outcome], keeps: bool) -> Option<AuditEvent> {
    let unchanged = outcomes.iter().filter(|one| !keeps || one.status != RowStatus::Accepted);
    let mut patients: Vec<PatientId> = unchanged.filter_map(|one| one.patient).collect();
    patients.sort_unstable();
    patients.dedup();
    let outcome = if writer.act().dry_run { Ending::DryRun } else { Ending::Read };
    let subjects: Vec<_> = patients.into_iter().map(patient_subject).collect();
    (!subjects.is_empty()).then(|| AuditEvent { outcome, subjects, ..writer.event() })
}

fn key_missing() -> ServiceError {
    ServiceError::explained(
        Problem::InvalidParameter,
        "En import behöver huvudet Idempotency-Key, så att den kan skickas om utan att något hamnar dubbelt.",
        "An import needs the header Idempotency-Key, so that it can be sent again without anything being doubled.",
    )
}

fn too_many(rows: usize) -> ServiceError {
    let text = Text::new(
        format!(
            "Filen har {rows} rader; högst {MOST_ATOMIC_ROWS} kan sparas som en enhet. Skicka atomic=row (felfria rader \
             sparas, resten rapporteras; filen kan skickas om), eller dela upp filen."
        ),
        format!(
            "The file has {rows} rows; at most {MOST_ATOMIC_ROWS} can be kept all or none. Send atomic=row (right rows \
             are kept, the others reported; the file can be sent again), or split the file."
        ),
    );
    ServiceError::invalid(vec![Finding::error("IMPORT-SIZE", "", text)])
}
