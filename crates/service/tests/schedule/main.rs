//! What is expected of patients, on both engines: kept in step with every fact that shapes it, and found by `check`.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod awaiting;
mod correcting;
mod delivering;
mod ending;
mod failing;
mod infusing_again;
mod lost;
mod moving;
mod patient;
mod publishing;
mod reminders;
mod reopening;
mod unplanned;

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::course::CourseOutcome;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_persistence::{Engine, Page};
use cartotek_service::record::Correction;
use cartotek_service::schedule::worklist::WorklistQuery;
use cartotek_service::transfer::Transfer;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::common::content::{collection, death, follow_up, infusion, lymphodepleted};
use crate::common::decision;
use crate::patient::{Treated, explained};

#[rstest]
#[tokio::test]
async fn an_infusion_lays_out_fifteen_years(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::enrol(engine).await;
    assert_eq!(
        patient.state("follow_up", "D100").await,
        None,
        "nothing is counted from a day 0 that there is not"
    );
    patient.submit("infusion", infusion("2026-02-12")).await;
    assert_eq!(patient.state("infusion", "D0").await.as_deref(), Some("completed"));
    assert_eq!(patient.state("acute_toxicity", "D28").await.as_deref(), Some("upcoming"));
    assert_eq!(patient.state("follow_up", "Y15").await.as_deref(), Some("upcoming"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_form_is_open_then_due_then_overdue_then_done(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    // Day 100 is 2026-05-23; the window closes on 2026-06-07, the grace ends on 2026-07-07.
    for (day, state) in [
        ("2026-05-07", "upcoming"),
        ("2026-05-08", "open"),
        ("2026-06-07", "open"),
        ("2026-06-08", "due"),
        ("2026-07-07", "due"),
        ("2026-07-08", "overdue"),
    ] {
        patient.wait_until(day);
        assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some(state), "{day}");
    }
    assert!(patient.worklist("KAR").await.contains(&("follow_up".to_owned(), "D100".to_owned(), "overdue")));
    patient.submit("follow_up", follow_up("D100", "2026-05-20")).await;
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("completed"));
    let waiting = patient.worklist("KAR").await;
    assert!(
        waiting.iter().all(|(form, time_point, _)| form != "follow_up" || time_point != "D100"),
        "{waiting:?}"
    );
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn an_amendment_that_no_longer_answers_opens_the_item_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-09-01");
    let file = patient.submit("follow_up", follow_up("D100", "2026-05-20")).await;
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("completed"));
    let correction = Correction {
        content: follow_up("M6", "2026-08-12"),
        amendment: Amendment { reason: AmendmentReason::DataEntry, text: "Wrong time point".to_owned() },
        acknowledgements: explained(),
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.amend(&granted, &patient.ground.act(), file.record.id, 1, correction).await.unwrap();
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("overdue"));
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("completed"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_draft_says_that_it_is_one(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-05-20");
    let begun = patient.draft("follow_up", json!({ "time_point": "D100" })).await;
    let items = patient.schedule().await;
    let draft = items.iter().find(|item| item.state.is_draft()).unwrap();
    assert_eq!(draft.entry.item.time_point.unwrap().to_string(), "D100");
    assert_eq!(draft.draft, Some(begun.record.id));
    assert_eq!(items.iter().filter(|item| item.state.is_draft() || item.draft.is_some()).count(), 1);
    assert!(patient.worklist("KAR").await.contains(&("follow_up".to_owned(), "D100".to_owned(), "open")));
}

#[rstest]
#[tokio::test]
async fn a_death_closes_what_comes_after_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2027-06-12");
    assert_eq!(patient.state("follow_up", "M12").await.as_deref(), Some("due"), "60 days for an annual one");
    patient.wait_until("2027-06-13");
    assert_eq!(patient.state("follow_up", "M12").await.as_deref(), Some("overdue"));
    let file = patient.submit("event", death("2026-08-20")).await;
    assert_eq!(patient.state("follow_up", "M12").await.as_deref(), Some("not_applicable_dead"));
    assert_eq!(patient.state("follow_up", "Y15").await.as_deref(), Some("not_applicable_dead"));
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("overdue"), "the window was reached");
    let closed = patient.listed("KAR", Some(Urgency::Closed)).await;
    assert!(closed.contains(&("follow_up".to_owned(), "M12".to_owned(), "closed")), "{closed:?}");
    assert!(
        closed.iter().all(|(.., urgency)| *urgency == "closed") && !patient.worklist("KAR").await.is_empty()
    );
    // It was another day: what was closed by the wrong one is due again.
    let correction = Correction {
        content: death("2027-05-20"),
        amendment: Amendment { reason: AmendmentReason::SourceUpdate, text: "Certificate".to_owned() },
        acknowledgements: explained(),
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.amend(&granted, &patient.ground.act(), file.record.id, 1, correction).await.unwrap();
    assert_eq!(patient.state("follow_up", "M12").await.as_deref(), Some("overdue"));
    assert_eq!(patient.state("follow_up", "Y2").await.as_deref(), Some("not_applicable_dead"));
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_transfer_moves_the_worklist(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-05-20");
    assert!(!patient.worklist("KAR").await.is_empty());
    assert_eq!(patient.worklist("UPP").await, []);
    let transfer = Transfer {
        to_site: "UPP".parse().unwrap(),
        role: ParticipationRole::Following,
        on: "2026-05-20".parse().unwrap(),
        keep_role: Some(ParticipationRole::Treating),
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.transfer(&granted, &patient.ground.act(), patient.pseudonym, transfer).await.unwrap();
    assert_eq!(patient.worklist("KAR").await, []);
    assert!(!patient.worklist("UPP").await.is_empty());
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn an_attempt_without_infusion_leaves_nothing_to_do(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    patient.submit("apheresis", collection()).await;
    assert_eq!(patient.states("product").await, ["open"]);
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    let (outcome, closed_on) = (CourseOutcome::Progression, "2026-01-20".parse().unwrap());
    service
        .close_course(&granted, &patient.ground.act(), patient.course, 1, outcome, closed_on)
        .await
        .unwrap();
    assert_eq!(patient.states("product").await, ["not_applicable_not_infused"]);
    assert_eq!(patient.states("referral").await, ["overdue"], "its window had closed before");
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_contact_that_found_the_patient_dead_is_the_last(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2027-06-01");
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("overdue"));
    let mut found = follow_up("D100", "2026-05-20");
    found["vital_status"] = json!("dead");
    found.as_object_mut().unwrap().remove("disease_status");
    patient.submit("follow_up", found).await;
    for (time_point, state) in
        [("D100", "completed"), ("M6", "not_applicable_dead"), ("Y15", "not_applicable_dead")]
    {
        assert_eq!(patient.state("follow_up", time_point).await.as_deref(), Some(state), "{time_point}");
    }
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_death_before_the_infusion_leaves_nothing_to_do(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    patient.submit("apheresis", collection()).await;
    patient.wait_until("2026-12-01");
    assert_eq!(patient.states("product").await, ["overdue"]);
    patient.submit("event", death("2026-02-20")).await;
    assert_eq!(patient.states("product").await, ["not_applicable_dead"]);
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn the_course_that_began_next_takes_over(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-10-01");
    assert_eq!(patient.state("response_assessment", "D100").await.as_deref(), Some("overdue"));
    patient.open_course("LBCL", "2026-04-01").await;
    patient.submit("infusion", infusion("2026-04-20")).await;
    patient.open_course("CLL", "2026-08-01").await;
    patient.submit("pre_infusion", lymphodepleted("2026-09-01")).await;
    // Lymphodepletion came only with the third course; the second, without it, began long before.
    for (form, time_point, state) in [
        ("response_assessment", "D28", "overdue"),
        ("response_assessment", "D100", "not_applicable_superseded"),
        ("follow_up", "D100", "not_applicable_superseded"),
    ] {
        assert_eq!(patient.state(form, time_point).await.as_deref(), Some(state), "{form} {time_point}");
    }
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_worklist_is_paged_in_order(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2028-03-01");
    let whole = patient.worklist("KAR").await;
    assert!(whole.len() > 5, "{whole:?}");
    let query = WorklistQuery { patient: None, form: None, urgency: None, soon: 30 };
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
        let page = Page { after, limit: 2 };
        let page =
            service.worklist(&granted, &patient.ground.act(), query.clone(), page).await.unwrap().value;
        let days = page.items.iter().map(|item| item.entry.item.grace_until);
        paged.extend(days);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged.len(), whole.len());
    assert!(paged.is_sorted());
}

#[rstest]
#[tokio::test]
async fn an_erasure_leaves_no_schedule(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let opted_out = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, "2026-03-01");
    let (service, manager) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.record_consent(&manager, &patient.ground.act(), patient.pseudonym, opted_out).await.unwrap();
    let granted = patient.ground.data_manager("KAR");
    let reason = cartotek_domain::erasure::ErasureReason::PatientObjects;
    service.erase(&granted, &patient.ground.act(), patient.pseudonym, reason).await.unwrap();
    assert_eq!(patient.schedule().await, []);
    assert_eq!(patient.ground.database.dump()["expected_item"].len(), 0);
    patient.ground.clock.advance(TimeDelta::days(1));
    patient.check().await;
}
