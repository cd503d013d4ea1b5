//! What a value should have been, from the messages of serde: only what stands behind their last "expected" is ours,
//! all before it may echo the client.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

/// What was expected, when the message says it in our words.
pub(crate) fn expected(message: &str) -> Option<Text> {
    if message.ends_with(", there are no fields") {
        return None;
    }
    let ours = message.rsplit_once(", expected ").or_else(|| message.rsplit_once(": expected "));
    // A UUID's message ends in the character that was found.
    let ours = ours.map(|(_, ours)| ours.split(", found ").next().unwrap_or_default());
    let of_kind =
        |(kind, sv, en): &(&str, &'static str, &'static str)| message.contains(kind).then_some((*sv, *en));
    match ours {
        Some(ours) => Some(Text::new(ours, ours)),
        None => KINDS.iter().find_map(of_kind).map(|(sv, en)| Text::new(sv, en)),
    }
}

/// What the readers of single values say, and what they read.
const KINDS: [(&str, &str, &str); 5] = [
    ("`true` or `false`", "true eller false", "true or false"),
    ("integer", "ett heltal", "a whole number"),
    ("digit", "ett heltal", "a whole number"),
    ("number too", "ett mindre tal", "a smaller number"),
    ("UUID", "en UUID", "a UUID"),
];

/// The finding about a value in a body.
pub(crate) fn finding(pointer: String, message: &str) -> Finding {
    if let Some(field) = message.strip_prefix("missing field ") {
        let text = Text::new(format!("Fältet {field} saknas."), format!("The field {field} is missing."));
        return Finding::error("API-MISSING-FIELD", pointer, text);
    }
    if message.starts_with("unknown field") {
        // The last part of the pointer is the client's own word.
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let (sv, en) = ("Här finns ett fält som inte är känt.", "There is a field here that is not known.");
        let text = match expected(message) {
            Some(known) => Text::new(
                format!("{sv} Kända fält: {}.", known.sv),
                format!("{en} Known fields: {}.", known.en),
            ),
            None => Text::new(sv, en),
        };
        return Finding::error("API-UNKNOWN-FIELD", parent, text);
    }
    let text = match expected(message) {
        Some(expected) => Text::new(
            format!("Värdet har inte rätt form. Väntat: {}.", expected.sv),
            format!("The value has not the right shape. Expected: {}.", expected.en),
        ),
        None => Text::new(
            "Värdet har inte rätt form; se API-beskrivningen.",
            "The value has not the right shape; see the API description.",
        ),
    };
    Finding::error("API-SHAPE", pointer, text)
}

/// The finding about the query, which has the parameter `name` when it is one of the operation's own.
pub(crate) fn parameter_finding(name: Option<&str>, message: &str) -> Finding {
    let (sv, en) = if let Some(missing) = message.strip_prefix("missing field ") {
        (format!("Parametern {missing} saknas."), format!("The parameter {missing} is missing."))
    } else if let Some(repeated) = message.strip_prefix("duplicate field ") {
        (format!("Ange parametern {repeated} en gång."), format!("Give the parameter {repeated} once."))
    } else if message.starts_with("unknown field") {
        match expected(message) {
            Some(known) => {
                (format!("Kända parametrar: {}.", known.sv), format!("Known parameters: {}.", known.en))
            }
            None => ("Här finns inga parametrar.".to_owned(), "There are no parameters here.".to_owned()),
        }
    } else {
        let name = name.unwrap_or_default();
        match expected(message) {
            Some(expected) => (
                format!("Parametern `{name}` har inte rätt form. Väntat: {}.", expected.sv),
                format!("The parameter `{name}` has not the right shape. Expected: {}.", expected.en),
            ),
            None => (
                format!("Parametern `{name}` har inte rätt form; se API-beskrivningen."),
                format!("The parameter `{name}` has not the right shape; see the API description."),
            ),
        }
    };
    Finding::error("API-PARAMETER", "", Text::new(sv, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(message: &str) -> String {
        let body = finding("/a/b".to_owned(), message);
        let query = parameter_finding(Some("limit"), message);
        assert_ne!(query.message.sv, query.message.en, "{message}");
        format!("{body:?} {query:?}")
    }

    #[test]
    fn what_the_client_wrote_is_never_told() {
        for message in [
            r#"invalid type: string "secret, expected secret", expected a boolean"#,
            r#"invalid type: string "secret: expected secret", expected a boolean"#,
            "unknown variant `secret, expected secret`, expected `draft` or `submitted`",
            "unknown field `secret, expected secret`, expected `limit` or `cursor`",
            "unknown field `secret, expected secret`, there are no fields",
            "unknown field `secret`, there are no fields",
            "UUID parsing failed: invalid character: expected an optional prefix of `urn:uuid:`, found `secret` at 1",
        ] {
            assert!(!told(message).contains("secret"), "{message}: {}", told(message));
        }
    }

    #[test]
    fn what_was_expected_is_told() {
        for (message, expected) in [
            (r#"invalid type: string "x", expected a boolean"#, "Expected: a boolean."),
            ("invalid digit found in string", "Expected: a whole number."),
            ("provided string was not `true` or `false`", "Expected: true or false."),
            ("missing field `form`", "The parameter `form` is missing."),
            ("unknown field `x`, expected `limit` or `cursor`", "Known parameters: `limit` or `cursor`."),
        ] {
            assert!(told(message).contains(expected), "{message}: {}", told(message));
        }
    }
}
