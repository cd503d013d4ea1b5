//! What a value should have been, in both languages.
//!
//! Whoever reads a value says in one string of serde what it expected. Our own readers put both languages into it, the
//! codes of the domain are known by their English wording, and what the libraries say stands in a table. All else is
//! not told: it may echo the client, and it would be English in a Swedish answer.

use std::str::FromStr;
use std::sync::LazyLock;

use cartotek_domain::code::InvalidCode;
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::code::organisation_number::OrganisationNumber;
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::pseudonym::InvalidPseudonym;
use cartotek_domain::text::Text;
use serde::de::Error;

/// Stands before what was expected in a message of serde.
const BEFORE: &str = ", expected ";

/// Stands between the languages of a message of ours.
const BETWEEN: char = '\u{1f}';

/// The error of a reader of ours: what it expected, to be read after "Expected:".
pub(crate) fn other_than<E: Error>(sv: &str, en: &str) -> E {
    E::custom(format_args!("invalid value{BEFORE}{en}{BETWEEN}{sv}"))
}

/// How a sentence about a value ends, by the message of its reader.
pub(crate) fn ending(message: &str) -> Text {
    if let Some(is) = CODES.iter().find(|code| code.en == message) {
        return Text::new(format!(": {}.", is.sv), format!(": {}.", is.en));
    }
    match expected(message) {
        Some(text) => Text::new(format!(". Förväntat: {}.", text.sv), format!(". Expected: {}.", text.en)),
        None => Text::new("; se API-beskrivningen.", "; see the API description."),
    }
}

/// The names that there are, when the message is about one that there is not.
pub(crate) fn known_names(message: &str) -> Option<String> {
    // With no name at all the rest is the client's.
    if message.ends_with(", there are no fields") {
        return None;
    }
    let (_, names) = message.rsplit_once(BEFORE)?;
    Some(names.trim_start_matches("one of ").replace("` or `", "`, `"))
}

