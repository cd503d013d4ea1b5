//! A row of NDJSON: `{"patient": "CT-…", "course": 1, "form": "…", "content": {…}, "acknowledgements": […]}`.

use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::{self, FieldKind};
use cartotek_domain::record::Acknowledgement;
use cartotek_domain::text::Text;
use cartotek_forms::parse_json_line;
use serde_json::{Map, Value};

use crate::import::cells::{read_course, read_form, read_patient};
use crate::import::header::{ERRORS, STATUS};
use crate::import::layout::FORM;
use crate::import::prepare::{PreparedRow, Reasons, Shared};
use crate::import::read::Row;
use crate::record::submit::long_reasons;

const CONTENT: &str = "content";
const ACKNOWLEDGEMENTS: &str = "acknowledgements";

/// Reads one line and gives its content.
pub(super) fn read(shared: &Shared, row: &Row, prepared: &mut PreparedRow) -> Option<Value> {
    let mut members = match parse_json_line(shared.file.at(&row.span)) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return refuse(prepared, shape("", "ett objekt", "an object")),
        Err(fault) => return refuse(prepared, fault),
    };
    // What an earlier returned file says is not looked at, so it is not given back either.
    for name in [STATUS, ERRORS] {
        prepared.was_returned |= members.remove(name).is_some();
    }
    let content = take_content(&mut members, prepared);
    if screen(shared, &members, prepared) {
        return None;
    }
    read_form(shared, members.get(FORM).map(|form| form.as_str().unwrap_or_default()), prepared);
    for (name, value) in members {
        match (name.as_str(), value) {
            (FORM, _) => {}
            ("patient", Value::String(patient)) => read_patient(&shared.service, &patient, prepared),
            ("course", Value::String(course)) => read_course(&shared.service, &course, prepared),
            ("course", Value::Number(number)) => {
                read_course(&shared.service, &number.to_string(), prepared);
            }
            ("course", Value::Null) | (CONTENT, _) => {}
            (ACKNOWLEDGEMENTS, value) => read_acknowledgements(value, prepared),
            ("patient", _) => prepared.fault(None, shape("/patient", "en text", "a text")),
            ("course", _) => {
                prepared.fault(None, shape("/course", "ett tal eller en text", "a number or a text"));
            }
            _ => prepared.fault(None, unknown_member()),
        }
    }
    if prepared.patient.is_none() && prepared.faults.iter().all(|one| one.finding.pointer != "/patient") {
        read_patient(&shared.service, "", prepared);
    }
    if prepared.form.is_some() {
        return content;
    }
    // Without a form nobody knows how strictly the content is to be screened.
    if let Some(content) = content {
        screen_strictly(shared, &content, prepared);
    }
    None
}

/// The content, which the form will screen, whose fields it knows. One that is no object is left to be screened with the
/// rest of the line.
fn take_content(members: &mut Map<String, Value>, prepared: &mut PreparedRow) -> Option<Value> {
    if let Some(Value::Object(_)) = members.get(CONTENT) {
        return members.remove(CONTENT);
    }
    prepared.fault(None, shape("/content", "ett objekt", "an object"));
    None
}

/// A line that cannot be read is not given back: nobody knows what stands in it.
fn refuse(prepared: &mut PreparedRow, fault: Finding) -> Option<Value> {
    prepared.withheld = true;
    prepared.fault(None, fault);
    None
}

/// Whether the guard refuses something beside the content.
fn screen(shared: &Shared, members: &Map<String, Value>, prepared: &mut PreparedRow) -> bool {
    screen_strictly(shared, &Value::Object(members.clone()), prepared);
    prepared.withheld
}

fn screen_strictly(shared: &Shared, value: &Value, prepared: &mut PreparedRow) {
    let kind = |pointer: &str| {
        if pointer.ends_with("/reason") { FieldKind::FreeText } else { FieldKind::Structured }
    };
    let hits = identifier::screen(value, shared.service.today(), &kind);
    for hit in hits.iter().filter(|hit| hit.refused) {
        prepared.fault(None, identifier::finding(hit));
    }
}

fn read_acknowledgements(value: Value, prepared: &mut PreparedRow) {
    match serde_json::from_value::<Vec<Acknowledgement>>(value) {
        Ok(listed) => {
            for finding in long_reasons(&listed) {
                prepared.fault(None, finding);
            }
            prepared.reasons = Reasons::Each(listed);
        }
        Err(_) => prepared.fault(
            None,
            shape(
                "/acknowledgements",
                "en lista av {rule, pointer, reason}",
                "a list of {rule, pointer, reason}",
            ),
        ),
    }
}

fn shape(pointer: &str, sv: &str, en: &str) -> Finding {
    let text = Text::new(format!("Ska vara {sv}."), format!("Must be {en}."));
    Finding::error("API-SHAPE", pointer, text)
}

fn unknown_member() -> Finding {
    let text = Text::new(
        "Raden har ett fält som inte är känt. Kända fält: patient, course, form, content, acknowledgements.",
        "The line has a field that is not known. Known fields: patient, course, form, content, acknowledgements.",
    );
    Finding::error("API-UNKNOWN-FIELD", "", text)
}
