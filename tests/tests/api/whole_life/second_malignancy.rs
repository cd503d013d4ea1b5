//! Remission after the second course; then a T-cell lymphoma, reported at once and tested later.

use serde_json::json;

use super::content::{follow_up, questionnaire, resources, response};
use super::life::{Life, derives};

pub(super) async fn act(life: &Life) {
    day_28(life).await;
    day_100(life).await;
    malignancy(life).await;
    figures(life).await;
    life.check().await;
    // Seen on 2027-08-16, day 455 of the first course and day 182 of the second; today is a fortnight later.
    life.followed(2, 455 + 182, 469 + 196).await;
}

async fn day_28(life: &Life) {
    life.wait_until("2027-03-15");
    let toxicity = json!({
        "assessment_date": "2027-03-15",
        "crs": {
            "occurred": "yes", "grading_system": "ASTCT2019", "onset_date": "2027-02-17",
            "resolution_date": "2027-02-19", "max_grade": 1, "fever": "yes", "max_temp_c": 38.6,
            "hypotension_max": "none", "hypoxia_max": "none",
        },
        "icans": { "occurred": "no" }, "interventions": [], "icu": { "admitted": "no" },
        "iec_hs": { "occurred": "no" }, "cytopenias": { "early_icaht_grade": 1 }, "tls": { "occurred": "no" },
        "infections_occurred": "no",
    });
    let record = life.submit(2, "acute_toxicity", &toxicity, &[]).await;
    let follows = json!({
        "crs_derived_grade": 1, "crs_duration_days": 3, "icans_derived_grade": 0, "tocilizumab_given": "no",
        "steroid_given": "no", "anakinra_given": "no",
    });
    derives(&record, &follows);
    let complete = response("2027-03-15", "D28", ("CMR", "3"), "CR");
    life.submit(2, "response_assessment", &complete, &[]).await;
    life.submit(2, "prom", &questionnaire("2027-03-15", "D28", [2, 1, 2, 2, 2], 70), &[]).await;
    let waits = [
        "2027-03-17 due 2 D0 prom/qlq_c30? 2027-01-16..2027-02-15",
        "2027-03-17 due 2 D0 prom/fact_lym? 2027-01-16..2027-02-15",
        "2027-03-26 due 2 D7 sample of Peripheral blood mononuclear cells? 2027-02-20..2027-02-24",
        "2027-04-02 due 2 D14 sample of Peripheral blood mononuclear cells? 2027-02-27..2027-03-03",
        "2027-04-17 open 2 D28 sample of Peripheral blood mononuclear cells? 2027-03-12..2027-03-18",
        "2027-04-17 open 2 D28 sample of Plasma? 2027-03-12..2027-03-18",
        "2027-04-21 open 2 D28 prom/qlq_c30? 2027-03-08..2027-03-22",
        "2027-04-21 open 2 D28 prom/fact_lym? 2027-03-08..2027-03-22",
    ];
    life.look(&waits, "18/18 there, 24/25 in time").await;
    let values = json!({
        "vein_to_vein_days": 39, "referral_to_infusion_days": 56, "infused_dose_car_e6": 310,
        "dose_car_per_kg_e6": 4.19, "days_to_crs": 2, "best_response": "CR", "days_to_best_response": 28,
        "vital_status": "alive",
    });
    life.values(2, &values).await;
}

async fn day_100(life: &Life) {
    life.wait_until("2027-05-26");
    let offered = [
        "2027-07-10 open 2 D100 prom/qlq_c30? 2027-05-11..2027-06-10",
        "2027-07-10 open 2 D100 prom/fact_lym? 2027-05-11..2027-06-10",
        "2027-07-10 open 2 D100 sample of Peripheral blood mononuclear cells? 2027-05-11..2027-06-10",
        "2027-07-10 open 2 D100 sample of Plasma? 2027-05-11..2027-06-10",
    ];
    let asked = [
        "2027-07-10 open 2 D100 follow_up 2027-05-11..2027-06-10",
        "2027-07-10 open 2 D100 resource_use 2027-05-11..2027-06-10",
        "2027-07-10 open 2 D100 response_assessment 2027-05-11..2027-06-10",
        "2027-07-10 open 2 D100 prom/eq5d5l 2027-05-11..2027-06-10",
    ];
    life.look(&[asked, offered].concat(), "24/24 there, 24/25 in time").await;
    let complete = response("2027-05-26", "D100", ("CMR", "2"), "CR");
    life.submit(2, "response_assessment", &complete, &[]).await;
    life.submit(2, "follow_up", &follow_up("2027-05-26", "D100", "no"), &[]).await;
    let period = resources("D100", ("2027-02-15", "2027-05-26"), (12, 0), 11);
    life.submit(2, "resource_use", &period, &[]).await;
    life.submit(2, "prom", &questionnaire("2027-05-26", "D100", [1, 1, 1, 1, 2], 80), &[]).await;
    life.look(&offered, "24/24 there, 28/29 in time").await;
}

