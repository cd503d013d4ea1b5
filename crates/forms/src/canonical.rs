//! Canonical JSON: the one text of a value that is hashed and stored.
//!
//! Keys in code-point order, no white space, integral numbers as integers, other numbers in the shortest form that reads
//! back to the same double. The same content gives the same bytes on both engines and whatever client sent it.

use serde_json::{Number, Value};

/// The largest integer that no other integer is rounded to in a double: 2^53 − 1.
pub(crate) const LARGEST_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The canonical text of `value`.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number_text(number)),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            // Sorted here, not by the map: its order depends on a feature that any crate may switch on.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(key, text);
                text.push(':');
                write_value(member, text);
            }
            text.push('}');
        }
    }
}

fn write_string(string: &str, text: &mut String) {
    if string.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        text.push_str(&Value::from(string).to_string());
    } else {
        text.push('"');
        text.push_str(string);
        text.push('"');
    }
}

fn number_text(number: &Number) -> String {
    if !number.is_f64() {
        return number.to_string();
    }
    match number.as_f64() {
        Some(0.0) => "0".to_owned(),
        Some(double) if double.fract() == 0.0 && double.abs() <= LARGEST_INTEGER => format!("{double:.0}"),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_integral_doubles_become_integers() {
        let value: Value =
            serde_json::from_str(r#"{"å": 1.0, "a": [2.50, -0.0, 1e3], "Z": null, "b": "\u0041\n"}"#)
                .unwrap();
        assert_eq!(canonical(&value), "{\"Z\":null,\"a\":[2.5,0,1000],\"b\":\"A\\n\",\"å\":1}");
    }

    #[test]
    fn small_and_large_numbers_read_back() {
        assert_eq!(canonical(&json!(9_007_199_254_740_991_u64)), "9007199254740991");
        assert_eq!(canonical(&json!(-9_007_199_254_740_991_i64)), "-9007199254740991");
        assert_eq!(canonical(&json!(0.1)), "0.1");
        let tiny = canonical(&json!(1e-7));
        assert_eq!(tiny.parse::<f64>().unwrap().to_bits(), 1e-7_f64.to_bits());
    }

    proptest! {
        #[test]
        fn canonical_text_is_a_fixed_point(number in -1e12..1e12_f64, text in ".{0,12}", key in "[a-zåäö]{1,6}") {
            let value = json!({ key: [number, text] });
            let once = canonical(&value);
            let again: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(canonical(&again), once);
        }
    }
}
