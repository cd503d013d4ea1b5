//! Complete remission on day 100 that holds at six months; one form is forgotten.

use serde_json::json;

use super::content::{follow_up, questionnaire, resources, response};
use super::life::{Life, derives};

pub(super) async fn act(life: &Life) {
    day_100(life).await;
    month_6(life).await;
    life.check().await;
}

async fn day_100(life: &Life) {
    life.wait_until("2026-08-27");
    let offered = [
        "2026-10-10 open 1 D100 prom/qlq_c30? 2026-08-11..2026-09-10",
        "2026-10-10 open 1 D100 prom/fact_lym? 2026-08-11..2026-09-10",
        "2026-10-10 open 1 D100 sample of Peripheral blood mononuclear cells? 2026-08-11..2026-09-10",
        "2026-10-10 open 1 D100 sample of Plasma? 2026-08-11..2026-09-10",
    ];
    let asked = [
        "2026-10-10 open 1 D100 follow_up 2026-08-11..2026-09-10",
        "2026-10-10 open 1 D100 resource_use 2026-08-11..2026-09-10",
        "2026-10-10 open 1 D100 response_assessment 2026-08-11..2026-09-10",
        "2026-10-10 open 1 D100 prom/eq5d5l 2026-08-11..2026-09-10",
    ];
    // What might be left out around day 28 has left the list.
    life.look(&[asked, offered].concat()).await;
    let complete = response("2026-08-26", "D100", ("CMR", "2"), "CR");
    life.submit(1, "response_assessment", &complete, &[]).await;
    life.submit(1, "follow_up", &follow_up("2026-08-26", "D100", "no"), &[]).await;
    let period = resources("D100", ("2026-05-18", "2026-08-26"), (21, 4), 9);
    let record = life.submit(1, "resource_use", &period, &[]).await;
    derives(&record, &json!({ "resource_period_days": 101 }));
    life.submit(1, "prom", &questionnaire("2026-08-26", "D100", [1, 1, 2, 1, 1], 80), &[]).await;
    life.look(&offered).await;
    let values = json!({
        "vein_to_vein_days": 35, "referral_to_infusion_days": 81, "infused_dose_car_e6": 148,
        "dose_car_per_kg_e6": 2.0, "days_to_crs": 2, "days_to_icans": 5, "best_response": "CR",
        "days_to_best_response": 100,
    });
    life.values(1, &values).await;
}

async fn month_6(life: &Life) {
    // Forms of month 6 are asked from day 150 to 210, questionnaires and samples 30 days around the day itself.
    life.wait_until("2026-11-18");
    let offered = [
        "2027-01-17 open 1 M6 prom/qlq_c30? 2026-10-19..2026-12-18",
        "2027-01-17 open 1 M6 prom/fact_lym? 2026-10-19..2026-12-18",
        "2027-01-17 open 1 M6 sample of Peripheral blood mononuclear cells? 2026-10-19..2026-12-18",
        "2027-01-17 open 1 M6 sample of Plasma? 2026-10-19..2026-12-18",
    ];
    let asked = [
        "2027-01-13 open 1 M6 follow_up 2026-10-15..2026-12-14",
        "2027-01-13 open 1 M6 resource_use 2026-10-15..2026-12-14",
        "2027-01-13 open 1 M6 response_assessment 2026-10-15..2026-12-14",
        "2027-01-17 open 1 M6 prom/eq5d5l 2026-10-19..2026-12-18",
    ];
    life.look(&[asked, offered].concat()).await;
    let complete = response("2026-11-18", "M6", ("CMR", "2"), "CR");
    life.submit(1, "response_assessment", &complete, &[]).await;
    life.submit(1, "follow_up", &follow_up("2026-11-18", "M6", "no"), &[]).await;
    life.submit(1, "prom", &questionnaire("2026-11-18", "M6", [1, 1, 1, 1, 1], 85), &[]).await;
    life.look(&[&asked[1..2], &offered].concat()).await;
}
