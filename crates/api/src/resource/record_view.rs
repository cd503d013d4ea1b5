//! What records look like on the wire.

use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ActorId, CourseId, LockId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, AmendmentReason, Record, RecordStatus, Revision};
use cartotek_domain::text::Language;
use cartotek_service::record::{ListedRecord, Marks, RecordFile, RecordKey, StoredRecord, Validated};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::problem::FindingView;
use crate::resource::derived_view::{DerivedView, not_for_treatment};

/// A filled form, without its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub(crate) struct RecordView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The course, of a form about a course.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    course: Option<CourseId>,
    /// Code of the form.
    #[schema(example = "infusion")]
    form: String,
    /// What tells it from the other records of its form and patient or course: the answers at the form's `x-key`, e.g. the time
    /// point, each under the name of its column in tables. Absent of a form of which there is one record, of a draft
    /// while they are not all there, and of an annulled record, whose key is free.
    #[serde(skip_serializing_if = "RecordKey::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>, required = false, example = json!({"time_point": "D100"}))]
    key: RecordKey,
    /// Draft, submitted or annulled.
    status: RecordStatus,
    /// Number of the revision that is shown; of the latest one it is the ETag.
    revision: i64,
    /// The site that owns it.
    #[schema(value_type = String, example = "KAR")]
    site: cartotek_domain::code::site::SiteCode,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was first submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_at: Option<DateTime<Utc>>,
    /// Whether another person than its author has verified the revision that is shown; absent of drafts.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    /// The lock that keeps it from being changed; absent while none does, and of an earlier revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    locked_by: Option<LockId>,
}

impl RecordView {
    fn new(record: Record, patient: Pseudonym, key: RecordKey, marks: Marks) -> Self {
        let Record { id, course, form, status, revision, site, created_at, submitted_at, .. } = record;
        let verified = (status == RecordStatus::Submitted).then_some(marks.verified);
        let locked_by = marks.locked_by;
        Self {
            id,
            patient,
            course,
            form,
            key,
            status,
            revision,
            site,
            created_at,
            submitted_at,
            verified,
            locked_by,
        }
    }
}

impl From<ListedRecord> for RecordView {
    fn from(listed: ListedRecord) -> Self {
        Self::new(listed.record, listed.pseudonym, listed.key, listed.marks)
    }
}

/// The content of a record at one version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
pub(crate) struct RevisionView {
    /// Its number within the record.
    number: i64,
    /// Draft, submitted or annulled.
    status: RecordStatus,
    /// Version of the form it was checked against.
    form_version: i32,
    /// SHA-256 of that form's bytes.
    form_sha256: String,
    /// The answers; none of a record that was another patient's (`amendment.reason` is `other_patient`): they are destroyed.
    #[schema(value_type = Object)]
    content: Value,
    /// The warnings that were explained.
    acknowledgements: Vec<Acknowledgement>,
    /// Why it was amended or annulled.
    #[serde(skip_serializing_if = "Option::is_none")]
    amendment: Option<AmendmentView>,
    /// Who saved it.
    #[schema(value_type = uuid::Uuid)]
    author: ActorId,
    /// When.
    created_at: DateTime<Utc>,
}

/// Why a record was amended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Amendment)]
pub(crate) struct AmendmentView {
    /// The coded reason.
    reason: AmendmentReason,
    /// In the submitter's words; empty of a content that is destroyed.
    text: String,
}

impl From<Revision> for RevisionView {
    fn from(revision: Revision) -> Self {
        Self {
            number: revision.number,
            status: revision.status,
            form_version: revision.form_version,
            form_sha256: revision.form_sha256,
            content: serde_json::from_str(&revision.content).unwrap_or_default(),
            acknowledgements: revision.acknowledgements,
            amendment: revision.amendment.map(|one| AmendmentView { reason: one.reason, text: one.text }),
            author: revision.author,
            created_at: revision.created_at,
        }
    }
}

/// A record with a content, what was computed from it and, where it was just checked, what was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordFile)]
pub(crate) struct RecordFileView {
    /// The record.
    #[serde(flatten)]
    record: RecordView,
    /// The content.
    content: RevisionView,
    /// What the rules found. Of a submitted record that is only read: what rules that look beyond the form find in it, given
    /// all that is known of the patient by now; absent when another content is read than the latest, and of drafts.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingView>>,
    /// Pointers of required answers that are neither given nor explained; absent when a submitted content is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    unanswered: Option<Vec<String>>,
    /// What follows from the answers.
    derived: Vec<DerivedView>,
    /// What `derived` is for.
    notice: &'static str,
}

impl RecordFileView {
    /// A record that was just changed: nobody has verified it yet, and no lock holds, or it could not have been.
    pub(crate) fn new(file: RecordFile, language: Language) -> Self {
        Self {
            record: RecordView::new(file.record, file.pseudonym, file.key, Marks::default()),
            content: file.revision.into(),
            findings: Some(shown(&file.findings, language)),
            unanswered: Some(file.unanswered),
            derived: DerivedView::list(file.derived, language),
            notice: not_for_treatment(language),
        }
    }

    /// A record as it is stored.
    pub(crate) fn stored(stored: StoredRecord, language: Language) -> Self {
        Self {
            record: RecordView::new(stored.record, stored.pseudonym, stored.key, stored.marks),
            content: stored.revision.into(),
            findings: stored.findings.map(|found| shown(&found, language)),
            unanswered: stored.unanswered,
            derived: DerivedView::list(stored.derived, language),
            notice: not_for_treatment(language),
        }
    }
}

fn shown(findings: &[Finding], language: Language) -> Vec<FindingView> {
    findings.iter().map(|one| FindingView::new(one, language)).collect()
}

/// What the rules say about a content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Validated)]
pub(crate) struct ValidatedView {
    /// What was found.
    findings: Vec<FindingView>,
    /// Pointers of required answers that are neither given nor explained.
    unanswered: Vec<String>,
    /// What follows from the answers.
    derived: Vec<DerivedView>,
    /// What `derived` is for.
    notice: &'static str,
}

impl ValidatedView {
    pub(crate) fn new(found: Validated, language: Language) -> Self {
        Self {
            findings: shown(&found.findings, language),
            unanswered: found.unanswered,
            derived: DerivedView::list(found.derived, language),
            notice: not_for_treatment(language),
        }
    }
}

/// One step of an RFC 6902 patch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatchOperation {
    /// `add`, `remove` or `replace`.
    op: String,
    /// Where (JSON pointer).
    path: String,
    /// The new value; absent when something is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    value: Option<Value>,
}
