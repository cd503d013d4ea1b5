//! Submitting a follow-up about a patient whose records span fifteen years: rules over all of them, and the schedule.
//!
//! The records of one patient are submitted like any other and read back; the rows of all patients that are measured are
//! those, renewed, so that they cannot drift away from what the server writes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cartotek_domain::id::{CourseId, PatientId, RecordId, RevisionId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::schedule::{Answer, ScheduleEntry};
use cartotek_persistence::{Engine, ReadSession, StoreError, WriteSession};
use cartotek_service::SystemIds;
use serde_json::{Value, json};

use crate::content::submission;
use crate::life::{LATE, REGISTRATION, records};
use crate::limit::{Bare, prototype};
use crate::load::{Connection, Round, drive};
use crate::rows::insert_cases;
use crate::ruleless;
use crate::submit::post;
use crate::table::{ROUNDS, Series, head, row};
use crate::world::{Case, World};

/// Clients at once, and of how many patients each round submits the late follow-ups.
const LOADS: [(usize, usize); 3] = [(1, 80), (8, 240), (64, 384)];
/// The time in which a server has judged what its submissions made due, and taken them up in its cohorts.
const AFTERWARDS: Duration = Duration::from_secs(12);
/// Patients written in one transaction, which must not pass the deadline.
const AT_ONCE: usize = 20;
/// The follow-up of a patient without any other record.
const FIRST: Range<usize> = 0..1;

/// Patients of all rounds.
fn lives() -> usize {
    ROUNDS * LOADS.iter().map(|(_, patients)| patients).sum::<usize>()
}

/// Courses that all rounds take.
pub(crate) fn courses() -> usize {
    1 + lives() * LATE.len()
}

/// Measures late follow-ups beside first ones, and beside late ones where no rule looks at other records.
pub(crate) fn measure(world: &mut World, engine: Engine, bare: &Arc<Bare>) {
    let schemas = ruleless::schemas();
    let mut ruleless = World::found_under(engine, schemas.path());
    ruleless.prepare_courses(1);
    let (mut lives, records) = patients(world);
    let (mut unruled, _) = patients(&mut ruleless);
    let less = prototype(Arc::clone(bare));
    head(
        &format!("Submit a follow-up after fifteen years, {records} records before it, {}", engine.as_str()),
        "per second",
    );
    for (clients, patients) in LOADS {
        let mut job = Series::new(format!("submit, {clients} clients"));
        let mut p99 = Series::new("");
        let mut limits = [
            Series::new("no rules over other records"),
            Series::new("no record before it"),
            Series::new("parse, check, hash, store (prototype)"),
        ];
        for _ in 0..ROUNDS {
            let (cases, unruled) =
                (lives.split_off(lives.len() - patients), unruled.split_off(unruled.len() - patients));
            let new = world.take(patients * LATE.len());
            let round = send(world, clients, &cases, &LATE);
            job.add(round.per_second);
            p99.add(round.p99);
            limits[0].add(send(&ruleless, clients, &unruled, &LATE).per_second);
            limits[1].add(send(world, clients, &new, &FIRST).per_second);
            limits[2].add(drive(less.address, 201, &requests(world, clients, &cases, &LATE)).per_second);
        }
        row(&job, Some(&p99), &limits.each_ref());
    }
}

/// Submits, and waits: what the server does after its submissions is not to be paid by who is measured next.
fn send(world: &World, clients: usize, cases: &[Case], points: &Range<usize>) -> Round {
    let round = drive(world.address(), 201, &requests(world, clients, cases, points));
    thread::sleep(AFTERWARDS);
    round
}

/// Each client has patients of its own.
fn requests(world: &World, clients: usize, cases: &[Case], points: &Range<usize>) -> Vec<Vec<Vec<u8>>> {
    let of = |case: &Case| {
        let case = *case;
        points.clone().map(move |point| post(world, &submission(case, point)))
    };
    cases.chunks(cases.len().div_ceil(clients)).map(|own| own.iter().flat_map(of).collect()).collect()
}

/// Patients of all rounds with all but the late follow-ups, and how many records each has.
fn patients(world: &mut World) -> (Vec<Case>, usize) {
    let first = world.take(1)[0];
    let mut connection = Connection::open(world.address());
    for (form, content) in records() {
        submit(world, &mut connection, first, form, &content);
    }
    let rows = Arc::new(world.look(move |session| Timeline::of(session, first.patient)));
    let renewed = |_| Life { case: world.draw(), rows: Arc::clone(&rows) };
    let lives: Vec<Life> = (0..lives()).map(renewed).collect();
    world.fill(AT_ONCE, &lives, |session, lives| lives.iter().try_for_each(|life| life.insert(session)));
    world.await_cohorts();
    (lives.iter().map(|life| life.case).collect(), rows.records.len())
}

