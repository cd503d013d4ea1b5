//! Research questions over records that came in through the use cases, on both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod asking;
mod codebook;
mod content;
mod network;
mod not_infused;
mod specimen;
mod time_points;
mod told;
mod versions;

use cartotek_domain::access::Role;
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::erasure::ErasureReason;
use cartotek_domain::patient::ParticipationRole;
use cartotek_persistence::Engine;
use cartotek_service::Act;
use cartotek_service::cohort::{By, CountQuestion, GroupKey, MedianView, Protection};
use cartotek_service::participation::Joining;
use chrono::TimeDelta;
use content::{death, decision};
use network::{Network, Treated, count, day, every_course, granted};
use rstest::rstest;
use serde_json::json;
use specimen::refer_to_course;

#[rstest]
#[tokio::test]
async fn a_site_counts_its_own_patients_exactly_and_no_other(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let patient = network.treat("KAR", "LBCL", "2026-02-12").await;
    network.treat("KAR", "FL", "2026-03-01").await;
    network.treat("UPP", "LBCL", "2026-03-02").await;
    network.settle().await;

    let answer = network.counted("KAR", every_course()).await;
    assert_eq!((answer.result.patients, answer.result.courses), (Some(2), Some(2)));
    assert_eq!(answer.protection, Protection::Exact);
    assert!(answer.explanation.en.contains("KAR"), "{}", answer.explanation.en);
    assert_eq!(network.counted("UPP", every_course()).await.result.patients, Some(1));

    let young = count(json!({"variable": "age_at_infusion", "less_than": 65}));
    assert_eq!(network.counted("KAR", young).await.result.patients, Some(2), "64 on both days");
    let lymphoma = count(json!({"all": [
        {"variable": "indication", "equals": "LBCL"}, {"variable": "sex", "equals": "female"},
        {"variable": "infusion_date", "between": ["2026-02-01", "2026-02-28"]},
    ]}));
    let answer = network.counted("KAR", lymphoma).await;
    assert_eq!(answer.result.patients, Some(1));
    assert!(answer.question.sv.contains("Storcelligt B-cellslymfom"), "{}", answer.question.sv);

    let joining =
        Joining { site: "UPP".parse().unwrap(), role: ParticipationRole::Following, from: day("2026-11-01") };
    let (may, act) = (granted(Role::DataManager, "KAR"), Act::new(may_request()));
    network.service.add_participation(&may, &act, patient.pseudonym, joining).await.unwrap();
    network.settle().await;
    assert_eq!(
        network.counted("UPP", every_course()).await.result.patients,
        Some(2),
        "it follows one of KAR's"
    );
}

#[rstest]
#[tokio::test]
async fn a_researcher_sees_no_small_figure_and_nobody_whose_consent_does_not_stand(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let mut patients = Vec::new();
    for number in 0..14 {
        let (site, indication) = if number < 3 { ("UPP", "MM") } else { ("KAR", "LBCL") };
        let consent_to = (number == 13).then(|| day("2026-12-31"));
        patients.push(network.treat_with(site, indication, "2026-02-12", consent_to).await);
    }
    network.settle().await;

    let by = || CountQuestion {
        by: Some(By { variable: "indication".to_owned(), edges: Vec::new() }),
        ..every_course()
    };
    let answer = network.counted("", by()).await;
    assert!(matches!(answer.protection, Protection::Protected { threshold: 10, rounded_to: 10, .. }));
    let groups = answer.result.breakdown.unwrap().groups;
    assert!(groups.len() > 2);
    let shown = groups.iter().filter(|group| group.patients.is_some() || group.courses.is_some()).count();
    assert_eq!(shown, 0, "beside the total, eleven with LBCL would narrow down the three with MM");
    let myeloma = count(json!({"variable": "indication", "equals": "MM"}));
    assert_eq!(network.counted("", myeloma).await.result.patients, None, "three are too few");
    let nobody = count(json!({"variable": "indication", "equals": "CLL"}));
    assert_eq!(network.counted("", nobody).await.result.patients, None, "zero looks like three");
    assert_eq!(network.counted("", every_course()).await.result.patients, Some(10), "of 14");

    let withdrawn = decision(ConsentPurpose::RegistryResearch, ConsentDecision::Withdrawn, "2026-11-01");
    network.decide(&patients[3], withdrawn).await;
    let opted_out = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, "2026-11-01");
    network.decide(&patients[4], opted_out).await;
    let lymphoma = || count(json!({"variable": "indication", "equals": "LBCL"}));
    assert_eq!(network.counted("", lymphoma()).await.result.patients, Some(10), "not sealed yet");
    network.settle().await;
    assert_eq!(network.counted("", lymphoma()).await.result.patients, None, "nine are left");
    assert_eq!(network.counted("KAR", lymphoma()).await.result.patients, Some(11), "the site's own record");

    assert_eq!(network.counted("", every_course()).await.result.patients, Some(10), "12 of 14");
    network.advance(TimeDelta::days(60));
    for patient in &patients[5..7] {
        let withdrawn = decision(ConsentPurpose::RegistryResearch, ConsentDecision::Withdrawn, "2027-01-10");
        network.decide(patient, withdrawn).await;
    }
    network.settle().await;
    assert_eq!(
        network.counted("", every_course()).await.result.patients,
        None,
        "12 less 2, and one consent ended"
    );
}

