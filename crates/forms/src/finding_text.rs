//! What the schema has to say, in our words: keyword and limits of the schema, never the value.

use std::fmt::Display;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use jsonschema::JsonType;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::node::Node;

/// How many allowed values are listed.
const MOST_OPTIONS: usize = 30;

/// What is counted, in Swedish and English.
const CHARACTERS: (&str, &str) = ("tecken", "characters");
const ITEMS: (&str, &str) = ("poster", "items");

/// A required answer is neither given nor explained.
pub(crate) const REQUIRED: &str = "REQUIRED";
const FIELD_MISSING: &str = "SCHEMA-REQUIRED";
/// An answer does not go with the others.
pub(crate) const NOT_ALLOWED: &str = "SCHEMA-NOT-ALLOWED";
const PATTERN: &str = "SCHEMA-PATTERN";
const RANGE: &str = "SCHEMA-RANGE";
/// The content does not have the shape that the schema asks for.
pub(crate) const SHAPE: &str = "SCHEMA-RULE";

/// Whether a finding asks for an answer, or for its absence beside others: it may rest on an answer that is there but
/// could not be read.
pub fn is_about_gaps(finding: &Finding) -> bool {
    [REQUIRED, FIELD_MISSING, NOT_ALLOWED, SHAPE].contains(&finding.rule.as_str())
}

/// The rule id and text of an error of one keyword, in the words and the unit of its field.
pub(crate) fn describe_in(field: &Node, kind: &ValidationErrorKind) -> (&'static str, Text) {
    let description = Some(&field.description).filter(|text| !text.sv.is_empty() && !text.en.is_empty());
    match (describe(kind), description, field.unit.as_deref().and_then(unit_shown)) {
        ((PATTERN, _), Some(description), _) => (PATTERN, shape_text(description)),
        ((RANGE, Text { sv, en }), _, Some(unit)) => {
            (RANGE, Text::new(with_unit(&sv, &unit), with_unit(&en, &unit)))
        }
        (described, ..) => described,
    }
}

fn with_unit(text: &str, unit: &str) -> String {
    format!("{} {unit}.", text.trim_end_matches('.'))
}

/// A unit of UCUM as it is written in the ward; `None` of what is only counted.
fn unit_shown(ucum: &str) -> Option<String> {
    if ucum.contains('{') || ["1", "d"].contains(&ucum) {
        return None;
    }
    let micro = ["ukat", "umol", "ug"].iter().any(|unit| ucum.starts_with(unit));
    let shown = if micro {
        ucum.replacen('u', "µ", 1)
    } else {
        ucum.replace("10*9", "× 10⁹").replace("Cel", "°C")
    };
    Some(shown)
}

/// The rule id and text of an error of one keyword.
pub(crate) fn describe(kind: &ValidationErrorKind) -> (&'static str, Text) {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Type { kind } => ("SCHEMA-TYPE", type_text(kind)),
        Kind::Enum { options } => ("SCHEMA-ENUM", options_text(options)),
        Kind::Constant { expected_value } => ("SCHEMA-ENUM", options_text(expected_value)),
        Kind::Pattern { pattern } => (PATTERN, pattern_text(pattern)),
        Kind::Format { format } => ("SCHEMA-FORMAT", format_text(format)),
        Kind::Minimum { limit } => (RANGE, limit_text("minst", "at least", limit)),
        Kind::Maximum { limit } => (RANGE, limit_text("högst", "at most", limit)),
        Kind::ExclusiveMinimum { limit } => (RANGE, limit_text("mer än", "more than", limit)),
        Kind::ExclusiveMaximum { limit } => (RANGE, limit_text("mindre än", "less than", limit)),
        Kind::MultipleOf { multiple_of } => {
            (RANGE, limit_text("en multipel av", "a multiple of", multiple_of))
        }
        Kind::MinLength { limit } => ("SCHEMA-LENGTH", count_text("minst", "at least", *limit, CHARACTERS)),
        Kind::MaxLength { limit } => ("SCHEMA-LENGTH", count_text("högst", "at most", *limit, CHARACTERS)),
        Kind::MinItems { limit } => ("SCHEMA-LENGTH", count_text("minst", "at least", *limit, ITEMS)),
        Kind::MaxItems { limit } => ("SCHEMA-LENGTH", count_text("högst", "at most", *limit, ITEMS)),
        Kind::UniqueItems => ("SCHEMA-UNIQUE", unique_text()),
        Kind::Required { property } => (FIELD_MISSING, required_text(property)),
        Kind::FalseSchema | Kind::Not { .. } => (NOT_ALLOWED, not_allowed_text()),
        other => (SHAPE, keyword_text(other.keyword())),
    }
}

