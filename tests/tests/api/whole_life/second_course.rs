//! Another product for the relapse is a course of its own: the first course's follow-up ends, the second's begins.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::content::{before_infusion, questionnaire};
use super::life::{Life, derives};
use super::product_failure::RELEASED;

/// What may be left out at six months of the first course.
const OFFERED: [&str; 4] = [
    "2027-01-17 due 1 M6 prom/qlq_c30? 2026-10-19..2026-12-18",
    "2027-01-17 due 1 M6 prom/fact_lym? 2026-10-19..2026-12-18",
    "2027-01-17 due 1 M6 sample of Peripheral blood mononuclear cells? 2026-10-19..2026-12-18",
    "2027-01-17 due 1 M6 sample of Plasma? 2026-10-19..2026-12-18",
];

pub(super) async fn act(life: &mut Life) {
    life.wait_until("2027-01-15");
    life.open_course("2026-12-21").await;
    let referred = ["2027-01-20 due 2 - referral 2026-09-22..2026-12-21"];
    // Of a course that is not infused nothing counts.
    life.look(&[&OFFERED[..], &referred].concat(), "16/16 there, 16/17 in time").await;
    let referral = json!({
        "referral_date": "2026-12-21", "referring_region": "01", "referring_site": "KAR", "mdt_date": "2026-12-28",
        "mdt_type": "national", "decision": "accepted", "intended_product": "tisagenlecleucel",
        "intended_setting": "commercial",
    });
    life.submit(2, "referral", &referral, &[]).await;
    let apheresis = json!({
        "attempt_no": 1, "collection_date": "2027-01-07", "site": "KAR", "shipped_fresh_or_frozen": "cryopreserved",
    });
    life.submit(2, "apheresis", &apheresis, &[]).await;
    let collected = ["2027-06-06 open 2 - product 2027-01-07..2027-05-07"];
    life.look(&[&OFFERED[..], &collected].concat(), "16/16 there, 16/17 in time").await;

    life.wait_until("2027-02-15");
    product(life).await;
    condition(life).await;
    life.submit(2, "bridging", &json!({ "line_no": 1, "given": "no" }), &[]).await;
    life.submit(2, "prom", &questionnaire("2027-02-08", "BASELINE", [2, 1, 2, 2, 3], 60), &[]).await;
    // The first course waits for its next visits no longer than until the next day 0, which is not there yet.
    let infusion_waits = "2027-06-28 open 2 - infusion 2027-01-29..2027-05-29";
    life.look(&[infusion_waits], "17/17 there, 16/17 in time").await;
    infusion(life).await;
    figures(life).await;
    life.check().await;
    // Alive at the second infusion, day 273 of the first course.
    life.followed(2, 273, 273).await;
}

async fn product(life: &Life) {
    let mut product = json!({
        "product_code": "tisagenlecleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": RELEASED, "manufacturer": "Novartis", "manufacturing_site": "Stein",
        "manufacture_start": "2027-01-11", "release_date": "2027-01-29", "receipt_date": "2027-02-02",
        "expiry_date": "2028-01-29", "release_status": "released", "viability_pct": 88,
        "formulation": "cryopreserved", "total_viable_car_e6": 320,
    });
    life.refused(2, "product", &product, &[("R-COURSE-01A", "/batch_id")]).await;
    product["batch_id"] = "NVS-70345".into();
    let record = life.submit(2, "product", &product, &[]).await;
    let targets = json!({
        "batch_product": "NVS-70345|tisagenlecleucel", "received_batch_id": "NVS-70345",
        "counted_batch_id": "NVS-70345",
        "product_targets_cd19": "yes", "product_targets_cd20": "no", "product_targets_cd22": "no",
        "product_targets_bcma": "no", "costim_cd28": "no", "costim_4_1bb": "yes",
    });
    derives(&record, &targets);
}

/// Values that lie on the cuts count as risk (domain brief 3.3); the EASIX family is the worked example of 3.4.
async fn condition(life: &Life) {
    let disease = json!({
        "status_at_apheresis": "PD", "status_pre_lymphodepletion": "PD", "refractory_status": "relapsed",
        "prior_lines": 3, "prior_cart": "yes", "prior_anti_cd19": "yes",
    });
    let labs = json!({
        "platelets": 100, "anc": 1.2, "hb": 90, "crp": 30, "ferritin": 2000, "ldh": 4.5, "ldh_uln": 4.3,
        "creatinine": 88.4, "igg": 4.1,
    });
    let content =
        before_infusion("2027-02-08", ("2027-02-09", "2027-02-11"), disease, labs, &[("infection", "yes")]);
    let record = life.submit(2, "pre_infusion", &content, &[]).await;
    let scores = json!({
        "hct_ci_score": 1, "hct_ci_group": "1-2",
        "car_hematotox_score": 5, "car_hematotox_min": 5, "car_hematotox_max": 5, "car_hematotox_risk": "high",
        "car_hematotox_validated": "yes",
        "easix": 2.70, "easix_log2": 1.43, "m_easix": 8.10, "m_easix_log2": 3.02, "s_easix": 2.70,
        "bmi": 25.01, "bsa_m2": 1.88, "diagnosis_icd10_dotted": "C83.3", "prior_auto_hsct": "no",
        "prior_allo_hsct": "no", "fludarabine_given": "yes", "cyclophosphamide_given": "yes",
        "bendamustine_given": "no",
    });
    derives(&record, &scores);
}

