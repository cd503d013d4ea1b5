//! Walks a JSON value: every string, key and number, at any depth.

use chrono::NaiveDate;
use serde_json::{Number, Value};

use super::{FieldKind, IdentifierKind, Verdict, detect, fold, number};
use crate::finding::Finding;
use crate::text::Text;

/// Where something like an identifier stands; never what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// RFC 6901 pointer to the value. For a key, and for everything below a refused key, the pointer of the object
    /// that holds the key, since the key itself must not be repeated.
    pub pointer: String,
    /// What it looks like.
    pub kind: IdentifierKind,
    /// Whether it is refused; a label that only looks like an identifier is not.
    pub refused: bool,
    /// Whether it is a key of the object rather than a value.
    pub in_key: bool,
}

/// All hits in a JSON value. `kind_of` gives the kind of the field at a pointer; it is asked only about strings and
/// numbers worth a look, so ordinary content costs one pass over its bytes.
pub fn screen(value: &Value, today: NaiveDate, kind_of: &dyn Fn(&str) -> FieldKind) -> Vec<Hit> {
    let mut walk = Walk { today, kind_of, path: Vec::new(), withheld: false, hits: Vec::new() };
    walk.visit(value);
    walk.hits
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

struct Walk<'a> {
    today: NaiveDate,
    kind_of: &'a dyn Fn(&str) -> FieldKind,
    path: Vec<Step<'a>>,
    /// Below a refused key, whose path must not grow.
    withheld: bool,
    hits: Vec<Hit>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, value: &'a Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if let Some(digits) = suspicious_digits(number) {
                    let pointer = self.pointer();
                    let verdict = number::scan(digits.as_bytes(), self.today, self.kind_at(&pointer));
                    self.note(pointer, verdict, false);
                }
            }
            Value::String(text) => {
                if fold::worth_a_look(text) {
                    let pointer = self.pointer();
                    let verdict = detect(text, self.today, self.kind_at(&pointer));
                    self.note(pointer, verdict, false);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.descend(Step::Index(index), item);
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    let verdict = detect(key, self.today, FieldKind::Structured);
                    let was_withheld = self.withheld;
                    if verdict != Verdict::Clean {
                        self.note(self.pointer(), verdict, true);
                        self.withheld = true;
                    }
                    self.descend(Step::Key(key), member);
                    self.withheld = was_withheld;
                }
            }
        }
    }

    fn descend(&mut self, step: Step<'a>, value: &'a Value) {
        if self.withheld {
            self.visit(value);
        } else {
            self.path.push(step);
            self.visit(value);
            self.path.pop();
        }
    }

    /// Nothing is known about fields below a refused key: they are judged as strictly as any.
    fn kind_at(&self, pointer: &str) -> FieldKind {
        if self.withheld { FieldKind::Structured } else { (self.kind_of)(pointer) }
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    fn note(&mut self, pointer: String, verdict: Verdict, in_key: bool) {
        let (kind, refused) = match verdict {
            Verdict::Clean => return,
            Verdict::Suspicious(kind) => (kind, false),
            Verdict::Refused(kind) => (kind, true),
        };
        self.hits.push(Hit { pointer, kind, refused, in_key });
    }
}

/// The digits of a number that may be a person number: a whole number of ten or twelve digits, or six or eight digits
/// with four decimals. Other decimals are measurements; so are numbers that end in 0000, a serial never issued.
/// A JSON number has no leading zero, so ten-digit forms of the years 00 to 09 cannot be told from amounts.
fn suspicious_digits(number: &Number) -> Option<String> {
    if number.as_f64().is_some_and(|value| value.abs() < 100_000.0) {
        return None;
    }
    let text = match number.as_f64() {
        Some(value) if number.is_f64() => value.abs().to_string(),
        _ => number.to_string().trim_start_matches('-').to_owned(),
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let fits = match decimals.len() {
        0 => matches!(whole.len(), 10 | 12),
        4 => matches!(whole.len(), 6 | 8),
        _ => false,
    };
    let digits = format!("{whole}{decimals}");
    (fits && !digits.ends_with("0000")).then_some(digits)
}

/// What to tell the sender of a hit: rule `R-ID-01`, an error when refused, else a warning.
pub fn finding(hit: &Hit) -> Finding {
    let (sv, en) = match hit.kind {
        IdentifierKind::Email => ("en e-postadress", "an e-mail address"),
        IdentifierKind::Phone => ("ett telefonnummer", "a telephone number"),
        IdentifierKind::Name => ("ett personnamn", "the name of a person"),
        _ => (
            "ett person-, samordnings- eller reservnummer",
            "a personal identity, coordination or reserve number",
        ),
    };
    let (place_sv, place_en) = if hit.in_key {
        ("Ett fältnamn här liknar", "A property name here looks like")
    } else {
        ("Värdet liknar", "The value looks like")
    };
    let pointer = hit.pointer.clone();
    if hit.refused {
        let message = Text::new(
            format!("{place_sv} {sv}. Ta bort det och ange patientens pseudonym (CT-…) i stället."),
            format!("{place_en} {en}. Remove it and give the patient's pseudonym (CT-…) instead."),
        );
        Finding::error("R-ID-01", pointer, message)
    } else {
        let message = Text::new(
            format!("{place_sv} {sv}. Kontrollera att det är en etikett från tillverkaren och bekräfta det."),
            format!("{place_en} {en}. Check that it is a label of the manufacturer and acknowledge it."),
        );
        Finding::warning("R-ID-01", pointer, message)
    }
}
