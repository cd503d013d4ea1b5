//! What a returned table says of each row: two more cells.

use cartotek_domain::finding::Severity;
use cartotek_domain::text::Language;

use crate::import::decide::Outcome;
use crate::import::prepare::Placed;

/// Status and findings of a row, each with the delimiter before it.
pub(super) fn added_cells(delimiter: u8, outcome: &Outcome, language: Language) -> String {
    let sentences: Vec<String> = outcome.findings.iter().map(|placed| sentence(placed, language)).collect();
    let delimiter = char::from(delimiter);
    let errors = quoted(&protected(sentences.join(" | ")), delimiter);
    format!("{delimiter}{}{delimiter}{errors}", outcome.status.name())
}

/// `column: message [rule]`.
fn sentence(placed: &Placed, language: Language) -> String {
    let Placed { column, finding } = placed;
    let (message, rule) = (finding.message.in_language(language), &finding.rule);
    let hint = match (finding.severity, language) {
        (Severity::Error, _) => "",
        (Severity::Warning, Language::Sv) => "varning, ",
        (Severity::Warning, Language::En) => "warning, ",
        (Severity::Notice, Language::Sv) => "upplysning, ",
        (Severity::Notice, Language::En) => "notice, ",
    };
    match column {
        Some(column) => format!("{column}: {message} [{hint}{rule}]"),
        None => format!("{message} [{hint}{rule}]"),
    }
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
