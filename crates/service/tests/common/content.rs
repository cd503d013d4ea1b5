//! Contents of forms that are accepted, if their warnings are explained.

use serde_json::{Value, json};

pub(crate) fn infusion(day: &str) -> Value {
    json!({
        "infusion_no": 1, "infusion_date": day, "batch_id": "KTE-48112", "bag_ids": ["KTE-48112-1"],
        "setting": "inpatient", "route": "iv", "entire_volume_infused": "yes", "dose_car_total_e6": 150,
        "post_thaw_viability_pct": 84, "premedication": ["paracetamol", "antihistamine"], "infusion_reaction": "no",
    })
}

pub(crate) fn follow_up(time_point: &str, contact: &str) -> Value {
    json!({
        "time_point": time_point, "contact_date": contact, "contact_mode": "visit", "vital_status": "alive",
        "disease_status": "CR", "relapse_progression": "no", "subsequent_therapy": "no", "second_malignancy": "no",
        "late_toxicity": { "late_icaht_grade": 0 }, "infections_occurred": "no",
    })
}

pub(crate) fn death(day: &str) -> Value {
    let death = json!({
        "date": day, "main_cause": "infection", "contributing": ["pulmonary"], "icd10_underlying": "A41.9",
        "autopsy": "no", "source": "chart"
    });
    json!({ "kind": "death", "event_no": 1, "death": death })
}

/// A loss to follow-up.
pub(crate) fn loss(last_contact: &str, declared: &str) -> Value {
    let loss =
        json!({ "date_declared": declared, "last_contact_date": last_contact, "reason": "no_contact" });
    json!({ "kind": "lost_to_follow_up", "event_no": 1, "lost_to_follow_up": loss })
}
