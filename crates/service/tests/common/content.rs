//! Contents of forms that are accepted, if their warnings are explained.

use cartotek_forms::Example;
use serde_json::{Value, json};

/// An apheresis on 2026-01-14.
pub(crate) fn collection() -> Value {
    json!({
        "attempt_no": 1, "collection_date": "2026-01-14", "site": "KAR", "shipped_fresh_or_frozen": "cryopreserved"
    })
}

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

/// What is known before an infusion, most of it missing; lymphodepletion on one day.
pub(crate) fn lymphodepleted(day: &str) -> Value {
    let unknown = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|name| ((*name).to_owned(), json!("unknown")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let asked = [
        "status_at_apheresis",
        "status_pre_lymphodepletion",
        "prior_transplantation",
        "prior_cart",
        "prior_bispecific",
        "prior_anti_cd19",
        "prior_bcma",
        "prior_bendamustine_lt_6m",
    ];
    let drug = json!({
        "drug": "fludarabine", "dose_per_day": 30, "unit": "mg/m2", "days": 1, "start": day, "end": day
    });
    json!({
        "assessment_date": day,
        "diagnosis": {
            "indication_group": "CLL", "icd10": "C91.1", "diagnosis_date": "2012",
            "missing": unknown(&["icdo3_morphology"]),
        },
        "disease": {
            "cns_involvement": "unknown", "prior_lines": 5, "refractory_status": "unknown", "missing": unknown(&asked),
        },
        "condition": { "missing": unknown(&["ecog", "weight_kg", "active_infection"]) },
        "labs": {
            "platelets": 60, "anc": 2.1, "hb": 118, "crp": 6, "ldh": 3.8, "creatinine": 90,
            "missing": unknown(&["ferritin", "ldh_uln", "igg"]),
        },
        "lymphodepletion": { "given": "yes", "drugs": [drug] },
        "missing": unknown(&["hct_ci"]),
    })
}

/// One example's content, with one answer left out or taken from another example.
pub(crate) fn varied(examples: &[Example], choice: &[u8]) -> Value {
    let of = |place: usize| &examples[usize::from(choice[place]) % examples.len()].content;
    let mut content = of(0).clone();
    let members = content.as_object_mut().unwrap();
    let names: Vec<String> = members.keys().cloned().collect();
    let Some(name) = names.get(usize::from(choice[1]) % names.len().max(1)) else { return content };
    match (choice[2] % 3, of(3).get(name)) {
        (0, _) => {}
        (1, Some(other)) => {
            members.insert(name.clone(), other.clone());
        }
        _ => {
            members.remove(name);
        }
    }
    content
}
