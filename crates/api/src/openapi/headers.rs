//! Describes the headers of answers.

use serde_json::{Map, Value, json};

/// The operations that answer with the version of what they show.
const VERSIONED: [&str; 10] = [
    "add_participation",
    "end_participation",
    "open_course",
    "read_course",
    "close_course",
    "create_record",
    "read_record",
    "replace_draft",
    "submit",
    "amend",
];

/// The operations that answer with the place of what they created.
const LOCATED: [&str; 10] = [
    "create_site",
    "create_biobank",
    "create_actor",
    "enrol",
    "open_course",
    "create_record",
    "run_import",
    "register_sample",
    "create_storage_unit",
    "create_box",
];

/// Adds to every answer of an operation the headers it may have.
pub(super) fn describe(operation: &mut Map<String, Value>, writes: bool, open: bool) {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        let headers = of(&id, status, writes, open);
        if let Some(response) = response.as_object_mut() {
            response.insert("headers".to_owned(), headers);
        }
    }
}

fn of(id: &str, status: &str, writes: bool, open: bool) -> Value {
    let mut headers = Map::new();
    let mut add = |name: &str, description: &str, example: &str| {
        let header =
            json!({ "description": description, "schema": { "type": "string" }, "example": example });
        headers.insert(name.to_owned(), header);
    };
    let request = "01980000-0000-7000-8000-000000000000";
    add("X-Request-Id", "Names the request in the server's log.", request);
    if matches!(status, "429" | "503") {
        add("Retry-After", "Seconds after which to try again.", "1");
    }
    if status.starts_with('2') && !open {
        let receipt = format!("{request} {}", "0".repeat(64));
        add(
            "Cartotek-Receipt",
            "Event and leaf hash, on every change and every read of a patient.",
            &receipt,
        );
        if writes {
            add("Idempotency-Replayed", "On the stored answer of an earlier, equal request.", "true");
        }
        if VERSIONED.contains(&id) {
            add("ETag", "The version of what is shown, to be sent back in `If-Match`.", "\"1\"");
        }
        if LOCATED.contains(&id) {
            add("Location", "The path of what was created.", "/api/v1/…");
        }
    }
    headers.into()
}
