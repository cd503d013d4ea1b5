//! Reading JSON from outside: strict, bounded, and silent about what it read.

use std::cell::Cell;
use std::fmt;

use cartotek_domain::finding::Finding;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::canonical::LARGEST_INTEGER;
use crate::fault::{Fault, Position, finding};

/// How deep objects and lists may be nested.
const DEEPEST: usize = 32;
/// How many values (scalars, lists, objects) one content may have.
const MOST_NODES: usize = 10_000;

/// Reads one JSON value.
///
/// # Errors
/// One finding that names line and column, never the text: not UTF-8, broken syntax, duplicate key, NUL, nested deeper
/// than 32, more than 10 000 values, a number beyond 2^53.
pub fn parse_json(bytes: &[u8]) -> Result<Value, Finding> {
    read(bytes, Some)
}

/// Reads the JSON value of one line of a file whose reader knows which one it is.
///
/// # Errors
/// As [`parse_json`], but it names the column alone.
pub fn parse_json_line(bytes: &[u8]) -> Result<Value, Finding> {
    read(bytes, |_| None)
}

fn read(bytes: &[u8], told_line: fn(usize) -> Option<usize>) -> Result<Value, Finding> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        finding(
            "JSON-ENCODING",
            "Texten är inte UTF-8; spara den som UTF-8.",
            "The text is not UTF-8; save it as UTF-8.",
            None,
        )
    })?;
    let state = State { fault: Cell::new(None), nodes: Cell::new(0) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Strict { state: &state, depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        let position = Some(Position { line: told_line(error.line()), column: column(text, &error) });
        state.fault.get().map_or_else(
            || {
                finding(
                    "JSON-SYNTAX",
                    "Inte giltig JSON; rätta syntaxen.",
                    "Not valid JSON; correct the syntax.",
                    position,
                )
            },
            |fault| fault.finding(position),
        )
    })
}

/// The character at which reading ended, where the reader counts bytes.
fn column(text: &str, error: &serde_json::Error) -> usize {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    line.char_indices().take_while(|(start, _)| *start < error.column()).count()
}

/// Checks a value that was not read by [`parse_json`] (made from a table, say) against the same limits.
///
/// # Errors
/// One finding, as for [`parse_json`] but without a place.
pub fn check_shape(value: &Value) -> Result<(), Finding> {
    check_value(value, 1, &mut 0).map_err(|fault| fault.finding(None))
}

fn check_value(value: &Value, depth: usize, nodes: &mut usize) -> Result<(), Fault> {
    *nodes += 1;
    if *nodes > MOST_NODES {
        return Err(Fault::Nodes);
    }
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => check_number(number.as_f64()),
        Value::String(text) => check_text(text),
        Value::Array(_) | Value::Object(_) if depth > DEEPEST => Err(Fault::Depth),
        Value::Array(items) => items.iter().try_for_each(|item| check_value(item, depth + 1, nodes)),
        Value::Object(members) => members.iter().try_for_each(|(key, member)| {
            check_text(key)?;
            check_value(member, depth + 1, nodes)
        }),
    }
}

fn check_number(number: Option<f64>) -> Result<(), Fault> {
    match number {
        Some(double) if double.is_finite() && double.abs() <= LARGEST_INTEGER => Ok(()),
        _ => Err(Fault::Number),
    }
}

fn check_text(text: &str) -> Result<(), Fault> {
    if text.contains('\0') { Err(Fault::Nul) } else { Ok(()) }
}

struct State {
    fault: Cell<Option<Fault>>,
    nodes: Cell<usize>,
}

/// Reads one value below `depth` containers.
struct Strict<'s> {
    state: &'s State,
    depth: usize,
}

