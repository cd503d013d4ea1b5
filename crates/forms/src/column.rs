//! The columns of a form as a table: header, template, and the place that a column name means.

use serde::Serialize;

use crate::form::Form;
use crate::node::{Group, Kind, Node};
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
    /// Of a list of objects, whose elements have columns of their own: `#none` for no element, or why it is missing.
    Rows,
    /// Why a whole object is missing, whose answers have columns of their own.
    Reason,
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

/// The cell of a list that has no element.
pub(crate) const NONE: &str = "#none";

/// What a column name means.
pub(crate) struct ColumnPlace<'f> {
    pub(crate) node: &'f Node,
    /// Where its values go.
    pub(crate) pointer: String,
    /// Whether a reason may stand there in place of the answer.
    pub(crate) may_be_missing: bool,
}

impl Form {
    /// The columns in the order of the form; a list of objects is shown with its first element, and before it the column of
    /// the list itself, as before the answers of an object the one for the reason why all of it is missing, where there
    /// may be one.
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
        let ColumnPlace { node, pointer, .. } = self.column_place(name)?;
        Some(CsvColumn { name: name.to_owned(), pointer, kind: column_type(node) })
    }

    /// The column whose values go to a place in the content: `/infections/0/date`.
    pub fn column_at(&self, pointer: &str) -> Option<CsvColumn> {
        self.column(&column_name(pointer)).filter(|column| column.pointer == pointer)
    }

    /// What a column name means; `None` for what no cell can say.
    pub(crate) fn column_place(&self, name: &str) -> Option<ColumnPlace<'_>> {
        let mut node = &self.root;
        let mut pointer = String::new();
        let mut may_be_missing = false;
        for step in name.split('.') {
            let (property, index) = match step.split_once('[') {
                Some((property, rest)) => (property, Some(rest.strip_suffix(']')?)),
                None => (step, None),
            };
            let group = node.group()?;
            node = group.property(property)?;
            may_be_missing = is_explained(group, property);
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
                may_be_missing = false;
                pointer = format!("{pointer}/{index}");
            }
        }
        has_column(node, may_be_missing).then_some(ColumnPlace { node, pointer, may_be_missing })
    }
}

/// The name of the column whose values go to a place in the content.
pub(crate) fn column_name(pointer: &str) -> String {
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
    name
}

fn is_explained(group: &Group, property: &str) -> bool {
    group.missing.iter().any(|name| name == property)
}

/// Whether an answer has a column of its own: of an object all that a cell can say is why it is missing.
fn has_column(node: &Node, may_be_missing: bool) -> bool {
    may_be_missing || node.group().is_none()
}

fn add_columns(node: &Node, name: &str, pointer: &str, columns: &mut Vec<CsvColumn>) {
    let Some(group) = node.group() else { return };
    for (property, node) in &group.properties {
        let name = if name.is_empty() { property.clone() } else { format!("{name}.{property}") };
        let pointer = format!("{pointer}/{property}");
        if has_column(node, is_explained(group, property)) {
            let (name, pointer) = (name.clone(), pointer.clone());
            columns.push(CsvColumn { name, pointer, kind: column_type(node) });
        }
        match &node.kind {
            Kind::Group(_) => add_columns(node, &name, &pointer, columns),
            Kind::List(items) => add_columns(items, &format!("{name}[0]"), &format!("{pointer}/0"), columns),
            _ => {}
        }
    }
}

/// What a cell holds.
pub(crate) fn column_type(node: &Node) -> ColumnType {
    let coded = node.code_list.is_some() || !node.options.is_empty();
    match &node.kind {
        Kind::Text | Kind::Uuid if coded => ColumnType::Code,
        Kind::Text | Kind::Uuid => ColumnType::Text,
        Kind::Date => ColumnType::Date,
        Kind::PartialDate => ColumnType::PartialDate,
        Kind::DateTime => ColumnType::DateTime,
        Kind::Number => ColumnType::Number,
        Kind::Integer => ColumnType::Integer,
        Kind::Boolean => ColumnType::Boolean,
        Kind::List(items) if !matches!(items.kind, Kind::Group(_) | Kind::List(_)) => ColumnType::Codes,
        Kind::List(_) => ColumnType::Rows,
        Kind::Group(_) => ColumnType::Reason,
    }
}
