//! Fifteen years of one patient: every form that the schedule asks for, as it would be sent.

use std::ops::Range;

use serde_json::{Value, json};

use crate::content::{TIME_POINTS, contact_date, follow_up};

/// The form about the patient; all others are about the course.
pub(crate) const REGISTRATION: &str = "patient_registration";
/// The follow-ups that are left out: those of the last five years.
pub(crate) const LATE: Range<usize> = 12..17;
/// The batch that is infused.
const BATCH: &str = "KTE-48977";

/// Form and content of every record but the late follow-ups, in the order in which they are submitted. Day 0 is
/// 2010-03-01.
pub(crate) fn records() -> Vec<(&'static str, Value)> {
    let mut records = vec![
        (REGISTRATION, registration()),
        ("referral", referral()),
        ("apheresis", apheresis()),
        ("product", product()),
        ("pre_infusion", pre_infusion()),
        ("prom", questionnaire("BASELINE", "2010-02-22")),
        ("infusion", infusion()),
        ("acute_toxicity", acute_toxicity()),
        ("response_assessment", response("D28", "2010-03-29")),
        ("prom", questionnaire("D28", "2010-03-29")),
    ];
    let mut period_start = "2010-03-01".to_owned();
    for (place, time_point) in TIME_POINTS.into_iter().enumerate() {
        let contact = contact_date(place);
        if place < 3 {
            records.push(("response_assessment", response(time_point, &contact)));
        }
        if !LATE.contains(&place) {
            records.push(("follow_up", follow_up(place)));
        }
        records.push(("resource_use", resources(time_point, &period_start, &contact)));
        records.push(("prom", questionnaire(time_point, &contact)));
        period_start = day_after(&contact);
    }
    records
}

fn day_after(day: &str) -> String {
    let day: chrono::NaiveDate = day.parse().expect("a day");
    day.succ_opt().expect("a day has a next one").to_string()
}

fn registration() -> Value {
    json!({
        "registration_date": "2010-03-01", "birth_year_month": "1961-04", "sex": "female",
        "region_of_residence": "01", "legal_basis": "quality_register",
    })
}

fn referral() -> Value {
    json!({
        "referral_date": "2010-01-04", "referring_region": "01", "referring_site": "KAR", "mdt_date": "2010-01-05",
        "mdt_type": "national", "decision": "accepted", "intended_product": "axicabtagene_ciloleucel",
        "intended_setting": "commercial",
    })
}

fn apheresis() -> Value {
    json!({
        "attempt_no": 1, "collection_date": "2010-01-18", "site": "KAR", "shipped_fresh_or_frozen": "fresh",
        "tnc_e9": 12.5, "cd3_e9": 5.1,
    })
}

fn product() -> Value {
    json!({
        "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": BATCH, "manufacturer": "Kite", "manufacturing_site": "Amsterdam",
        "manufacture_start": "2010-01-20", "release_date": "2010-02-12", "receipt_date": "2010-02-16",
        "expiry_date": "2011-02-12", "release_status": "released", "viability_pct": 91.5,
        "formulation": "cryopreserved", "total_viable_car_e6": 152,
    })
}

fn pre_infusion() -> Value {
    let drug = |name: &str, dose: u16| {
        json!({
            "drug": name, "dose_per_day": dose, "unit": "mg/m2", "days": 3, "start": "2010-02-23",
            "end": "2010-02-25",
        })
    };
    json!({
        "assessment_date": "2010-02-22",
        "diagnosis": {
            "indication_group": "LBCL", "icd10": "C83.3", "icdo3_morphology": "9680/3", "diagnosis_date": "2008-09",
            "transformed_from": "none", "stage_ann_arbor": "III", "bulky": "no",
        },
        "disease": {
            "status_at_apheresis": "PD", "status_pre_lymphodepletion": "SD",
            "refractory_status": "refractory_last_line", "cns_involvement": "no", "prior_lines": 2,
            "prior_transplantation": "no", "prior_cart": "no", "prior_bispecific": "no", "prior_anti_cd19": "no",
            "prior_bcma": "no", "prior_bendamustine_lt_6m": "no",
        },
        "condition": { "ecog": 1, "weight_kg": 74, "height_cm": 172, "active_infection": "no" },
        "labs": {
            "date": "2010-02-22", "platelets": 62, "anc": 0.9, "hb": 86, "crp": 118, "ferritin": 1500, "ldh": 5.2,
            "ldh_uln": 4.3, "creatinine": 71, "igg": 6.2,
        },
        "hct_ci": {
            "arrhythmia": "no", "cardiac": "no", "inflammatory_bowel": "no", "diabetes": "yes",
            "cerebrovascular": "no", "psychiatric": "no", "obesity": "no", "infection": "no", "rheumatologic": "no",
            "peptic_ulcer": "no", "renal_moderate_severe": "no", "prior_malignancy": "no", "heart_valve": "no",
            "hepatic": "none", "pulmonary": "none",
        },
        "lymphodepletion": {
            "given": "yes", "drugs": [drug("fludarabine", 30), drug("cyclophosphamide", 500)],
        },
    })
}

fn infusion() -> Value {
    json!({
        "infusion_no": 1, "infusion_date": "2010-03-01", "batch_id": BATCH, "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": 148,
    })
}

fn acute_toxicity() -> Value {
    json!({
        "assessment_date": "2010-03-29",
        "crs": {
            "occurred": "yes", "grading_system": "ASTCT2019", "onset_date": "2010-03-03",
            "resolution_date": "2010-03-05", "max_grade": 1, "fever": "yes", "max_temp_c": 38.6,
            "hypotension_max": "none", "hypoxia_max": "none",
        },
        "icans": { "occurred": "no" }, "interventions": [], "icu": { "admitted": "no" },
        "iec_hs": { "occurred": "no" }, "cytopenias": { "early_icaht_grade": 1 }, "tls": { "occurred": "no" },
        "infections_occurred": "no",
    })
}

fn response(time_point: &str, day: &str) -> Value {
    json!({
        "assessment_date": day, "time_point": time_point, "criteria": "lugano_2014", "modality": ["PET_CT"],
        "lymphoma": { "lugano_pet": "CMR", "deauville": "2", "new_lesions": "no", "overall": "CR" },
    })
}

fn questionnaire(time_point: &str, day: &str) -> Value {
    json!({
        "instrument": "eq5d5l", "time_point": time_point, "completed_date": day, "instrument_version": "1.0",
        "language": "sv", "mode": "web",
        "eq5d5l": {
            "mobility": 1, "self_care": 1, "usual_activities": 2, "pain_discomfort": 2, "anxiety_depression": 1,
            "vas": 80,
        },
    })
}

fn resources(time_point: &str, start: &str, end: &str) -> Value {
    json!({
        "time_point": time_point, "period_start": start, "period_end": end, "inpatient_days": 0,
        "inpatient_episodes": 0, "icu_days": 0, "outpatient_visits": 4, "emergency_visits": 0,
    })
}
