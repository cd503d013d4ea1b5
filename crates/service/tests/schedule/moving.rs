//! A transfer in one act: what is expected of a person follows to the site that takes over, and back.

use cartotek_domain::patient::ParticipationRole;
use cartotek_persistence::Engine;
use cartotek_service::Act;
use cartotek_service::schedule::worklist::WorklistItem;
use cartotek_service::transfer::Transfer;
use rstest::rstest;
use serde_json::json;

use crate::common::content::infusion;
use crate::patient::{Treated, form_of};

/// From site to site; the one that hands over goes on treating.
async fn transfer(patient: &Treated, act: &Act, from: &str, to_site: &str, on: &str) {
    let transfer = Transfer {
        to_site: to_site.parse().unwrap(),
        role: ParticipationRole::Following,
        on: on.parse().unwrap(),
        keep_role: Some(ParticipationRole::Treating),
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager(from));
    service.transfer(&granted, act, patient.pseudonym, transfer).await.unwrap();
}

/// What is expected, without the site on whose worklist it stands.
fn expected(mut items: Vec<WorklistItem>) -> Vec<WorklistItem> {
    for item in &mut items {
        item.entry.site = "KAR".parse().unwrap();
    }
    items
}

#[rstest]
#[tokio::test]
async fn what_is_expected_follows_the_person_there_and_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-05-20");
    let (waiting, schedule) = (patient.worklist("KAR").await, patient.schedule().await);
    assert!(!waiting.is_empty());
    transfer(&patient, &patient.ground.dry(), "KAR", "UPP", "2026-05-01").await;
    assert_eq!((patient.worklist("KAR").await, patient.worklist("UPP").await), (waiting.clone(), vec![]));

    for (from, onto, on) in [("KAR", "UPP", "2026-05-01"), ("UPP", "KAR", "2026-05-20")] {
        transfer(&patient, &patient.ground.act(), from, onto, on).await;
        assert_eq!((patient.worklist(from).await, patient.worklist(onto).await), (vec![], waiting.clone()));
        let moved = patient.schedule().await;
        assert!(moved.iter().all(|item| item.entry.site.as_str() == onto), "what is answered as well");
        assert_eq!(expected(moved), schedule, "nothing else of it changes");
        patient.check().await;
    }
}

/// A late form of the site that handed over leaves the list of the site that took over.
#[rstest]
#[tokio::test]
async fn whoever_hands_over_still_answers(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-05-20");
    transfer(&patient, &patient.ground.act(), "KAR", "UPP", "2026-05-20").await;
    let waits = async |form: &str| {
        let waiting = patient.worklist("UPP").await;
        waiting.iter().any(|(code, ..)| code == form)
    };
    assert!(waits("referral").await && waits("acute_toxicity").await);
    let referral = json!({
        "referral_date": "2026-01-02", "referring_region": "18", "referring_site": "ORE",
        "distance_km_band": "50_149", "missing": { "decision": "pending" },
    });
    patient.submit("referral", referral).await;
    assert!(!waits("referral").await && waits("acute_toxicity").await);
    assert_eq!(patient.states("referral").await.len(), 1);
    let answered = |item: &WorklistItem| form_of(item) == Some("referral") && item.entry.answer.is_some();
    assert!(patient.schedule().await.iter().any(answered));
    patient.check().await;
}

/// What is laid out later stands with the site that is responsible then, whoever enters what it is counted from.
#[rstest]
#[tokio::test]
async fn an_infusion_after_the_transfer_is_laid_out_at_the_new_site(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    transfer(&patient, &patient.ground.act(), "KAR", "UPP", "2026-03-01").await;
    patient.submit("infusion", infusion("2026-02-12")).await;
    let items = patient.schedule().await;
    assert!(items.len() > 20 && items.iter().all(|item| item.entry.site.as_str() == "UPP"));
    patient.check().await;
}