impl Strict<'_> {
    fn refuse<T, E: serde::de::Error>(&self, fault: Fault) -> Result<T, E> {
        self.state.fault.set(Some(fault));
        Err(E::custom("refused"))
    }

    fn keep<T, E: serde::de::Error>(&self, checked: Result<(), Fault>, value: T) -> Result<T, E> {
        match checked {
            Ok(()) => Ok(value),
            Err(fault) => self.refuse(fault),
        }
    }

    fn below<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth >= DEEPEST {
            return self.refuse(Fault::Depth);
        }
        Ok(Self { state: self.state, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        let nodes = self.state.nodes.get() + 1;
        self.state.nodes.set(nodes);
        if nodes > MOST_NODES {
            return self.refuse(Fault::Nodes);
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        let number = Number::from(number);
        self.keep(check_number(number.as_f64()), Value::Number(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        let number = Number::from(number);
        self.keep(check_number(number.as_f64()), Value::Number(number))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        self.keep(check_number(Some(number)), Value::from(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.keep(check_text(text), Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if object.contains_key(&key) {
                return self.refuse(Fault::DuplicateKey);
            }
            let key = self.keep(check_text(&key), key)?;
            let member = members.next_value_seed(self.below()?)?;
            object.insert(key, member);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(text: &str) -> String {
        parse_json(text.as_bytes()).unwrap_err().rule
    }

    #[test]
    fn each_refusal_has_its_own_rule() {
        assert_eq!(rule(r#"{"a": 1, "a": 2}"#), "JSON-DUPLICATE-KEY");
        assert_eq!(rule(r#"{"a": "x\u0000"}"#), "JSON-NUL");
        assert_eq!(rule(r#"{"a\u0000": 1}"#), "JSON-NUL");
        for number in ["9007199254740993", "9007199254740992.0", "-9007199254740992"] {
            assert_eq!(rule(&format!("[{number}]")), "JSON-NUMBER", "{number}");
        }
        assert!(parse_json(b"[9007199254740991, -9007199254740991, 0.1]").is_ok());
        assert_eq!(rule("[123456789012345678901234567890]"), "JSON-NUMBER");
        assert_eq!(rule("[-1e300]"), "JSON-NUMBER");
        assert_eq!(rule(&"[".repeat(10_000)), "JSON-DEPTH");
        assert_eq!(rule(&format!("[{}0]", "0,".repeat(10_000))), "JSON-SIZE");
        assert_eq!(rule(r#"{"a": 1} x"#), "JSON-SYNTAX");
        assert_eq!(rule(r#""\ud800""#), "JSON-SYNTAX");
        assert_eq!(parse_json(b"\"\xff\"").unwrap_err().rule, "JSON-ENCODING");
    }

    #[test]
    fn a_line_of_a_file_names_its_column_alone() {
        let text = br#"{"a": 1, "a": 2}"#;
        let [whole, line] = [parse_json(text), parse_json_line(text)].map(|read| read.unwrap_err().message);
        assert!(whole.en.starts_with("Line 1, column 12: An object has"), "{}", whole.en);
        assert!(line.sv.starts_with("Tecken 12: Samma"), "{}", line.sv);
        assert!(line.en.starts_with("Column 12: An object has"), "{}", line.en);
    }

    #[test]
    fn a_column_is_that_of_a_character() {
        for (text, column) in [("{\"å\": x}", 7), ("\n[\"åäö\", x]", 9), ("[x]", 2)] {
            let told = parse_json_line(text.as_bytes()).unwrap_err().message.en;
            assert!(told.starts_with(&format!("Column {column}: Not valid JSON")), "{text}: {told}");
        }
    }

    #[test]
    fn the_deepest_allowed_nesting_passes_both_ways() {
        let text = format!("{}{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
        let value = parse_json(text.as_bytes()).unwrap();
        assert_eq!(check_shape(&value), Ok(()));
        let deeper = json!([value]);
        assert_eq!(check_shape(&deeper).unwrap_err().rule, "JSON-DEPTH");
        assert_eq!(rule(&deeper.to_string()), "JSON-DEPTH");
    }

    #[test]
    fn nothing_of_the_text_is_repeated() {
        for text in [r#"{"SECRET": 1, "SECRET": 2}"#, r#"{"a": SECRET}"#, "[\"SECRET\\u0000\"]"] {
            let finding = parse_json(text.as_bytes()).unwrap_err();
            let shown = format!("{finding:?}");
            assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
