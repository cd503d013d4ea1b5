//! What becomes of prepared rows, given what the database holds and what the rows before them say.
//!
//! A decision is a pure function of the [`Basis`] that was read. It is taken outside the writer; the write reads the
//! basis again and decides anew only when somebody has changed it in the meantime.

use std::collections::HashMap;

use cartotek_crypto::hash::{Hash, sha256};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Acknowledgement, Record, RecordStatus};
use cartotek_domain::text::Text;
use cartotek_forms::Form;
use uuid::Uuid;

use crate::error::ServiceError;
use crate::import::RowStatus;
use crate::import::basis::{Basis, Subject};
use crate::import::batch::{Batch, Writer};
use crate::import::layout::{COURSE, PATIENT};
use crate::import::prepare::{Placed, PreparedRow, Reasons, unknown_patient};
use crate::record::author::author_finding;
use crate::record::mark::held_by;
use crate::record::objection::collection_stopped;
use crate::record::prepare::Prepared;
use crate::record::submit::{explain, unused};
use crate::record::{milestones_of, natural_key, subject_finding, taken_by};

/// Subject, form and natural key of a record.
pub(super) type Key = (Uuid, String, String);

/// What the rows before have contributed that the database does not show.
#[derive(Clone, Default)]
pub(super) struct Earlier {
    /// Milestones of rows that were accepted but are not written, or not yet.
    milestones: HashMap<PatientId, Vec<Milestone>>,
    /// Number and content of the row with each key, and the record it is.
    rows: HashMap<Key, (usize, Hash, RecordId)>,
}

impl Earlier {
    /// Takes up what some more rows contribute; their milestones only while the database does not show them.
    pub(super) fn take_up(&mut self, added: &Self, written: bool) {
        self.rows.extend(added.rows.iter().map(|(key, row)| (key.clone(), *row)));
        if !written {
            for (patient, milestones) in &added.milestones {
                self.milestones.entry(*patient).or_default().extend(milestones.iter().cloned());
            }
        }
    }

    fn milestones_of(&self, patient: PatientId) -> impl Iterator<Item = &Milestone> {
        self.milestones.get(&patient).into_iter().flatten()
    }
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) status: RowStatus,
    pub(super) patient: Option<PatientId>,
    pub(super) findings: Vec<Placed>,
    /// Whether the row's text is neither kept nor given back.
    pub(super) withheld: bool,
}

/// What became of all rows, with what is to be written.
pub(super) struct Plan {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) batch: Batch,
    /// What these rows contribute for the rows after them.
    pub(super) added: Earlier,
}

impl Plan {
    /// Whether a row was refused.
    pub(super) fn refuses(&self) -> bool {
        self.outcomes.iter().any(|one| one.status == RowStatus::Refused)
    }
}

/// Decides on rows in the order of the file.
pub(super) fn decide(
    writer: &Writer,
    basis: &Basis,
    earlier: &Earlier,
    rows: &[PreparedRow],
) -> Result<Plan, ServiceError> {
    let mut plan =
        Plan { outcomes: Vec::with_capacity(rows.len()), batch: Batch::default(), added: Earlier::default() };
    for row in rows {
        let outcome = decide_row(writer, basis, earlier, row, &mut plan)?;
        plan.outcomes.push(outcome);
    }
    Ok(plan)
}

fn decide_row(
    writer: &Writer,
    basis: &Basis,
    earlier: &Earlier,
    row: &PreparedRow,
    plan: &mut Plan,
) -> Result<Outcome, ServiceError> {
    let mut findings = Vec::new();
    let form = writer.form_of(row);
    let subject = subject_of(basis, form, row, &mut findings);
    findings.extend(row.faults.iter().cloned());
    let author = form.zip(subject);
    let author = author.and_then(|(form, of)| author_finding(form, basis.parts_of(of.patient), "/patient"));
    let author = author.map(|finding| Placed::new(Some(PATIENT), finding));
    let place = |finding: Finding| Placed::new(writer.column_of(row, &finding.pointer), finding);
    let patient = basis.patient_of(row);
    if let Some(no) = patient.and_then(|patient| basis.opted_out(patient)) {
        let findings = vec![Placed::new(Some(PATIENT), collection_stopped(no))];
        return Ok(Outcome { status: RowStatus::Refused, patient, findings, withheld: true });
    }
    let ended = |status, findings| Ok(Outcome { status, patient, findings, withheld: row.withheld });
    let (Some(prepared), Some(subject), true) = (&row.prepared, subject, findings.is_empty()) else {
        findings.extend(author);
        findings.extend(row.refusals.iter().cloned().map(place));
        return ended(RowStatus::Refused, findings);
    };
    let conflict = conflict(basis, [earlier, &plan.added], prepared, subject);
    if let Some((other, Conflict::SameContent(notice))) = &conflict {
        // What is there already is written by nobody anew.
        note_row(plan, prepared, subject, (row.number, *other));
        return ended(RowStatus::AlreadyThere, notice.iter().cloned().map(place).collect());
    }
    findings.extend(author);
    let (other, conflict) = conflict.unzip();
    let (found, explained) = judge(basis, [earlier, &plan.added], prepared, (subject, other), row)?;
    findings.extend(found.iter().cloned().map(place));
    findings.extend(conflict.and_then(Conflict::into_finding).map(place));
    let lock = basis.lock_over(subject.patient, writer.site(), prepared.decisive_day(None));
    findings.extend(lock.map(|lock| place(Finding::error("IMPORT-LOCKED", "", held_by(lock)))));
    let refused = findings.iter().any(|one| one.finding.is_error());
    let Some(explained) = explained.filter(|_| !refused) else {
        return ended(RowStatus::Refused, findings);
    };
    let record = new_record(writer, prepared, subject)?;
    note_row(plan, prepared, subject, (row.number, record.id));
    let milestones = milestones_of(prepared, &record);
    plan.added.milestones.entry(subject.patient).or_default().extend(milestones.iter().cloned());
    plan.batch.add(writer, record, prepared, explained, milestones, &found)?;
    ended(RowStatus::Accepted, findings)
}

