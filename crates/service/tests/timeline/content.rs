//! Forms of one patient, each right by itself.

use serde_json::{Value, json};

use crate::common::content;

/// A contact with a living patient without relapse, who had B cells again from a day on.
pub(crate) fn follow_up(time_point: &str, contact: &str) -> Value {
    let mut content = content::follow_up(time_point, contact);
    content["b_cell_aplasia"] = json!({
        "date": contact, "cd19_per_ul": 80, "status": "recovered", "loss_of_bca_date": "2026-03-01",
    });
    content
}

pub(crate) fn relapse(day: &str) -> Value {
    let relapse = json!({
        "date": day, "type": "relapse_after_CR", "site": ["nodal"], "biopsy": "yes",
        "antigen_status": "target_negative", "lineage_switch": "no",
    });
    json!({ "kind": "relapse_progression", "event_no": 1, "relapse_progression": relapse })
}

pub(crate) fn product(receipt: &str) -> Value {
    json!({
        "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": "KTE-48112", "manufacturer": "Kite", "manufacturing_site": "Amsterdam",
        "manufacture_start": "2026-01-14", "release_date": "2026-01-20", "receipt_date": receipt,
        "expiry_date": "2027-01-20", "release_status": "released", "car_positive_pct": 52, "vcn": 2.1,
        "formulation": "cryopreserved", "total_viable_car_e6": 200, "missing": { "viability_pct": "pending" },
    })
}

pub(crate) fn registration() -> Value {
    json!({ "birth_year_month": "1961-04", "sex": "male", "legal_basis": "research_consent" })
}
