//! What is told of a value that has not the right shape, from the messages of serde: nothing that may echo the client.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

use crate::http::bounds::Bounds;
use crate::http::expected::{ending, known_names};

/// The finding about a value in a body.
pub(crate) fn finding(pointer: String, message: &str) -> Finding {
    if let Some(field) = message.strip_prefix("missing field ") {
        let text = Text::new(
            format!("Fältet {field} saknas; lägg till det."),
            format!("The field {field} is missing; add it."),
        );
        return Finding::error("API-MISSING-FIELD", pointer, text);
    }
    if message.starts_with("unknown field") {
        // The last part of the pointer is the client's own word.
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        return Finding::error("API-UNKNOWN-FIELD", parent, unknown_field(message));
    }
    let Text { sv, en } = ending(message);
    let text =
        Text::new(format!("Värdet har fel format{sv}"), format!("The value has not the right shape{en}"));
    Finding::error("API-SHAPE", pointer, text)
}

fn unknown_field(message: &str) -> Text {
    let sv = "Här finns ett okänt fält; rätta namnet eller ta bort det.";
    let en = "There is a field here that is not known; correct its name or remove it.";
    match known_names(message) {
        Some(names) => {
            Text::new(format!("{sv} Kända fält: {names}."), format!("{en} Known fields: {names}."))
        }
        None => Text::new(sv, en),
    }
}

/// The finding about the query, which has the parameter `name` when it is one of the operation's own.
pub(crate) fn parameter_finding(name: Option<&str>, message: &str) -> Finding {
    let (sv, en) = if let Some(missing) = message.strip_prefix("missing field ") {
        (
            format!("Parametern {missing} saknas; ange den."),
            format!("The parameter {missing} is missing; give it."),
        )
    } else if let Some(repeated) = message.strip_prefix("duplicate field ") {
        (format!("Ange parametern {repeated} en gång."), format!("Give the parameter {repeated} once."))
    } else if message.starts_with("unknown field") {
        unknown_parameter(message)
    } else if let Some(bounds) = name.filter(|_| message.starts_with("number too")).and_then(Bounds::of) {
        let Text { sv, en } = bounds.text();
        (sv, en)
    } else {
        let (name, Text { sv, en }) = (name.unwrap_or_default(), ending(message));
        (
            format!("Parametern `{name}` har fel format{sv}"),
            format!("The parameter `{name}` has not the right shape{en}"),
        )
    };
    Finding::error("API-PARAMETER", "", Text::new(sv, en))
}

fn unknown_parameter(message: &str) -> (String, String) {
    match known_names(message) {
        Some(names) => (format!("Kända parametrar: {names}."), format!("Known parameters: {names}.")),
        None => (
            "Här finns inga parametrar; ta bort dem.".to_owned(),
            "There are no parameters here; remove them.".to_owned(),
        ),
    }
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
            "invalid type: string \"secret, expected secret\u{1f}secret\", expected a boolean",
            "invalid type: string \"secret, expected `secret`\", expected what nobody has translated",
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
            ("number too large to fit in target type", "limit must be 1 to 500."),
            (r#"invalid type: string "x", expected a boolean"#, "Expected: true or false."),
            (r#"invalid type: string "x", expected a boolean"#, "Förväntat: true eller false."),
            ("invalid digit found in string", "Expected: a whole number that is not negative."),
            ("provided string was not `true` or `false`", "Expected: true or false."),
            ("missing field `form`", "The parameter `form` is missing; give it."),
            ("unknown field `x`, expected `limit` or `cursor`", "Known parameters: `limit`, `cursor`."),
            ("unknown field `x`, expected one of `a`, `b`, `c`", "Kända fält: `a`, `b`, `c`."),
            ("unknown variant `x`, expected one of `a`, `b`, `c`", "Förväntat: ett av `a`, `b`, `c`."),
            ("unknown variant `x`, expected `a` or `b`", "Förväntat: `a` eller `b`."),
        ] {
            assert!(told(message).contains(expected), "{message}: {}", told(message));
        }
    }
}