fn pattern_text(pattern: &str) -> Text {
    Text::new(format!("Följer inte mönstret {pattern}."), format!("Does not match the pattern {pattern}."))
}

/// What the field asks for, in the words of its form: a pattern is nothing to who fills it in.
fn shape_text(description: &Text) -> Text {
    Text::new(
        format!("Har inte den form som fältet ska ha. {}", description.sv),
        format!("Does not have the shape that the field asks for. {}", description.en),
    )
}

fn unique_text() -> Text {
    Text::new("Samma post står två gånger; ta bort en.", "The same item stands twice; remove one.")
}

fn required_text(property: &Value) -> Text {
    let name = property.as_str().unwrap_or_default();
    Text::new(format!("Fältet {name} saknas."), format!("The field {name} is missing."))
}

fn not_allowed_text() -> Text {
    Text::new(
        "Ska inte fyllas i med de andra svaren; ta bort värdet.",
        "Does not go with the other answers; remove it.",
    )
}

fn keyword_text(keyword: &str) -> Text {
    Text::new(
        format!("Uppfyller inte schemats krav {keyword}."),
        format!("Does not fulfil the schema keyword {keyword}."),
    )
}

/// The finding for a property that the schema does not know. It points to the object; the name is shown only when it
/// cannot carry a secret.
pub(crate) fn unknown_field(pointer: &str, name: &str) -> Finding {
    let shown = is_plain_name(name).then_some(name);
    Finding::error("SCHEMA-UNKNOWN-FIELD", pointer, unknown_text(shown))
}

fn unknown_text(name: Option<&str>) -> Text {
    match name {
        Some(name) => Text::new(
            format!("Fältet {name} finns inte i formuläret; ta bort det eller rätta namnet."),
            format!("The form has no field {name}; remove it or correct its name."),
        ),
        None => Text::new(
            "Ett fält finns inte i formuläret; ta bort det eller rätta namnet.",
            "The form does not have one of the fields; remove it or correct its name.",
        ),
    }
}

/// Whether a key looks like a field name and not like an identifier: `^[a-z][a-z0-9_]{0,40}$` with at most 3 digits.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 41
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(plain)
        && name.bytes().filter(u8::is_ascii_digit).count() <= 3
}

