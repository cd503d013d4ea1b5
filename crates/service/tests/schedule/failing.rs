//! After a product that failed the course asks for the next, until there is one or the course ends.

use cartotek_domain::course::CourseOutcome;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_domain::schedule::Anchor;
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_persistence::Engine;
use cartotek_service::record::{Correction, RecordFile};
use chrono::NaiveDate;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::annulment;
use crate::common::content::{collection, death, infusion};
use crate::patient::Treated;

const FAILED: &str = "manufacturing_failure";
const RELEASED: &str = "released";
/// The batch of the infusion.
const INFUSED: &str = "KTE-48112";

fn product(batch: &str, day: &str, status: &str) -> Value {
    let mut product = json!({
        "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": batch, "manufacturer": "Kite", "manufacturing_site": "Amsterdam", "release_date": day,
        "release_status": status,
    });
    if status == RELEASED {
        product["receipt_date"] = json!(day);
        product["expiry_date"] = json!("2027-05-10");
        product["viability_pct"] = json!(91.5);
        product["formulation"] = json!("cryopreserved");
        product["total_viable_car_e6"] = json!(152);
    }
    product
}

/// A patient whose cells were collected on 2026-01-14.
async fn collected(engine: Engine) -> Treated {
    let patient = Treated::enrol(engine).await;
    patient.submit("apheresis", collection()).await;
    assert_eq!(patient.states("product").await, ["open"]);
    patient
}

/// The day from which the next product is awaited.
async fn awaited_from(patient: &Treated) -> Option<NaiveDate> {
    let items = patient.schedule().await;
    let next = items.iter().find(|item| item.entry.item.anchor == Anchor::FailedProduct);
    next.map(|item| item.entry.item.counted_from)
}

async fn amend(patient: &Treated, file: &RecordFile, version: i64, content: Value) {
    let correction = Correction {
        content,
        amendment: Amendment { reason: AmendmentReason::SourceUpdate, text: "Certificate".to_owned() },
        acknowledgements: Vec::new(),
    };
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    service.amend(&granted, &patient.ground.act(), file.record.id, version, correction).await.unwrap();
}

async fn lists_product(patient: &Treated, urgency: Option<Urgency>) -> bool {
    patient.listed("KAR", urgency).await.iter().any(|(form, ..)| form == "product")
}

