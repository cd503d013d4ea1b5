//! Which records a row of the view is made of, and who may count it.

use cartotek_domain::access::Role;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::Engine;
use cartotek_service::Act;
use cartotek_service::course::CourseCorrection;
use cartotek_service::participation::Joining;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::network::{Network, Treated, act, count, day, every_course, granted};

async fn patients(network: &Network, filter: Value) -> Option<u64> {
    network.counted("KAR", count(filter)).await.result.patients
}

#[rstest]
#[tokio::test]
async fn the_product_of_a_course_is_the_one_that_was_infused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let infused = network.treat("KAR", "LBCL", "2026-02-12").await;
    // A batch in reserve, released later and never infused.
    network.make(&infused, "2026-02-01", 75.0).await;
    let pseudonym = network.enrol("KAR", None).await;
    let waiting =
        Treated { site: "KAR", pseudonym, course: network.open_course("KAR", pseudonym, "LBCL").await };
    network.make(&waiting, "2026-01-20", 85.0).await;
    network.make(&waiting, "2026-02-01", 86.0).await;
    network.settle().await;

    let viability = |percent: f64| json!({"variable": "viability_pct", "equals": percent});
    assert_eq!(patients(&network, viability(91.5)).await, Some(1), "the infused batch");
    assert_eq!(patients(&network, viability(75.0)).await, Some(0), "the reserve");
    assert_eq!(patients(&network, viability(86.0)).await, Some(1), "the last before any infusion");
}

#[rstest]
#[tokio::test]
async fn the_dead_without_a_date_are_dead(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let network = Network::start(engine).await;
    let patient = network.treat("KAR", "LBCL", "2026-02-12").await;
    let found = json!({
        "time_point": "D100", "contact_date": "2026-05-22", "contact_mode": "chart_review", "vital_status": "dead",
        "relapse_progression": "no", "subsequent_therapy": "no", "second_malignancy": "no",
        "late_toxicity": {"late_icaht_grade": 0}, "infections_occurred": "no"
    });
    network.about(&patient, "follow_up", found).await;
    network.settle().await;
    let survival = network.survival("KAR", json!({})).await;
    let curve = survival.result.overall.unwrap();
    assert_eq!((curve.patients, curve.deaths), (Some(1), Some(1)));
    assert!((curve.steps[0].time - 99.0).abs() < 1e-9, "on the day that found it: {}", curve.steps[0].time);
    assert!(survival.explanation.en.contains("counts as dead on the day"), "{}", survival.explanation.en);
    let imputed = json!({"variable": "death_date_imputed", "equals": "yes"});
    assert_eq!(patients(&network, imputed).await, Some(1));
}

#[rstest]
#[tokio::test]
async fn a_course_counts_by_its_corrected_indication(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let course = network.treat("KAR", "LBCL", "2026-02-12").await.course;
    network.settle().await;
    let indicated = |code: &str| json!({"variable": "indication", "equals": code});
    assert_eq!(patients(&network, indicated("FL")).await, Some(0));
    let correction = CourseCorrection { indication: Some("FL".to_owned()), ..CourseCorrection::default() };
    let (granted, reason) = (granted(Role::DataManager, "KAR"), AmendmentReason::DataEntry);
    network.service.correct_course(&granted, &act(), course, 1, correction, reason).await.unwrap();
    network.settle().await;
    assert_eq!(patients(&network, indicated("FL")).await, Some(1));
    assert_eq!(patients(&network, indicated("LBCL")).await, Some(0));
}

/// A further therapy ends the time of the best response only when its intent makes it new therapy of the disease.
#[rstest]
#[tokio::test]
async fn a_better_response_counts_after_a_therapy_of_toxicity_and_not_after_one_of_relapse(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let patient = network.treat("KAR", "LBCL", "2026-02-12").await;
    for (date, time_point, pet, deauville, overall) in
        [("2026-03-12", "D28", "PMR", "4", "PR"), ("2026-08-12", "M6", "CMR", "2", "CR")]
    {
        let lymphoma =
            json!({"lugano_pet": pet, "deauville": deauville, "new_lesions": "no", "overall": overall});
        let assessment = json!({
            "assessment_date": date, "time_point": time_point, "criteria": "lugano_2014", "modality": ["PET_CT"],
            "lymphoma": lymphoma
        });
        network.about(&patient, "response_assessment", assessment).await;
    }
    // The event that comes last began first: intents are told in the order of the starts.
    for (number, start, intent, best) in [
        (1, "2026-05-01", "toxicity", json!("CR")),
        (2, "2026-09-01", "treatment_of_relapse", json!("CR")),
        (3, "2026-04-01", "maintenance", json!("CR")),
        (4, "2026-06-01", "treatment_of_relapse", json!("PR")),
        (5, "2026-04", "treatment_of_relapse", json!("PR")),
        // Whether it preceded the first assessment nobody knows.
        (6, "2026", "treatment_of_relapse", json!(null)),
    ] {
        let therapy = json!({"start": start, "intent": intent, "type": "other"});
        let event = json!({"kind": "subsequent_therapy", "event_no": number, "subsequent_therapy": therapy});
        network.about(&patient, "event", event).await;
        let may = granted(Role::DataManager, "KAR");
        let act = Act::new(crate::may_request());
        let values = network.service.course_values(&may, &act, patient.course).await.unwrap().value;
        let found = values.iter().find(|value| value.id == "best_response").unwrap();
        assert_eq!(found.value, best, "after event {number}");
        network.settle().await;
        for class in ["CR", "PR"] {
            let response = json!({"variable": "best_response", "equals": class});
            let expected = u64::from(best == class);
            assert_eq!(patients(&network, response).await, Some(expected), "{class} after event {number}");
        }
    }
}

