//! The cells of a table's row: what they mean, and where they lie in its text.

use std::ops::Range;

use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::{self, FieldKind, Verdict};
use cartotek_domain::pseudonym::InvalidPseudonym;
use cartotek_domain::text::Text;
use cartotek_forms::Form;
use chrono::NaiveDate;

use crate::Service;
use crate::import::header::{ACKNOWLEDGEMENT, COURSE, Column, Header, PATIENT};
use crate::import::prepare::{CourseName, PreparedRow, Reading, Reasons, Shared};
use crate::import::read::Row;
use crate::record::submit::{is_long, too_long};

/// The content that the cells of a table's row mean.
pub(super) fn read(
    shared: &Shared,
    header: &Header,
    form: &Form,
    row: &Row,
    prepared: &mut PreparedRow,
) -> Reading {
    let quoting = quoting(shared.file.at(&row.span), header.delimiter);
    if row.cells.len() != header.width() || quoting != Quoting::Sound {
        let screen = |cell| guard(shared.service.today(), cell, FieldKind::Structured, "");
        let hit = row.cells.iter().find_map(screen);
        prepared.fault(None, unreadable(quoting, row.cells.len(), header.width()));
        if let Some(hit) = hit {
            prepared.fault(None, hit);
        }
        return Reading::Nothing;
    }
    let mut answers = Vec::with_capacity(header.columns.len());
    for (column, cell) in header.columns.iter().zip(&row.cells) {
        match column {
            Column::Patient => read_patient(&shared.service, cell, prepared),
            Column::Course => read_course(&shared.service, cell, prepared),
            Column::Acknowledgement => read_reason(&shared.service, cell, prepared),
            Column::Answer { name, .. } => answers.push((name.as_str(), cell)),
        }
    }
    let unreadable = match form.content_from_cells(&answers, header.mark) {
        Ok(content) => return Reading::Content(content),
        Err(unreadable) => unreadable,
    };
    for fault in unreadable.findings {
        prepared.fault(header.column_at(&fault.pointer), fault);
    }
    // The content cannot be screened as a whole: its cells are, each by itself.
    for (column, cell) in header.columns.iter().zip(&row.cells) {
        if let Column::Answer { name, pointer, .. } = column
            && let Some(finding) = guard(shared.service.today(), cell, form.field_kind(pointer), pointer)
        {
            prepared.fault(Some(name), finding);
        }
    }
    unreadable.rest.filter(|_| !prepared.withheld).map_or(Reading::Nothing, Reading::Rest)
}

/// Reads the pseudonym of a row.
pub(super) fn read_patient(service: &Service, cell: &str, row: &mut PreparedRow) {
    let cell = cell.trim();
    let fault = match cell.parse() {
        Ok(pseudonym) => {
            row.patient = Some(pseudonym);
            return;
        }
        Err(_) if cell.is_empty() => {
            Text::new("Ange patientens pseudonym (CT-…).", "Give the patient's pseudonym (CT-…).")
        }
        Err(error) => InvalidPseudonym::text(error),
    };
    let fault = Finding::error("IMPORT-PATIENT", "/patient", fault);
    let hit = guard(service.today(), cell, FieldKind::Structured, "/patient");
    row.fault(Some(PATIENT), hit.unwrap_or(fault));
}

/// Reads how a row names its course: by number or id.
pub(super) fn read_course(service: &Service, cell: &str, row: &mut PreparedRow) {
    let cell = cell.trim();
    if cell.is_empty() {
        return;
    }
    if let Some(hit) = guard(service.today(), cell, FieldKind::Structured, "/course") {
        row.fault(Some(COURSE), hit);
    } else if let Ok(name) =
        cell.parse().map(CourseName::Number).or_else(|_| cell.parse().map(CourseName::Id))
    {
        row.course = name;
    } else {
        let text = Text::new(
            "course ska vara behandlingsomgångens nummer (1, 2, …) eller id.",
            "course must be the number (1, 2, …) or the id of the course.",
        );
        row.fault(Some(COURSE), Finding::error("IMPORT-COURSE", "/course", text));
    }
}

