//! Lost to follow-up: what nobody could answer stands on the closed list, and what comes after the return is expected.

use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_persistence::{Engine, Page};
use cartotek_service::record::Correction;
use cartotek_service::schedule::worklist::WorklistQuery;
use rstest::rstest;
use serde_json::json;

use crate::common::content::loss;
use crate::patient::{Treated, form_of};

/// A row of a worklist about a follow-up.
fn visit(time_point: &str, urgency: &'static str) -> (String, String, &'static str) {
    ("follow_up".to_owned(), time_point.to_owned(), urgency)
}

#[rstest]
#[tokio::test]
async fn what_nobody_could_answer_is_closed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    patient.wait_until("2027-06-01");
    assert!(patient.worklist("KAR").await.contains(&visit("D100", "overdue")));
    let lost = patient.submit("event", loss("2026-04-02", "2027-06-01")).await;
    let (waiting, closed) =
        (patient.worklist("KAR").await, patient.listed("KAR", Some(Urgency::Closed)).await);
    for time_point in ["D100", "M6"] {
        assert!(closed.contains(&visit(time_point, "closed")), "{time_point}: {closed:?}");
        assert!(!waiting.contains(&visit(time_point, "overdue")), "{time_point}: {waiting:?}");
    }
    // Until its grace has passed, on 2027-06-12, it may still come; what was due before the last contact is missing.
    assert!(waiting.contains(&visit("M12", "due")), "{waiting:?}");
    assert!(waiting.contains(&("acute_toxicity".to_owned(), "D28".to_owned(), "overdue")), "{waiting:?}");
    patient.wait_until("2027-06-13");
    assert!(patient.listed("KAR", Some(Urgency::Closed)).await.contains(&visit("M12", "closed")));
    assert!(!patient.worklist("KAR").await.iter().any(|(_, time_point, _)| time_point == "M12"));
    say_why(&patient).await;
    patient.check().await;

    patient.wait_until("2028-06-01");
    assert!(patient.listed("KAR", Some(Urgency::Closed)).await.contains(&visit("Y2", "closed")));
    let mut found = loss("2026-04-02", "2027-06-01");
    found["lost_to_follow_up"]["returned_date"] = json!("2027-09-01");
    let correction = Correction {
        content: found,
        amendment: Amendment { reason: AmendmentReason::SourceUpdate, text: "Found again".to_owned() },
        acknowledgements: Vec::new(),
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.amend(&granted, &patient.ground.act(), lost.record.id, 1, correction).await.unwrap();
    let (waiting, closed) =
        (patient.worklist("KAR").await, patient.listed("KAR", Some(Urgency::Closed)).await);
    assert!(waiting.contains(&visit("Y2", "overdue")), "{waiting:?}");
    assert!(
        closed.contains(&visit("M12", "closed")) && !closed.contains(&visit("Y2", "closed")),
        "{closed:?}"
    );
    patient.check().await;
}

/// Each item of the closed list says that the patient was lost.
async fn say_why(patient: &Treated) {
    let query = WorklistQuery {
        patient: None,
        form: Some("follow_up".to_owned()),
        urgency: Some(Urgency::Closed),
        soon: 30,
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    let page =
        service.worklist(&granted, &patient.ground.act(), query, Page::first(500)).await.unwrap().value;
    assert_eq!(page.items.len(), 3, "day 100, months 6 and 12");
    for item in &page.items {
        assert_eq!((form_of(item), item.state.name()), (Some("follow_up"), "missed_lost"));
        assert!(item.why.en.ends_with("; the patient was lost to follow-up"), "{}", item.why.en);
    }
}