/// Submits a record, with a reason for each warning that it is answered with.
fn submit(world: &World, connection: &mut Connection, case: Case, form: &str, content: &Value) {
    let mut body = json!({ "patient": case.pseudonym, "form": form, "submit": true, "content": content });
    if form != REGISTRATION {
        body["course"] = json!(case.course);
    }
    let (mut status, mut answer) = connection.ask(&post(world, body.to_string().as_bytes()));
    if status == 422 {
        let problem: Value = serde_json::from_slice(&answer).expect("an answer in JSON");
        let found = problem["findings"].as_array().expect("a refusal has findings").iter();
        let explained = found.filter(|one| one["severity"] == "warning").map(|one| {
            json!({ "rule": one["rule"], "pointer": one["pointer"], "reason": "Checked against the chart." })
        });
        body["acknowledgements"] = explained.collect();
        (status, answer) = connection.ask(&post(world, body.to_string().as_bytes()));
    }
    assert_eq!(status, 201, "{form}: {}", String::from_utf8_lossy(&answer));
}

/// What the submissions about one patient wrote, but for their events.
struct Timeline {
    records: Vec<(Record, Revision)>,
    milestones: Vec<Milestone>,
    items: Vec<ScheduleEntry>,
}

impl Timeline {
    fn of(session: &mut dyn ReadSession, patient: PatientId) -> Result<Self, StoreError> {
        let milestones = session.milestones(&[patient])?.into_iter().map(|(_, milestone)| milestone);
        Ok(Self {
            milestones: milestones.collect(),
            records: session.latest_of(&[patient], RecordStatus::Submitted)?,
            items: session.schedule_of(patient)?,
        })
    }
}

/// A patient with the same rows as another.
#[derive(Clone)]
struct Life {
    case: Case,
    rows: Arc<Timeline>,
}

impl Life {
    fn insert(&self, session: &mut dyn WriteSession) -> Result<(), StoreError> {
        let Timeline { records, milestones, items } = &*self.rows;
        let renew = |(record, _): &(Record, Revision)| (record.id, RecordId::next(&SystemIds));
        let ids: HashMap<RecordId, RecordId> = records.iter().map(renew).collect();
        insert_cases(session, &[self.case])?;
        let renewed: Vec<_> =
            records.iter().map(|(record, _)| self.record(record, ids[&record.id])).collect();
        session.insert_records(&renewed)?;
        let renewed: Vec<_> = records.iter().map(|(_, one)| self.revision(one, ids[&one.record])).collect();
        session.insert_revisions(&renewed)?;
        let renewed: Vec<_> = milestones.iter().map(|one| self.milestone(one, ids[&one.record])).collect();
        session.insert_milestones(&renewed)?;
        let renewed: Vec<_> = items.iter().map(|item| self.item(item, &ids)).collect();
        session.put_schedule(self.case.patient, &renewed)
    }

    /// The own course, where the other row has one.
    fn course(&self, known: Option<CourseId>) -> Option<CourseId> {
        known.map(|_| self.case.course)
    }

    fn record(&self, record: &Record, id: RecordId) -> Record {
        Record { id, patient: self.case.patient, course: self.course(record.course), ..record.clone() }
    }

    fn revision(&self, revision: &Revision, record: RecordId) -> Revision {
        let id = RevisionId::next(&SystemIds);
        Revision { id, record, patient: self.case.patient, ..revision.clone() }
    }

    fn milestone(&self, milestone: &Milestone, record: RecordId) -> (PatientId, Milestone) {
        let course = self.course(milestone.course);
        (self.case.patient, Milestone { record, course, ..milestone.clone() })
    }

    fn item(&self, item: &ScheduleEntry, ids: &HashMap<RecordId, RecordId>) -> ScheduleEntry {
        let renewed = |answer: Answer| Answer { by: ids[&RecordId::from_uuid(answer.by)].uuid(), ..answer };
        ScheduleEntry {
            patient: self.case.patient,
            course: self.course(item.course),
            answer: item.answer.map(renewed),
            ..item.clone()
        }
    }
}
