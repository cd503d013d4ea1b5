//! What travels together arrives as it would alone, on both engines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::course::{Course, CourseOutcome, CourseStatus};
use cartotek_domain::fact::Salt;
use cartotek_domain::finding::{RecordFinding, Severity};
use cartotek_domain::id::{
    ActorId, AuditEventId, ConsentId, CourseId, LockId, ParticipationId, PatientId, RecordId, RevisionId,
};
use cartotek_domain::lock::{LockTarget, RecordLock};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::patient::{Participation, ParticipationRole, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Record, RecordStatus, Revision};
use cartotek_domain::schedule::{Anchor, Expected, ExpectedItem, ScheduleEntry};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::session::audit::{PendingLeaf, StoredEvent, StoredSubject};
use cartotek_persistence::session::finding::{FindingDue, FindingFilter};
use cartotek_persistence::session::insertion::Insertions;
use cartotek_persistence::session::known::{Known, KnownQuestion};
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Engine, Page, StoreError, WriteSession};
use rstest::rstest;
use uuid::Uuid;

/// What JSON writes in its own way.
const ODD: &str = "Å \"quoted\" \\ back, tab\t, line\n, \u{1F9EC}, {\"a\":[null,\"\\u00e5\"]}, '; DROP";

fn id<T>(make: impl Fn(Uuid) -> T, number: u128) -> T {
    make(Uuid::from_u128(number))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn patient() -> PatientId {
    id(PatientId::from_uuid, 1)
}

fn course() -> CourseId {
    id(CourseId::from_uuid, 2)
}

fn record(number: u128, course: Option<CourseId>, key: &str) -> Record {
    Record {
        id: id(RecordId::from_uuid, number),
        patient: patient(),
        course,
        form: "follow_up".to_owned(),
        natural_key: key.to_owned(),
        status: RecordStatus::Submitted,
        revision: 1,
        site: common::code("KAR"),
        created_at: at("2026-03-02T09:00:00.000001Z"),
        submitted_at: course.map(|_| at("2026-03-02T09:00:00.123456Z")),
        salt: Salt::new([0xf0; 16]),
    }
}

fn revision(record: &Record) -> Revision {
    Revision {
        id: RevisionId::from_uuid(record.id.uuid()),
        record: record.id,
        patient: record.patient,
        number: 1,
        status: record.status,
        form_version: 1,
        form_sha256: "ab".repeat(32),
        content: serde_json::json!({ "text": ODD }).to_string(),
        acknowledgements: vec![Acknowledgement {
            rule: "R-TEST-01".to_owned(),
            pointer: "/text".to_owned(),
            reason: ODD.to_owned(),
        }],
        amendment: None,
        author: id(ActorId::from_uuid, 3),
        created_at: record.created_at,
        salt: Salt::new([0x0f; 16]),
    }
}

fn milestone(record: &Record, name: &str, value: MilestoneValue) -> (PatientId, Milestone) {
    let clinical_date = record.course.map(|_| "2024-02-29".parse().unwrap());
    (record.patient, Milestone { record: record.id, course: record.course, clinical_date, name: name.to_owned(), value })
}

fn rows() -> Insertions {
    let (of_course, of_patient) = (record(10, Some(course()), "[\"M6\"]"), record(11, None, ODD));
    let event = id(AuditEventId::from_uuid, 20);
    let subject = |ordinal, patient: Option<PatientId>| StoredSubject {
        event,
        ordinal,
        table: "record".to_owned(),
        row: ordinal.to_string(),
        patient,
        before: patient.map(|_| [0xfe; 32]),
        after: None,
    };
    let number = |value| MilestoneValue::Number(value);
    Insertions {
        milestones: vec![
            milestone(&of_course, "death_date", MilestoneValue::Date("2025-11".parse().unwrap())),
            milestone(&of_course, "weight", number(71.3)),
            milestone(&of_course, "weight", number(1e-7)),
            milestone(&of_patient, "batch_id", MilestoneValue::Code(ODD.to_owned())),
        ],
        revisions: vec![revision(&of_course), revision(&of_patient)],
        findings: vec![RecordFinding {
            record: of_course.id,
            patient: patient(),
            site: common::code("KAR"),
            form: of_course.form.clone(),
            form_version: 1,
            rule: "R-TEST-01".to_owned(),
            pointer: "/text".to_owned(),
            severity: Severity::Warning,
            explained: true,
            since: at("2026-03-02T09:00:00.5Z"),
        }],
        findings_due: vec![FindingDue {
            id: Uuid::from_u128(30),
            patient: patient(),
            record: Some(of_course.id),
            milestones: ["death_date", "weight"].map(str::to_owned).into(),
            changed_at: at("2026-03-02T09:00:00Z"),
        }],
        events: vec![StoredEvent {
            id: event,
            occurred_at: at("2026-03-02T09:00:00.999999Z"),
            actor: None,
            canonical: ODD.to_owned(),
            row_mac: [0x80; 32],
        }],
        subjects: vec![subject(0, Some(patient())), subject(1, None)],
        pending: vec![PendingLeaf { event, occurred_at: at("2026-03-02T09:00:00.999999Z"), hash: [7; 32] }],
        records: vec![of_course, of_patient],
    }
}

/// A patient in the care of two sites, with everything that is known of one.
fn prepare(session: &mut dyn WriteSession) -> Result<(), StoreError> {
    common::insert(session, &["KAR", "SUS"])?;
    let pseudonym = Pseudonym::from_random([10; 9]).unwrap();
    let created_at = at("2026-01-02T09:00:00Z");
    session.insert_patients(&[Patient { id: patient(), pseudonym, created_at, salt: Salt::default() }])?;
    let participation = |number, site: &str, role, valid_to: Option<&str>| Participation {
        id: id(ParticipationId::from_uuid, number),
        patient: patient(),
        site: common::code(site),
        role,
        responsible: valid_to.is_none(),
        valid_from: "2026-01-02".parse().unwrap(),
        valid_to: valid_to.map(|day| day.parse().unwrap()),
        version: 1,
        salt: Salt::new([1; 16]),
    };
    session.insert_participations(&[
        participation(41, "SUS", ParticipationRole::Referring, Some("2026-02-01")),
        participation(40, "KAR", ParticipationRole::Treating, None),
    ])?;
    session.insert_consents(&[Consent {
        id: id(ConsentId::from_uuid, 50),
        patient: patient(),
        purpose: ConsentPurpose::RegistryQuality,
        decision: ConsentDecision::Given,
        decided_on: "2026-01-02".parse().unwrap(),
        valid_to: None,
        form_version: Some(ODD.to_owned()),
        language: None,
        signed_by: Signatory::Patient,
        ethics_ref: None,
        document_ref: None,
        site: common::code("KAR"),
        recorded_at: created_at,
        salt: Salt::new([2; 16]),
    }])?;
    session.insert_courses(&[Course {
        id: course(),
        patient: patient(),
        number: 1,
        indication: "LBCL".to_owned(),
        opened_on: "2026-01-02".parse().unwrap(),
        status: CourseStatus::Closed,
        outcome: Some(CourseOutcome::Death),
        closed_on: Some("2026-02-02".parse().unwrap()),
        created_at,
        version: 1,
        salt: Salt::new([3; 16]),
    }])?;
    let lock = |number, target, ended_at| RecordLock {
        id: id(LockId::from_uuid, number),
        target,
        reason: ODD.to_owned(),
        locked_by: id(ActorId::from_uuid, 3),
        locked_at: created_at,
        ended_at,
        version: 1,
        salt: Salt::new([4; 16]),
    };
    let site = |code: &str| LockTarget::Site { site: common::code(code), cut_off: "2025-12-31".parse().unwrap() };
    session.insert_record_lock(&lock(61, site("SUS"), None))?;
    session.insert_record_lock(&lock(60, LockTarget::Patient { patient: patient() }, None))?;
    session.insert_record_lock(&lock(62, site("KAR"), Some(created_at)))?;
    session.put_schedule(patient(), &[expected()])?;
    session.bump_generation("schemas")?;
    session.bump_generation("schemas")
}

fn expected() -> ScheduleEntry {
    let day = |text: &str| text.parse().unwrap();
    ScheduleEntry {
        patient: patient(),
        course: Some(course()),
        ordinal: 3,
        site: common::code("KAR"),
        infused: true,
        item: ExpectedItem {
            what: Expected::Form {
                form: "follow_up".to_owned(),
                key: [("time_point".to_owned(), "M6".to_owned())].into(),
            },
            time_point: Some("M6".parse().unwrap()),
            optional: false,
            first: day("2026-02-01"),
            target: day("2026-03-01"),
            last: day("2026-04-01"),
            grace_until: day("2026-05-01"),
            closed: None,
            excuse: None,
            stops_on: Some(day("2027-01-01")),
            anchor: Anchor::Day0,
            counted_from: day("2025-09-01"),
        },
        answer: None,
    }
}

async fn database(engine: Engine) -> TestDatabase {
    let database = TestDatabase::new(engine);
    database.store.write::<_, StoreError>("prepare", prepare).await.unwrap();
    database
}

fn insert(session: &mut dyn WriteSession) -> Result<(), StoreError> {
    session.insert_together(&rows())
}

#[rstest]
#[tokio::test]
async fn rows_that_are_inserted_together_are_read_one_by_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = database(engine).await;
    database.store.write::<_, StoreError>("insert", insert).await.unwrap();
    let look = move |session: &mut dyn cartotek_persistence::ReadSession| {
        let new = rows();
        let records: Vec<RecordId> = new.records.iter().map(|record| record.id).collect();
        let mut found = session.latest_revisions(&records)?;
        found.sort_by_key(|(record, _)| record.id);
        assert_eq!(found, new.records.into_iter().zip(new.revisions).collect::<Vec<_>>());
        assert_eq!(session.milestones(&[patient()])?, new.milestones);
        let findings = session.findings(&FindingFilter::default(), &PatientScope::Every, &Page::first(10))?;
        assert_eq!(findings.items, new.findings);
        assert_eq!(session.findings_due(&Page::first(10))?.items, new.findings_due);
        let event = new.events[0].id;
        assert_eq!(session.event(event)?.as_ref(), new.events.first());
        assert_eq!(session.subjects(event)?, new.subjects);
        assert_eq!(session.pending(10)?, new.pending);
        Ok::<_, StoreError>(())
    };
    database.store.read("look", look).await.unwrap();
}

