//! The first line of a table: which column means what, and what is wrong with it.

use std::collections::BTreeSet;
use std::ops::Range;

use cartotek_analysis::cohort::nearest;
use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::text::Text;
use cartotek_forms::{ColumnType, DecimalMark, Form, Subject};
use chrono::NaiveDate;

use crate::import::cells::guard;
use crate::import::read::Row;

/// The columns that say whose record a row is and why its warnings are right all the same.
pub(super) const PATIENT: &str = "patient";
pub(super) const COURSE: &str = "course";
pub(super) const ACKNOWLEDGEMENT: &str = "acknowledgement";
/// The columns that a returned file has at its end.
pub(super) const STATUS: &str = "_status";
pub(super) const ERRORS: &str = "_errors";

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Patient,
    Course,
    Acknowledgement,
    /// An answer of the form.
    Answer {
        /// Its name in the table.
        name: String,
        /// Where its value goes.
        pointer: String,
        /// Whether it is a number.
        number: bool,
    },
}

/// The first line of a table.
#[derive(Clone)]
pub(super) struct Header {
    /// Its columns, without those of an earlier returned file.
    pub(super) columns: Vec<Column>,
    /// What separates the cells.
    pub(super) delimiter: u8,
    /// Which mark the numbers of the table have.
    pub(super) mark: DecimalMark,
    /// Where it stands in the file.
    pub(super) span: Range<usize>,
    /// Whether two columns of an earlier returned file stand at the end of every row.
    pub(super) was_returned: bool,
}

impl Header {
    /// Understands a header line.
    ///
    /// # Errors
    /// Every column that is unknown, repeated or missing, or that the identifier guard refuses.
    pub(super) fn read(
        row: &Row,
        delimiter: u8,
        form: &Form,
        today: NaiveDate,
    ) -> Result<Self, Vec<Finding>> {
        let names: Vec<&str> = row.cells.iter().map(str::trim).collect();
        let was_returned = names.ends_with(&[STATUS, ERRORS]);
        let own = names.len() - if was_returned { 2 } else { 0 };
        let names = names.get(..own).unwrap_or_default();
        let mut findings = Vec::new();
        let mut seen = BTreeSet::new();
        let mut columns = Vec::with_capacity(own);
        for (place, name) in names.iter().enumerate() {
            if !seen.insert(*name) {
                findings.push(repeated(place));
            }
            if let Some(column) = column(name, form) {
                columns.push(column);
            } else {
                let guarded = refused(place, name, today);
                findings.push(guarded.unwrap_or_else(|| unknown(place, name, form)));
            }
        }
        let about_course = form.subject() == Subject::Course;
        let needed = [(PATIENT, true), (COURSE, about_course)];
        let absent = needed.iter().filter(|(name, needed)| *needed && !seen.contains(name));
        findings.extend(absent.map(|(name, _)| missing(name)));
        if findings.is_empty() {
            let mark = DecimalMark::Point;
            Ok(Self { columns, delimiter, mark, span: row.span.clone(), was_returned })
        } else {
            Err(findings)
        }
    }

    /// How many cells every row must have.
    pub(super) fn width(&self) -> usize {
        self.columns.len() + if self.was_returned { 2 } else { 0 }
    }

    /// The column that a finding about an answer belongs to: that of the answer, or the first one within the group.
    pub(super) fn column_at(&self, pointer: &str) -> Option<&str> {
        // A reason in `missing` stands in the cell of the answer that is missing.
        let pointer = pointer.replace("/missing/", "/");
        let answers = || {
            self.columns.iter().filter_map(|column| match column {
                Column::Answer { name, pointer, .. } => Some((name, pointer)),
                _ => None,
            })
        };
        let exact = answers().find(|(_, place)| **place == pointer);
        let within = |place: &str| {
            !pointer.is_empty() && place.strip_prefix(&pointer).is_some_and(|rest| rest.starts_with('/'))
        };
        // A cell with several codes has findings about its elements.
        let around = |place: &str| pointer.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
        exact
            .or_else(|| answers().find(|(_, place)| within(place) || around(place)))
            .map(|(name, _)| name.as_str())
    }
}

fn column(name: &str, form: &Form) -> Option<Column> {
    match name {
        PATIENT => Some(Column::Patient),
        COURSE => Some(Column::Course),
        ACKNOWLEDGEMENT => Some(Column::Acknowledgement),
        _ => form.column(name).map(|column| {
            let number = matches!(column.kind, ColumnType::Number | ColumnType::Integer);
            Column::Answer { name: column.name, pointer: column.pointer, number }
        }),
    }
}

fn refused(place: usize, name: &str, today: NaiveDate) -> Option<Finding> {
    let hit = guard(today, name, FieldKind::Structured, "")?;
    let (letters, said) = (letters(place), &hit.message);
    let message = Text::new(
        format!("Kolumn {letters} i rubrikraden: {}", said.sv),
        format!("Column {letters} of the header: {}", said.en),
    );
    Some(Finding { message, ..hit })
}

fn unknown(place: usize, name: &str, form: &Form) -> Finding {
    let header = form.csv_header();
    let known = header.iter().map(|column| column.name.as_str());
    let nearest = nearest(name, known.chain([PATIENT, COURSE, ACKNOWLEDGEMENT]));
    let letters = letters(place);
    let (code, version) = (form.code(), form.version());
    let text = Text::new(
        format!(
            "Kolumn {letters} i rubrikraden finns inte i formuläret. Närmast: {nearest}. Alla kolumner står i \
             mallen, /forms/{code}/versions/{version}/template.csv."
        ),
        format!(
            "Column {letters} of the header is not in the form. Nearest: {nearest}. All columns are in the \
             template, /forms/{code}/versions/{version}/template.csv."
        ),
    );
    Finding::error("IMPORT-COLUMN", "", text)
}

fn repeated(place: usize) -> Finding {
    let letters = letters(place);
    let text = Text::new(
        format!("Kolumn {letters} har samma rubrik som en kolumn före den; ta bort den ena."),
        format!("Column {letters} has the same heading as one before it; remove one of the two."),
    );
    Finding::error("IMPORT-COLUMN", "", text)
}

fn missing(name: &str) -> Finding {
    let text = Text::new(
        format!("Kolumnen {name} saknas i rubrikraden."),
        format!("The header has no column {name}."),
    );
    Finding::error("IMPORT-COLUMN", "", text)
}

/// The letters by which a spreadsheet calls a column: A … Z, AA …
fn letters(place: usize) -> String {
    let mut letters = String::new();
    let mut rest = place + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        let named = [0, 25, 26, 51, 52, 701, 702].map(letters);
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
