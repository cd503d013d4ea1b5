//! Snapshots without what differs from run to run: ids, pseudonyms, instants, hashes.

use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// The value with everything issued by chance or the clock replaced by its kind.
pub fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => redacted_text(text).into(),
        Value::Array(items) => items.iter().map(redacted).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), redacted(member))).collect()
        }
        other => other.clone(),
    }
}

/// A text of several words is redacted word by word.
pub fn redacted_text(text: &str) -> String {
    text.split(' ').map(redacted_word).collect::<Vec<_>>().join(" ")
}

fn redacted_word(word: &str) -> String {
    if let Some((place, last)) = word.rsplit_once('/') {
        return format!("{place}/{}", redacted_word(last));
    }
    let kind = if word.parse::<Uuid>().is_ok() {
        "[id]"
    } else if word.parse::<Pseudonym>().is_ok() {
        "[pseudonym]"
    } else if word.parse::<Timestamp>().is_ok() {
        "[instant]"
    } else if word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "[hash]"
    } else {
        word
    };
    kind.to_owned()
}
