//! What goes otherwise than planned: a questionnaire that nobody answers, an early death, an event entered in error.

use cartotek_persistence::Engine;
use rstest::rstest;
use serde_json::json;

use crate::patient::Treated;

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
