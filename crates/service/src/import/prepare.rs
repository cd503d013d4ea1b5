//! What a row means and what stands against it by itself: done outside the writer, on all cores.

use std::ops::Range;

use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::identifier::{self, FieldKind, Verdict};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_domain::text::Text;
use cartotek_forms::Form;
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;
use crate::import::header::{ACKNOWLEDGEMENT, COURSE, Column, Header, PATIENT};
use crate::import::line;
use crate::import::read::{File, Row};
use crate::record::prepare::Prepared;

/// The largest row, in bytes: as much as one submission.
const LARGEST_ROW: usize = 1 << 20;

/// What all rows of a file share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) service: Service,
    pub(super) form: String,
    pub(super) version: u32,
    pub(super) file: File,
    pub(super) header: Option<Header>,
}

/// A finding with the column it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) column: Option<String>,
    pub(super) finding: Finding,
}

impl Placed {
    pub(super) fn new(column: Option<&str>, finding: Finding) -> Self {
        Self { column: column.map(str::to_owned), finding }
    }
}

/// How a row names the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum CourseName {
    /// Not at all.
    #[default]
    Absent,
    /// By its number among the patient's courses.
    Number(i32),
    /// By its id.
    Id(CourseId),
}

/// Why the warnings of a row are right all the same.
#[derive(Debug, Clone, Default)]
pub(super) enum Reasons {
    #[default]
    None,
    /// One reason for every warning.
    Every(String),
    /// A reason for each.
    Each(Vec<Acknowledgement>),
}

impl Reasons {
    /// The reasons, for the warnings that were found.
    pub(super) fn for_findings(&self, findings: &[Finding]) -> Vec<Acknowledgement> {
        match self {
            Self::None => Vec::new(),
            Self::Each(listed) => listed.clone(),
            Self::Every(reason) => findings
                .iter()
                .map(|finding| Acknowledgement {
                    rule: finding.rule.clone(),
                    pointer: finding.pointer.clone(),
                    reason: reason.clone(),
                })
                .collect(),
        }
    }
}

/// A row that was read, screened and checked by itself.
#[derive(Default)]
pub(super) struct PreparedRow {
    pub(super) number: usize,
    pub(super) span: Range<usize>,
    pub(super) patient: Option<Pseudonym>,
    pub(super) course: CourseName,
    pub(super) reasons: Reasons,
    /// The content, unless it could not be read or the guard refused it.
    pub(super) prepared: Option<Prepared>,
    /// What stands against the row, the content's own findings aside.
    pub(super) faults: Vec<Placed>,
    /// What a submission of the content would be refused for, whatever the other records are.
    pub(super) refusals: Vec<Finding>,
    /// Whether the guard refused something: then the row's text is neither kept nor given back.
    pub(super) withheld: bool,
}

impl PreparedRow {
    /// Notes a fault of something beside the content; what the guard refuses is withheld.
    pub(super) fn fault(&mut self, column: Option<&str>, finding: Finding) {
        self.withheld |= finding.rule == "R-ID-01" && finding.is_error();
        self.faults.push(Placed::new(column, finding));
    }
}

/// Prepares rows in their order, on as many threads as the machine has cores.
pub(super) fn prepare_all(shared: &Shared, rows: &[Row]) -> Result<Vec<PreparedRow>, ServiceError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(cores).max(1);
    let prepare = |rows: &[Row]| rows.iter().map(|row| prepare(shared, row)).collect::<Result<Vec<_>, _>>();
    let shares: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = rows.chunks(share).map(|rows| scope.spawn(move || prepare(rows))).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut prepared = Vec::with_capacity(rows.len());
    for share in shares {
        prepared.extend(share.map_err(|_| ServiceError::Defect("preparing a row panicked".to_owned()))??);
    }
    Ok(prepared)
}

fn prepare(shared: &Shared, row: &Row) -> Result<PreparedRow, ServiceError> {
    let mut prepared = PreparedRow { number: row.number, span: row.span.clone(), ..PreparedRow::default() };
    let published = shared.service.forms()?;
    let form = published.expect(&shared.form, Some(shared.version))?;
    let content = if row.span.len() > LARGEST_ROW {
        prepared.withheld = true;
        prepared.fault(None, too_large());
        None
    } else {
        match &shared.header {
            Some(header) => from_cells(shared, header, form, row, &mut prepared),
            None => line::read(shared, row, &mut prepared),
        }
    };
    if let Some(content) = content {
        check(shared, content, &mut prepared)?;
    }
    Ok(prepared)
}

/// Screens and checks a content as a submission does.
fn check(shared: &Shared, content: Value, row: &mut PreparedRow) -> Result<(), ServiceError> {
    let column =
        |finding: &Finding| shared.header.as_ref().and_then(|header| header.column_at(&finding.pointer));
    match Prepared::new(&shared.service, &shared.form, Some(shared.version), content, None) {
        Ok(prepared) => {
            row.refusals = prepared.refusals()?;
            row.prepared = Some(prepared);
        }
        Err(ServiceError::Refused(refusal)) => {
            for finding in refusal.findings {
                row.fault(column(&finding), finding);
            }
        }
        Err(other) => return Err(other),
    }
    Ok(())
}