#[rstest]
#[tokio::test]
async fn survival_follows_deaths_contacts_and_corrections(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let first = network.treat("KAR", "LBCL", "2026-02-12").await;
    let second = network.treat("KAR", "FL", "2026-02-12").await;
    let third = network.treat("KAR", "FL", "2026-02-12").await;
    network.follow(&first, "2026-05-22").await;
    network.follow(&second, "2026-05-23").await;
    let death_record = network.die(&third, "2026-05").await;
    network.settle().await;

    let survival = network.survival("KAR", json!({"times": [0, 92, 99]})).await;
    let curve = survival.result.overall.unwrap();
    assert_eq!((curve.patients, curve.deaths), (Some(3), Some(1)));
    assert_eq!(curve.steps.len(), 1);
    assert!((curve.steps[0].time - 92.0).abs() < 1e-9, "the 15th of May: {}", curve.steps[0].time);
    assert!((curve.steps[0].survival - 2.0 / 3.0).abs() < 1e-9);
    let at_risk: Vec<_> = curve.at_risk.iter().map(|point| point.at_risk).collect();
    assert_eq!(at_risk, [Some(3), Some(3), Some(2)], "both others are followed for 99 and 100 days");
    let imputed = || count(json!({"variable": "death_date_imputed", "equals": "yes"}));
    assert_eq!(network.counted("KAR", imputed()).await.result.patients, Some(1));

    network.correct(&third, death_record, death("2026-03-01")).await;
    network.settle().await;
    let survival = network.survival("KAR", json!({"strata": "indication"})).await;
    let curve = survival.result.overall.unwrap();
    assert!((curve.steps[0].time - 17.0).abs() < 1e-9, "the corrected day: {}", curve.steps[0].time);
    assert_eq!(network.counted("KAR", imputed()).await.result.patients, Some(0));
    let follicular = survival.result.strata.iter().find_map(|one| match &one.key {
        GroupKey::Code { code, .. } if code == "FL" => one.curve.as_ref(),
        _ => None,
    });
    let follicular = follicular.unwrap();
    assert_eq!((follicular.patients, follicular.deaths), (Some(2), Some(1)));
    assert!(matches!(follicular.median, MedianView::Reached { .. }));

    let protected = network.survival("", json!({})).await;
    assert_eq!(protected.result.overall, None, "three are too few for a researcher");
}

