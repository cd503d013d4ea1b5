//! The forms that are filled more than once in this life.

use serde_json::{Value, json};

/// An assessment by PET-CT: its day, time point, metabolic response, Deauville score and overall response.
pub(crate) fn response(day: &str, time_point: &str, pet: (&str, &str), overall: &str) -> Value {
    let (lugano_pet, deauville) = pet;
    let new_lesions = if overall == "PD" { "yes" } else { "no" };
    json!({
        "assessment_date": day, "time_point": time_point, "criteria": "lugano_2014", "modality": ["PET_CT"],
        "lymphoma": {
            "lugano_pet": lugano_pet, "deauville": deauville, "new_lesions": new_lesions, "overall": overall,
        },
    })
}

/// An EQ-5D-5L: the five levels in the order of the questionnaire, and the scale.
pub(crate) fn questionnaire(day: &str, time_point: &str, levels: [u8; 5], vas: u8) -> Value {
    let [mobility, self_care, usual_activities, pain_discomfort, anxiety_depression] = levels;
    json!({
        "instrument": "eq5d5l", "time_point": time_point, "completed_date": day, "instrument_version": "1.0",
        "language": "sv", "mode": "web",
        "eq5d5l": {
            "mobility": mobility, "self_care": self_care, "usual_activities": usual_activities,
            "pain_discomfort": pain_discomfort, "anxiety_depression": anxiety_depression, "vas": vas,
        },
    })
}

/// A visit in complete remission, with the answer about a second malignancy.
pub(crate) fn follow_up(day: &str, time_point: &str, second_malignancy: &str) -> Value {
    json!({
        "time_point": time_point, "contact_date": day, "contact_mode": "visit", "vital_status": "alive",
        "disease_status": "CR", "relapse_progression": "no", "subsequent_therapy": "no",
        "second_malignancy": second_malignancy, "late_toxicity": { "late_icaht_grade": 0 },
        "infections_occurred": "no",
    })
}

/// What a period took: days in hospital with those in intensive care, visits.
pub(crate) fn resources(time_point: &str, period: (&str, &str), days: (u16, u16), visits: u16) -> Value {
    let ((start, end), (inpatient, intensive)) = (period, days);
    json!({
        "time_point": time_point, "period_start": start, "period_end": end, "inpatient_days": inpatient,
        "inpatient_episodes": u8::from(inpatient > 0), "icu_days": intensive, "outpatient_visits": visits,
        "emergency_visits": 0,
    })
}

/// What is told before an infusion; lymphodepletion takes three days from `start` to `end`.
pub(crate) fn before_infusion(
    assessed: &str,
    (start, end): (&str, &str),
    mut disease: Value,
    mut labs: Value,
    comorbidity: &[(&str, &str)],
) -> Value {
    labs["date"] = assessed.into();
    disease["cns_involvement"] = "no".into();
    disease["prior_transplantation"] = "no".into();
    for absent in ["prior_bispecific", "prior_bcma", "prior_bendamustine_lt_6m"] {
        disease[absent] = "no".into();
    }
    let drug = |name: &str, dose: u16| {
        json!({
            "drug": name, "dose_per_day": dose, "unit": "mg/m2", "days": 3, "start": start, "end": end,
        })
    };
    json!({
        "assessment_date": assessed,
        "diagnosis": {
            "indication_group": "LBCL", "icd10": "C83.3", "icdo3_morphology": "9680/3", "diagnosis_date": "2024-09",
            "transformed_from": "none", "stage_ann_arbor": "III", "bulky": "no",
        },
        "disease": disease,
        "condition": { "ecog": 1, "weight_kg": 74, "height_cm": 172, "active_infection": "no" },
        "labs": labs,
        "hct_ci": hct_ci(comorbidity),
        "lymphodepletion": {
            "given": "yes", "drugs": [drug("fludarabine", 30), drug("cyclophosphamide", 500)],
        },
    })
}

/// The items of the comorbidity index: all denied but these.
fn hct_ci(answers: &[(&str, &str)]) -> Value {
    let mut items = json!({
        "arrhythmia": "no", "cardiac": "no", "inflammatory_bowel": "no", "diabetes": "no", "cerebrovascular": "no",
        "psychiatric": "no", "obesity": "no", "infection": "no", "rheumatologic": "no", "peptic_ulcer": "no",
        "renal_moderate_severe": "no", "prior_malignancy": "no", "heart_valve": "no", "hepatic": "none",
        "pulmonary": "none",
    });
    for (item, answer) in answers {
        items[*item] = (*answer).into();
    }
    items
}