/// Whose record a row is; otherwise what is wrong with how it says so.
fn subject_of(
    basis: &Basis,
    form: Option<&Form>,
    row: &PreparedRow,
    findings: &mut Vec<Placed>,
) -> Option<Subject> {
    row.patient.as_ref()?;
    let Some(patient) = basis.patient_of(row) else {
        findings.push(Placed::new(Some(PATIENT), unknown_patient()));
        return None;
    };
    if row.faults.iter().any(|fault| fault.finding.pointer == "/course") {
        return None;
    }
    let (given, course) = basis.course_of(row, patient);
    if let Some(finding) = subject_finding(form?, given, !given || course.is_some()) {
        findings.push(Placed::new(Some(COURSE), finding));
        return None;
    }
    Some(Subject { patient, course })
}

/// What a submission finds, and the warnings that were explained; `None` when it is refused. A row that contradicts another
/// record of its key is judged in its place: no rule compares the two.
fn judge(
    basis: &Basis,
    earlier: [&Earlier; 2],
    prepared: &Prepared,
    (subject, other): (Subject, Option<RecordId>),
    row: &PreparedRow,
) -> Result<(Vec<Finding>, Option<Vec<Acknowledgement>>), ServiceError> {
    if !row.refusals.is_empty() {
        return Ok((row.refusals.clone(), None));
    }
    let mut standing = basis.standing_of(subject.patient);
    standing.add(earlier.iter().flat_map(|rows| rows.milestones_of(subject.patient)).cloned());
    let findings = standing.findings(prepared, subject.course, other)?;
    match explain(&findings, &row.reasons.for_findings(&findings)) {
        Ok(explained) => {
            let mut findings = findings;
            if let Reasons::Each(sent) = &row.reasons {
                findings.extend(unused(&explained, sent));
            }
            Ok((findings, Some(explained)))
        }
        Err(ServiceError::Refused(refusal)) => Ok((refusal.findings, None)),
        Err(other) => Err(other),
    }
}

/// What a record or row with the same key says.
enum Conflict {
    /// It says the same: the row is there already; with a notice when it is another row of the file.
    SameContent(Option<Finding>),
    /// It says something else.
    Taken(Finding),
}

impl Conflict {
    fn into_finding(self) -> Option<Finding> {
        match self {
            Self::Taken(finding) => Some(finding),
            Self::SameContent(_) => None,
        }
    }
}

/// The record with the same key, stored or of a row before, and what it says.
fn conflict(
    basis: &Basis,
    earlier: [&Earlier; 2],
    prepared: &Prepared,
    subject: Subject,
) -> Option<(RecordId, Conflict)> {
    let key = subject.key(prepared)?;
    if let Some((row, content, record)) = earlier.iter().find_map(|rows| rows.rows.get(&key)) {
        let same = *content == sha256(&[prepared.canonical().as_bytes()]);
        let said = if same {
            Conflict::SameContent(Some(Finding::notice("IMPORT-DUPLICATE", "", repeated(*row))))
        } else {
            Conflict::Taken(Finding::error("IMPORT-DUPLICATE", "", contradicted(*row)))
        };
        return Some((*record, said));
    }
    let (record, content) = basis.record_with(&key)?;
    if content == Some(prepared.canonical()) {
        return Some((record.id, Conflict::SameContent(None)));
    }
    Some((record.id, Conflict::Taken(Finding::error("IMPORT-EXISTS", "", taken_by(record)))))
}

fn note_row(plan: &mut Plan, prepared: &Prepared, subject: Subject, (number, record): (usize, RecordId)) {
    if let Some(key) = subject.key(prepared) {
        let content = sha256(&[prepared.canonical().as_bytes()]);
        plan.added.rows.entry(key).or_insert((number, content, record));
    }
}

fn new_record(writer: &Writer, prepared: &Prepared, subject: Subject) -> Result<Record, ServiceError> {
    let id = RecordId::next(writer.service().ids());
    Ok(Record {
        id,
        patient: subject.patient,
        course: subject.course,
        form: prepared.form()?.code().to_owned(),
        natural_key: natural_key(id, &prepared.checked().natural_key),
        status: RecordStatus::Submitted,
        revision: 1,
        site: writer.site().clone(),
        created_at: prepared.at(),
        submitted_at: Some(prepared.at()),
        salt: writer.service().salt()?,
    })
}

fn repeated(row: usize) -> Text {
    Text::new(
        format!("Samma svar står på rad {row}; raden läses inte in igen."),
        format!("The same answers stand in row {row}; this row is not imported again."),
    )
}

fn contradicted(row: usize) -> Text {
    Text::new(
        format!(
            "Rad {row} gäller samma patient, behandlingsomgång och nyckel men har andra svar; behåll en av dem."
        ),
        format!("Row {row} has the same patient, course and key but other answers; keep one of the two."),
    )
}

impl Subject {
    /// Subject, form and natural key; `None` while the answers of the key are not all there.
    pub(super) fn key(self, prepared: &Prepared) -> Option<Key> {
        let (form, key) = (prepared.form().ok()?, &prepared.checked().natural_key);
        let subject = self.course.map_or_else(|| self.patient.uuid(), CourseId::uuid);
        crate::record::is_complete(key).then(|| (subject, form.code().to_owned(), key.clone()))
    }
}
