//! A no, and a yes that ends by itself: while nothing may be collected nothing waits.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_persistence::{Engine, Page};
use cartotek_service::ServiceError;
use cartotek_service::completeness::MissingQuery;
use cartotek_service::enrol::Decision;
use cartotek_service::record::NewRecord;
use rstest::rstest;

use crate::common::content::{follow_up, infusion};
use crate::common::decision;
use crate::patient::{Treated, form_of};

#[rstest]
#[tokio::test]
async fn a_withdrawal_closes_and_a_new_yes_opens(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2026-12-01");
    patient.decide(ConsentDecision::Withdrawn, "2026-06-01").await;
    for time_point in ["D100", "M6"] {
        let state = patient.state("follow_up", time_point).await;
        assert_eq!(
            state.as_deref(),
            Some("not_applicable_withdrawn"),
            "{time_point}: nobody could submit it"
        );
    }
    assert_eq!(patient.state("infusion", "D0").await.as_deref(), Some("completed"), "answered before");
    assert_eq!(patient.worklist("KAR").await, []);
    patient.check().await;
    patient.decide(ConsentDecision::Given, "2026-11-20").await;
    assert_eq!(
        patient.state("follow_up", "D100").await.as_deref(),
        Some("overdue"),
        "it can be answered again"
    );
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("not_applicable_withdrawn"));
    assert_eq!(patient.state("follow_up", "M12").await.as_deref(), Some("upcoming"));
    patient.check().await;
}

/// The window of month 6 is 2026-10-04 to 2026-12-03, its target day 2026-11-07, its grace until 2027-01-02.
#[rstest]
#[tokio::test]
async fn a_new_yes_opens_a_window_that_has_not_passed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    patient.wait_until("2026-05-08");
    patient.submit("infusion", infusion("2026-05-07")).await;
    patient.wait_until("2026-11-26");
    patient.decide(ConsentDecision::Withdrawn, "2026-10-28").await;
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("not_applicable_withdrawn"));
    assert_eq!(lacking(&patient).await, Vec::<String>::new());
    patient.decide(ConsentDecision::Given, "2026-11-26").await;
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("open"));
    assert!(patient.worklist("KAR").await.contains(&("follow_up".to_owned(), "M6".to_owned(), "open")));
    patient.wait_until("2027-01-07");
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("overdue"));
    assert_eq!(lacking(&patient).await, ["D100", "M6"]);
    patient.submit("follow_up", follow_up("M6", "2026-11-27")).await;
    assert_eq!(patient.state("follow_up", "M6").await.as_deref(), Some("completed"));
    assert_eq!(lacking(&patient).await, ["D100"]);
    patient.check().await;
}

/// The forms of follow-up that a site's completeness lacks, by time point.
async fn lacking(patient: &Treated) -> Vec<String> {
    let query = MissingQuery { form: Some("follow_up".to_owned()), ..MissingQuery::default() };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    let page = service.missing_items(&granted, &patient.ground.act(), query, Page::first(500)).await.unwrap();
    let of_form = page.value.items.iter().filter(|item| form_of(item) == Some("follow_up"));
    of_form.filter_map(|item| item.entry.item.time_point.map(|code| code.to_string())).collect()
}

/// Nothing is written when the yes ends; as of either day the worklist and the figures say what holds.
#[rstest]
#[tokio::test]
async fn after_the_last_day_of_a_yes_nothing_waits(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.decide(ConsentDecision::Refused, "2026-02-20").await;
    let yes = decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-03-01");
    let yes = Decision { valid_to: "2026-07-31".parse().ok(), ..yes };
    let (service, manager) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.record_consent(&manager, &patient.ground.act(), patient.pseudonym, yes).await.unwrap();
    let d100 = |urgency: &'static str| ("follow_up".to_owned(), "D100".to_owned(), urgency);
    let submit = async || {
        let new = NewRecord {
            patient: patient.pseudonym,
            course: Some(patient.course),
            form: "follow_up".to_owned(),
            form_version: None,
            content: follow_up("D100", "2026-05-20"),
            submission: None,
        };
        let writer = patient.ground.data_manager("KAR");
        service.create_record(&writer, &patient.ground.act(), new).await
    };

    patient.wait_until("2026-07-31");
    let writes = patient.ground.database.dump()["expected_item"].clone();
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("overdue"));
    assert!(patient.worklist("KAR").await.contains(&d100("overdue")));
    assert!(!patient.listed("KAR", Some(Urgency::Closed)).await.contains(&d100("closed")));
    assert_eq!(lacking(&patient).await, ["D100"]);

    patient.wait_until("2026-08-01");
    assert_eq!(patient.state("follow_up", "D100").await.as_deref(), Some("not_applicable_withdrawn"));
    assert_eq!(patient.state("infusion", "D0").await.as_deref(), Some("completed"), "answered before");
    assert_eq!(patient.worklist("KAR").await, []);
    assert!(patient.listed("KAR", Some(Urgency::Closed)).await.contains(&d100("closed")));
    assert_eq!(lacking(&patient).await, Vec::<String>::new());
    let ServiceError::Refused(refusal) = submit().await.unwrap_err() else { panic!("not refused") };
    assert_eq!(refusal.findings[0].rule, "R-CONS-01");
    assert_eq!(patient.ground.database.dump()["expected_item"], writes, "nothing was written");
    patient.check().await;

    patient.decide(ConsentDecision::Given, "2026-08-01").await;
    assert!(patient.worklist("KAR").await.contains(&d100("overdue")), "it may be answered again");
    submit().await.unwrap();
    patient.check().await;
}
