//! Complete remission on day 100 that holds at six months; one form is forgotten.

use serde_json::json;

use super::content::{follow_up, questionnaire, resources, response};
use super::life::{Life, derives};

pub(super) async fn act(life: &Life) {
    day_100(life).await;
    month_6(life).await;
    figures(life).await;
    life.check().await;
    // Seen today, day 184.
    life.followed(1, 184, 184).await;
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
    life.look(&[asked, offered].concat(), "8/8 there, 9/9 in time").await;
    let complete = response("2026-08-26", "D100", ("CMR", "2"), "CR");
    life.submit(1, "response_assessment", &complete, &[]).await;
    life.submit(1, "follow_up", &follow_up("2026-08-26", "D100", "no"), &[]).await;
    let period = resources("D100", ("2026-05-18", "2026-08-26"), (21, 4), 9);
    let record = life.submit(1, "resource_use", &period, &[]).await;
    derives(&record, &json!({ "resource_period_days": 101 }));
    life.submit(1, "prom", &questionnaire("2026-08-26", "D100", [1, 1, 2, 1, 1], 80), &[]).await;
    life.look(&offered, "8/8 there, 13/13 in time").await;
    let values = json!({
        "vein_to_vein_days": 35, "referral_to_infusion_days": 81, "infused_dose_car_e6": 148,
        "dose_car_per_kg_e6": 2.0, "days_to_crs": 2, "days_to_icans": 5, "best_response": "CR",
        "days_to_best_response": 100, "vital_status": "alive",
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
    life.look(&[asked, offered].concat(), "13/13 there, 13/13 in time").await;
    let complete = response("2026-11-18", "M6", ("CMR", "2"), "CR");
    life.submit(1, "response_assessment", &complete, &[]).await;
    life.submit(1, "follow_up", &follow_up("2026-11-18", "M6", "no"), &[]).await;
    life.submit(1, "prom", &questionnaire("2026-11-18", "M6", [1, 1, 1, 1, 1], 85), &[]).await;
    life.look(&[&asked[1..2], &offered].concat(), "13/13 there, 16/16 in time").await;
}

/// The grace of all forms has passed but that of month 6. Those of day 100 came 14 days before the end of their windows,
/// those of month 6 26 days, its questionnaire 30.
async fn figures(life: &Life) {
    life.forms(&[
        ("acute_toxicity", "1/1 there, 1/1 in time", -7.0),
        ("follow_up", "1/1 there, 2/2 in time", -20.0),
        ("infusion", "1/1 there, 1/1 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "1/1 there, 1/1 in time", -3.0),
        ("product", "1/1 there, 1/1 in time", -91.0),
        ("prom", "3/3 there, 4/4 in time", -9.5),
        ("referral", "1/1 there, 1/1 in time", 7.0),
        ("resource_use", "1/1 there, 1/1 in time", -14.0),
        ("response_assessment", "2/2 there, 3/3 in time", -14.0),
    ])
    .await;
    life.field("follow_up", "/contact_mode", [2, 0, 0]).await;
    life.field("follow_up", "/ecog", [0, 0, 2]).await;
}
