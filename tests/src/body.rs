//! Bodies that are accepted, to send as they are or to spoil in one place.

use serde_json::{Value, json};

/// A patient to enrol at `site`, with every field but the linkage value.
pub fn enrolment(site: &str) -> Value {
    json!({ "site": site, "role": "treating", "from": "2026-01-10", "consents": [consent()] })
}

/// A patient that another site may have enrolled.
pub fn linked_enrolment(site: &str, linkage: &str) -> Value {
    let mut body = enrolment(site);
    body["linkage"] = linkage.into();
    body
}

/// A linkage value, a different one for each number.
pub fn linkage(number: u8) -> String {
    format!("h1.{}", format!("{number:02x}").repeat(32))
}

/// A consent decision with every field.
pub fn consent() -> Value {
    json!({
        "purpose": "registry_research",
        "decision": "given",
        "decided_on": "2026-01-09",
        "valid_to": "2031-01-09",
        "form_version": "3",
        "language": "sv",
        "signed_by": "patient",
        "ethics_ref": "2024-01234-01",
        "document_ref": "binder 7, page 12",
    })
}

/// A withdrawal of the consent above.
pub fn withdrawal() -> Value {
    json!({ "purpose": "registry_research", "decision": "withdrawn", "decided_on": "2026-03-01" })
}
