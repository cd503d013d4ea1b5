//! Making a content from the cells of a row.

use std::borrow::Cow;
use std::cmp::Reverse;

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use serde_json::{Map, Number, Value};

use crate::column::{ColumnPlace, ColumnType, NONE, SEPARATOR, column_type};
use crate::decimal_mark::DecimalMark;
use crate::finding_text::is_plain_name;
use crate::form::Form;
use crate::node::{Kind, Node};
use crate::pointer::tokens;
use crate::trap::fault_of;

const WRONG_TYPE: &str = "CELL-TYPE";
const FILLED_LIST: &str = "CELL-NONE";

/// Cells that are no content.
#[derive(Debug, Clone, PartialEq)]
pub struct UnreadableCells {
    /// What is wrong with them; all of it, without the cells' text.
    pub findings: Vec<Finding>,
    /// The content that the other cells mean, to be checked for what else is wrong; `None` when its structure is in doubt.
    pub rest: Option<Value>,
}

impl Form {
    /// The content that cells mean, each given with its column's name: empty = no answer, `#reason` = a reason in
    /// `missing`, `#none` = a list without elements, everything else typed by the form. The content is not checked.
    ///
    /// # Errors
    /// Unknown or repeated columns, cells of the wrong type or whose meaning is in doubt, gaps in a list, a list that has
    /// elements and is said to have none.
    pub fn content_from_cells(
        &self,
        cells: &[(&str, &str)],
        mark: DecimalMark,
    ) -> Result<Value, UnreadableCells> {
        let mut content = Value::Object(Map::new());
        let mut findings = Vec::new();
        let mut without_elements = Vec::new();
        for (column, cell) in cells {
            let cell = cell.trim();
            let Some(ColumnPlace { node, pointer, may_be_missing }) = self.column_place(column) else {
                findings.push(unknown_column(column));
                continue;
            };
            if cell.is_empty() {
                continue;
            }
            if cell == NONE && matches!(node.kind, Kind::List(_)) {
                without_elements.push((*column, pointer));
                continue;
            }
            // A word that is no `#none` is taken for a reason only where the form takes one.
            let is_explicable = may_be_missing || column_type(node) != ColumnType::Rows;
            let (place, value) = match missing_reason(cell).filter(|_| is_explicable) {
                Some(reason) => (missing_pointer(&pointer), Value::from(reason)),
                None => match typed(node, cell, mark) {
                    Ok(value) => (pointer.clone(), value),
                    Err(text) => {
                        findings.push(Finding::error(WRONG_TYPE, pointer, text));
                        continue;
                    }
                },
            };
            if content.pointer(&place).is_some_and(|known| !known.is_null()) {
                findings.push(repeated_column(column, &pointer));
                continue;
            }
            put(&mut content, &place, value);
        }
        put_empty_lists(&mut content, without_elements, &mut findings);
        find_gaps(&content, String::new(), &mut findings);
        if findings.is_empty() {
            return Ok(content);
        }
        let sound = findings.iter().all(|finding| [WRONG_TYPE, FILLED_LIST].contains(&finding.rule.as_str()));
        Err(UnreadableCells { findings, rest: sound.then_some(content) })
    }
}

/// `not_done` of `#not_done`.
fn missing_reason(cell: &str) -> Option<&str> {
    let reason = cell.strip_prefix('#')?;
    let plain = !reason.is_empty() && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    plain.then_some(reason)
}

fn missing_pointer(pointer: &str) -> String {
    let (object, name) = pointer.rsplit_once('/').unwrap_or_default();
    format!("{object}/missing/{name}")
}

fn typed(node: &Node, cell: &str, mark: DecimalMark) -> Result<Value, Text> {
    if let Some(fault) = fault_of(column_type(node), cell, mark) {
        return Err(fault.text());
    }
    match &node.kind {
        Kind::Number => number(cell, mark).map(Value::Number).ok_or_else(|| number_expected(mark)),
        Kind::Integer => number(cell, mark)
            .filter(|number| number.as_f64().is_some_and(|value| value.fract() == 0.0))
            .map(Value::Number)
            .ok_or_else(|| Text::new("Ska vara ett heltal.", "Must be a whole number.")),
        Kind::Boolean => match cell {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(Text::new("Ska vara true eller false.", "Must be true or false.")),
        },
        Kind::Group(_) => Err(reason_expected()),
        Kind::List(_) if column_type(node) == ColumnType::Rows => Err(none_expected()),
        Kind::List(items) => {
            let parts = cell.split(SEPARATOR).map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| typed(items, part, mark)).collect::<Result<_, _>>().map(Value::Array)
        }
        _ => Ok(Value::from(cell)),
    }
}