async fn infusion(life: &Life) {
    let therapy = json!({
        "kind": "subsequent_therapy", "event_no": 1,
        "subsequent_therapy": { "start": "2027-02-15", "intent": "treatment_of_relapse", "type": "car_t" },
    });
    // Before the infusion is registered, the therapy says that it is not.
    let place = "/subsequent_therapy/type";
    life.refused(1, "event", &therapy, &[("ACKNOWLEDGE", place), ("R-SUB-01", place)]).await;
    let infusion = json!({
        "infusion_no": 1, "infusion_date": "2027-02-15", "batch_id": "NVS-70345", "setting": "inpatient",
        "route": "iv", "entire_volume_infused": "yes", "dose_car_total_e6": 310,
    });
    life.submit(2, "infusion", &infusion, &[]).await;
    life.submit(1, "event", &therapy, &[]).await;
    assert_eq!((life.day0(1).await, life.day0(2).await), ("2026-05-18".into(), "2027-02-15".into()));
    let values = json!({
        "vein_to_vein_days": 39, "referral_to_infusion_days": 56, "infused_dose_car_e6": 310,
        "dose_car_per_kg_e6": 4.19, "vital_status": "alive",
    });
    life.values(2, &values).await;
    let waits = [
        "2027-03-17 open 2 D0 prom/qlq_c30? 2027-01-16..2027-02-15",
        "2027-03-17 open 2 D0 prom/fact_lym? 2027-01-16..2027-02-15",
        "2027-03-26 upcoming 2 D7 sample of Peripheral blood mononuclear cells? 2027-02-20..2027-02-24",
        "2027-04-02 upcoming 2 D14 sample of Peripheral blood mononuclear cells? 2027-02-27..2027-03-03",
        "2027-04-17 upcoming 2 D28 sample of Peripheral blood mononuclear cells? 2027-03-12..2027-03-18",
        "2027-04-17 upcoming 2 D28 sample of Plasma? 2027-03-12..2027-03-18",
        "2027-04-21 upcoming 2 D28 acute_toxicity 2027-03-08..2027-03-22",
        "2027-04-21 upcoming 2 D28 response_assessment 2027-03-08..2027-03-22",
        "2027-04-21 upcoming 2 D28 prom/eq5d5l 2027-03-08..2027-03-22",
        "2027-04-21 upcoming 2 D28 prom/qlq_c30? 2027-03-08..2027-03-22",
        "2027-04-21 upcoming 2 D28 prom/fact_lym? 2027-03-08..2027-03-22",
    ];
    // Five required forms more, of which the referral's grace has passed. What is taken over from the first course was
    // not missing there.
    life.look(&waits, "18/18 there, 21/22 in time").await;
    assert_eq!(life.schedule().await, laid());
}

/// Of the first course 18 forms came and 16 items lapsed; from twelve months on the second takes over, which has seven
/// forms, two open questionnaires and the rest to come.
fn laid() -> BTreeMap<String, usize> {
    let states = json!({
        "completed": 1 + 18 + 7, "lapsed": 16, "not_applicable_superseded": 8 + 14 * 5, "open": 2,
        "upcoming": 1 + 1 + 7 + 3 * 8 + 14 * 5,
    });
    let count = |count: &Value| usize::try_from(count.as_u64().unwrap()).unwrap();
    states.as_object().unwrap().iter().map(|(state, of)| (state.clone(), count(of))).collect()
}

/// The second product came 81 days before the last on which it was expected, the second referral 25 days after it.
async fn figures(life: &Life) {
    life.forms(&[
        ("acute_toxicity", "1/1 there, 1/1 in time", -7.0),
        ("follow_up", "2/2 there, 2/2 in time", -20.0),
        ("infusion", "1/1 there, 2/2 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "1/1 there, 2/2 in time", -1.5),
        ("product", "1/1 there, 2/2 in time", -86.0),
        ("prom", "4/4 there, 5/5 in time", -5.0),
        ("referral", "2/2 there, 2/2 in time", 16.0),
        ("resource_use", "2/2 there, 1/2 in time", 8.5),
        ("response_assessment", "3/3 there, 3/3 in time", -14.0),
    ])
    .await;
}