#[rstest]
#[tokio::test]
async fn a_view_brought_forward_equals_one_built_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    network.settle().await;
    assert_eq!(network.counted("KAR", every_course()).await.result.patients, Some(0));
    let mut patients: Vec<Treated> = Vec::new();
    for (indication, infused) in [("LBCL", "2026-02-12"), ("FL", "2026-02-20"), ("MCL", "2026-03-01")] {
        patients.push(network.treat("KAR", indication, infused).await);
        network.settle().await;
    }
    // A second course after the first; its death is told of the patient, hence of both courses.
    let second = Treated {
        course: network.open_course("KAR", patients[0].pseudonym, "LBCL").await,
        ..patients[0].clone()
    };
    network.settle().await;
    network.infuse(&second, "2026-08-01").await;
    let death_record = network.die(&second, "2026-09").await;
    network.follow(&patients[1], "2026-05-29").await;
    network.settle().await;
    network.correct(&second, death_record, death("2026-09-03")).await;
    network.settle().await;

    let anew = network.another_server().await;
    let edges = |variable: &str, edges: &[f64]| CountQuestion {
        by: Some(By { variable: variable.to_owned(), edges: edges.to_vec() }),
        ..every_course()
    };
    let questions = || {
        vec![
            every_course(),
            count(json!({"variable": "death_date", "equals": "2026-09-03"})),
            count(json!({"variable": "last_contact_date", "at_least": "2026-05-01"})),
            count(json!({"variable": "course_number", "equals": 2})),
            edges("indication", &[]),
            edges("infusion_date", &[]),
            edges("age_at_infusion", &[65.0]),
            edges("dose_car_total_e6", &[100.0, 200.0]),
            edges("death_cause", &[]),
            edges("disease_status", &[]),
        ]
    };
    for (question, again) in questions().into_iter().zip(questions()) {
        let forward = network.ask(&network.service, "KAR", question).await.unwrap().value;
        let built = network.ask(&anew, "KAR", again).await.unwrap().value;
        assert_eq!(forward, built);
    }
    let dead = network.counted("KAR", count(json!({"variable": "death_date", "present": true}))).await;
    assert_eq!((dead.result.patients, dead.result.courses), (Some(1), Some(2)));
    let cause =
        network.counted("KAR", count(json!({"variable": "death_cause", "equals": "infection"}))).await;
    assert_eq!(cause.result.courses, Some(2), "what belongs to the death is told of both courses");
}

#[rstest]
#[tokio::test]
async fn a_question_leaves_an_event_without_patients_and_words(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    network.treat("KAR", "LBCL", "2026-02-12").await;
    network.settle().await;
    let asked = |filter| network.ask(&network.service, "KAR", count(filter));
    let done = asked(json!({"variable": "age_at_infusion", "at_least": 18})).await.unwrap();
    let same = asked(json!({"at_least": 18.0, "variable": "age_at_infusion"})).await.unwrap();
    let other = asked(json!({"variable": "age_at_infusion", "at_least": 19})).await.unwrap();

    let mut reasons = Vec::new();
    for receipt in [done.receipt, same.receipt, other.receipt] {
        let id = receipt.unwrap().event;
        let stored =
            network.database.store.read("find event", move |session| session.event(id)).await.unwrap();
        let canonical = stored.unwrap().canonical;
        let event = AuditEvent::from_canonical(&canonical).unwrap();
        assert_eq!((event.outcome, event.action.as_str()), (Outcome::Read, "cohorts.ask"));
        assert_eq!(event.subjects, []);
        assert!(!canonical.contains("age_at_infusion"), "the log keeps the hash alone");
        reasons.push(event.reason.unwrap());
    }
    assert_eq!(reasons[0], reasons[1], "one question written in two ways");
    assert_ne!(reasons[0], reasons[2]);
}

pub(crate) fn may_request() -> cartotek_domain::id::RequestId {
    cartotek_domain::id::RequestId::from_uuid(uuid::Uuid::from_u128(4))
}

/// Also of a course that stays for the sake of a sample, and on a server that builds its view afterwards.
#[rstest]
#[tokio::test]
async fn an_erased_patient_is_counted_no_more(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let network = Network::start(engine).await;
    let (gone, sampled) =
        (network.treat("KAR", "LBCL", "2026-02-12").await, network.treat("KAR", "LBCL", "2026-02-12").await);
    network.treat("KAR", "FL", "2026-02-12").await;
    network.settle().await;
    refer_to_course(&network, &sampled).await;
    for patient in [&gone, &sampled] {
        let opted_out = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, "2026-11-01");
        network.decide(patient, opted_out).await;
    }
    network.settle().await;
    assert_eq!(network.counted("KAR", every_course()).await.result.courses, Some(3), "an objection alone");
    for patient in [&gone, &sampled] {
        let granted = granted(Role::DataManager, "KAR");
        let (reason, act) = (ErasureReason::PatientObjects, Act::new(may_request()));
        network.service.erase(&granted, &act, patient.pseudonym, reason).await.unwrap();
    }
    network.settle().await;
    let count = network.counted("KAR", every_course()).await.result;
    assert_eq!((count.patients, count.courses), (Some(1), Some(1)));
    let another = network.another_server().await;
    let count = network.ask(&another, "KAR", every_course()).await.unwrap().value.result;
    assert_eq!(count.courses, Some(1));
    assert_eq!(network.database.dump()["course"].len(), 2, "one is kept for its sample");
}
