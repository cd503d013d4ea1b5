//! Exchange tables: which answers of a form leave for another registry, and under which names.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::text::Text;
use serde::Deserialize;
use serde_json::Value;

use crate::document::{LoadError, Mistakes, Place};
use crate::form::Form;
use crate::source::Documents;

/// One version of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeTable {
    /// The registry and the form: `ebmt/infusion`.
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
    /// Where its values come from: a JSON pointer to an answer, or `patient`, `course` or `site`.
    pub from: String,
}

/// Versions of tables by id.
pub(crate) type Exchanges = BTreeMap<String, BTreeMap<u32, ExchangeTable>>;

/// What a column may come from beside the answers.
const OWN: [&str; 3] = ["patient", "course", "site"];

/// Reads the tables of a set; one that names what its form does not have is a mistake.
pub(crate) fn read_exchanges(
    documents: &Documents<'_>,
    forms: &BTreeMap<String, BTreeMap<u32, Form>>,
    errors: &mut Vec<LoadError>,
) -> Exchanges {
    let mut exchanges = Exchanges::new();
    for (path, (place, document)) in documents {
        let Place::Exchange { registry, form, version } = place else { continue };
        let mut mistakes = Mistakes::new(path, errors);
        match ExchangeTable::deserialize(document) {
            Ok(table) => {
                if table.id != format!("{registry}/{form}") || table.version != *version {
                    mistakes.add("", "id and version must be those of the file's path");
                }
                check(&table, forms.get(*form), &mut mistakes);
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
    let mut names = BTreeSet::new();
    for (place, column) in table.columns.iter().enumerate() {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !column.name.bytes().all(plain) || !names.insert(&column.name) {
            mistakes.add(format!("/columns/{place}/name"), "a name has small letters, digits and _, and stands once");
        }
        // A later version of the form may have dropped the answer, or brought it.
        let answered = || versions.values().any(|form| form.column_at(&column.from).is_some());
        if !OWN.contains(&column.from.as_str()) && !answered() {
            mistakes.add(format!("/columns/{place}/from"), "no version of the form has an answer there");
        }
    }
}

/// The cell of a content for the answer at a pointer: codes of a list are separated by `|`, an absent answer is empty or,
/// when its absence is explained, `#reason`.
pub fn cell_at(content: &Value, pointer: &str) -> String {
    match content.pointer(pointer) {
        None | Some(Value::Null) => {
            let (object, name) = pointer.rsplit_once('/').unwrap_or_default();
            let reason = content.pointer(&format!("{object}/missing/{name}")).and_then(Value::as_str);
            reason.map_or_else(String::new, |reason| format!("#{reason}"))
        }
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
        let content = json!({"a": "x", "n": 1.5, "list": ["p", "q"], "group": {"b": true, "missing": {"c": "unknown"}}});
        for (pointer, cell) in [
            ("/a", "x"),
            ("/n", "1.5"),
            ("/list", "p|q"),
            ("/group/b", "true"),
            ("/group/c", "#unknown"),
            ("/group/d", ""),
            ("/nothing/e", ""),
        ] {
            assert_eq!(cell_at(&content, pointer), cell, "{pointer}");
        }
    }
}
