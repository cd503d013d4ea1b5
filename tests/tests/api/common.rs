//! What several tests do on the way to their point.

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_tests::redaction::redacted;
use cartotek_tests::{TestApp, body};
use serde_json::Value;

/// Enrols a patient at the site; returns the pseudonym.
pub(crate) async fn enrolled(app: &TestApp, site: &str) -> String {
    let answer = app.data_manager(site).post("/api/v1/patients").json(&body::enrolment(site)).send().await;
    answer.expect(201).json["pseudonym"].as_str().unwrap().to_owned()
}

/// The one event, which must be a refusal of that code.
#[track_caller]
pub(crate) fn assert_refusal(events: &[AuditEvent], status: u16, code: &str, context: &str) {
    let [event] = events else { panic!("{context}: {} events instead of one", events.len()) };
    assert_eq!(event.outcome, Outcome::Refused, "{context}");
    assert_eq!((event.http_status, event.code.as_deref()), (status, Some(code)), "{context}");
    assert!(event.actor.is_some(), "{context}");
}

/// Every pointer to a value in `value`, the whole first.
pub(crate) fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let below = |key: String, member: &Value, found: &mut Vec<String>| {
        let key = key.replace('~', "~0").replace('/', "~1");
        found.extend(pointers(member).into_iter().map(|rest| format!("/{key}{rest}")));
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| below(index.to_string(), item, &mut found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| below(key.clone(), member, &mut found));
        }
        _ => {}
    }
    found
}

/// The value with another one in one place.
pub(crate) fn with(value: &Value, pointer: &str, other: impl Into<Value>) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(pointer).unwrap() = other.into();
    value
}

/// The value without the members that are an id or a pseudonym.
pub(crate) fn without_names(value: &Value) -> Value {
    let is_name = |value: &Value| ["[id]", "[pseudonym]"].iter().any(|kind| redacted(value) == *kind);
    match value {
        Value::Array(items) => items.iter().map(without_names).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !is_name(member));
            kept.map(|(name, member)| (name.clone(), without_names(member))).collect()
        }
        other => other.clone(),
    }
}
