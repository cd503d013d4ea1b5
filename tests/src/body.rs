//! Bodies that are accepted, to send as they are or to spoil in one place.

use serde_json::{Value, json};

/// A patient to enrol at `site`, with every field but the linkage value.
pub fn enrolment(site: &str) -> Value {
    json!({ "site": site, "role": "treating", "from": "2026-01-10", "consents": [consent()] })
}

/// A patient to enrol who has said yes to research on samples too.
pub fn donor(site: &str) -> Value {
    let mut body = enrolment(site);
    let mut yes = consent();
    yes["purpose"] = "biobank_research".into();
    body["consents"].as_array_mut().unwrap().push(yes);
    body
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

/// An objection to the quality register.
pub fn objection() -> Value {
    json!({ "purpose": "registry_quality", "decision": "opted_out", "decided_on": "2026-03-01" })
}

/// A yes to sharing with the registry of EBMT.
pub fn sharing() -> Value {
    json!({ "purpose": "sharing_ebmt", "decision": "given", "decided_on": "2026-03-01" })
}

/// A guardian's yes, which an adult patient confirms.
pub fn guardians_yes() -> Value {
    json!({ "purpose": "recontact", "decision": "given", "decided_on": "2026-03-01", "signed_by": "guardian" })
}

/// A site that joins the care.
pub fn participation(site: &str) -> Value {
    json!({ "site": site, "role": "following", "from": "2026-02-01" })
}

/// A hand-over to a site.
pub fn transfer(site: &str) -> Value {
    json!({ "to_site": site, "role": "following", "on": "2026-03-01", "keep_role": "treating" })
}

/// A course for large B-cell lymphoma.
pub fn course() -> Value {
    json!({ "indication": "LBCL", "opened_on": "2026-01-12" })
}

/// A draft of a form.
pub fn record(pseudonym: &str, course: Option<&str>, form: &str, content: Value) -> Value {
    let mut body = json!({ "patient": pseudonym, "form": form, "content": content, "submit": false });
    if let Some(course) = course {
        body["course"] = course.into();
    }
    body
}

/// A complete `patient_registration`.
pub fn registration() -> Value {
    json!({ "birth_year_month": "1961-04", "sex": "male", "legal_basis": "research_consent" })
}

/// A complete `infusion`: the first of a course.
pub fn infusion() -> Value {
    json!({
        "infusion_no": 1,
        "infusion_date": "2026-02-12",
        "infusion_started_at": "2026-02-12T10:40:00+01:00",
        "batch_id": "KTE-48213",
        "bag_ids": ["KTE-48213-1"],
        "setting": "inpatient",
        "route": "iv",
        "entire_volume_infused": "yes",
        "dose_car_total_e6": 150,

        "post_thaw_viability_pct": 84,
        "premedication": ["paracetamol", "antihistamine"],
        "infusion_reaction": "no",
    })
}

/// A question about the sex in a `patient_registration`.
pub fn clarification() -> Value {
    json!({ "pointer": "/sex", "text": "The referral says otherwise. Which is right?" })
}

/// An answer to it.
pub fn clarification_answer() -> Value {
    json!({ "text": "The form is right." })
}

/// A lock on a record.
pub fn record_lock(record: &str) -> Value {
    json!({ "record": record, "reason": "Its source was monitored." })
}

/// What the columns of a site's own tables mean.
pub fn import_mapping() -> Value {
    json!({ "columns": [
        { "heading": "Pseudonym", "to": "patient" },
        { "heading": "Kontaktform", "to": "/contact_mode", "codes": [{ "cell": "Besök", "code": "visit" }] },
    ] })
}

/// A freezer of a biobank.
pub fn storage_unit(biobank: &str, name: &str) -> Value {
    json!({ "biobank": biobank, "name": name, "temperature": "-60to-85" })
}

/// A box of nine by nine.
pub fn storage_box(barcode: &str) -> Value {
    json!({ "barcode": barcode, "rows": 9, "columns": 9 })
}

/// Ten millilitres of blood, taken at Karolinska.
pub fn sample(pseudonym: &str, biobank: &str, barcode: &str) -> Value {
    json!({
        "barcode": barcode,
        "patient": pseudonym,
        "biobank": biobank,
        "collection_site": "KAR",
        "material": "WB_EDTA",
        "collected_at": "2026-02-19T08:30:00+01:00",
        "time_point": "SCREEN",
        "taken_for": "research",
        "amount": { "value": 10, "unit": "mL" },
    })
}

/// One aliquot of so many millilitres.
pub fn splitting(barcode: &str, millilitres: u8) -> Value {
    json!({ "aliquots": [{ "barcode": barcode, "amount": { "value": millilitres, "unit": "mL" } }] })
}

/// A position in a box.
pub fn placement(storage_box: &str, position: &str) -> Value {
    json!({ "box": storage_box, "position": position })
}
