//! Code lists: dated data, not enums in code. What a code meant on a day stays answerable for ever.

use std::collections::BTreeSet;

use cartotek_domain::partial_date::Certainty;
use cartotek_domain::text::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::date::Span;
use crate::document::Mistakes;

/// How many codes a finding names.
const MOST_NAMED: usize = 15;

/// A list of codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// Its id, also its file name.
    pub id: String,
    /// What it lists.
    pub title: Text,
    /// Where the codes come from.
    pub source: String,
    /// The codes, in the order in which they are shown.
    pub codes: Vec<Code>,
}

/// One code with the time in which it may be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The code; it may stand in the list again with another time.
    pub code: String,
    /// Its meaning.
    pub title: Text,
    /// First day on which it may be used; open when absent.
    pub valid_from: Option<NaiveDate>,
    /// Last day on which it may be used; open when absent.
    pub valid_to: Option<NaiveDate>,
    /// Facts about the code that rules ask for.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
}

impl Code {
    fn valid_on(&self, date: Span) -> Certainty {
        date.within(self.valid_from.unwrap_or(NaiveDate::MIN), self.valid_to.unwrap_or(NaiveDate::MAX))
    }
}

impl CodeList {
    /// Reads a list; mistakes are noted.
    pub(crate) fn read(id: &str, document: Value, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let list: Self = match serde_json::from_value(document) {
            Ok(list) => list,
            Err(error) => {
                mistakes.add("", format!("not a code list: {error}"));
                return None;
            }
        };
        if list.id != id {
            mistakes.add("/id", "the id must be the file name");
        }
        let mut starts = BTreeSet::new();
        for (index, code) in list.codes.iter().enumerate() {
            if !starts.insert((&code.code, code.valid_from)) {
                mistakes.add(format!("/codes/{index}"), "the same code starts twice on one day");
            }
        }
        Some(list)
    }

    /// The entries of `code`, whatever their time.
    pub fn entries(&self, code: &str) -> impl Iterator<Item = &Code> {
        self.codes.iter().filter(move |entry| entry.code == code)
    }

    /// Which codes may be used on a date, for whoever gave another: the codes in order, or where they are listed.
    pub(crate) fn choices(&self, date: Span) -> Text {
        let usable = self.codes.iter().filter(|code| code.valid_on(date) != Certainty::Never);
        let mut codes: Vec<&str> = usable.map(|entry| entry.code.as_str()).collect();
        // The times of one code follow one another.
        codes.dedup();
        if codes.is_empty() || codes.len() > MOST_NAMED {
            let id = &self.id;
            return Text::new(
                format!("Koderna står i /code-lists/{id}."),
                format!("The codes stand in /code-lists/{id}."),
            );
        }
        let codes = codes.join(", ");
        Text::new(format!("Ange en av {codes}."), format!("Give one of {codes}."))
    }

    /// The codes that may be used on `day`, in order.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = &Code> {
        self.codes.iter().filter(move |code| code.valid_on(day.into()) == Certainty::Always)
    }

    /// Whether `code` may be used on a date; `None` when the list does not have it.
    pub(crate) fn validity(&self, code: &str, date: Span) -> Option<Certainty> {
        self.entries(code).map(|entry| entry.valid_on(date)).min_by_key(|certainty| match certainty {
            Certainty::Always => 0,
            Certainty::Sometimes => 1,
            Certainty::Never => 2,
        })
    }

    /// An attribute of a code, of the entry that holds on `day`.
    pub(crate) fn attribute_on(&self, code: &str, name: &str, day: NaiveDate) -> Option<&Value> {
        let mut valid = self.entries(code).filter(|entry| entry.valid_on(day.into()) == Certainty::Always);
        valid.next()?.attributes.get(name)
    }

    /// An attribute of a code, of its latest entry.
    pub(crate) fn attribute(&self, code: &str, name: &str) -> Option<&Value> {
        self.latest(code)?.attributes.get(name)
    }

    /// The latest entry of a code.
    pub(crate) fn latest(&self, code: &str) -> Option<&Code> {
        self.entries(code).max_by_key(|entry| entry.valid_from)
    }
}

#[cfg(test)]
mod tests {
    use cartotek_domain::partial_date::PartialDate;
    use serde_json::json;

    use super::*;

    fn list() -> CodeList {
        let document = json!({"id": "p", "title": {"sv": "P", "en": "P"}, "source": "test", "codes": [
            {"code": "old", "title": {"sv": "G", "en": "O"}, "valid_from": null, "valid_to": "2025-06-30", "attributes": {"n": 1}},
            {"code": "old", "title": {"sv": "G", "en": "O"}, "valid_from": "2025-07-10", "valid_to": null, "attributes": {"n": 2}}]});
        let mut errors = Vec::new();
        let list =
            CodeList::read("p", document, &mut Mistakes::new("codelists/p.json", &mut errors)).unwrap();
        assert_eq!(errors, []);
        list
    }

    #[test]
    fn validity_goes_by_the_date() {
        let on = |text: &str| list().validity("old", text.parse::<PartialDate>().unwrap().into());
        assert_eq!(on("2025-06-30"), Some(Certainty::Always));
        assert_eq!(on("2025-07-05"), Some(Certainty::Never));
        assert_eq!(on("2025-07"), Some(Certainty::Sometimes));
        assert_eq!(list().validity("new", NaiveDate::MIN.into()), None);
        assert_eq!(list().attribute("old", "n"), Some(&json!(2)));
        let attribute_on = |day: &str| list().attribute_on("old", "n", day.parse().unwrap()).cloned();
        assert_eq!(attribute_on("2025-06-30"), Some(json!(1)));
        assert_eq!(attribute_on("2025-07-05"), None);
        assert_eq!(attribute_on("2025-07-10"), Some(json!(2)));
        assert_eq!(list().on(NaiveDate::from_ymd_opt(2025, 7, 5).unwrap()).count(), 0);
    }

    #[test]
    fn few_codes_are_named_and_many_are_pointed_to() {
        let on = |text: &str| text.parse::<PartialDate>().unwrap().into();
        assert_eq!(list().choices(on("2025-07")).en, "Give one of old.");
        assert_eq!(list().choices(on("2025-07-05")).en, "The codes stand in /code-lists/p.");
        let many = |number: usize| Code { code: format!("c{number}"), ..list().codes[0].clone() };
        let long = CodeList { codes: (0..=MOST_NAMED).map(many).collect(), ..list() };
        assert_eq!(long.choices(on("2025-06-30")).en, "The codes stand in /code-lists/p.");
    }

    #[test]
    fn a_wrong_list_is_refused() {
        let mut errors = Vec::new();
        let document = json!({"id": "other", "title": {"sv": "P", "en": "P"}, "source": "t", "codes": []});
        CodeList::read("p", document, &mut Mistakes::new("codelists/p.json", &mut errors));
        CodeList::read("p", json!({"id": "p"}), &mut Mistakes::new("codelists/p.json", &mut errors));
        assert_eq!(errors.len(), 2);
    }
}
