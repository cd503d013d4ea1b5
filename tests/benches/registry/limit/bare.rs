//! The same rows written by bare diesel: no HTTP, no check, no question, no lock; the same durability.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::{AuditEventId, IdSource, PatientId, RecordId, RevisionId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_persistence::session::audit::{PendingLeaf, StoredEvent, StoredSubject};
use cartotek_persistence::session::finding::FindingDue;
use cartotek_persistence::session::together::Together;
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Engine, Page, ReadSession, StoreError, WriteSession};
use cartotek_service::SystemIds;
use cartotek_tests::network;

use crate::rows::insert_cases;
use crate::world::{CHUNK, Case, World, fill};

/// What one submission wrote.
#[derive(Clone)]
pub(crate) struct Rows {
    record: Record,
    revision: Revision,
    milestones: Vec<Milestone>,
    findings: Vec<RecordFinding>,
    event: StoredEvent,
    subjects: Vec<StoredSubject>,
}

impl Rows {
    /// Of the patient's only submission.
    pub(crate) fn of(world: &World, patient: PatientId) -> Self {
        world.look(move |session| rows_of(session, patient))
    }

    /// Bytes of the contents.
    pub(crate) fn content(&self) -> &str {
        &self.revision.content
    }

    /// The same rows of another patient, as if new.
    fn renewed(&self, case: &Case, key: usize) -> Self {
        let (record, event) = (RecordId::next(&SystemIds), AuditEventId::next(&SystemIds));
        let patient = case.patient;
        let subjects = self.subjects.iter().cloned();
        Self {
            record: Record {
                id: record,
                patient,
                course: Some(case.course),
                natural_key: key.to_string(),
                ..self.record.clone()
            },
            revision: Revision { id: RevisionId::next(&SystemIds), record, patient, ..self.revision.clone() },
            findings: self
                .findings
                .iter()
                .map(|one| RecordFinding { record, patient, ..one.clone() })
                .collect(),
            milestones: self
                .milestones
                .iter()
                .map(|one| Milestone { record, course: Some(case.course), ..one.clone() })
                .collect(),
            event: StoredEvent { id: event, ..self.event.clone() },
            subjects: subjects.map(|one| StoredSubject { event, patient: Some(patient), ..one }).collect(),
        }
    }

    fn pending(&self) -> PendingLeaf {
        PendingLeaf { event: self.event.id, occurred_at: self.event.occurred_at, hash: self.event.row_mac }
    }

    /// What says that the other records of the patient are to be judged anew.
    fn due(&self) -> FindingDue {
        FindingDue {
            id: SystemIds.next(),
            patient: self.record.patient,
            record: Some(self.record.id),
            milestones: self.milestones.iter().map(|one| one.name.clone()).collect(),
            changed_at: self.revision.created_at,
        }
    }

    /// All of them by one port, as the service does.
    fn write_together(&self, session: &mut dyn WriteSession) -> Result<(), StoreError> {
        let patient = self.record.patient;
        session.write_together(&Together {
            records: vec![self.record.clone()],
            revisions: vec![self.revision.clone()],
            milestones: self.milestones.iter().map(|one| (patient, one.clone())).collect(),
            findings: self.findings.clone(),
            findings_due: vec![self.due()],
            events: vec![self.event.clone()],
            subjects: self.subjects.clone(),
            pending: vec![self.pending()],
            answers: Vec::new(),
        })
    }

    fn insert(&self, session: &mut dyn WriteSession) -> Result<(), StoreError> {
        session.insert_records(std::slice::from_ref(&self.record))?;
        session.insert_revisions(std::slice::from_ref(&self.revision))?;
        let patient = self.record.patient;
        let milestones: Vec<_> = self.milestones.iter().map(|one| (patient, one.clone())).collect();
        session.insert_milestones(&milestones)?;
        session.insert_findings(&self.findings)?;
        session.insert_findings_due(&[self.due()])?;
        session.insert_events(std::slice::from_ref(&self.event), &self.subjects, &[self.pending()])
    }
}

fn rows_of(session: &mut dyn ReadSession, patient: PatientId) -> Result<Rows, StoreError> {
    let (record, revision) = session.latest_of(&[patient], RecordStatus::Submitted)?.swap_remove(0);
    let milestones = session.milestones(&[patient])?.into_iter().map(|(_, milestone)| milestone).collect();
    let findings = session.findings_of(&[patient])?;
    let event = session.events_of_patient(patient, &Page::first(1))?.items.swap_remove(0);
    let subjects = session.subjects(event.id)?;
    Ok(Rows { record, revision, milestones, findings, event, subjects })
}

