//! Questionnaires at several time points: each answers for itself, and none of them pushes another out.

use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::cohort::{By, CountQuestion};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::network::{Network, count, every_course};

fn questionnaire(instrument: &str, time_point: &str, completed_on: &str, answers: Value) -> Value {
    let version = if instrument == "qlq_c30" { "3.0" } else { "1.0" };
    json!({
        "instrument": instrument, "time_point": time_point, "completed_date": completed_on,
        "instrument_version": version, "language": "sv", "mode": "paper", instrument: answers
    })
}

/// Two answers from 1 to 7: global health is 0 with [1, 1], 50 with [4, 4], 75 with [7, 4] and 100 with [7, 7].
fn global_health(time_point: &str, completed_on: &str, [q29, q30]: [u8; 2]) -> Value {
    questionnaire("qlq_c30", time_point, completed_on, json!({"q29": q29, "q30": q30}))
}

fn eq5d(time_point: &str, completed_on: &str, levels: [u8; 5], vas: u8) -> Value {
    let [mobility, self_care, usual_activities, pain_discomfort, anxiety_depression] = levels;
    let answers = json!({
        "mobility": mobility, "self_care": self_care, "usual_activities": usual_activities,
        "pain_discomfort": pain_discomfort, "anxiety_depression": anxiety_depression, "vas": vas
    });
    questionnaire("eq5d5l", time_point, completed_on, answers)
}

#[rstest]
#[tokio::test]
async fn before_the_infusion_and_a_year_after_are_told_apart(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    network.advance(TimeDelta::days(120));
    let better = network.treat("KAR", "LBCL", "2026-02-12").await;
    let worse = network.treat("KAR", "LBCL", "2026-02-12").await;
    for (time_point, day, answers) in
        [("BASELINE", "2026-02-01", [4, 4]), ("D28", "2026-03-12", [1, 1]), ("M12", "2027-02-12", [7, 4])]
    {
        network.about(&better, "prom", global_health(time_point, day, answers)).await;
    }
    network.about(&worse, "prom", global_health("BASELINE", "2026-02-01", [7, 4])).await;
    let year = network.about(&worse, "prom", global_health("M12", "2027-02-12", [4, 4])).await;
    network.settle().await;

    let counted = async |filter: Value| network.counted("KAR", count(filter)).await;
    let health = |name: &str, value: u8| {
        let variable = format!("qlq_c30_global_health{name}");
        json!({"variable": variable, "equals": value})
    };
    for (name, value, patients) in [
        ("_baseline", 50, 1),
        ("_baseline", 75, 1),
        ("_d28", 0, 1),
        ("_m12", 75, 1),
        ("_m12", 50, 1),
        ("_first", 50, 1),
        ("_last", 75, 1),
        ("", 0, 1),
        ("", 50, 1),
        ("", 75, 0),
    ] {
        let answer = counted(health(name, value)).await;
        assert_eq!(answer.result.patients, Some(patients), "{name} {value}");
    }
    let unasked = counted(json!({"variable": "qlq_c30_global_health_m6", "present": true})).await;
    assert_eq!(unasked.result.patients, Some(0));

    let improved = || {
        json!({"all": [
            {"variable": "qlq_c30_global_health_baseline", "at_most": 75},
            {"variable": "qlq_c30_global_health_m12", "at_least": 75},
        ]})
    };
    let answer = counted(improved()).await;
    assert_eq!(answer.result.patients, Some(1));
    assert!(answer.question.sv.contains("Månad 12"), "{}", answer.question.sv);
    assert!(answer.question.en.contains("Before the infusion"), "{}", answer.question.en);

    network.correct(&worse, year, global_health("M12", "2027-02-12", [7, 7])).await;
    network.settle().await;
    let another = network.another_server().await;
    let forward = counted(improved()).await;
    assert_eq!(forward.result.patients, Some(2), "after the correction");
    let built = network.ask(&another, "KAR", count(improved())).await.unwrap().value;
    assert_eq!(forward, built);
}

#[rstest]
#[tokio::test]
async fn one_questionnaire_does_not_hide_the_last_answers_to_another(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let patient = network.treat("KAR", "LBCL", "2026-02-12").await;
    for content in [
        eq5d("BASELINE", "2026-02-01", [1, 1, 1, 1, 1], 40),
        global_health("D28", "2026-03-10", [7, 4]),
        eq5d("D28", "2026-03-12", [2, 1, 2, 3, 1], 65),
    ] {
        network.about(&patient, "prom", content).await;
    }
    network.settle().await;
    for (variable, value) in [
        ("qlq_c30_global_health_last", 75),
        ("eq5d_profile", 21231),
        ("eq5d_profile_first", 11111),
        ("eq5d_profile_baseline", 11111),
        ("eq5d_profile_d28", 21231),
        ("eq5d_vas", 40),
        ("eq5d_vas_last", 65),
    ] {
        let filter = json!({"variable": variable, "equals": value});
        assert_eq!(network.counted("KAR", count(filter)).await.result.patients, Some(1), "{variable}");
    }
}

/// A profile may be that of a single patient: it is protected like every other figure and cannot be listed.
#[rstest]
#[tokio::test]
async fn a_rare_profile_is_not_shown_to_researchers(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    for number in 0..12 {
        let patient = network.treat("KAR", "LBCL", "2026-02-12").await;
        let level = if number == 0 { 5 } else { 1 };
        network.about(&patient, "prom", eq5d("BASELINE", "2026-02-01", [level; 5], 50)).await;
    }
    network.settle().await;
    let profile = |number: u32| count(json!({"variable": "eq5d_profile_baseline", "equals": number}));
    assert_eq!(network.counted("", profile(11111)).await.result.patients, Some(10), "of 11");
    assert_eq!(network.counted("", profile(55555)).await.result.patients, None, "of 1");
    assert_eq!(network.counted("", profile(33333)).await.result.patients, None, "of none");

    let by = |edges: &[f64]| CountQuestion {
        by: Some(By { variable: "eq5d_profile_baseline".to_owned(), edges: edges.to_vec() }),
        ..every_course()
    };
    let groups = network.counted("", by(&[20_000.0])).await.result.breakdown.unwrap().groups;
    assert_eq!(groups.len(), 3);
    let shown = groups.iter().filter(|group| group.patients.is_some() || group.courses.is_some()).count();
    assert_eq!(shown, 0, "eleven beside the total would narrow down the one");
    match network.ask(&network.service, "", by(&[])).await {
        Err(ServiceError::Refused(refusal)) => {
            let finding = &refusal.findings[0];
            assert_eq!((finding.rule.as_str(), finding.pointer.as_str()), ("COHORT-EDGES", "/by/edges"));
        }
        other => panic!("not refused: {other:?}"),
    }
}
