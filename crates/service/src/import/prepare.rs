//! What a row means and what stands against it by itself: done outside the writer, on all cores.

use std::ops::Range;
use std::sync::Arc;

use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_domain::text::Text;
use cartotek_forms::is_about_gaps;
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;
use crate::import::file::File;
use crate::import::header::Header;
use crate::import::read::Row;
use crate::import::selection::Selection;
use crate::import::{cells, line};
use crate::record::prepare::Prepared;
use crate::schedule::SHAPING;

/// The largest row, in bytes: as much as one submission.
const LARGEST_ROW: usize = 1 << 20;

/// What all rows of a file share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) service: Service,
    pub(super) selection: Selection,
    pub(super) file: File,
    pub(super) header: Option<Arc<Header>>,
}

/// What could be read of a row's content.
pub(super) enum Reading {
    /// All of it.
    Content(Value),
    /// The readable cells of a row that has others.
    Rest(Value),
    /// Nothing that is sure.
    Nothing,
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
    /// Code of its form.
    pub(super) form: Option<String>,
    pub(super) reasons: Reasons,
    /// The content, unless it could not be read or the guard refused it.
    pub(super) prepared: Option<Prepared>,
    /// What stands against the row, the content's own findings aside.
    pub(super) faults: Vec<Placed>,
    /// What a submission of the content would be refused for, whatever the other records are.
    pub(super) refusals: Vec<Finding>,
    /// Whether the guard refused something: then the row's text is neither kept nor given back.
    pub(super) withheld: bool,
    /// Whether a line of NDJSON has what an earlier returned file says of it: that is written anew.
    pub(super) was_returned: bool,
}

impl PreparedRow {
    /// Notes a fault of something beside the content; what the guard refuses is withheld.
    pub(super) fn fault(&mut self, column: Option<&str>, finding: Finding) {
        self.withheld |= finding.rule == "R-ID-01" && finding.is_error();
        self.faults.push(Placed::new(column, finding));
    }

    /// Whether its content tells what shapes the patient's schedule, which is then laid anew.
    pub(super) fn shapes_schedule(&self) -> bool {
        self.prepared.as_ref().is_some_and(|prepared| {
            prepared.checked().milestones.iter().any(|(name, _)| SHAPING.contains(&name.as_str()))
        })
    }
}

/// Prepares rows in their order, on as many threads as the machine has cores.
pub(super) fn prepare_all(shared: &Shared, rows: &[Row]) -> Result<Vec<PreparedRow>, ServiceError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(cores).max(1);
    let prepare = |rows: &[Row]| rows.iter().map(|row| prepare(shared, row)).collect::<Result<Vec<_>, _>>();
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = rows.chunks(share).map(|rows| scope.spawn(move || prepare(rows))).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut prepared = Vec::with_capacity(rows.len());
    for part in parts {
        prepared.extend(part.map_err(|_| ServiceError::Defect("preparing a row panicked".to_owned()))??);
    }
    Ok(prepared)
}

fn prepare(shared: &Shared, row: &Row) -> Result<PreparedRow, ServiceError> {
    let mut prepared = PreparedRow { number: row.number, span: row.span.clone(), ..PreparedRow::default() };
    let content = if row.span.len() > LARGEST_ROW {
        prepared.withheld = true;
        prepared.fault(None, too_large());
        Reading::Nothing
    } else {
        match &shared.header {
            Some(header) => cells::read(shared, header, row, &mut prepared),
            None => line::read(shared, row, &mut prepared).map_or(Reading::Nothing, Reading::Content),
        }
    };
    match content {
        Reading::Content(content) => check(shared, content, &mut prepared)?,
        Reading::Rest(rest) => check_rest(shared, rest, &mut prepared)?,
        Reading::Nothing => {}
    }
    Ok(prepared)
}

/// Screens and checks a content as a submission does.
fn check(shared: &Shared, content: Value, row: &mut PreparedRow) -> Result<(), ServiceError> {
    let Some(form) = row.form.as_ref().and_then(|code| shared.selection.form(code)) else { return Ok(()) };
    let column =
        |pointer: &str| shared.header.as_ref().and_then(|header| header.column_at(form.code(), pointer));
    match Prepared::new(&shared.service, form.code(), Some(form.version()), content, None) {
        Ok(prepared) => {
            row.refusals = prepared.refusals()?;
            row.prepared = Some(prepared);
        }
        Err(ServiceError::Refused(refusal)) => {
            for finding in refusal.findings {
                row.fault(column(&finding.pointer), finding);
            }
        }
        Err(other) => return Err(other),
    }
    Ok(())
}

/// Checks the readable cells of a row that has others, so that all that is wrong is told at once.
fn check_rest(shared: &Shared, rest: Value, row: &mut PreparedRow) -> Result<(), ServiceError> {
    check(shared, rest, row)?;
    // The row stays refused, and what is missing may be what could not be read.
    row.prepared = None;
    row.refusals.retain(|finding| !is_about_gaps(finding));
    Ok(())
}

fn too_large() -> Finding {
    let text = Text::new("Raden är större än 1 MB; dela upp den.", "The row is larger than 1 MB; split it.");
    Finding::error("IMPORT-ROW-SIZE", "", text)
}

/// Why a row's patient is not there for the site: the same words as for a single record.
pub(super) fn unknown_patient() -> Finding {
    Finding::error("IMPORT-PATIENT", "/patient", Problem::NotFound.title())
}
