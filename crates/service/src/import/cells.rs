//! The cells of a table's row: what they mean.

use std::borrow::Cow;

use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::{self, FieldKind, Verdict};
use cartotek_domain::pseudonym::InvalidPseudonym;
use cartotek_domain::text::Text;
use cartotek_forms::{CsvColumn, Form};
use chrono::NaiveDate;

use crate::Service;
use crate::import::header::Header;
use crate::import::layout::{ACKNOWLEDGEMENT, Answer, COURSE, Column, FORM, Layout, PATIENT};
use crate::import::prepare::{CourseName, PreparedRow, Reading, Reasons, Shared};
use crate::import::quoting::{Quoting, quoting};
use crate::import::read::Row;
use crate::import::remark::unprotected;
use crate::record::submit::{is_long, too_long};

/// The content that the cells of a table's row mean.
pub(super) fn read(shared: &Shared, header: &Header, row: &Row, prepared: &mut PreparedRow) -> Reading {
    let quoting = quoting(shared.file.at(&row.span), header.delimiter);
    if row.cells.len() != header.width() || quoting != Quoting::Sound {
        prepared.fault(None, unreadable(quoting, row.cells.len(), header.width()));
        screen_strictly(shared, row, prepared);
        return Reading::Nothing;
    }
    read_patient(&shared.service, header.cell(row, &Column::Patient).unwrap_or_default(), prepared);
    read_form(shared, header.cell(row, &Column::Form), prepared);
    let form = prepared.form.as_ref().and_then(|code| shared.selection.form(code));
    let Some((form, layout)) = form.and_then(|form| Some((form, header.layout(form.code())?))) else {
        if !prepared.withheld {
            screen_strictly(shared, row, prepared);
        }
        return Reading::Nothing;
    };
    let answers = read_columns(shared, header, (form, layout), row, prepared);
    let answers: Vec<_> = answers.iter().map(|(name, cell)| (*name, cell.as_ref())).collect();
    let rest = match form.content_from_cells(&answers, header.mark) {
        Ok(content) if row.faults.is_empty() => return Reading::Content(content),
        Ok(content) => Some(content),
        Err(unreadable) => {
            for fault in unreadable.findings {
                prepared.fault(header.column_at(form.code(), &fault.pointer), fault);
            }
            unreadable.rest
        }
    };
    screen_answers(shared, header, form, row, prepared);
    rest.filter(|_| !prepared.withheld).map_or(Reading::Nothing, Reading::Rest)
}

/// Reads what says whose record a row is; gives the answers, each with its column's name.
fn read_columns<'r>(
    shared: &Shared,
    header: &Header,
    (form, layout): (&Form, &'r Layout),
    row: &'r Row,
    prepared: &mut PreparedRow,
) -> Vec<(&'r str, Cow<'r, str>)> {
    let mut answers = Vec::with_capacity(layout.0.len());
    for (place, (column, cell)) in layout.0.iter().zip(&row.cells).enumerate() {
        match column {
            Column::Patient | Column::Form => {}
            Column::Course => read_course(&shared.service, cell, prepared),
            Column::Acknowledgement => read_reason(&shared.service, cell, prepared),
            Column::Foreign if cell.trim().is_empty() => {}
            Column::Foreign => {
                let hit = guard(shared.service.today(), cell, FieldKind::Structured, "");
                let heading = header.headings.get(place).map(String::as_str);
                prepared.fault(heading, hit.unwrap_or_else(foreign));
            }
            Column::Answer(answer) => match row.fault_at(place) {
                None => answers.push((answer.column.name.as_str(), answer.read(unprotected(cell)))),
                Some(fault) => {
                    let pointer = &answer.column.pointer;
                    let fault = Finding::error("CELL-TYPE", pointer, fault.text());
                    prepared.fault(header.column_at(form.code(), pointer), fault);
                }
            },
        }
    }
    answers
}

/// Screens the answers of a row cell by cell, because its content cannot be screened as a whole.
fn screen_answers(shared: &Shared, header: &Header, form: &Form, row: &Row, prepared: &mut PreparedRow) {
    let columns = header.layout(form.code()).map_or(&[][..], |layout| layout.0.as_slice());
    for (column, cell) in columns.iter().zip(&row.cells) {
        let Column::Answer(Answer { column: CsvColumn { pointer, .. }, .. }) = column else { continue };
        if let Some(hit) = guard(shared.service.today(), cell, form.field_kind(pointer), pointer) {
            prepared.fault(header.column_at(form.code(), pointer), hit);
        }
    }
}

/// Screens a row of which nobody knows what its cells are.
fn screen_strictly(shared: &Shared, row: &Row, prepared: &mut PreparedRow) {
    let screen = |cell| guard(shared.service.today(), cell, FieldKind::Structured, "");
    if let Some(hit) = row.cells.iter().find_map(screen) {
        prepared.fault(None, hit);
    }
}

/// Reads which form a row fills in.
pub(super) fn read_form(shared: &Shared, cell: Option<&str>, row: &mut PreparedRow) {
    let form = match cell {
        Some(code) => shared.selection.form(code),
        None => shared.selection.only(),
    };
    if let Some(form) = form {
        row.form = Some(form.code().to_owned());
    } else {
        let hit = guard(shared.service.today(), cell.unwrap_or_default(), FieldKind::Structured, "/form");
        row.fault(Some(FORM), hit.unwrap_or_else(|| unknown_form(&shared.selection.codes())));
    }
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
    let reason = unprotected(cell).trim();
    if let Some(hit) = guard(service.today(), reason, FieldKind::FreeText, "/acknowledgement") {
        row.fault(Some(ACKNOWLEDGEMENT), hit);
    } else if is_long(reason) {
        row.fault(Some(ACKNOWLEDGEMENT), Finding::error("ACKNOWLEDGE", "/acknowledgement", too_long()));
    } else if !reason.is_empty() {
        row.reasons = Reasons::Every(reason.to_owned());
    }
}

fn unknown_form(codes: &str) -> Finding {
    let text = Text::new(
        format!("Ange vilket formulär raden gäller: {codes}."),
        format!("Say which form the row fills in: {codes}."),
    );
    Finding::error("IMPORT-FORM", "/form", text)
}

fn foreign() -> Finding {
    let text = Text::new(
        "Formuläret på raden har ingen sådan kolumn; lämna cellen tom.",
        "The form of this row has no such column; leave the cell empty.",
    );
    Finding::error("CELL-COLUMN", "", text)
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
