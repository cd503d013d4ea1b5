//! Records: drafting, submitting, amending and reading filled forms.

mod amend;
mod annul;
pub(crate) mod author;
mod destroy;
mod draft;
pub(crate) mod judgement;
mod key;
pub(crate) mod mark;
pub mod migrate;
pub(crate) mod objection;
pub(crate) mod prepare;
mod read;
mod sign;
pub(crate) mod standing;
pub(crate) mod submit;
mod validate;
mod verify;

use cartotek_domain::access::{Granted, Permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::course::Course;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Record, RecordStatus, Revision};
use cartotek_domain::text::Text;
use cartotek_forms::{Checked, DerivedValue, Form, Subject};
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::record::amend::Correction;
pub use crate::record::key::RecordKey;
pub use crate::record::mark::Marks;
pub use crate::record::read::{ListedRecord, RecordQuery, StoredRecord, Version};
pub use crate::record::sign::SignatureFile;
pub use crate::record::validate::Validated;
pub use crate::record::verify::VerificationFile;

use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::seen;
use crate::record::prepare::Prepared;

/// A filled form as a site sends it.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// The patient.
    pub patient: Pseudonym,
    /// The course, for a form about a course.
    pub course: Option<CourseId>,
    /// Code of the form.
    pub form: String,
    /// Version of the form; the latest when absent.
    pub form_version: Option<u32>,
    /// The content.
    pub content: Value,
    /// The explained warnings when it is submitted at once; `None` for a draft.
    pub submission: Option<Vec<Acknowledgement>>,
}

/// A record with one of its revisions and what was computed from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordFile {
    /// The record.
    pub record: Record,
    /// The revision.
    pub revision: Revision,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The answers at its key.
    pub key: RecordKey,
    /// What the rules found in the content.
    pub findings: Vec<Finding>,
    /// Pointers of required answers that are neither given nor explained.
    pub unanswered: Vec<String>,
    /// What follows from the answers.
    pub derived: Vec<DerivedValue>,
}

impl RecordFile {
    fn new(
        record: Record,
        revision: Revision,
        pseudonym: Pseudonym,
        prepared: &Prepared,
        findings: Vec<Finding>,
    ) -> Result<Self, ServiceError> {
        let key = prepared.form()?.key_answers(&record.natural_key);
        let (unanswered, derived) =
            (prepared.checked().unanswered.clone(), prepared.checked().derived.clone());
        Ok(Self { record, revision, pseudonym, key, findings, unanswered, derived })
    }
}

/// Refuses unless the course is the patient's, and given exactly when the form is about a course.
fn check_subject(courses: &[Course], form: &Form, course: Option<CourseId>) -> Result<(), ServiceError> {
    let known = course.is_none_or(|id| courses.iter().any(|course| course.id == id));
    subject_finding(form, course.is_some(), known)
        .map_or(Ok(()), |finding| Err(ServiceError::invalid(vec![finding])))
}

/// What stands against a course that was `given` or not, and is the patient's or not.
pub(crate) fn subject_finding(form: &Form, given: bool, known: bool) -> Option<Finding> {
    let fits = (form.subject() == Subject::Course) == given;
    let (sv, en) = match (fits, known, form.subject()) {
        (true, true, _) => return None,
        (true, false, _) => {
            ("Patienten har ingen sådan behandlingsomgång.", "The patient has no such course.")
        }
        (false, _, Subject::Course) => (
            "Formuläret gäller en behandlingsomgång: ange course.",
            "The form is about a course of treatment: give course.",
        ),
        (false, _, Subject::Patient) => (
            "Formuläret gäller patienten: ange ingen course.",
            "The form is about the patient: give no course.",
        ),
    };
    Some(Finding::error("R-COURSE-02", "/course", Text::new(sv, en)))
}

/// The key of a record: the answers at the form's key, or the record's own id while they are not all there.
pub(crate) fn natural_key(id: RecordId, key: &str) -> String {
    if is_complete(key) { key.to_owned() } else { format!("draft {id}") }
}

/// Whether every answer at the form's key is there.
pub(crate) fn is_complete(key: &str) -> bool {
    serde_json::from_str::<Vec<Value>>(key).is_ok_and(|parts| parts.iter().all(|part| !part.is_null()))
}

/// Refuses when another record of the subject has this key.
fn check_key(session: &mut dyn ReadSession, record: &Record) -> Result<(), ServiceError> {
    check_free(session.record_by_key(record.subject(), &record.form, &record.natural_key)?, record)
}

