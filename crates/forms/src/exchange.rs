//! Exchange tables: which answers of a form leave for another registry, and under which names.
//!
//! A table has a row for each record, or for each element of one of its lists: `infusion`, `acute_toxicity.infections`.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::text::Text;
use serde::Deserialize;
use serde_json::Value;

use crate::column::{ColumnType, NONE};
use crate::document::{LoadError, Mistakes, Place};
use crate::form::Form;
use crate::source::Documents;

/// One version of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeTable {
    /// The registry and the name: `ebmt/infusion`.
    pub id: String,
    /// From 1.
    pub version: u32,
    /// What it is.
    pub title: Text,
    /// What it does not claim.
    pub note: Text,
    /// Its columns, in order.
    pub columns: Vec<ExchangeColumn>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeColumn {
    /// What stands above it.
    pub name: String,
    /// Where its values come from: a JSON pointer to an answer, with `*` for the element of the list whose row it is, or
    /// `patient`, `course`, `site` or, of a list, `number`.
    pub from: String,
}

impl ExchangeTable {
    /// What it is called within its registry.
    pub fn name(&self) -> &str {
        self.id.split_once('/').map_or("", |(_, name)| name)
    }

    /// Code of the form.
    pub fn form(&self) -> &str {
        self.name().split_once('.').map_or(self.name(), |(form, _)| form)
    }

    /// Where the list stands whose elements are the rows.
    fn list(&self) -> Option<String> {
        self.name().split_once('.').map(|(_, list)| format!("/{}", list.replace('.', "/")))
    }

    /// How many rows a content makes.
    pub fn rows(&self, content: &Value) -> usize {
        let elements = |list: String| content.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
        self.list().map_or(1, elements)
    }
}

impl ExchangeTable {
    /// Whether a version of its form has the list whose elements are the rows.
    pub fn has_rows(&self, form: &Form) -> bool {
        self.list().is_none_or(|list| form.root.at(&list).is_some())
    }
}

impl ExchangeColumn {
    /// Whether a version of the form has the answer that the column comes from.
    pub fn is_asked(&self, form: &Form) -> bool {
        form.root.at(&self.from).is_some()
    }

    /// The cell of a column that comes from an answer, in one of the rows of a content, counted from 0.
    pub fn cell(&self, content: &Value, row: usize) -> String {
        cell_at(content, &self.from.replace(ELEMENT, &format!("/{row}/")))
    }
}

/// Versions of tables by id.
pub(crate) type Exchanges = BTreeMap<String, BTreeMap<u32, ExchangeTable>>;

/// What a column may come from beside the answers, and beside them in a table of a list.
const OWN: [&str; 3] = ["patient", "course", "site"];
const NUMBER: &str = "number";
/// The element of a list in a pointer.
const ELEMENT: &str = "/*/";

/// Reads the tables of a set; one that names what its form does not have is a mistake.
pub(crate) fn read_exchanges(
    documents: &Documents<'_>,
    forms: &BTreeMap<String, BTreeMap<u32, Form>>,
    errors: &mut Vec<LoadError>,
) -> Exchanges {
    let mut exchanges = Exchanges::new();
    // What a broken form would have asked is not known.
    let sound = errors.is_empty();
    for (path, (place, document)) in documents {
        let Place::Exchange { registry, table: name, version } = place else { continue };
        let mut mistakes = Mistakes::new(path, errors);
        match ExchangeTable::deserialize(document) {
            Ok(table) => {
                if table.id != format!("{registry}/{name}") || table.version != *version {
                    mistakes.add("", "id and version must be those of the file's path");
                }
                if sound {
                    check(&table, forms.get(table.form()), &mut mistakes);
                }
                exchanges.entry(table.id.clone()).or_default().insert(table.version, table);
            }
            Err(error) => mistakes.add("", format!("not an exchange table: {error}")),
        }
    }
    exchanges
}

