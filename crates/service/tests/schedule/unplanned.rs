//! What goes otherwise than planned: a questionnaire that nobody answers, an early death, a record entered in error.

use cartotek_persistence::Engine;
use rstest::rstest;
use serde_json::json;

use crate::common::content::{death, follow_up, infusion};
use crate::patient::{Treated, form_of};

#[rstest]
#[tokio::test]
async fn a_questionnaire_that_is_not_answered_is_not_overdue(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-05-01");
    assert_eq!(patient.state("prom", "D28").await.as_deref(), Some("overdue"));
    let questionnaire = json!({
        "instrument": "eq5d5l", "time_point": "D28", "completed_date": "2026-03-12",
        "missing": { "instrument_version": "not_done", "language": "not_done", "mode": "not_done", "eq5d5l": "withheld" }
    });
    patient.submit("prom", questionnaire).await;
    assert_eq!(patient.state("prom", "D28").await.as_deref(), Some("completed"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_death_entered_in_error_is_taken_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-05-20");
    let dead = patient.submit("event", death("2026-04-20")).await;
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("not_applicable_dead"));
    patient.annul(&dead).await;
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("open"));
    assert_eq!(patient.state("follow_up", "Y15").await.as_deref(), Some("upcoming"));
    // Nothing is dated after a death any more, and the death that does come is the first.
    patient.submit("follow_up", follow_up("D100", "2026-05-20")).await;
    patient.wait_until("2026-07-01");
    patient.submit("event", death("2026-06-20")).await;
    assert_eq!(patient.state("follow_up", "Y15").await.as_deref(), Some("not_applicable_dead"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn an_infusion_and_a_draft_entered_in_error_are_taken_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    let infused = patient.submit("infusion", infusion("2026-02-12")).await;
    patient.wait_until("2026-05-20");
    let answer = patient.submit("follow_up", follow_up("D100", "2026-05-20")).await;
    patient.annul(&answer).await;
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("open"), "it is not answered");
    let draft = patient.draft("follow_up", follow_up("D100", "2026-05-19")).await;
    patient.annul(&draft).await;
    patient.submit("follow_up", follow_up("D100", "2026-05-18")).await;
    patient.annul(&infused).await;
    assert_eq!(patient.state("follow_up", "Y15").await, None, "there is no day 0 any more");
    patient.submit("infusion", infusion("2026-02-13")).await;
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("completed"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn treatment_of_a_relapse_ends_the_follow_up_of_the_effect(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-07-08");
    let therapy = |number: u8, intent: &str| {
        let therapy = json!({ "start": "2026-05-01", "intent": intent, "type": "bispecific" });
        json!({ "kind": "subsequent_therapy", "event_no": number, "subsequent_therapy": therapy })
    };
    patient.submit("event", therapy(1, "maintenance")).await;
    assert_eq!(patient.state("response_assessment", "D100").await.as_deref(), Some("overdue"));
    let treated = patient.submit("event", therapy(2, "treatment_of_relapse")).await;
    assert_eq!(patient.state("response_assessment", "D100").await.as_deref(), Some("lapsed"));
    assert_eq!(patient.state("response_assessment", "D28").await.as_deref(), Some("overdue"), "before it");
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("overdue"), "safety goes on");
    patient.check().await;
    patient.annul(&treated).await;
    assert_eq!(patient.state("response_assessment", "D100").await.as_deref(), Some("overdue"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn an_early_death_leaves_the_acute_toxicity_to_be_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-03-02");
    patient.submit("event", death("2026-02-22")).await;
    assert_eq!(patient.state("response_assessment", "D28").await.as_deref(), Some("not_applicable_dead"));
    assert_eq!(patient.state("acute_toxicity", "D28").await.as_deref(), Some("open"));
    patient.wait_until("2026-04-19");
    assert_eq!(patient.state("acute_toxicity", "D28").await.as_deref(), Some("overdue"));
    let toxicity = json!({
        "assessment_date": "2026-02-22", "crs": { "occurred": "no" }, "icans": { "occurred": "no" },
        "interventions": [], "icu": { "admitted": "no" }, "iec_hs": { "occurred": "no" },
        "cytopenias": { "missing": { "early_icaht_grade": "not_done" } }, "tls": { "occurred": "no" },
        "infections_occurred": "unknown"
    });
    patient.submit("acute_toxicity", toxicity).await;
    assert_eq!(patient.state("acute_toxicity", "D28").await.as_deref(), Some("completed"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn who_is_enrolled_after_the_death_is_still_to_be_registered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut patient = Treated::opened(engine, "2025-07-14").await;
    patient.submit("infusion", infusion("2025-08-14")).await;
    patient.submit("event", death("2025-10-03")).await;
    assert_eq!(patient.states("patient_registration").await, ["open"]);
    patient.open_course("LBCL", "2026-01-12").await;
    let referrals = patient.states("referral").await;
    assert_eq!(referrals, ["overdue", "overdue"], "of a course opened after the death as well");
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("not_applicable_dead"));
    let waits = ("patient_registration".to_owned(), String::new(), "open");
    assert!(patient.worklist("KAR").await.contains(&waits));
    patient.wait_until("2026-04-02");
    assert_eq!(patient.states("patient_registration").await, ["overdue"]);
    let items = patient.schedule().await;
    let registration = items.iter().find(|item| form_of(item) == Some("patient_registration")).unwrap();
    assert!(registration.entry.is_missing("2026-04-02".parse().unwrap()));
    patient.check().await;
}
