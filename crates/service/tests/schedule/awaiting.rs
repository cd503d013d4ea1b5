//! Before the infusion each step asks for the next, so that a form that was forgotten is overdue and not forgotten.

use cartotek_persistence::Engine;
use rstest::rstest;
use serde_json::json;

use crate::common::content::{collection, death, infusion};
use crate::patient::Treated;

#[rstest]
#[tokio::test]
async fn each_step_before_the_infusion_asks_for_the_next(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let patient = Treated::enrol(engine).await;
    let referral = json!({
        "referral_date": "2026-01-05", "referring_region": "18", "referring_site": "ORE", "mdt_date": "2026-01-08", "mdt_type": "national",
        "decision": "accepted", "intended_setting": "commercial", "intended_product": "axicabtagene_ciloleucel",
    });
    patient.submit("referral", referral).await;
    assert_eq!(patient.states("apheresis").await, ["open"]);
    patient.check().await;

    patient.submit("apheresis", collection()).await;
    // The item of the referral has gone: that of the collection itself is answered.
    assert_eq!(patient.states("apheresis").await, ["completed"]);
    assert!(patient.states("infusion").await.is_empty());
    patient.check().await;

    let product = json!({
        "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": "KTE-48112", "manufacturer": "Kite", "manufacturing_site": "Amsterdam",
        "release_date": "2026-02-02", "receipt_date": "2026-02-03", "expiry_date": "2027-02-02",
        "release_status": "released", "viability_pct": 91.5, "formulation": "cryopreserved",
        "total_viable_car_e6": 152,
    });
    patient.submit("product", product).await;
    assert_eq!(patient.states("infusion").await, ["open"]);
    // The window closes on 2026-06-02, the grace on 2026-07-02.
    patient.wait_until("2026-07-03");
    assert_eq!(patient.states("infusion").await, ["overdue"]);
    assert!(patient.worklist("KAR").await.contains(&("infusion".to_owned(), String::new(), "overdue")));
    patient.check().await;

    let infused = patient.submit("infusion", infusion("2026-02-12")).await;
    assert_eq!(patient.states("infusion").await, ["completed"]);
    patient.check().await;
    patient.annul(&infused).await;
    assert_eq!(patient.states("infusion").await, ["overdue"]);
    patient.submit("event", death("2026-06-20")).await;
    assert_eq!(patient.states("infusion").await, ["not_applicable_dead"]);
    patient.check().await;
}