/// A pointer up to the first token that is neither an index nor a plain name.
pub(crate) fn plain_pointer(pointer: &str) -> String {
    let is_plain = |token: &&str| {
        is_plain_name(token)
            || (token.len() <= 5 && !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut plain = String::with_capacity(pointer.len());
    for token in crate::pointer::tokens(pointer).take_while(is_plain) {
        plain.push('/');
        plain.push_str(token);
    }
    plain
}

fn limit_text(sv: &str, en: &str, limit: &impl Display) -> Text {
    Text::new(format!("Ska vara {sv} {limit}."), format!("Must be {en} {limit}."))
}

fn count_text(sv: &str, en: &str, limit: u64, (things_sv, things_en): (&str, &str)) -> Text {
    Text::new(format!("Ska ha {sv} {limit} {things_sv}."), format!("Must have {en} {limit} {things_en}."))
}

fn options_text(options: &Value) -> Text {
    let single = std::slice::from_ref(options);
    let options = options.as_array().map_or(single, Vec::as_slice);
    let shown: Vec<String> = options
        .iter()
        .take(MOST_OPTIONS)
        .map(|option| option.as_str().map_or_else(|| option.to_string(), str::to_owned))
        .collect();
    let rest = if options.len() > MOST_OPTIONS { ", …" } else { "" };
    let list = shown.join(", ");
    Text::new(format!("Tillåtna värden: {list}{rest}."), format!("Allowed values: {list}{rest}."))
}

fn format_text(format: &str) -> Text {
    match format {
        "date" => Text::new("Ska vara ett datum ÅÅÅÅ-MM-DD.", "Must be a date YYYY-MM-DD."),
        "partial-date" => Text::new(
            "Ska vara ett datum ÅÅÅÅ-MM-DD, ÅÅÅÅ-MM eller ÅÅÅÅ.",
            "Must be a date YYYY-MM-DD, YYYY-MM or YYYY.",
        ),
        "date-time" => Text::new(
            "Ska vara datum och tid med tidszon, t.ex. 2026-01-15T08:30:00+01:00.",
            "Must be a date and time with offset, e.g. 2026-01-15T08:30:00+01:00.",
        ),
        other => Text::new(format!("Ska ha formatet {other}."), format!("Must have the format {other}.")),
    }
}

fn type_text(kind: &TypeKind) -> Text {
    let TypeKind::Single(kind) = kind else {
        return Text::new("Har fel typ.", "Has the wrong type.");
    };
    let (sv, en) = match kind {
        JsonType::Array => ("en lista", "a list"),
        JsonType::Boolean => ("true eller false", "true or false"),
        JsonType::Integer => ("ett heltal", "an integer"),
        JsonType::Null => ("null", "null"),
        JsonType::Number => ("ett tal", "a number"),
        JsonType::Object => ("ett objekt", "an object"),
        JsonType::String => ("en text", "a text"),
    };
    Text::new(format!("Ska vara {sv}."), format!("Must be {en}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_carry_an_identifier_are_not_shown() {
        for name in ["dose_car_total_e6", "icd10", "a"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in ["p198501012382", "Anna", "anna svensson", "", "x1234", "_a", &"a".repeat(42)] {
            assert!(!is_plain_name(name), "{name}");
        }
        assert!(!unknown_field("", "p198501012382").message.en.contains("1985"));
        assert_eq!(plain_pointer("/crs/12/850101-2382/x"), "/crs/12");
    }

    #[test]
    fn a_text_names_the_keyword_and_its_limit() {
        use ValidationErrorKind as Kind;
        let property = Value::from("weight_kg");
        for (kind, rule, sv) in [
            (Kind::Minimum { limit: Value::from(5) }, "SCHEMA-RANGE", "Ska vara minst 5."),
            (Kind::MaxLength { limit: 500 }, "SCHEMA-LENGTH", "Ska ha högst 500 tecken."),
            (Kind::MinItems { limit: 1 }, "SCHEMA-LENGTH", "Ska ha minst 1 poster."),
            (Kind::Pattern { pattern: "^a$".to_owned() }, "SCHEMA-PATTERN", "Följer inte mönstret ^a$."),
            (Kind::Required { property }, "SCHEMA-REQUIRED", "Fältet weight_kg saknas."),
            (Kind::Contains, "SCHEMA-RULE", "Uppfyller inte schemats krav contains."),
        ] {
            let (found, text) = describe(&kind);
            assert_eq!((found, text.sv.as_str()), (rule, sv));
        }
    }

    #[test]
    fn a_limit_has_the_unit_of_its_field() {
        let least = ValidationErrorKind::Minimum { limit: Value::from(20) };
        for (unit, sv) in [
            (Some("g/L"), "Ska vara minst 20 g/L."),
            (Some("10*9/L"), "Ska vara minst 20 × 10⁹/L."),
            (Some("ukat/L"), "Ska vara minst 20 µkat/L."),
            (Some("Cel"), "Ska vara minst 20 °C."),
            (Some("{score}"), "Ska vara minst 20."),
            (Some("d"), "Ska vara minst 20."),
            (None, "Ska vara minst 20."),
        ] {
            let field = Node { unit: unit.map(str::to_owned), ..Node::nothing() };
            let (rule, text) = describe_in(&field, &least);
            assert_eq!((rule, text.sv.as_str()), ("SCHEMA-RANGE", sv));
        }
    }

    #[test]
    fn a_field_is_told_of_in_its_own_words_and_not_by_its_pattern() {
        let pattern = ValidationErrorKind::Pattern { pattern: "^[a-z]{2,3}$".to_owned() };
        let description = Text::new("Till exempel sv.", "For example sv.");
        let field = Node { description, ..Node::nothing() };
        let (rule, text) = describe_in(&field, &pattern);
        assert_eq!(rule, "SCHEMA-PATTERN");
        assert_eq!(text.sv, "Har inte den form som fältet ska ha. Till exempel sv.");
        assert_eq!(text.en, "Does not have the shape that the field asks for. For example sv.");
        assert!(describe_in(&Node::nothing(), &pattern).1.en.contains("^[a-z]{2,3}$"));
        let shortest = ValidationErrorKind::MinLength { limit: 2 };
        assert_eq!(describe_in(&field, &shortest), describe(&shortest));
    }
}