/// Nothing of what belongs together is left when one of it is refused, whatever the engine.
#[rstest]
#[tokio::test]
async fn rows_are_inserted_together_or_not_at_all(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = database(engine).await;
    let orphaned = |session: &mut dyn WriteSession| {
        session.insert_together(&Insertions { records: Vec::new(), ..rows() })
    };
    let before = database.dump();
    let refused = database.store.write::<_, StoreError>("orphaned", orphaned).await;
    assert!(matches!(refused, Err(StoreError::MissingReference)), "{refused:?}");
    assert_eq!(database.dump(), before);
    database.store.write::<_, StoreError>("insert", insert).await.unwrap();
    let twice = database.store.write::<_, StoreError>("insert again", insert).await;
    assert!(twice.is_err());
    let nothing = |session: &mut dyn WriteSession| session.insert_together(&Insertions::default());
    database.store.write::<_, StoreError>("nothing", nothing).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn what_is_known_is_what_is_asked_one_by_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = database(engine).await;
    database.store.write::<_, StoreError>("insert", insert).await.unwrap();
    let look = move |session: &mut dyn cartotek_persistence::ReadSession| {
        let names = ["batch_id", "weight"];
        for (sites, subject, key) in [
            (&["KAR", "SUS"][..], course().uuid(), "[\"M6\"]"),
            (&["KAR"][..], patient().uuid(), ODD),
            (&[][..], course().uuid(), ODD),
        ] {
            let sites: Vec<SiteCode> = sites.iter().map(|site| common::code(site)).collect();
            let question = KnownQuestion {
                patient: patient(),
                subject,
                form: "follow_up",
                natural_key: key,
                milestones: &names,
                sites: &sites.iter().collect::<Vec<_>>(),
                generation: "schemas",
            };
            let known = session.known(&question)?;
            let Known { participations, consents, courses, milestones, locks, same_key, expected, generation } = known;
            assert_eq!(participations, session.participations(&[patient()])?);
            assert_eq!(consents, session.consents(patient())?);
            assert_eq!(courses, session.courses(&[patient()])?);
            assert_eq!(milestones, session.milestones_named(patient(), &names)?);
            assert_eq!(same_key, session.record_by_key(subject, "follow_up", key)?);
            assert_eq!(expected, session.expected_forms(&[subject], "follow_up")?);
            assert_eq!(generation, session.generation("schemas")?);
            let mut over: Vec<RecordLock> = session.locks_over_any(&[patient()], &sites)?;
            over.sort_by_key(|lock| lock.id);
            assert_eq!(locks, over);
            assert_eq!((participations.len(), consents.len(), courses.len(), milestones.len()), (2, 1, 1, 3));
            assert_eq!((expected.is_empty(), generation), (subject != course().uuid(), 2));
            assert_eq!((locks.len(), same_key.is_some()), (1 + usize::from(sites.len() == 2), !(sites.is_empty())));
        }
        Ok::<_, StoreError>(())
    };
    database.store.read("look", look).await.unwrap();
}
