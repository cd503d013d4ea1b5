//! A course that was closed by mistake and is opened again: what is expected of the patient is what was.

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::course::{CourseOutcome, CourseStatus};
use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::{Engine, ReadSession};
use rstest::rstest;

use crate::common::content::collection;
use crate::patient::Treated;

#[rstest]
#[tokio::test]
async fn what_the_closing_ended_is_expected_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    patient.submit("apheresis", collection()).await;
    let (schedule, waiting) = (patient.schedule().await, patient.worklist("KAR").await);
    assert_eq!(patient.states("product").await, ["open"]);
    let (ground, service) = (&patient.ground, &patient.ground.service);
    let (outcome, closed_on) = (CourseOutcome::Progression, "2026-01-20".parse().unwrap());
    let manager = ground.data_manager("KAR");
    service.close_course(&manager, &ground.act(), patient.course, 1, outcome, closed_on).await.unwrap();
    assert_eq!(patient.states("product").await, ["not_applicable_not_infused"]);
    assert_ne!(patient.worklist("KAR").await, waiting);

    let (course, reason) = (patient.course, AmendmentReason::SourceUpdate);
    let dry = service.reopen_course(&manager, &ground.dry(), course, 2, reason).await.unwrap();
    assert_eq!((dry.value.status, dry.receipt), (CourseStatus::Open, None));
    assert_eq!(patient.states("product").await, ["not_applicable_not_infused"], "it was a dry run");

    let done = service.reopen_course(&manager, &ground.act(), course, 2, reason).await.unwrap();
    let open = &done.value;
    assert_eq!((open.status, open.version), (CourseStatus::Open, 3));
    assert_eq!((open.outcome, open.closed_on), (None, None));
    assert_eq!(patient.schedule().await, schedule);
    assert_eq!(patient.worklist("KAR").await, waiting);
    let id = done.receipt.unwrap().event;
    let find = move |session: &mut dyn ReadSession| session.event(id);
    let stored = ground.database.store.read("find event", find).await.unwrap().unwrap();
    let event = AuditEvent::from_canonical(&stored.canonical).unwrap();
    assert_eq!((event.action.as_str(), event.outcome), ("patients.manage", Outcome::Changed));
    assert_eq!((event.unit.as_deref(), event.reason.as_deref()), (Some("KAR"), Some("source_update")));
    let [subject] = &event.subjects[..] else { panic!("{event:?}") };
    assert_eq!((subject.table.as_str(), &subject.row), ("course", &course.to_string()));
    assert!(subject.before.is_some() && subject.after.is_some(), "{subject:?}");
    patient.check().await;
}
