//! Day 0: the condition before it with its scores, the infusion, and fifteen years laid out.

use std::collections::BTreeMap;

use serde_json::json;

use super::completeness::UNCOUNTED;
use super::content::{before_infusion, questionnaire};
use super::life::{Life, derives};
use super::product_failure::{FAILED, INFUSION, RELEASED};

pub(super) async fn act(life: &Life) {
    life.wait_until("2026-05-15");
    condition(life).await;
    let record =
        life.submit(1, "prom", &questionnaire("2026-05-12", "BASELINE", [2, 1, 2, 3, 1], 55), &[]).await;
    derives(&record, &json!({ "eq5d_profile": "21231", "eq5d_profile_number": 21231.0 }));
    // Nothing waits that is counted from a day 0 that there is not yet.
    life.look(&[INFUSION], UNCOUNTED).await;

    life.wait_until("2026-05-18");
    let mut infusion = json!({
        "infusion_no": 1, "infusion_date": "2026-05-18", "batch_id": FAILED, "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": 148,
    });
    life.refused(1, "infusion", &infusion, &[("R-PROD-01", "/batch_id")]).await;
    infusion["batch_id"] = RELEASED.into();
    life.submit(1, "infusion", &infusion, &[]).await;
    assert_eq!(life.day0(1).await, "2026-05-18");
    // From the second apheresis (2026-04-13) and the referral (2026-02-26); 148 million cells at 74 kg.
    let values = json!({
        "vein_to_vein_days": 35, "referral_to_infusion_days": 81, "infused_dose_car_e6": 148,
        "dose_car_per_kg_e6": 2.0, "vital_status": "alive",
    });
    life.values(1, &values).await;
    let waits = [
        "2026-06-17 open 1 D0 prom/qlq_c30? 2026-04-18..2026-05-18",
        "2026-06-17 open 1 D0 prom/fact_lym? 2026-04-18..2026-05-18",
        "2026-06-26 upcoming 1 D7 sample of Peripheral blood mononuclear cells? 2026-05-23..2026-05-27",
        "2026-07-03 upcoming 1 D14 sample of Peripheral blood mononuclear cells? 2026-05-30..2026-06-03",
        "2026-07-18 upcoming 1 D28 sample of Peripheral blood mononuclear cells? 2026-06-12..2026-06-18",
        "2026-07-18 upcoming 1 D28 sample of Plasma? 2026-06-12..2026-06-18",
        "2026-07-22 upcoming 1 D28 acute_toxicity 2026-06-08..2026-06-22",
        "2026-07-22 upcoming 1 D28 response_assessment 2026-06-08..2026-06-22",
        "2026-07-22 upcoming 1 D28 prom/eq5d5l 2026-06-08..2026-06-22",
        "2026-07-22 upcoming 1 D28 prom/qlq_c30? 2026-06-08..2026-06-22",
        "2026-07-22 upcoming 1 D28 prom/fact_lym? 2026-06-08..2026-06-22",
    ];
    // With the infusion its six required forms count; the grace of registration and referral has passed.
    life.look(&waits, "2/2 there, 6/6 in time").await;
    // The product came 91 days before the last on which it was expected after the failure, the referral a week late, within its grace.
    life.forms(&[
        ("infusion", "0/0 there, 1/1 in time", 0.0),
        ("patient_registration", "1/1 there, 1/1 in time", 0.0),
        ("pre_infusion", "0/0 there, 1/1 in time", -3.0),
        ("product", "0/0 there, 1/1 in time", -91.0),
        ("prom", "0/0 there, 1/1 in time", -3.0),
        ("referral", "1/1 there, 1/1 in time", 7.0),
    ])
    .await;
    // Registration, referral, apheresis, product and four of day 0; two questionnaires of day 0 are open. To come: one
    // sample each on days 7 and 14, seven items on day 28, eight each on day 100, at 6 and at 12 months, five in each
    // of fourteen years.
    let laid = [("completed", 8), ("open", 2), ("upcoming", 1 + 1 + 7 + 3 * 8 + 14 * 5)];
    let laid: BTreeMap<String, usize> = laid.map(|(state, count)| (state.to_owned(), count)).into();
    assert_eq!(life.schedule().await, laid);
    life.check().await;
    life.followed(1, 0, 0).await;
}

/// The last values before lymphodepletion, and the scores of domain brief 3.3, 3.4 and 3.7.
async fn condition(life: &Life) {
    let disease = json!({
        "status_at_apheresis": "PD", "status_pre_lymphodepletion": "SD", "refractory_status": "refractory_last_line",
        "prior_lines": 2, "prior_cart": "no", "prior_anti_cd19": "no",
    });
    let labs = json!({
        "platelets": 62, "anc": 0.9, "hb": 86, "crp": 118, "ferritin": 1500, "ldh": 5.2, "ldh_uln": 4.3,
        "creatinine": 71, "igg": 6.2,
    });
    let comorbidity = [("diabetes", "yes"), ("pulmonary", "moderate")];
    let content = before_infusion("2026-05-12", ("2026-05-13", "2026-05-15"), disease, labs, &comorbidity);
    let record = life.submit(1, "pre_infusion", &content, &[]).await;
    let scores = json!({
        // Diabetes 1, moderate lung disease 2.
        "hct_ci_score": 3, "hct_ci_group": ">=3",
        // Platelets below 75: 2; neutrophils, haemoglobin, CRP and ferritin (650 to 2000): 1 each.
        "car_hematotox_score": 6, "car_hematotox_min": 6, "car_hematotox_max": 6, "car_hematotox_risk": "high",
        "car_hematotox_validated": "yes",
        // LDH 312 U/L, creatinine 71 µmol/L, platelets 62, CRP 118 mg/L.
        "easix": 4.04, "easix_log2": 2.01, "m_easix": 59.38, "m_easix_log2": 5.89, "s_easix": 5.03,
        "bmi": 25.01, "bsa_m2": 1.88, "diagnosis_icd10_dotted": "C83.3", "prior_auto_hsct": "no",
        "prior_allo_hsct": "no", "fludarabine_given": "yes", "cyclophosphamide_given": "yes",
        "bendamustine_given": "no",
    });
    derives(&record, &scores);
}
