//! The columns of a form as a table: header, template, and the place that a column name means.

use serde::Serialize;

use crate::form::Form;
use crate::node::{Kind, Node};
use crate::pointer::tokens;

/// The kind of text that a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Any text.
    Text,
    /// A code of a list.
    Code,
    /// Codes of a list, separated by `|`.
    Codes,
    /// A number with decimal point.
    Number,
    /// A whole number.
    Integer,
    /// A date.
    Date,
    /// A date of which the day, or month and day, may be left out.
    PartialDate,
    /// A date and time with offset.
    DateTime,
    /// `true` or `false`.
    Boolean,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CsvColumn {
    /// Its name, e.g. `crs.onset_date` or `infections[0].date`.
    pub name: String,
    /// Where its value goes: `/infections/0/date`.
    pub pointer: String,
    /// What its cells hold.
    #[serde(rename = "type")]
    pub kind: ColumnType,
}

/// What separates the values of a list in one cell.
pub(crate) const SEPARATOR: char = '|';

impl Form {
    /// The columns in the order of the form; a list of objects is shown with its first element.
    pub fn csv_header(&self) -> Vec<CsvColumn> {
        let mut columns = Vec::new();
        add_columns(&self.root, "", "", &mut columns);
        columns
    }

    /// An empty table: the header line.
    pub fn csv_template(&self) -> String {
        let names: Vec<String> = self.csv_header().into_iter().map(|column| column.name).collect();
        format!("{}\r\n", names.join(","))
    }

    /// The column of that name; any element number is understood.
    pub fn column(&self, name: &str) -> Option<CsvColumn> {
        let (node, pointer) = self.column_place(name)?;
        Some(CsvColumn { name: name.to_owned(), pointer, kind: column_type(node)? })
    }

    /// The column whose values go to a place in the content: `/infections/0/date`.
    pub fn column_at(&self, pointer: &str) -> Option<CsvColumn> {
        let mut name = String::new();
        for token in tokens(pointer) {
            if token.bytes().all(|byte| byte.is_ascii_digit()) {
                name = format!("{name}[{token}]");
            } else if name.is_empty() {
                token.clone_into(&mut name);
            } else {
                name = format!("{name}.{token}");
            }
        }
        self.column(&name).filter(|column| column.pointer == pointer)
    }

    /// The node and JSON pointer that a column name means.
    pub(crate) fn column_place(&self, name: &str) -> Option<(&Node, String)> {
        let mut node = &self.root;
        let mut pointer = String::new();
        for step in name.split('.') {
            let (property, index) = match step.split_once('[') {
                Some((property, rest)) => (property, Some(rest.strip_suffix(']')?)),
                None => (step, None),
            };
            node = node.group()?.property(property)?;
            pointer = format!("{pointer}/{property}");
            if let Some(index) = index {
                let Kind::List(items) = &node.kind else {
                    return None;
                };
                let plain =
                    !index.is_empty() && index.len() <= 3 && index.bytes().all(|byte| byte.is_ascii_digit());
                let canonical = index == "0" || !index.starts_with('0');
                if !plain || !canonical || items.group().is_none() {
                    return None;
                }
                node = items;
                pointer = format!("{pointer}/{index}");
            }
        }
        column_type(node).map(|_| (node, pointer))
    }
}

fn add_columns(node: &Node, name: &str, pointer: &str, columns: &mut Vec<CsvColumn>) {
    let Some(group) = node.group() else { return };
    for (property, node) in &group.properties {
        let name = if name.is_empty() { property.clone() } else { format!("{name}.{property}") };
        let pointer = format!("{pointer}/{property}");
        match &node.kind {
            Kind::Group(_) => add_columns(node, &name, &pointer, columns),
            Kind::List(items) if items.group().is_some() => {
                add_columns(items, &format!("{name}[0]"), &format!("{pointer}/0"), columns);
            }
            _ => columns.extend(column_type(node).map(|kind| CsvColumn { name, pointer, kind })),
        }
    }
}

/// What a cell holds; `None` for what no cell can hold.
pub(crate) fn column_type(node: &Node) -> Option<ColumnType> {
    let coded = node.code_list.is_some() || !node.options.is_empty();
    Some(match &node.kind {
        Kind::Text | Kind::Uuid if coded => ColumnType::Code,
        Kind::Text | Kind::Uuid => ColumnType::Text,
        Kind::Date => ColumnType::Date,
        Kind::PartialDate => ColumnType::PartialDate,
        Kind::DateTime => ColumnType::DateTime,
        Kind::Number => ColumnType::Number,
        Kind::Integer => ColumnType::Integer,
        Kind::Boolean => ColumnType::Boolean,
        Kind::List(items) if !matches!(items.kind, Kind::Group(_) | Kind::List(_)) => ColumnType::Codes,
        Kind::Group(_) | Kind::List(_) => return None,
    })
}