/// What preceded a death tells whether it is non-relapse mortality, not its cause; of the living nothing is told.
#[rstest]
#[tokio::test]
async fn a_death_after_progression_is_no_non_relapse_mortality(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let relapsed = network.treat("KAR", "LBCL", "2026-02-12").await;
    let well = network.treat("KAR", "LBCL", "2026-02-12").await;
    network.treat("KAR", "LBCL", "2026-02-12").await;
    let relapse = json!({
        "date": "2026-05-04", "type": "progression", "site": ["nodal"], "antigen_status": "not_tested"
    });
    let event = json!({"kind": "relapse_progression", "event_no": 1, "relapse_progression": relapse});
    network.about(&relapsed, "event", event).await;
    for patient in [&relapsed, &well] {
        network.die(patient, "2026-06-01").await;
    }
    network.settle().await;
    for (equals, expected) in [("yes", 1), ("no", 1), ("unknown", 0)] {
        let filter = json!({"variable": "nrm", "equals": equals});
        assert_eq!(patients(&network, filter).await, Some(expected), "{equals}");
    }
}

/// Whoever has died is dead, whatever the last follow-up says; of whoever is lost nobody knows.
#[rstest]
#[tokio::test]
async fn the_vital_status_is_not_the_answer_of_the_last_follow_up(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let dead = network.treat("KAR", "LBCL", "2026-02-12").await;
    let lost = network.treat("KAR", "LBCL", "2026-02-12").await;
    let well = network.treat("KAR", "LBCL", "2026-02-12").await;
    for patient in [&dead, &lost, &well] {
        network.follow(patient, "2026-05-22").await;
    }
    network.die(&dead, "2026-06-01").await;
    let loss =
        json!({"date_declared": "2026-11-02", "last_contact_date": "2026-05-22", "reason": "no_contact"});
    let event = json!({"kind": "lost_to_follow_up", "event_no": 1, "lost_to_follow_up": loss});
    network.about(&lost, "event", event).await;
    network.settle().await;
    for status in ["dead", "unknown", "alive"] {
        let filter = json!({"variable": "vital_status", "equals": status});
        assert_eq!(patients(&network, filter).await, Some(1), "{status}");
    }
    let answered = json!({"variable": "follow_up_vital_status", "equals": "alive"});
    assert_eq!(patients(&network, answered).await, Some(3));
    let days = json!({"variable": "days_to_death", "equals": 109});
    assert_eq!(patients(&network, days).await, Some(1));
}

/// Everything that a data manager sees exactly concerns only patients in whose care the site takes part today.
#[rstest]
#[tokio::test]
async fn a_site_counts_a_patient_exactly_while_it_takes_part(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let patient = network.treat("KAR", "LBCL", "2026-02-12").await;
    let act = || Act::new(crate::may_request());
    let joining =
        Joining { site: "UPP".parse().unwrap(), role: ParticipationRole::Following, from: day("2026-11-01") };
    let may = granted(Role::DataManager, "KAR");
    let joined =
        network.service.add_participation(&may, &act(), patient.pseudonym, joining).await.unwrap().value;
    let (id, version, last_day) = (joined.id, joined.version, day("2026-11-20"));
    let ended =
        network.service.end_participation(&may, &act(), patient.pseudonym, id, version, last_day).await;
    ended.unwrap();
    network.settle().await;
    let counted = async || network.counted("UPP", every_course()).await.result.patients;
    assert_eq!(counted().await, Some(1), "on the last day");
    network.advance(TimeDelta::days(1));
    network.service.refresh_cohorts().await.unwrap();
    assert_eq!(counted().await, Some(0), "on the day after, though nothing was sealed");
    let survival = network.survival("UPP", json!({})).await;
    assert_eq!(survival.result.overall.unwrap().patients, Some(0));
}

/// Nothing is written when a yes ends: researchers count the patient on its last day and not on the day after.
#[rstest]
#[tokio::test]
async fn researchers_count_a_patient_until_the_yes_ends(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    for number in 0..10 {
        let ends = (number == 0).then(|| day("2026-11-20"));
        network.treat_with("KAR", "LBCL", "2026-02-12", ends).await;
    }
    network.settle().await;
    let counted = async |site: &str| network.counted(site, every_course()).await.result.patients;
    assert_eq!(counted("").await, Some(10), "on the last day");
    network.advance(TimeDelta::days(1));
    assert_eq!(counted("").await, None, "nine are too few");
    assert_eq!(counted("KAR").await, Some(10), "the site's own record");
}
