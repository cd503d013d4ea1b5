//! What a returned table says of each row: two more cells.

use std::borrow::Cow;

use cartotek_domain::finding::Severity;
use cartotek_domain::text::Language;
use cartotek_forms::Form;

use crate::import::decide::Outcome;
use crate::import::prepare::Placed;

/// Status and findings of a row of a form, each with the delimiter before it.
pub(super) fn added_cells(
    delimiter: u8,
    outcome: &Outcome,
    form: Option<&Form>,
    language: Language,
) -> String {
    let sentences: Vec<String> =
        outcome.findings.iter().map(|placed| sentence(placed, form, language)).collect();
    let delimiter = char::from(delimiter);
    let errors = quoted(&protected(sentences.join(" | ")), delimiter);
    format!("{delimiter}{}{delimiter}{errors}", outcome.status.name())
}

/// `column: message [rule]`.
fn sentence(placed: &Placed, form: Option<&Form>, language: Language) -> String {
    let finding = &placed.finding;
    let (message, rule) = (finding.message.in_language(language), &finding.rule);
    let hint = match (finding.severity, language) {
        (Severity::Error, _) => "",
        (Severity::Warning, Language::Sv) => "varning, ",
        (Severity::Warning, Language::En) => "warning, ",
        (Severity::Notice, Language::Sv) => "upplysning, ",
        (Severity::Notice, Language::En) => "notice, ",
    };
    match column_of(placed, form) {
        Some(column) => format!("{column}: {message} [{hint}{rule}]"),
        None => format!("{message} [{hint}{rule}]"),
    }
}

/// The column of the file that a finding belongs to, else the one of the form that the file would have for it: that of the
/// answer or the first one within the group.
fn column_of<'p>(placed: &'p Placed, form: Option<&Form>) -> Option<Cow<'p, str>> {
    if let Some(column) = &placed.column {
        return Some(Cow::from(column));
    }
    // A reason in `missing` stands in the cell of the answer that is missing.
    let pointer = placed.finding.pointer.replace("/missing/", "/");
    let form = form.filter(|_| !pointer.is_empty())?;
    let is_within = |inner: &str| inner.strip_prefix(&pointer).is_some_and(|rest| rest.starts_with('/'));
    let within = || form.csv_header().into_iter().find(|column| is_within(&column.pointer));
    form.column_at(&pointer).or_else(within).map(|column| Cow::from(column.name))
}

/// What a spreadsheet may take for the beginning of a formula, also in full width (trust brief 3.3).
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet takes for a formula: an apostrophe stands before it, also when one does already, so that one
/// can be taken away again.
pub(crate) fn protected(cell: String) -> String {
    if cell.trim_start_matches('\'').starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

/// A cell without the apostrophe that protects it.
pub(super) fn unprotected(cell: &str) -> &str {
    let own = cell.trim_start().strip_prefix('\'');
    own.filter(|own| own.trim_start_matches('\'').starts_with(FORMULA)).unwrap_or(cell)
}

fn quoted(cell: &str, delimiter: char) -> String {
    if cell.contains([delimiter, '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_cell_is_no_formula_and_breaks_no_row() {
        for cell in ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "＝1", "＋1", "－1", "＠a", "'=1", "''-1"] {
            let protected = protected(cell.to_owned());
            assert_eq!(protected, format!("'{cell}"));
            assert_eq!(unprotected(&protected), cell);
        }
        for cell in ["dose: 1", "'quoted'", "1-2", "", "'"] {
            assert_eq!((protected(cell.to_owned()).as_str(), unprotected(cell)), (cell, cell));
        }
        assert_eq!(quoted("a;\"b\"", ';'), "\"a;\"\"b\"\"\"");
        assert_eq!(quoted("a,b", ';'), "a,b");
    }
}