/// A database like the one that is measured, for bare rows.
pub(crate) struct Bare {
    pub(crate) database: TestDatabase,
    engine: Engine,
    rows: Rows,
    cases: Vec<Case>,
    keys: AtomicUsize,
}

impl Bare {
    /// With the patients and courses that the rows belong to.
    pub(crate) fn new(engine: Engine, rows: Rows, cases: Vec<Case>) -> Self {
        let database = TestDatabase::new(engine);
        fill(&database.store, CHUNK, &network::sites(), |session, sites| session.insert_sites(sites));
        fill(&database.store, CHUNK, &cases, |session, cases| insert_cases(session, cases));
        Self { database, engine, rows, cases, keys: AtomicUsize::new(0) }
    }

    /// The rows of one more submission.
    pub(crate) fn next(&self) -> Rows {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        self.rows.renewed(&self.cases[number % self.cases.len()], number)
    }

    /// Submissions per second when so many are under way at once, with a statement for each table: committed together on
    /// SQLite, one by one on `at_once` connections on PostgreSQL.
    pub(crate) fn submissions(&self, at_once: usize, count: usize) -> f64 {
        self.written(at_once, count, Rows::insert)
    }

    /// The same with one statement for all tables, where the engine has such.
    pub(crate) fn submissions_together(&self, at_once: usize, count: usize) -> f64 {
        self.written(at_once, count, Rows::write_together)
    }

    fn written(
        &self,
        at_once: usize,
        count: usize,
        insert: impl Fn(&Rows, &mut dyn WriteSession) -> Result<(), StoreError> + Sync,
    ) -> f64 {
        let started = Instant::now();
        let write = |session: &mut dyn WriteSession, rows: &[Rows]| {
            rows.iter().try_for_each(|rows| insert(rows, session))
        };
        match self.engine {
            Engine::Sqlite => self.together(at_once, count, write),
            Engine::Postgres => thread::scope(|scope| {
                for _ in 0..at_once {
                    scope.spawn(|| self.together(1, count / at_once, write));
                }
            }),
        }
        rate(count, started)
    }

    /// Submissions per second when many are one transaction with one statement per table.
    pub(crate) fn bulk(&self, chunk: usize, count: usize) -> f64 {
        let started = Instant::now();
        self.together(chunk, count, insert_all);
        rate(count, started)
    }

    /// Events per second when so many are appended in one transaction.
    pub(crate) fn appends(&self, at_once: usize, count: usize) -> f64 {
        let started = Instant::now();
        self.together(at_once, count, |session, rows| {
            session.write_together(&Together {
                events: rows.iter().map(|rows| rows.event.clone()).collect(),
                subjects: rows.iter().filter_map(|rows| rows.subjects.first().cloned()).collect(),
                pending: rows.iter().map(Rows::pending).collect(),
                ..Together::default()
            })
        });
        rate(count, started)
    }

    fn together(
        &self,
        chunk: usize,
        count: usize,
        write: impl Fn(&mut dyn WriteSession, &[Rows]) -> Result<(), StoreError>,
    ) {
        let mut connection = self.database.bare_connection();
        for first in (0..count).step_by(chunk) {
            let rows: Vec<_> = (first..count.min(first + chunk)).map(|_| self.next()).collect();
            connection.transact(|session| write(session, &rows)).expect("the rows are valid");
        }
    }

    /// Inserts the rows of one more submission within a transaction of the store.
    pub(crate) fn insert(rows: &Rows, session: &mut dyn WriteSession) -> Result<(), StoreError> {
        rows.insert(session)
    }
}

fn insert_all(session: &mut dyn WriteSession, rows: &[Rows]) -> Result<(), StoreError> {
    let records: Vec<_> = rows.iter().map(|rows| rows.record.clone()).collect();
    session.insert_records(&records)?;
    let revisions: Vec<_> = rows.iter().map(|rows| rows.revision.clone()).collect();
    session.insert_revisions(&revisions)?;
    let milestones: Vec<_> = rows
        .iter()
        .flat_map(|rows| rows.milestones.iter().map(|one| (rows.record.patient, one.clone())))
        .collect();
    session.insert_milestones(&milestones)?;
    let findings: Vec<_> = rows.iter().flat_map(|rows| rows.findings.iter().cloned()).collect();
    session.insert_findings(&findings)?;
    session.insert_findings_due(&rows.iter().map(Rows::due).collect::<Vec<_>>())?;
    let events: Vec<_> = rows.iter().map(|rows| rows.event.clone()).collect();
    let subjects: Vec<_> = rows.iter().flat_map(|rows| rows.subjects.iter().cloned()).collect();
    let pending: Vec<_> = rows.iter().map(Rows::pending).collect();
    session.insert_events(&events, &subjects, &pending)
}

#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn rate(count: usize, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64()
}