#[rstest]
#[tokio::test]
async fn each_failure_asks_until_a_product_is_released(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = collected(engine).await;
    patient.submit("product", product("KTE-1", "2026-02-02", FAILED)).await;
    assert_eq!(patient.states("product").await, ["completed", "open"]);
    assert_eq!(awaited_from(&patient).await, "2026-02-02".parse().ok());
    let second = patient.submit("product", product("KTE-2", "2026-02-16", FAILED)).await;
    assert_eq!(patient.states("product").await, ["completed", "open"], "a second failure is no answer");
    assert_eq!(awaited_from(&patient).await, "2026-02-16".parse().ok());
    patient.check().await;

    // The window closes on 2026-06-16.
    patient.wait_until("2026-07-16");
    assert_eq!(patient.states("product").await, ["completed", "due"]);
    patient.wait_until("2026-07-17");
    assert_eq!(patient.states("product").await, ["completed", "overdue"]);
    assert!(patient.worklist("KAR").await.contains(&("product".to_owned(), String::new(), "overdue")));

    amend(&patient, &second, 1, product("KTE-2", "2026-02-16", RELEASED)).await;
    assert_eq!(patient.states("product").await, ["completed", "completed"]);
    assert_eq!(awaited_from(&patient).await, "2026-02-02".parse().ok(), "only the first failed");
    assert!(!lists_product(&patient, None).await);
    patient.check().await;
    amend(&patient, &second, 2, product("KTE-2", "2026-02-16", FAILED)).await;
    assert_eq!(patient.states("product").await, ["completed", "overdue"]);

    patient.submit("product", product(INFUSED, "2026-05-10", RELEASED)).await;
    assert_eq!(patient.states("product").await, ["completed", "completed"]);
    assert!(!lists_product(&patient, None).await);
    patient.check().await;
    patient.submit("infusion", infusion("2026-05-20")).await;
    assert_eq!(patient.states("product").await, ["completed"], "of an infused course one product counts");
    assert_eq!(awaited_from(&patient).await, "2026-02-16".parse().ok());
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_closed_course_awaits_no_product(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = collected(engine).await;
    patient.submit("product", product("KTE-1", "2026-02-02", "rejected")).await;
    patient.wait_until("2026-12-01");
    assert_eq!(patient.states("product").await, ["completed", "overdue"]);
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    let (outcome, closed_on) = (CourseOutcome::ManufacturingFailure, "2026-11-20".parse().unwrap());
    service
        .close_course(&granted, &patient.ground.act(), patient.course, 1, outcome, closed_on)
        .await
        .unwrap();
    assert_eq!(patient.states("product").await, ["completed", "not_applicable_not_infused"]);
    assert!(!lists_product(&patient, None).await && lists_product(&patient, Some(Urgency::Closed)).await);
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn the_infused_tell_of_their_product_and_the_dead_await_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = collected(engine).await;
    patient.submit("product", product("KTE-1", "2026-02-02", "cancelled")).await;
    patient.wait_until("2026-12-01");
    let infused = patient.submit("infusion", infusion("2026-02-12")).await;
    assert_eq!(patient.states("product").await, ["overdue"], "what failed is not what was infused");
    patient.check().await;
    let (service, granted) = (&patient.ground.service, patient.ground.data_manager("KAR"));
    let (id, why) = (infused.record.id, annulment(AmendmentReason::EnteredInError));
    service.annul_record(&granted, &patient.ground.act(), id, 1, why).await.unwrap();
    assert_eq!(patient.states("product").await, ["completed", "overdue"]);
    patient.submit("event", death("2026-11-20")).await;
    assert_eq!(patient.states("product").await, ["completed", "not_applicable_dead"]);
    assert!(!lists_product(&patient, None).await);
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn an_infusion_without_an_apheresis_asks_for_its_product(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    patient.wait_until("2026-06-20");
    let infused = patient.submit("infusion", infusion("2026-05-20")).await;
    assert_eq!(patient.states("product").await, ["overdue"]);
    assert_eq!(patient.states("apheresis").await, ["lapsed"], "it may be left out");
    patient.check().await;
    patient.annul(&infused).await;
    assert!(patient.states("product").await.is_empty());
    patient.check().await;

    patient.submit("infusion", infusion("2026-05-20")).await;
    patient.submit("product", product(INFUSED, "2026-05-10", RELEASED)).await;
    assert_eq!(patient.states("product").await, ["completed"]);
    let mut late = collection();
    late["collection_date"] = json!("2026-04-01");
    patient.submit("apheresis", late).await;
    assert_eq!(patient.states("product").await, ["completed"], "counted from the apheresis now");
    assert_eq!(patient.states("apheresis").await, ["completed"]);
    assert!(!lists_product(&patient, None).await);
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn a_product_registered_before_the_failure_counts(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = collected(engine).await;
    patient.submit("product", product(INFUSED, "2026-02-20", RELEASED)).await;
    assert_eq!(patient.states("product").await, ["completed"]);
    patient.submit("product", product("KTE-1", "2026-02-02", FAILED)).await;
    assert_eq!(patient.states("product").await, ["completed", "completed"]);
    patient.submit("product", product("KTE-2", "2026-02-25", FAILED)).await;
    assert_eq!(patient.states("product").await, ["completed", "completed_out_of_window"]);
    assert!(!lists_product(&patient, None).await);
    patient.check().await;
}

#[rstest]
#[tokio::test]
async fn cells_collected_again_are_waited_for_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = collected(engine).await;
    let mut undated = product("KTE-1", "2026-02-02", FAILED);
    undated["product_category"] = json!("trial");
    undated["missing"] = json!({ "release_date": "unknown" });
    undated.as_object_mut().unwrap().remove("release_date");
    patient.wait_until("2026-03-10");
    patient.submit("product", undated).await;
    assert_eq!(awaited_from(&patient).await, "2026-03-10".parse().ok(), "it failed by then");
    patient.wait_until("2026-06-01");
    let mut again = collection();
    again["attempt_no"] = json!(2);
    again["collection_date"] = json!("2026-05-20");
    patient.submit("apheresis", again).await;
    assert_eq!(awaited_from(&patient).await, "2026-05-20".parse().ok());
    assert_eq!(patient.states("product").await, ["completed", "open"]);
    patient.check().await;
}
