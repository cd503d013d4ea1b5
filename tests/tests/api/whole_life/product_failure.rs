//! The first product fails and stays in the course; the second, from another apheresis, is released.

use serde_json::{Value, json};

use super::completeness::UNCOUNTED;
use super::life::{Life, derives};

/// The batch that could not be made.
pub(super) const FAILED: &str = "KTE-48213";
/// The batch that was.
pub(super) const RELEASED: &str = "KTE-48977";
/// What it asks for.
pub(super) const INFUSION: &str = "2026-10-05 open 1 - infusion 2026-05-08..2026-09-05";

pub(super) async fn act(life: &Life) {
    life.wait_until("2026-03-16");
    life.submit(1, "apheresis", &apheresis(1, "2026-03-16"), &[]).await;
    // A product is expected in the 120 days after the first apheresis, its form 30 days later.
    life.look(&["2026-08-13 open 1 - product 2026-03-16..2026-07-14"], UNCOUNTED).await;

    life.wait_until("2026-04-08");
    let failed = product(FAILED, ("2026-03-18", "2026-04-07"), "manufacturing_failure");
    let mut released = failed.clone();
    released["release_status"] = "released".into();
    let lacks = ["/receipt_date", "/expiry_date", "/viability_pct", "/formulation", "/total_viable_car_e6"];
    life.refused(1, "product", &released, &lacks.map(|pointer| ("REQUIRED", pointer))).await;
    let record = life.submit(1, "product", &failed, &[]).await;
    derives(&record, &targets(FAILED, json!({ "not_infusable_batch_id": FAILED })));
    // The next is expected in the 120 days after the failure, and counted anew from the next apheresis.
    life.look(&["2026-09-04 open 1 - product 2026-04-07..2026-08-05"], UNCOUNTED).await;

    life.wait_until("2026-04-13");
    life.submit(1, "apheresis", &apheresis(2, "2026-04-13"), &[]).await;
    life.look(&["2026-09-10 open 1 - product 2026-04-13..2026-08-11"], UNCOUNTED).await;

    life.wait_until("2026-05-12");
    let bridging = json!({
        "line_no": 1, "given": "yes", "timing": "post_apheresis", "type": "antibody_drug_conjugate",
        "drugs": ["L01FX14"], "start": "2026-04-16", "stop": "2026-05-04", "response": "SD",
    });
    let record = life.submit(1, "bridging", &bridging, &[]).await;
    derives(&record, &json!({ "bridging_line_count": 1 }));
    let mut second = product(RELEASED, ("2026-04-15", "2026-05-08"), "released");
    let received = json!({
        "receipt_date": "2026-05-12", "expiry_date": "2027-05-08", "viability_pct": 91.5,
        "formulation": "cryopreserved", "total_viable_car_e6": 152,
    });
    second.as_object_mut().unwrap().extend(received.as_object().unwrap().clone());
    let record = life.submit(1, "product", &second, &[]).await;
    let follows = json!({ "received_batch_id": RELEASED, "counted_batch_id": RELEASED });
    derives(&record, &targets(RELEASED, follows));
    life.look(&[INFUSION], UNCOUNTED).await;
    life.values(1, &json!({ "vital_status": "alive" })).await;
    life.check().await;
    // Nobody can be followed from a day 0 that there is not.
    life.followed(0, 0, 0).await;
}

fn apheresis(attempt: u8, day: &str) -> Value {
    json!({
        "attempt_no": attempt, "collection_date": day, "site": "KAR", "shipped_fresh_or_frozen": "fresh",
        "tnc_e9": 12.5, "cd3_e9": 5.1,
    })
}

fn product(batch: &str, (made_from, released_on): (&str, &str), status: &str) -> Value {
    json!({
        "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": batch, "manufacturer": "Kite", "manufacturing_site": "Amsterdam",
        "manufacture_start": made_from, "release_date": released_on, "release_status": status,
    })
}

/// What the product list tells of axicabtagene ciloleucel: against CD19, with CD28.
fn targets(batch: &str, mut also: Value) -> Value {
    let told = json!({
        "batch_product": format!("{batch}|axicabtagene_ciloleucel"), "product_targets_cd19": "yes",
        "product_targets_cd20": "no", "product_targets_cd22": "no", "product_targets_bcma": "no",
        "costim_cd28": "yes", "costim_4_1bb": "no",
    });
    also.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
    also
}
