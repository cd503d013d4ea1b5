//! A patient with everything that is known of one, and rows to write.

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
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason, Record, RecordStatus, Revision};
use cartotek_domain::schedule::{
    Anchor, Answer, Closing, Excuse, Expected, ExpectedItem, ScheduleEntry, Submitted,
};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::session::audit::{PendingLeaf, StoredEvent, StoredSubject};
use cartotek_persistence::session::content::SubmittedContent;
use cartotek_persistence::session::finding::FindingDue;
use cartotek_persistence::session::together::Together;
use cartotek_persistence::{StoreError, WriteSession};
use uuid::Uuid;

/// What JSON writes in its own way.
pub(crate) const ODD: &str =
    "Å \"quoted\" \\ back, tab\t, line\n, \u{1F9EC}, {\"a\":[null,\"\\u00e5\"]}, '; DROP";

pub(crate) fn id<T>(make: impl Fn(Uuid) -> T, number: u128) -> T {
    make(Uuid::from_u128(number))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn patient() -> PatientId {
    id(PatientId::from_uuid, 1)
}

pub(crate) fn course() -> CourseId {
    id(CourseId::from_uuid, 2)
}

pub(crate) fn record(number: u128, course: Option<CourseId>, key: &str) -> Record {
    Record {
        id: id(RecordId::from_uuid, number),
        patient: patient(),
        course,
        form: "follow_up".to_owned(),
        natural_key: key.to_owned(),
        status: RecordStatus::Submitted,
        revision: 1,
        site: crate::common::code("KAR"),
        created_at: at("2026-03-02T09:00:00.000001Z"),
        submitted_at: course.map(|_| at("2026-03-02T09:00:00.123456Z")),
        salt: Salt::new([0xf0; 16]),
    }
}

pub(crate) fn revision(record: &Record) -> Revision {
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
        amendment: record
            .course
            .map(|_| Amendment { reason: AmendmentReason::DataEntry, text: ODD.to_owned() }),
        author: id(ActorId::from_uuid, 3),
        created_at: record.created_at,
        salt: Salt::new([0x0f; 16]),
    }
}

pub(crate) fn milestone(record: &Record, name: &str, value: MilestoneValue) -> (PatientId, Milestone) {
    let clinical_date = record.course.map(|_| "2024-02-29".parse().unwrap());
    (
        record.patient,
        Milestone { record: record.id, course: record.course, clinical_date, name: name.to_owned(), value },
    )
}

pub(crate) fn rows() -> Together {
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
    Together {
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
            site: crate::common::code("KAR"),
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
        answers: vec![
            ScheduleEntry { answer: answered().answer, ..expected() },
            ScheduleEntry { answer: None, ..answered() },
        ],
        records: vec![of_course, of_patient],
    }
}

/// What the records say.
pub(crate) fn contents() -> Vec<SubmittedContent> {
    let Together { records, revisions, .. } = rows();
    let content = |(record, revision): (Record, Revision)| SubmittedContent {
        record: record.id,
        patient: record.patient,
        course: record.course,
        form: record.form,
        form_version: revision.form_version,
        created_at: record.created_at,
        content: revision.content,
    };
    records.into_iter().zip(revisions).map(content).collect()
}

/// A patient in the care of two sites, with everything that is known of one.
pub(crate) fn prepare(session: &mut dyn WriteSession) -> Result<(), StoreError> {
    crate::common::insert(session, &["KAR", "SUS"])?;
    let pseudonym = Pseudonym::from_random([10; 9]).unwrap();
    let created_at = at("2026-01-02T09:00:00Z");
    session.insert_patients(&[Patient { id: patient(), pseudonym, created_at, salt: Salt::default() }])?;
    let participation = |number, site: &str, role, valid_to: Option<&str>| Participation {
        id: id(ParticipationId::from_uuid, number),
        patient: patient(),
        site: crate::common::code(site),
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
        valid_to: Some("2031-01-02".parse().unwrap()),
        form_version: Some(ODD.to_owned()),
        language: Some("sv".to_owned()),
        signed_by: Signatory::Patient,
        ethics_ref: Some("2024-01234-01".to_owned()),
        document_ref: Some(ODD.to_owned()),
        site: crate::common::code("KAR"),
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
    let site = |code: &str| LockTarget::Site {
        site: crate::common::code(code),
        cut_off: "2025-12-31".parse().unwrap(),
    };
    session.insert_record_lock(&lock(61, site("SUS"), None))?;
    session.insert_record_lock(&lock(60, LockTarget::Patient { patient: patient() }, None))?;
    session.insert_record_lock(&lock(62, site("KAR"), Some(created_at)))?;
    session.put_schedule(patient(), &[expected(), answered()])?;
    session.bump_generation("schemas")?;
    session.bump_generation("schemas")
}

pub(crate) fn expected() -> ScheduleEntry {
    let day = |text: &str| text.parse().unwrap();
    ScheduleEntry {
        patient: patient(),
        course: Some(course()),
        ordinal: 3,
        site: crate::common::code("KAR"),
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

/// One with every column that may be empty.
fn answered() -> ScheduleEntry {
    let day = |text: &str| text.parse().unwrap();
    let submitted = Submitted { dated: Some("2026-03".parse().unwrap()), first_submitted: day("2026-03-02") };
    let waiting = expected();
    ScheduleEntry {
        ordinal: 4,
        item: ExpectedItem { closed: Some(Closing::Dead), excuse: Some(Excuse::Lost), ..waiting.item },
        answer: Some(Answer { by: Uuid::from_u128(10), submitted }),
        ..waiting
    }
}