/// What the codes say of themselves.
static CODES: LazyLock<Vec<Text>> = LazyLock::new(|| {
    [
        definition::<SiteCode>(),
        definition::<BiobankCode>(),
        definition::<Barcode>(),
        definition::<HsaId>(),
        definition::<OrganisationNumber>(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

fn definition<T: FromStr<Err = InvalidCode>>() -> Option<Text> {
    // No code is empty.
    "".parse::<T>().err().map(InvalidCode::text)
}

fn expected(message: &str) -> Option<Text> {
    if message.ends_with(", there are no fields") {
        return None;
    }
    match message.rsplit_once(BEFORE) {
        Some((_, wanted)) => by_visitor(wanted),
        None => by_parser(message).or_else(|| of_pseudonym(message)),
    }
}

/// The kinds of values, by what serde's visitors call them.
static KINDS: [(&[&str], &str, &str); 7] = [
    // An enum is a text; by itself serde would take it as an object too.
    (&["a string", "string or map", "map with a single key", "unit"], "en text", "a string"),
    (&["a boolean"], "true eller false", "true or false"),
    (&["f64"], "ett tal", "a number"),
    (
        &["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"],
        "ett heltal inom gränserna i API-beskrivningen",
        "a whole number within the limits of the API description",
    ),
    (&["a sequence"], "en lista (JSON-array)", "an array"),
    (&["an object", "a map"], "ett objekt", "an object"),
    (&["a formatted UUID string", "a 16 byte array"], "en UUID", "a UUID"),
];

fn by_visitor(wanted: &str) -> Option<Text> {
    if let Some((en, sv)) = wanted.split_once(BETWEEN) {
        return Some(Text::new(sv, en));
    }
    // The names of an enum.
    if wanted.starts_with('`') || wanted.starts_with("one of `") {
        return Some(Text::new(
            wanted.replace("one of `", "ett av `").replace("` or `", "` eller `"),
            wanted,
        ));
    }
    let wanted = if wanted.starts_with("struct ") { "an object" } else { wanted };
    let kind = KINDS.iter().find(|(names, _, _)| names.contains(&wanted));
    kind.map(|(_, sv, en)| Text::new(*sv, *en))
}

/// What is read from the text of a query. None of its numbers is negative.
fn by_parser(message: &str) -> Option<Text> {
    let (sv, en) = match message {
        "provided string was not `true` or `false`" => ("true eller false", "true or false"),
        "invalid digit found in string"
        | "cannot parse integer from empty string"
        | "number too small to fit in target type" => {
            ("ett heltal som inte är negativt", "a whole number that is not negative")
        }
        "number too large to fit in target type" => ("ett mindre tal", "a smaller number"),
        // It ends in the character that was found.
        _ if message.starts_with("UUID parsing failed") => ("en UUID", "a UUID"),
        _ => return None,
    };
    Some(Text::new(sv, en))
}

fn of_pseudonym(message: &str) -> Option<Text> {
    let is = |reason: InvalidPseudonym| message == reason.to_string();
    if is(InvalidPseudonym::Shape) {
        return Some(Text::new(
            "CT- och tio tecken, minst ett av de nio första en bokstav",
            "CT- and ten characters, at least one of the first nine a letter",
        ));
    }
    is(InvalidPseudonym::CheckCharacter).then(|| {
        Text::new(
            "en pseudonym utan skrivfel (kontrolltecknet stämmer inte); jämför med källan",
            "a pseudonym without typing errors (the check character is wrong); compare it with the source",
        )
    })
}

#[cfg(test)]
mod tests {
    use cartotek_domain::id::CourseId;
    use cartotek_domain::pseudonym::Pseudonym;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;
    use crate::http::strict::Strict;
    use crate::http::time::{Day, Instant};
    use crate::http::words::Words;

    fn refused<T: DeserializeOwned>(value: Value) -> Text {
        let read: Result<T, _> = serde::Deserialize::deserialize(Strict(value));
        ending(&read.err().unwrap().to_string())
    }

    #[test]
    fn every_reader_of_ours_says_it_in_both_languages() {
        let texts = [
            (refused::<Day>(json!("x")), "en dag mellan", "a day between"),
            (refused::<Instant>(json!("x")), "en tidpunkt mellan", "an instant between"),
            (refused::<Words<40>>(json!(" ")), "en text på 1–40 tecken", "a text of 1 to 40 characters"),
            (refused::<SiteCode>(json!("x")), "en sjukhuskod är", "a site code is"),
            (refused::<BiobankCode>(json!("x")), "en biobankskod är", "a biobank code is"),
            (refused::<Barcode>(json!("x")), "en streckkod är", "a barcode is"),
            (refused::<HsaId>(json!("x")), "HSA-id skrivs", "an HSA-id is"),
            (refused::<Pseudonym>(json!("x")), "CT- och tio tecken", "CT- and ten characters"),
            (refused::<Pseudonym>(json!("CT-ABCDEFGHJ0")), "utan skrivfel", "without typing errors"),
            (refused::<CourseId>(json!("x")), "en UUID", "a UUID"),
            (refused::<CourseId>(json!("0-0-0-0-0")), "en UUID", "a UUID"),
        ];
        for (text, sv, en) in texts {
            assert!(text.sv.contains(sv) && text.en.contains(en), "{text:?}");
        }
    }

    #[test]
    fn every_kind_of_value_has_both_languages() {
        let texts = [
            (refused::<String>(json!(1)), "en text", "a string"),
            (refused::<SiteCode>(json!(1)), "en text", "a string"),
            (refused::<CourseId>(json!(1)), "en UUID", "a UUID"),
            (refused::<bool>(json!("x")), "true eller false", "true or false"),
            (refused::<f64>(json!("x")), "ett tal", "a number"),
            (refused::<i16>(json!(70_000)), "ett heltal inom gränserna", "a whole number within the limits"),
            (refused::<u32>(json!(-1)), "ett heltal inom gränserna", "a whole number within the limits"),
            (refused::<Vec<u32>>(json!({})), "en lista", "an array"),
        ];
        for (text, sv, en) in texts {
            assert!(text.sv.contains(sv) && text.en.contains(en), "{text:?}");
        }
    }

    #[test]
    fn what_nobody_translated_is_not_told() {
        for message in ["invalid length 3, expected fewer elements in array", "no rule is known", ""] {
            assert_eq!(ending(message).sv, "; se API-beskrivningen.", "{message}");
        }
    }
}