fn read_reason(service: &Service, cell: &str, row: &mut PreparedRow) {
    let reason = cell.trim();
    if let Some(hit) = guard(service.today(), reason, FieldKind::FreeText, "/acknowledgement") {
        row.fault(Some(ACKNOWLEDGEMENT), hit);
    } else if is_long(reason) {
        row.fault(Some(ACKNOWLEDGEMENT), Finding::error("ACKNOWLEDGE", "/acknowledgement", too_long()));
    } else if !reason.is_empty() {
        row.reasons = Reasons::Every(reason.to_owned());
    }
}

/// What the identifier guard refuses in one text.
pub(super) fn guard(today: NaiveDate, text: &str, kind: FieldKind, pointer: &str) -> Option<Finding> {
    match identifier::detect(text, today, kind) {
        Verdict::Refused(kind) => {
            let hit = identifier::Hit { pointer: pointer.to_owned(), kind, refused: true, in_key: false };
            Some(identifier::finding(&hit))
        }
        Verdict::Clean | Verdict::Suspicious(_) => None,
    }
}

/// How the cells of a row are quoted. A stray quotation mark swallows what follows it, whole rows too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Sound,
    /// A cell that was opened is not closed.
    Open,
    /// Something stands between a closing mark and the end of its cell.
    Continued,
}

fn unreadable(quoting: Quoting, cells: usize, width: usize) -> Finding {
    let text = match quoting {
        Quoting::Open => Text::new(
            "Ett citattecken öppnas på raden men stängs inte; rätta det, annars läses följande rader in i cellen.",
            "A quotation mark is opened in the row but not closed; mend it, or the rows that follow are read into the cell.",
        ),
        Quoting::Continued => Text::new(
            "Efter ett stängande citattecken står mer i cellen. Ett citattecken för mycket kan svälja följande rader; \
             rätta det och kontrollera raderna efter.",
            "There is more in a cell behind its closing quotation mark. A quotation mark too many can swallow the rows \
             that follow; mend it and check the rows after it.",
        ),
        Quoting::Sound => Text::new(
            format!(
                "Raden har {cells} celler men rubrikraden {width}; kontrollera skiljetecken och citattecken."
            ),
            format!(
                "The row has {cells} cells but the header {width}; check separators and quotation marks."
            ),
        ),
    };
    Finding::error("IMPORT-CELLS", "", text)
}

/// Where the reader of tables is in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closing,
}

impl State {
    /// As the reader of tables goes on; at a delimiter outside quotation marks a cell starts.
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Closing,
            (Self::Start | Self::Closing, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Plain,
        }
    }
}

fn quoting(row: &[u8], delimiter: u8) -> Quoting {
    let mut state = State::Start;
    for byte in row {
        let next = state.after(*byte, delimiter);
        if (state, next) == (State::Closing, State::Plain) {
            return Quoting::Continued;
        }
        state = next;
    }
    if state == State::Quoted { Quoting::Open } else { Quoting::Sound }
}

/// The places of the cells in the text of a row, as the reader of tables sees them.
pub(super) fn places(row: &[u8], delimiter: u8) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let (mut start, mut state) = (0, State::Start);
    for (place, byte) in row.iter().enumerate() {
        state = state.after(*byte, delimiter);
        if state == State::Start {
            cells.push(start..place);
            start = place + 1;
        }
    }
    cells.push(start..row.len());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_a_row_lie_where_the_reader_sees_them() {
        for row in ["a,b", "\"a,\"\"b\",c,", "a\"b,\"c", "\"a\"b,c", ",,", "\"x\ny\",z"] {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
            let read = reader.records().next().unwrap().unwrap();
            assert_eq!(places(row.as_bytes(), b',').len(), read.len(), "{row}: {read:?}");
        }
        assert_eq!(places(b"\"a,b\";c", b';'), [0..5, 6..7]);
    }
    #[test]
    fn what_stands_behind_a_closing_mark_is_seen() {
        let cases = [
            ("a,\"b, \"\"c\"\"\",d", Quoting::Sound),
            ("6\" pipe,\"x\ny\"", Quoting::Sound),
            ("a,\"b", Quoting::Open),
            ("a,\"b\nc,\"d", Quoting::Continued),
            ("\"a\" ,b", Quoting::Continued),
        ];
        for (row, expected) in cases {
            assert_eq!(quoting(row.as_bytes(), b','), expected, "{row}");
        }
    }
}
