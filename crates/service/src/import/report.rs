//! What an import tells: counts, findings by row and column, and the caller's own file with two more columns.

use std::ops::Range;

use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::text::Language;
use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::import::batch::Writer;
use crate::import::cells::guard;
use crate::import::decide::Outcome;
use crate::import::file::File;
use crate::import::header::{ERRORS, Header, STATUS};
use crate::import::prepare::{Placed, PreparedRow};
use crate::import::quoting::places;
use crate::import::remark::added_cells;
use crate::import::{Counts, RowFinding, RowStatus};

/// How many findings are listed; the counts go on, and so does the returned file.
const MOST_LISTED: usize = 100_000;
/// How many findings lie in one stored part.
pub(super) const FINDINGS_IN_PART: usize = 100;
/// How much of the file lies in one stored part, in bytes.
const PART: usize = 512 * 1024;

/// A part to be stored: its kind, its place among those of the kind, its bytes.
pub(super) type Part = (&'static str, i64, Vec<u8>);
/// Kinds of stored parts.
pub(super) const FINDINGS: &str = "report";
pub(super) const FILE: &str = "output";
pub(super) const PATIENTS: &str = "patients";
pub(super) const SUMMARY: &str = "summary";

/// The report of an import, as far as it has come.
pub(super) struct Report {
    writer: Writer,
    file: File,
    language: Language,
    /// How far the file has been given back.
    at: usize,
    pub(super) counts: Counts,
    /// Findings that are not stored yet, and how many are.
    findings: Vec<RowFinding>,
    listed: usize,
    /// The first findings, for the answer.
    pub(super) first: Vec<RowFinding>,
    output: Vec<u8>,
    stored: [i64; 3],
}

impl Report {
    pub(super) fn new(writer: &Writer, file: File, language: Language) -> Self {
        let mut report = Self {
            writer: writer.clone(),
            file,
            language,
            at: 0,
            counts: Counts::default(),
            findings: Vec::new(),
            listed: 0,
            first: Vec::new(),
            output: Vec::new(),
            stored: [0; 3],
        };
        if let Some(header) = writer.header() {
            let (line, delimiter) = (kept(&report.file, header, &header.span), char::from(header.delimiter));
            report.give_back(header.span.clone(), line, format!("{delimiter}{STATUS}{delimiter}{ERRORS}"));
        }
        report
    }

    /// Says something of the file as a whole, at its first line.
    pub(super) fn notice(&mut self, finding: Finding) {
        self.counts.notices += 1;
        self.push(RowFinding { row: 1, form: None, column: None, patient: None, finding });
    }

    /// Adds rows with what became of them.
    pub(super) fn add(&mut self, rows: &[PreparedRow], outcomes: &[Outcome]) -> Result<(), ServiceError> {
        let writer = self.writer.clone();
        for (row, outcome) in rows.iter().zip(outcomes) {
            self.counts.add(outcome);
            self.list(row, outcome);
            let (line, added) = if let Some(header) = writer.header() {
                let added = added_cells(header.delimiter, outcome, writer.form_of(row), self.language);
                (self.cells(header, row, outcome), added)
            } else {
                (self.line(row, outcome)?, String::new())
            };
            self.give_back(row.span.clone(), line, added);
        }
        Ok(())
    }

    /// Leaves out what was not dealt with: nobody has looked at it.
    pub(super) fn break_off(&mut self) {
        self.at = self.file.as_ref().len();
    }

    /// The full parts that can be stored now; with `ended`, all that is left.
    pub(super) fn take_parts(&mut self, ended: bool) -> Result<Vec<Part>, ServiceError> {
        let mut parts = Vec::new();
        if ended {
            let tail = self.at..self.file.as_ref().len();
            self.output.extend_from_slice(self.file.at(&tail));
            self.at = tail.end;
        }
        while self.output.len() >= PART || (ended && !self.output.is_empty()) {
            let rest = self.output.split_off(PART.min(self.output.len()));
            let part = std::mem::replace(&mut self.output, rest);
            parts.push((FILE, next(&mut self.stored[0]), part));
        }
        while self.findings.len() >= FINDINGS_IN_PART || (ended && !self.findings.is_empty()) {
            let rest = self.findings.split_off(FINDINGS_IN_PART.min(self.findings.len()));
            let part = std::mem::replace(&mut self.findings, rest);
            parts.push((FINDINGS, next(&mut self.stored[1]), serde_json::to_vec(&part)?));
        }
        Ok(parts)
    }

    /// The patients of some rows, as a part: reading the file later is reading about them.
    pub(super) fn patients(&mut self, outcomes: &[Outcome]) -> Result<Part, ServiceError> {
        let mut patients: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.patient).collect();
        patients.sort_unstable();
        patients.dedup();
        Ok((PATIENTS, next(&mut self.stored[2]), serde_json::to_vec(&patients)?))
    }

    fn list(&mut self, row: &PreparedRow, outcome: &Outcome) {
        for placed in &outcome.findings {
            if self.listed == MOST_LISTED {
                return;
            }
            let finding = RowFinding {
                row: row.number,
                form: row.form.clone().filter(|_| self.writer.selection().only().is_none()),
                column: placed.column.clone(),
                patient: outcome.patient,
                finding: placed.finding.clone(),
            };
            self.push(finding);
        }
    }

    fn push(&mut self, finding: RowFinding) {
        if self.listed < FINDINGS_IN_PART {
            self.first.push(finding.clone());
        }
        self.findings.push(finding);
        self.listed += 1;
    }

    /// Gives back a row as `line` with `added` behind it, and as it is what stands between it and the row before.
    fn give_back(&mut self, span: Range<usize>, line: Vec<u8>, added: String) {
        self.output.extend_from_slice(self.file.at(&(self.at..span.start)));
        self.output.extend_from_slice(&line);
        self.output.extend_from_slice(added.as_bytes());
        self.at = span.end;
    }

    /// The cells of a row byte for byte, but for those that the guard refuses; none of a row that is withheld whole.
    fn cells(&self, header: &Header, row: &PreparedRow, outcome: &Outcome) -> Vec<u8> {
        if outcome.withheld && !row.withheld {
            return vec![header.delimiter; header.headings.len().saturating_sub(1)];
        }
        let line = kept(&self.file, header, &row.span);
        if !row.withheld {
            return line;
        }
        let cells = places(&line, header.delimiter);
        let readable = cells.len() == header.headings.len();
        let kinds = self.writer.form_of(row).map(|form| header.field_kinds(form)).unwrap_or_default();
        let kind = |place: usize| kinds.get(place).copied().unwrap_or(FieldKind::Structured);
        let is_refused = |place: usize, cell: &Range<usize>| {
            let text = line.get(cell.clone()).map(String::from_utf8_lossy).unwrap_or_default();
            let unquoted = text.trim().trim_matches('"').replace("\"\"", "\"");
            guard(self.writer.service().today(), &unquoted, kind(place), "").is_some()
        };
        let refused: Vec<bool> =
            cells.iter().enumerate().map(|(place, cell)| is_refused(place, cell)).collect();
        // What cannot be told apart is withheld as a whole.
        let whole = !readable || !refused.contains(&true);
        let mut given = Vec::with_capacity(line.len());
        for (place, (cell, refused)) in cells.iter().zip(refused).enumerate() {
            if place > 0 {
                given.push(header.delimiter);
            }
            if !whole && !refused {
                given.extend_from_slice(line.get(cell.clone()).unwrap_or_default());
            }
        }
        given
    }

    /// A line of NDJSON with two more members; a line that is withheld has only those.
    fn line(&self, row: &PreparedRow, outcome: &Outcome) -> Result<Vec<u8>, ServiceError> {
        let shown = |placed: &Placed| {
            let finding = &placed.finding;
            serde_json::json!({
                "rule": finding.rule, "severity": finding.severity, "pointer": finding.pointer,
                "message": finding.message.in_language(self.language),
            })
        };
        let errors: Vec<Value> = outcome.findings.iter().map(shown).collect();
        let mut added = Map::new();
        added.insert(STATUS.to_owned(), Value::from(outcome.status.name()));
        added.insert(ERRORS.to_owned(), Value::from(errors));
        if outcome.withheld {
            return Ok(serde_json::to_vec(&added)?);
        }
        let text = self.file.text(&row.span);
        if let (false, Some(own)) = (row.was_returned, text.strip_suffix('}')) {
            let comma = if own.trim_end().ends_with('{') { "" } else { "," };
            let added = serde_json::to_string(&added)?;
            return Ok(format!("{own}{comma}{}", added.trim_start_matches('{')).into_bytes());
        }
        let mut members: Map<String, Value> = serde_json::from_str(text)?;
        members.extend(added);
        Ok(serde_json::to_vec(&members)?)
    }
}

fn next(counter: &mut i64) -> i64 {
    let number = *counter;
    *counter += 1;
    number
}

/// The text of a row without the two columns of an earlier returned file.
fn kept(file: &File, header: &Header, span: &Range<usize>) -> Vec<u8> {
    let line = file.at(span);
    let cells = if header.was_returned { places(line, header.delimiter) } else { Vec::new() };
    let end = match cells.get(header.headings.len()) {
        Some(status) if cells.len() == header.width() => status.start.saturating_sub(1),
        _ => line.len(),
    };
    line.get(..end).unwrap_or_default().to_vec()
}

impl Counts {
    /// Rows that were dealt with.
    pub(super) fn rows(self) -> i64 {
        self.accepted + self.already_there + self.not_kept + self.refused
    }

    fn add(&mut self, outcome: &Outcome) {
        let count = match outcome.status {
            RowStatus::Accepted => &mut self.accepted,
            RowStatus::AlreadyThere => &mut self.already_there,
            RowStatus::NotKept => &mut self.not_kept,
            RowStatus::Refused => &mut self.refused,
        };
        *count += 1;
        for placed in &outcome.findings {
            match placed.finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Notice => self.notices += 1,
            }
        }
    }
}
