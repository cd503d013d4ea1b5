//! What is submitted and decided.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_service::enrol::Decision;
use serde_json::{Value, json};

use crate::network::day;

pub(crate) fn death(date: &str) -> Value {
    json!({
        "kind": "death", "event_no": 1,
        "death": {"date": date, "main_cause": "infection", "autopsy": "no", "source": "chart"}
    })
}

pub(crate) fn decision(purpose: ConsentPurpose, decision: ConsentDecision, on: &str) -> Decision {
    Decision {
        purpose,
        decision,
        decided_on: day(on),
        valid_to: None,
        form_version: None,
        language: None,
        signed_by: Signatory::Patient,
        ethics_ref: None,
        document_ref: None,
    }
}