fn check(table: &ExchangeTable, versions: Option<&BTreeMap<u32, Form>>, mistakes: &mut Mistakes<'_>) {
    let Some(versions) = versions else {
        mistakes.add("/id", "there is no such form");
        return;
    };
    let list = table.list();
    let own = |from: &str| OWN.contains(&from) || (list.is_some() && from == NUMBER);
    let mut names = BTreeSet::new();
    for (place, column) in table.columns.iter().enumerate() {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !column.name.bytes().all(plain) || !names.insert(&column.name) {
            let text = "a name has small letters, digits and _, and stands once";
            mistakes.add(format!("/columns/{place}/name"), text);
        }
        // A later version of the form may have dropped the answer, or brought it.
        let is_answer = |form: &Form, from: &str| {
            let column = form.column_at(from);
            column.is_some_and(|column| !matches!(column.kind, ColumnType::Rows | ColumnType::Reason))
        };
        let answered = |from: &str| versions.values().any(|form| is_answer(form, from));
        if !own(&column.from)
            && !first_element(&column.from, list.as_deref()).is_some_and(|from| answered(&from))
        {
            mistakes.add(format!("/columns/{place}/from"), "no version of the form has an answer there");
        }
    }
    let in_list = |column: &ExchangeColumn| column.from.contains(ELEMENT);
    if list.is_some() && !table.columns.iter().any(in_list) {
        mistakes.add("/columns", "a table of a list has columns of its elements");
    }
}

/// The pointer of the first row; none when it speaks of another list than that of the table.
fn first_element(from: &str, list: Option<&str>) -> Option<String> {
    match from.split_once(ELEMENT) {
        None => Some(from.to_owned()),
        Some((before, behind)) if list == Some(before) => Some(format!("{before}/0/{behind}")),
        Some(_) => None,
    }
}

/// The cell of a content for the answer at a pointer: codes of a list are separated by `|`, no code is `#none`, an absent
/// answer is empty or, when its absence is explained, `#reason`.
fn cell_at(content: &Value, pointer: &str) -> String {
    match content.pointer(pointer) {
        None | Some(Value::Null) => {
            let (object, name) = pointer.rsplit_once('/').unwrap_or_default();
            let reason = content.pointer(&format!("{object}/missing/{name}")).and_then(Value::as_str);
            reason.map_or_else(String::new, |reason| format!("#{reason}"))
        }
        Some(Value::Array(items)) if items.is_empty() => NONE.to_owned(),
        Some(Value::Array(items)) => items.iter().map(text).collect::<Vec<_>>().join("|"),
        Some(value) => text(value),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_what_a_table_would_have() {
        let group = json!({"b": true, "missing": {"c": "unknown"}});
        let content = json!({"a": "x", "n": 1.5, "list": ["p", "q"], "nothing": [], "group": group});
        for (pointer, cell) in [
            ("/a", "x"),
            ("/n", "1.5"),
            ("/list", "p|q"),
            ("/nothing", "#none"),
            ("/group/b", "true"),
            ("/group/c", "#unknown"),
            ("/group/d", ""),
            ("/nowhere/e", ""),
        ] {
            assert_eq!(cell_at(&content, pointer), cell, "{pointer}");
        }
    }

    #[test]
    fn a_list_has_a_row_for_each_element() {
        let table = |id: &str| ExchangeTable {
            id: id.to_owned(),
            version: 1,
            title: Text::new("", ""),
            note: Text::new("", ""),
            columns: Vec::new(),
        };
        let (record, list) = (table("ebmt/event"), table("ebmt/event.group.list"));
        assert_eq!((record.name(), record.form(), record.list()), ("event", "event", None));
        assert_eq!((list.form(), list.list().as_deref()), ("event", Some("/group/list")));
        let content = json!({"a": "x", "group": {"list": [{"b": 1}, {"missing": {"b": "not_done"}}]}});
        assert_eq!([record.rows(&content), list.rows(&content), list.rows(&json!({}))], [1, 2, 0]);
        let cells = |from: &str| {
            let column = ExchangeColumn { name: "n".to_owned(), from: from.to_owned() };
            [0, 1].map(|row| column.cell(&content, row))
        };
        assert_eq!(cells("/group/list/*/b"), ["1", "#not_done"]);
        assert_eq!(cells("/a"), ["x", "x"]);
        let first = |from: &str| first_element(from, Some("/group/list"));
        assert_eq!(first("/group/list/*/b").as_deref(), Some("/group/list/0/b"));
        assert_eq!([first("/other/*/b"), first_element("/group/list/*/b", None)], [None, None]);
    }
}
