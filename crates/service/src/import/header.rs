//! The first line of a table: which column means what, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cartotek_analysis::cohort::nearest;
use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::text::Text;
use cartotek_forms::{ColumnType, DecimalMark, Form, Subject};
use chrono::NaiveDate;

use crate::import::cells::guard;
use crate::import::layout::{COURSE, Column, FORM, Layout, OWN, PATIENT};
use crate::import::mapping::Mappings;
use crate::import::read::Row;
use crate::import::selection::Selection;

/// The columns that a returned file has at its end.
pub(super) const STATUS: &str = "_status";
pub(super) const ERRORS: &str = "_errors";

/// The first line of a table.
pub(super) struct Header {
    /// What stands above the columns, without those of an earlier returned file.
    pub(super) headings: Vec<String>,
    /// What separates the cells.
    pub(super) delimiter: u8,
    /// Which mark the numbers of the table have.
    pub(super) mark: DecimalMark,
    /// Where it stands in the file.
    pub(super) span: Range<usize>,
    /// Whether two columns of an earlier returned file stand at the end of every row.
    pub(super) was_returned: bool,
    /// What the columns mean, by the code of the form.
    layouts: BTreeMap<String, Layout>,
}

impl Header {
    /// Understands a header line.
    ///
    /// # Errors
    /// Every column that is unknown, repeated or missing, or that the identifier guard refuses.
    pub(super) fn read(
        row: &Row,
        delimiter: u8,
        (selection, mappings): (&Selection, &Mappings),
        today: NaiveDate,
    ) -> Result<Self, Vec<Finding>> {
        let names: Vec<&str> = row.cells.iter().map(str::trim).collect();
        let was_returned = names.ends_with(&[STATUS, ERRORS]);
        let own = names.len() - if was_returned { 2 } else { 0 };
        let names = names.get(..own).unwrap_or_default();
        let forms = selection.all();
        let mut findings = Vec::new();
        let mut seen = BTreeSet::new();
        for (place, name) in names.iter().enumerate() {
            if !seen.insert(*name) {
                findings.push(repeated(place));
            }
            if forms.iter().all(|form| mappings.column(name, form).is_none()) {
                let guarded = refused(place, name, today);
                findings.push(guarded.unwrap_or_else(|| unknown(place, name, selection)));
            }
        }
        let layout = |form: &Form| {
            let columns = names.iter().map(|name| mappings.column(name, form).unwrap_or(Column::Foreign));
            (form.code().to_owned(), Layout(columns.collect()))
        };
        let layouts: BTreeMap<_, _> = forms.into_iter().map(layout).collect();
        if findings.is_empty() {
            let doubled: BTreeSet<usize> = layouts.values().filter_map(Layout::doubled).collect();
            findings.extend(doubled.into_iter().map(same));
        }
        findings.extend(lacking(selection, layouts.values().next()));
        if !findings.is_empty() {
            return Err(findings);
        }
        let headings = names.iter().copied().map(str::to_owned).collect();
        let (mark, span) = (DecimalMark::Point, row.span.clone());
        Ok(Self { headings, delimiter, mark, span, was_returned, layouts })
    }

    /// How many cells every row must have.
    pub(super) fn width(&self) -> usize {
        self.headings.len() + if self.was_returned { 2 } else { 0 }
    }

    /// What the columns mean for a form.
    pub(super) fn layout(&self, form: &str) -> Option<&Layout> {
        self.layouts.get(form)
    }

    /// Where a column of our own stands: in the same place for every form.
    pub(super) fn place_of(&self, own: &Column) -> Option<usize> {
        self.layouts.values().next()?.0.iter().position(|column| column == own)
    }

    /// The cell of a row in a column of our own.
    pub(super) fn cell<'r>(&self, row: &'r Row, own: &Column) -> Option<&'r str> {
        row.cells.get(self.place_of(own)?).map(str::trim)
    }

    /// The heading of the column that a finding about an answer of a form belongs to.
    pub(super) fn column_at(&self, form: &str, pointer: &str) -> Option<&str> {
        let place = self.layouts.get(form)?.place_of(pointer)?;
        self.headings.get(place).map(String::as_str)
    }

    /// How strictly the guard looks at the columns of a form.
    pub(super) fn field_kinds(&self, form: &Form) -> Vec<FieldKind> {
        let kind = |column: &Column| match column {
            Column::Answer(answer) => form.field_kind(&answer.column.pointer),
            Column::Acknowledgement => FieldKind::FreeText,
            _ => FieldKind::Structured,
        };
        self.layout(form.code()).map_or_else(Vec::new, |layout| layout.0.iter().map(kind).collect())
    }

    /// Which columns hold numbers of some form.
    pub(super) fn numbers(&self) -> Vec<bool> {
        let numeric = |column: Option<&Column>| match column {
            Some(Column::Answer(answer)) => {
                matches!(answer.column.kind, ColumnType::Number | ColumnType::Integer)
            }
            _ => false,
        };
        let places = 0..self.headings.len();
        places.map(|place| self.layouts.values().any(|layout| numeric(layout.0.get(place)))).collect()
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

fn unknown(place: usize, name: &str, selection: &Selection) -> Finding {
    let columns: BTreeSet<String> =
        selection.all().into_iter().flat_map(Form::csv_header).map(|column| column.name).collect();
    let nearest = nearest(name, columns.iter().map(String::as_str).chain(OWN));
    let letters = letters(place);
    let (template, sv, en) = match selection.only() {
        Some(form) => {
            let (code, version) = (form.code(), form.version());
            (format!("/forms/{code}/versions/{version}/template.csv"), "formuläret", "the form")
        }
        None => ("/forms/<form>/versions/<version>/template.csv".to_owned(), "något formulär", "any form"),
    };
    let text = Text::new(
        format!(
            "Kolumn {letters} i rubrikraden finns inte i {sv}. Närmast: {nearest}. Alla kolumner står i mallen, \
             {template}."
        ),
        format!(
            "Column {letters} of the header is not in {en}. Nearest: {nearest}. All columns are in the template, \
             {template}."
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

fn same(place: usize) -> Finding {
    let letters = letters(place);
    let text = Text::new(
        format!("Kolumn {letters} betyder samma som en kolumn före den; ta bort den ena."),
        format!("Column {letters} means the same as one before it; remove one of the two."),
    );
    Finding::error("IMPORT-COLUMN", "", text)
}

/// The columns of our own that a table needs and does not have.
fn lacking(selection: &Selection, layout: Option<&Layout>) -> Vec<Finding> {
    let about_course = selection.only().is_some_and(|form| form.subject() == Subject::Course);
    let several = selection.only().is_none();
    let needed = [
        (PATIENT, Column::Patient, true),
        (COURSE, Column::Course, about_course),
        (FORM, Column::Form, several),
    ];
    let has = |column: &Column| layout.is_some_and(|layout| layout.0.contains(column));
    let absent = needed.iter().filter(|(_, column, needed)| *needed && !has(column));
    absent.map(|(name, ..)| missing(name)).collect()
}

fn missing(name: &str) -> Finding {
    let (sv, en) = if name == FORM {
        (
            " Har alla rader samma formulär: ange form= i adressen, eller ge arbetsbokens blad formulärets namn.",
            " Where all rows have one form, name it by form= in the address, or call the sheet of the workbook by it.",
        )
    } else {
        ("", "")
    };
    let text = Text::new(
        format!("Kolumnen {name} saknas i rubrikraden.{sv}"),
        format!("The header has no column {name}.{en}"),
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