/// The content that the cells of a table's row mean.
fn from_cells(
    shared: &Shared,
    header: &Header,
    form: &Form,
    row: &Row,
    prepared: &mut PreparedRow,
) -> Option<Value> {
    if row.cells.len() != header.width() || has_open_quote(shared, row) {
        let screen = |cell| guard(&shared.service, cell, FieldKind::Structured, "");
        let hit = row.cells.iter().find_map(screen);
        prepared.fault(None, wrong_width(shared, row, header.width()));
        if let Some(hit) = hit {
            prepared.fault(None, hit);
        }
        return None;
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
    let faults = match form.content_from_cells(&answers) {
        Ok(content) => return Some(content),
        Err(faults) => faults,
    };
    for fault in faults {
        prepared.fault(header.column_at(&fault.pointer), fault);
    }
    // The content cannot be screened as a whole: its cells are, each by itself.
    for (column, cell) in header.columns.iter().zip(&row.cells) {
        if let Column::Answer { name, pointer } = column
            && let Some(finding) = guard(&shared.service, cell, form.field_kind(pointer), pointer)
        {
            prepared.fault(Some(name), finding);
        }
    }
    None
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
        Err(error) => cartotek_domain::pseudonym::InvalidPseudonym::text(error),
    };
    let fault = Finding::error("IMPORT-PATIENT", "/patient", fault);
    let hit = guard(service, cell, FieldKind::Structured, "/patient");
    row.fault(Some(PATIENT), hit.unwrap_or(fault));
}

/// Reads how a row names its course: by number or id.
pub(super) fn read_course(service: &Service, cell: &str, row: &mut PreparedRow) {
    let cell = cell.trim();
    if cell.is_empty() {
        return;
    }
    if let Some(hit) = guard(service, cell, FieldKind::Structured, "/course") {
        row.fault(Some(COURSE), hit);
    } else if let Ok(name) =
        cell.parse().map(CourseName::Number).or_else(|_| cell.parse().map(CourseName::Id))
    {
        row.course = name;
    } else {
        let text = Text::new(
            "course ska vara kursens nummer (1, 2, …) eller id.",
            "course must be the number (1, 2, …) or the id of the course.",
        );
        row.fault(Some(COURSE), Finding::error("IMPORT-COURSE", "/course", text));
    }
}

fn read_reason(service: &Service, cell: &str, row: &mut PreparedRow) {
    let reason = cell.trim();
    if let Some(hit) = guard(service, reason, FieldKind::FreeText, "/acknowledgement") {
        row.fault(Some(ACKNOWLEDGEMENT), hit);
    } else if !reason.is_empty() {
        row.reasons = Reasons::Every(reason.to_owned());
    }
}

/// What the identifier guard refuses in one text.
pub(super) fn guard(service: &Service, text: &str, kind: FieldKind, pointer: &str) -> Option<Finding> {
    match identifier::detect(text, service.today(), kind) {
        Verdict::Refused(kind) => {
            let hit = identifier::Hit { pointer: pointer.to_owned(), kind, refused: true, in_key: false };
            Some(identifier::finding(&hit))
        }
        Verdict::Clean | Verdict::Suspicious(_) => None,
    }
}

/// An opened quotation mark swallows the rows that follow.
fn has_open_quote(shared: &Shared, row: &Row) -> bool {
    let raw = shared.file.at(&row.span);
    let lines = raw.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
    lines && raw.split(|byte| *byte == b'"').count() % 2 == 0
}

fn wrong_width(shared: &Shared, row: &Row, width: usize) -> Finding {
    let text = if has_open_quote(shared, row) {
        Text::new(
            "Ett citattecken öppnas på raden men stängs inte; rätta det, annars läses följande rader in i cellen.",
            "A quotation mark is opened in the row but not closed; mend it, or the rows that follow are read into the cell.",
        )
    } else {
        let cells = row.cells.len();
        Text::new(
            format!(
                "Raden har {cells} celler men rubrikraden {width}; kontrollera skiljetecken och citattecken."
            ),
            format!(
                "The row has {cells} cells but the header {width}; check separators and quotation marks."
            ),
        )
    };
    Finding::error("IMPORT-CELLS", "", text)
}

fn too_large() -> Finding {
    let text = Text::new("Raden är större än 1 MB; dela upp den.", "The row is larger than 1 MB; split it.");
    Finding::error("IMPORT-ROW-SIZE", "", text)
}

/// Why a row's patient is not there for the site: the same words as for a single record.
pub(super) fn unknown_patient() -> Finding {
    Finding::error("IMPORT-PATIENT", "/patient", Problem::NotFound.title())
}
