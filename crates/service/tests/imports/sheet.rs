//! A content written as a table, to be sent through the other door.

use std::collections::BTreeSet;

use cartotek_forms::{DecimalMark, Form};
use serde_json::Value;

/// A table whose one row says this content; `None` when no table can.
pub(crate) fn table_of(form: &Form, content: &Value, patient: &str, course: Option<i32>) -> Option<String> {
    let answers = cells_of(content);
    let cells: Vec<(&str, &str)> =
        answers.iter().map(|(name, cell)| (name.as_str(), cell.as_str())).collect();
    // One cell cannot hold an answer and the reason why it is missing.
    let names: BTreeSet<_> = cells.iter().map(|(name, _)| name).collect();
    if names.len() < cells.len()
        || form.content_from_cells(&cells, DecimalMark::Point).ok().as_ref() != Some(content)
    {
        return None;
    }
    let mut row = vec![("patient".to_owned(), patient.to_owned())];
    row.extend(course.map(|number| ("course".to_owned(), number.to_string())));
    row.extend(answers);
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(row.iter().map(|(name, _)| name)).unwrap();
    table.write_record(row.iter().map(|(_, cell)| cell)).unwrap();
    Some(String::from_utf8(table.into_inner().unwrap()).unwrap())
}

/// The answers of a content as cells, each with the name of its column.
pub(crate) fn cells_of(content: &Value) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    write(content, "", &mut cells);
    cells
}

/// Writes the answers below a name as cells; a reason stands in the cell of the answer that is missing.
fn write(value: &Value, name: &str, cells: &mut Vec<(String, String)>) {
    let below = |member: &str| if name.is_empty() { member.to_owned() } else { format!("{name}.{member}") };
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                match (member.as_str(), value) {
                    ("missing", Value::Object(reasons)) => {
                        let reasons = reasons.iter();
                        cells.extend(reasons.map(|(of, reason)| (below(of), format!("#{}", text(reason)))));
                    }
                    _ => write(value, &below(member), cells),
                }
            }
        }
        Value::Array(items) if items.is_empty() => cells.push((name.to_owned(), "#none".to_owned())),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (number, item) in items.iter().enumerate() {
                write(item, &format!("{name}[{number}]"), cells);
            }
        }
        Value::Array(items) => {
            cells.push((name.to_owned(), items.iter().map(text).collect::<Vec<_>>().join("|")));
        }
        plain => cells.push((name.to_owned(), text(plain))),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