async fn malignancy(life: &Life) {
    life.wait_until("2027-08-09");
    let mut event = json!({
        "kind": "second_malignancy", "event_no": 1,
        "second_malignancy": {
            "date": "2027-08-02", "icd10": "C84.4", "icdo3": "9702/3", "category": "T_cell",
            "car_transgene_tested": "pending", "tissue_biobanked": "yes",
        },
    });
    // Neither tested nor reported yet: both stay open until somebody has done it.
    let open = [
        ("R-SPM-01A", "/second_malignancy/car_transgene_tested"),
        ("R-SPM-01B", "/second_malignancy/reported_to_regulator_date"),
    ];
    let record = life.submit(2, "event", &event, &open).await;
    let offered = [
        "2027-10-14 open 2 M6 prom/qlq_c30? 2027-07-16..2027-09-14",
        "2027-10-14 open 2 M6 prom/fact_lym? 2027-07-16..2027-09-14",
        "2027-10-14 open 2 M6 sample of Peripheral blood mononuclear cells? 2027-07-16..2027-09-14",
        "2027-10-14 open 2 M6 sample of Plasma? 2027-07-16..2027-09-14",
    ];
    let asked = [
        "2027-10-13 open 2 M6 follow_up 2027-07-15..2027-09-13",
        "2027-10-13 open 2 M6 resource_use 2027-07-15..2027-09-13",
        "2027-10-13 open 2 M6 response_assessment 2027-07-15..2027-09-13",
        "2027-10-14 open 2 M6 prom/eq5d5l 2027-07-16..2027-09-14",
    ];
    life.look(&[asked, offered].concat(), "29/29 there, 28/29 in time").await;
    life.field("event", "/second_malignancy/reported_to_regulator_date", [0, 0, 1]).await;

    life.wait_until("2027-08-30");
    let answers = json!({
        "car_transgene_tested": "yes", "car_transgene_result": "detected", "method": "ddpcr",
        "reported_to_regulator_date": "2027-08-11", "reported_to_mah_date": "2027-08-11",
    });
    let told = event["second_malignancy"].as_object_mut().unwrap();
    told.extend(answers.as_object().unwrap().clone());
    life.amend(record.json["id"].as_str().unwrap(), 1, &event).await;
    life.field("event", "/second_malignancy/reported_to_regulator_date", [1, 0, 0]).await;

    let forgotten = [("ACKNOWLEDGE", "/second_malignancy"), ("R-FU-09B", "/second_malignancy")];
    life.refused(2, "follow_up", &follow_up("2027-08-16", "M6", "no"), &forgotten).await;
    life.submit(2, "follow_up", &follow_up("2027-08-16", "M6", "yes"), &[]).await;
    let period = resources("M6", ("2027-05-27", "2027-08-16"), (6, 0), 8);
    life.submit(2, "resource_use", &period, &[]).await;
    let complete = response("2027-08-16", "M6", ("CMR", "2"), "CR");
    life.submit(2, "response_assessment", &complete, &[]).await;
    life.submit(2, "prom", &questionnaire("2027-08-16", "M6", [2, 1, 2, 2, 3], 60), &[]).await;
    life.look(&offered, "29/29 there, 32/33 in time").await;
}

/// The grace of all forms has passed but that of month 6 of the second course. Its forms of day 28 came 7 days before the
/// end of their windows, those of day 100 15 days, those of month 6 14 days, its questionnaire 15.
async fn figures(life: &Life) {
    life.forms(&[
        ("acute_toxicity", "2/2 there, 2/2 in time", -7.0),
        ("follow_up", "3/3 there, 4/4 in time", -14.5),
        ("infusion", "2/2 there, 2/2 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "2/2 there, 2/2 in time", -1.5),
        ("product", "2/2 there, 2/2 in time", -86.0),
        ("prom", "7/7 there, 8/8 in time", -10.5),
        ("referral", "2/2 there, 2/2 in time", 16.0),
        ("resource_use", "3/3 there, 3/4 in time", -14.0),
        ("response_assessment", "5/5 there, 6/6 in time", -14.0),
    ])
    .await;
}