fn number_expected(mark: DecimalMark) -> Text {
    if mark.is_comma() {
        Text::new(
            "Ska vara ett tal med decimalkomma och utan tusentalsavgränsare, t.ex. 12,5.",
            "Must be a number with a decimal comma and without thousands separators, e.g. 12,5.",
        )
    } else {
        Text::new(
            "Ska vara ett tal med decimalpunkt, t.ex. 12.5.",
            "Must be a number with a decimal point, e.g. 12.5.",
        )
    }
}

fn none_expected() -> Text {
    Text::new(
        "Här ska bara stå #none om det inte finns något eller, där formuläret medger det, varför svaret saknas (t.ex. \
         #unknown). Det som finns har egna kolumner; lämna då cellen tom.",
        "Only #none belongs here if there is none or, where the form allows it, why the answer is missing (e.g. #unknown). \
         What there is has columns of its own; then leave the cell empty.",
    )
}

fn reason_expected() -> Text {
    Text::new(
        "Här ska bara stå varför alla svaren saknas, t.ex. #not_done. Svaren har egna kolumner; lämna då cellen tom.",
        "Only why all of the answers are missing belongs here, e.g. #not_done. The answers have columns of their own; then \
         leave the cell empty.",
    )
}

/// A number in JSON's own grammar, but for its mark: no leading zeros, no thousands separators, no `inf`.
fn number(cell: &str, mark: DecimalMark) -> Option<Number> {
    let comma = mark.is_comma();
    if comma && cell.contains('.') {
        return None;
    }
    let cell = if comma { Cow::from(cell.replacen(',', ".", 1)) } else { Cow::from(cell) };
    let bare = cell.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if bare { serde_json::from_str(&cell).ok() } else { None }
}

fn put(content: &mut Value, pointer: &str, value: Value) {
    let mut place = content;
    for token in tokens(pointer) {
        if let Ok(index) = token.parse::<usize>() {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Value::Array(items) = place
                && items.len() <= index
            {
                items.resize(index + 1, Value::Null);
            }
            place = &mut place[index];
        } else {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[token];
        }
    }
    *place = value;
}

/// Puts the lists that are said to have no element, inner ones first: what is within one by then contradicts it.
fn put_empty_lists(content: &mut Value, mut lists: Vec<(&str, String)>, findings: &mut Vec<Finding>) {
    lists.sort_by_key(|(_, pointer)| Reverse(pointer.len()));
    for (column, pointer) in lists {
        if content.pointer(&pointer).is_some() {
            findings.push(filled_list(column, &pointer));
        } else {
            put(content, &pointer, Value::Array(Vec::new()));
        }
    }
}

fn find_gaps(value: &Value, pointer: String, findings: &mut Vec<Finding>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                find_gaps(member, format!("{pointer}/{name}"), findings);
            }
        }
        Value::Array(items) => {
            if items.iter().any(Value::is_null) {
                let text = Text::new(
                    "Listans element ska numreras från 0 utan luckor.",
                    "The elements of the list must be numbered from 0 without gaps.",
                );
                findings.push(Finding::error("CELL-GAP", pointer.clone(), text));
            }
            for (index, item) in items.iter().enumerate() {
                find_gaps(item, format!("{pointer}/{index}"), findings);
            }
        }
        _ => {}
    }
}

fn unknown_column(column: &str) -> Finding {
    let plain = column.split(['.', '[', ']']).filter(|part| !part.is_empty()).all(|part| {
        is_plain_name(part) || (part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let digits = column.bytes().filter(u8::is_ascii_digit).count();
    let text = if plain && digits <= 6 && column.len() <= 120 {
        Text::new(
            format!("Kolumnen {column} finns inte i formuläret; se mallen."),
            format!("The form has no column {column}; see the template."),
        )
    } else {
        Text::new(
            "En kolumn finns inte i formuläret; se mallen.",
            "The form does not have one of the columns; see the template.",
        )
    };
    Finding::error("CELL-COLUMN", "", text)
}

/// `column` is one that the form has, so that its name carries no secret.
fn filled_list(column: &str, pointer: &str) -> Finding {
    let text = Text::new(
        format!(
            "Kolumnen {column} säger att det inte finns något ({NONE}), men kolumner för det som finns ({column}[0] …) är \
             ifyllda på samma rad; töm den ena eller de andra."
        ),
        format!(
            "The column {column} says that there is none ({NONE}), but columns for what there is ({column}[0] …) are filled \
             in the same row; empty the one or the others."
        ),
    );
    Finding::error(FILLED_LIST, pointer, text)
}

/// `column` is one that the form has, so that its name carries no secret.
fn repeated_column(column: &str, pointer: &str) -> Finding {
    let text = Text::new(
        format!("Kolumnen {column} står två gånger i samma rad; behåll en av dem."),
        format!("The column {column} stands twice in the same row; keep one of them."),
    );
    Finding::error("CELL-COLUMN", pointer, text)
}