/// Refuses when the record that has this key is another.
fn check_free(holder: Option<Record>, record: &Record) -> Result<(), ServiceError> {
    match holder.filter(|other| other.id != record.id) {
        None => Ok(()),
        Some(other) => {
            let Text { sv, en } = taken_by(&other);
            Err(ServiceError::explained(Problem::AlreadyExists, sv, en))
        }
    }
}

/// Which record has the key already.
pub(crate) fn taken_by(other: &Record) -> Text {
    Text::new(
        format!("Det finns redan en sådan post: {}. Ändra den i stället.", other.id),
        format!("There is such a record already: {}. Change that one instead.", other.id),
    )
}

/// The milestones that the prepared content contributes as `record`.
pub(crate) fn milestones_of(prepared: &Prepared, record: &Record) -> Vec<Milestone> {
    contributions(prepared.checked(), record)
}

/// The milestones that a checked content contributes as `record`.
pub(crate) fn contributions(checked: &Checked, record: &Record) -> Vec<Milestone> {
    let clinical_date = checked.clinical_date.map(cartotek_domain::partial_date::PartialDate::first);
    checked
        .milestones
        .iter()
        .map(|(name, value)| Milestone {
            record: record.id,
            course: record.course,
            clinical_date,
            name: name.clone(),
            value: value.clone(),
        })
        .collect()
}

/// A record that is one of the caller's own sites' to change, as nobody else can change it now; the change is made for that
/// site.
pub(crate) fn own_record<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    id: RecordId,
    today: NaiveDate,
) -> Result<Record, ServiceError> {
    let scope = granted.own_patients(today);
    let found = journal.read().record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    journal.lock_patients(&[found.patient])?;
    let record = journal.read().record(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    let owner = check_owner(journal.read(), granted, &record, today)?;
    journal.on_behalf_of(&owner);
    Ok(record)
}

/// Only the site that owns a record changes it, while it takes part in the care; the responsible one a draft that was left
/// behind. Gives the site.
fn check_owner<P: Permission>(
    session: &mut dyn ReadSession,
    granted: &Granted<P>,
    record: &Record,
    today: NaiveDate,
) -> Result<SiteCode, ServiceError> {
    let participations = session.participations(&[record.patient])?;
    let owner = author::owner(&participations, record, today);
    if let Some(site) = owner.filter(|site| granted.own_sites().contains(*site)) {
        return Ok(site.clone());
    }
    Err(ServiceError::explained(
        Problem::PermissionMissing,
        "Bara sjukhuset som äger posten får ändra den.",
        "Only the site that owns the record may change it.",
    ))
}

/// Refuses a version that is not the current one, with what has changed since.
fn check_version(session: &mut dyn ReadSession, record: &Record, expected: i64) -> Result<(), ServiceError> {
    if record.revision == expected {
        return Ok(());
    }
    let mut content = |number| -> Result<Option<Value>, ServiceError> {
        let revision = session.revision(record.id, number)?;
        Ok(revision.and_then(|revision| serde_json::from_str(&revision.content).ok()))
    };
    let changes = match (content(expected)?, content(record.revision)?) {
        (Some(before), Some(after)) => Some(patch(&before, &after)?),
        _ => None,
    };
    // The changes show clinical values: the event of the refusal says whose.
    Err(ServiceError::stale(record.revision, changes).about([seen(record)]))
}

/// From one content to another, as RFC 6902.
fn patch(before: &Value, after: &Value) -> Result<Value, ServiceError> {
    Ok(serde_json::to_value(json_patch::diff(before, after))?)
}

/// Refuses a record that is not in the state an act needs.
pub(crate) fn check_status(record: &Record, needed: RecordStatus) -> Result<(), ServiceError> {
    if record.status == needed {
        return Ok(());
    }
    Err(match record.status {
        RecordStatus::Submitted => ServiceError::explained(
            Problem::WrongState,
            "Posten är redan inskickad: gör en rättelse med orsak i stället.",
            "The record is submitted already: amend it with a reason instead.",
        ),
        RecordStatus::Draft => ServiceError::explained(
            Problem::WrongState,
            "Posten är ett utkast: ersätt utkastet i stället.",
            "The record is a draft: replace the draft instead.",
        ),
        RecordStatus::Annulled => ServiceError::explained(
            Problem::WrongState,
            "Posten är annullerad och ändras inte mer: registrera det som gäller i en ny post.",
            "The record is annulled and changes no more: enter what is right as a new record.",
        ),
    })
}
