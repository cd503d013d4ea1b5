//! Disguises and hostile input.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Not a timing test: quadratic work on these inputs would take hours.
#[test]
fn hostile_input_is_read_in_linear_time() {
    let long = 1 << 18;
    for text in [
        "8".repeat(long),
        "1 ".repeat(long),
        "19850101-".repeat(long / 8),
        "@a".repeat(long),
        "0701".repeat(long),
        "08-123 ".repeat(long / 8),
        "+46 ".repeat(long / 4),
        "1\u{301}".repeat(long / 4),
        "٨".repeat(long / 4),
        "- ".repeat(long),
        "19850101T".repeat(long / 8),
        "+4600000000000000000".repeat(long / 16),
        "namn:".repeat(long / 4),
        "namn : ".repeat(long / 4),
        format!("namn{}:", " ".repeat(long)),
        format!("namn:{}", " ".repeat(long)),
    ] {
        for field in FIELDS {
            let _ = detect(&text, today(), field);
        }
    }
    assert_eq!(structured(&"8".repeat(long)), Verdict::Clean);
}

/// Ten or twelve digits with a correct check digit, born 1920 to 2025.
fn person_numbers() -> impl Strategy<Value = String> {
    (1920_u32..2026, 1_u32..13, 1_u32..29, prop::bool::ANY, 1_u32..1000, prop::bool::ANY).prop_map(
        |(year, month, day, coordination, serial, short)| {
            let day = if coordination { day + 60 } else { day };
            let stem = format!("{year:04}{month:02}{day:02}{serial:03}");
            let complete = (0..10)
                .map(|check| format!("{stem}{check}"))
                .find(|number| crate::code::luhn::is_valid_number(&number[2..]))
                .unwrap();
            if short { complete[2..].to_owned() } else { complete }
        },
    )
}

const SEPARATORS: [&str; 18] = [
    "-", "‐", "‑", "‒", "–", "—", "−", "+", " ", ".", "/", "_", "--", " - ", "\u{a0}", "\u{2009}", "－",
    "\u{202f}",
];
const INVISIBLE: [&str; 8] =
    ["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{200e}", "\u{fe0f}"];
const ZEROS: [char; 8] = ['0', '０', '٠', '۰', '०', '๐', '𝟎', '𞥐'];

/// Separators between year, month, day and serial, for each set bit.
fn separated(number: &str, separator: &str, places: [bool; 3]) -> String {
    let century = number.len() - 10;
    let mut text = String::new();
    for (index, digit) in number.chars().enumerate() {
        let place = [2, 4, 6].iter().position(|place| place + century == index);
        if place.is_some_and(|place| places[place]) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

fn with_digits_of(text: &str, zero: char) -> String {
    let shifted = |digit: u32| char::from_u32(u32::from(zero) + digit).unwrap();
    text.chars().map(|c| c.to_digit(10).map_or(c, shifted)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_disguise_gets_through(
        number in person_numbers(),
        separator in prop::sample::select(&SEPARATORS[..]),
        places in prop::array::uniform3(prop::bool::ANY),
        zero in prop::sample::select(&ZEROS[..]),
        invisible in prop::collection::vec((0_usize..40, prop::sample::select(&INVISIBLE[..])), 0..4),
        before in "(pnr: ?|\\(|Å|id=|x|[a-zåäö ,;]{0,12})",
        after in "(\\)|; |[a-zåäö ,;!]{0,12}| 3 mg)",
    ) {
        let plain = with_digits_of(&separated(&number, separator, places), zero);
        let mut characters: Vec<String> = plain.chars().map(String::from).collect();
        for (place, invisible) in invisible {
            let place = place % (characters.len() + 1);
            characters.insert(place, invisible.to_owned());
        }
        let text = format!("{before}{}{after}", characters.concat());
        for field in FIELDS {
            prop_assert!(matches!(detect(&text, today(), field), Verdict::Refused(_)), "{} {:?}", text, field);
        }
        let nested = json!({ "a": [1, [{ "b": text.clone() }]], "c": { text.clone(): true } });
        let hits = screened(&nested);
        prop_assert_eq!(hits.len(), 2);
        prop_assert_eq!((hits[0].pointer.as_str(), hits[1].pointer.as_str()), ("/a/1/0/b", "/c"));
    }

    #[test]
    fn a_number_grouped_at_will_is_found_alone(
        number in person_numbers(),
        separator in prop::sample::select(&SEPARATORS[..]),
        places in prop::collection::btree_set(1_usize..10, 1..10),
    ) {
        let mut text = String::new();
        for (index, digit) in number.chars().enumerate() {
            if places.contains(&index) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        prop_assume!(!text.starts_with("0."));
        for field in [FieldKind::Structured, FieldKind::FreeText] {
            prop_assert!(matches!(detect(&text, today(), field), Verdict::Refused(_)), "{}", text);
        }
    }

    #[test]
    fn as_a_json_number_it_is_found(number in person_numbers()) {
        let value: u64 = number.parse().unwrap();
        prop_assume!(value.to_string().len() == number.len() && !value.is_multiple_of(10_000));
        let content: Value = serde_json::from_str(&format!("[[{number}], [{number}.0], {{\"n\": -{number}}}]")).unwrap();
        prop_assert_eq!(screened(&content).len(), 3);
    }

    #[test]
    fn any_text_is_judged_without_panic(text in "\\PC{0,60}") {
        for field in FIELDS {
            let _ = detect(&text, today(), field);
        }
    }
}
