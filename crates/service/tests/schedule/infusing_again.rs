//! Another infusion: in the same course it moves nothing, in a course of its own it takes over until it is taken back.

use cartotek_persistence::Engine;
use rstest::rstest;

use crate::common::content::infusion;
use crate::patient::Treated;
use crate::publishing::lose_items;

/// Day 0 is that of the first infusion of the course, and of the second once that is the only one.
#[rstest]
#[tokio::test]
async fn a_further_infusion_in_the_course_counts_nothing_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    let first = patient.submit("infusion", infusion("2026-02-12")).await;
    patient.wait_until("2026-06-01");
    let (waiting, schedule) = (patient.worklist("KAR").await, patient.schedule().await);
    // Without them it would show that nothing is computed when the second comes.
    lose_items(&patient, false).await;
    let mut second = infusion("2026-05-20");
    second["infusion_no"] = 2.into();
    patient.submit("infusion", second).await;
    assert_eq!(patient.schedule().await, schedule);
    assert_eq!(patient.worklist("KAR").await, waiting);
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("open"), "counted from the first");
    patient.check().await;

    patient.annul(&first).await;
    assert_eq!(patient.state("infusion", "D0").await.as_deref(), Some("completed"), "by the second");
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("upcoming"), "counted from it");
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_course_goes_on_when_the_infusion_of_the_next_was_a_mistake(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-06-01");
    patient.open_course("LBCL", "2026-05-04").await;
    let (waiting, schedule) = (patient.worklist("KAR").await, patient.schedule().await);
    let mistaken = patient.submit("infusion", infusion("2026-05-11")).await;
    // Day 100 of the first course had begun, month 6 had not.
    for (form, time_point, state) in [
        ("follow_up", "D100", "open"),
        ("response_assessment", "D100", "due"),
        ("follow_up", "M6", "not_applicable_superseded"),
        ("response_assessment", "M6", "not_applicable_superseded"),
        ("follow_up", "Y15", "not_applicable_superseded"),
    ] {
        assert_eq!(patient.state(form, time_point).await.as_deref(), Some(state), "{form} {time_point}");
    }
    assert_ne!(patient.worklist("KAR").await, waiting);
    patient.check().await;

    patient.annul(&mistaken).await;
    assert_eq!(patient.schedule().await, schedule);
    assert_eq!(patient.worklist("KAR").await, waiting);
    patient.check().await;
}
