//! What a dry run may tell: everything but names.
//!
//! Most of what it would name was never kept. And what is there already must not be named either: with a linkage
//! value, the pseudonym of a patient whom another site enrolled would tell that the value is known.

use cartotek_domain::pseudonym::Pseudonym;
use serde_json::Value;
use uuid::Uuid;

/// The member that names a token by something other than a UUID.
pub(crate) const PUBLIC_ID: &str = "public_id";

/// The answer without the members and items that are an id or a pseudonym.
pub(crate) fn nameless(answer: Value) -> Value {
    match answer {
        Value::Array(items) => items.into_iter().filter(|item| !names(item)).map(nameless).collect(),
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, member)| name != PUBLIC_ID && !names(member))
            .map(|(name, member)| (name, nameless(member)))
            .collect(),
        other => other,
    }
}

fn names(value: &Value) -> bool {
    let is_name =
        |text: &str| (text.len() == 36 && text.parse::<Uuid>().is_ok()) || text.parse::<Pseudonym>().is_ok();
    value.as_str().is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_go_and_all_else_stays() {
        let id = "01980000-0000-7000-8000-000000000000";
        let pseudonym = Pseudonym::from_random([10; 9]).unwrap().to_string();
        let hash = "0".repeat(64);
        let answer = json!({
            "id": id, "public_id": "4f0", "patient": pseudonym, "site": "KAR", "sha256": hash,
            "inner": [{ "id": id, "version": 1 }, id, "A1"], "none": null,
        });
        let expected =
            json!({ "site": "KAR", "sha256": hash, "inner": [{ "version": 1 }, "A1"], "none": null });
        assert_eq!(nameless(answer), expected);
    }
}
