//! Describes the headers of answers.

use serde_json::{Map, Value, json};

/// The operations that answer with the version of what they show.
const VERSIONED: [&str; 29] = [
    "add_participation",
    "end_participation",
    "open_course",
    "read_course",
    "correct_course",
    "close_course",
    "reopen_course",
    "create_record",
    "read_record",
    "replace_draft",
    "submit",
    "amend",
    "annul",
    "open_clarification",
    "read_clarification",
    "answer_clarification",
    "close_clarification",
    "reopen_clarification",
    "assign_clarification",
    "register_sample",
    "read_sample",
    "read_aliquot",
    "scan",
    "place_sample",
    "place_aliquot",
    "take_out_sample",
    "take_out_aliquot",
    "read_import_mapping",
    "save_import_mapping",
];

/// The operations that answer with the place of what they created.
const LOCATED: [&str; 12] = [
    "create_site",
    "create_biobank",
    "create_actor",
    "enrol",
    "open_course",
    "create_record",
    "open_clarification",
    "create_lock",
    "run_import",
    "register_sample",
    "create_storage_unit",
    "create_box",
];

/// The headers that answers may have: name, what it says, an example.
const HEADERS: [(&str, &str, &str); 6] = [
    ("X-Request-Id", "Names the request in the server's log.", "01980000-0000-7000-8000-000000000000"),
    ("Retry-After", "Seconds after which to try again.", "1"),
    (
        "Cartotek-Receipt",
        "Event and leaf hash, on every change and every read of a patient.",
        "01980000-0000-7000-8000-000000000000 0000000000000000000000000000000000000000000000000000000000000000",
    ),
    ("Idempotency-Replayed", "On the stored answer of an earlier, equal request.", "true"),
    ("ETag", "The version of what is shown, to be sent back in `If-Match`.", "\"1\""),
    ("Location", "The path of what was created.", "/api/v1/…"),
];

/// The headers, by name, for the components of the document.
pub(super) fn components() -> Value {
    let described = HEADERS.map(|(name, description, example)| {
        let header =
            json!({ "description": description, "schema": { "type": "string" }, "example": example });
        (name.to_owned(), header)
    });
    described.into_iter().collect::<Map<_, _>>().into()
}

/// Adds to every answer of an operation the headers it may have.
pub(super) fn describe(operation: &mut Map<String, Value>, writes: bool, open: bool) {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        let headers = of(&id, status, writes, open).into_iter();
        let references =
            headers.map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })));
        if let Some(response) = response.as_object_mut() {
            response.insert("headers".to_owned(), references.collect::<Map<_, _>>().into());
        }
    }
}

fn of(id: &str, status: &str, writes: bool, open: bool) -> Vec<&'static str> {
    let mut headers = vec!["X-Request-Id"];
    if matches!(status, "429" | "503") {
        headers.push("Retry-After");
    }
    if status.starts_with('2') && !open {
        headers.push("Cartotek-Receipt");
        if writes {
            headers.push("Idempotency-Replayed");
        }
        if VERSIONED.contains(&id) {
            headers.push("ETag");
        }
        if LOCATED.contains(&id) {
            headers.push("Location");
        }
    }
    headers
}
