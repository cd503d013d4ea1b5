//! What a data-subject extract looks like on the wire.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ImportId, RecordId};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::text::Language;
use cartotek_domain::traceability::Traceability;
use cartotek_service::extract::{AnswerAbout, Extract, ImportJob, KeptClass};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::resource::clarification_view::ClarificationFileView;
use crate::resource::consent::ConsentView;
use crate::resource::course::CourseView;
use crate::resource::extract_record_view::ExtractedRecordView;
use crate::resource::extract_sample_view::ExtractedSampleView;
use crate::resource::lock_view::LockView;
use crate::resource::patient::{ParticipationView, PatientView};
use crate::resource::report::AccessEntryView;
use crate::resource::retention::RetentionRuleView;
use crate::resource::worklist::ExpectedItemView;

/// That a keyed hash is held by which the same person enrolled elsewhere would be found; the hash itself is not shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Linkage)]
struct LinkageView {
    /// Which key made it.
    key_id: String,
}

/// A date or code that is kept of a record for rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Milestone)]
struct MilestoneView {
    /// Its name.
    name: String,
    /// Its value.
    #[schema(value_type = Object)]
    value: MilestoneValue,
    /// The record it stands in.
    #[schema(value_type = uuid::Uuid)]
    record: RecordId,
}

impl From<Milestone> for MilestoneView {
    fn from(milestone: Milestone) -> Self {
        Self { name: milestone.name, value: milestone.value, record: milestone.record }
    }
}

/// What an earlier erasure has kept of a record, so that a product can be traced to the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Traceability)]
struct TraceabilityView {
    /// The site that had entered the record.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Code of the form.
    #[schema(example = "infusion")]
    form: String,
    /// The answers, by JSON pointer.
    #[schema(value_type = Object)]
    answers: Value,
    /// The first day on which they may be removed.
    removable_from: NaiveDate,
    /// When the record was erased.
    recorded_at: DateTime<Utc>,
}

impl From<Traceability> for TraceabilityView {
    fn from(kept: Traceability) -> Self {
        let Traceability { site, form, answers, removable_from, recorded_at, .. } = kept;
        let answers = serde_json::from_str(&answers).unwrap_or_default();
        Self { site, form, answers, removable_from, recorded_at }
    }
}

/// An import whose file names the patient, until it expires.
#[derive(Debug, Serialize, ToSchema)]
struct ExtractedImport {
    /// Its id; `GET /imports/{id}/file` shows the file, which names others too.
    #[schema(value_type = uuid::Uuid)]
    id: ImportId,
    /// The form; absent when its rows name theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    /// When it started.
    started_at: DateTime<Utc>,
    /// When file and report are deleted.
    expires_at: DateTime<Utc>,
}

impl From<ImportJob> for ExtractedImport {
    fn from(job: ImportJob) -> Self {
        Self { id: job.id, form: job.form, started_at: job.started_at, expires_at: job.expires_at }
    }
}

/// An answer that is kept for safe retries; it repeats what stands elsewhere here.
#[derive(Debug, Serialize, ToSchema)]
struct ExtractedAnswer {
    /// The client's key.
    idempotency_key: String,
    /// When it was stored.
    created_at: DateTime<Utc>,
}

impl From<AnswerAbout> for ExtractedAnswer {
    fn from(answer: AnswerAbout) -> Self {
        Self { idempotency_key: answer.key, created_at: answer.created_at }
    }
}

/// How long a kind of data is kept of the patient.
#[derive(Debug, Serialize, ToSchema)]
struct ExtractedRetention {
    #[serde(flatten)]
    rule: RetentionRuleView,
    /// The first day on which it may be removed; absent while none is in sight, or there is no such thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    removable_from: Option<NaiveDate>,
}

impl ExtractedRetention {
    fn new(kept: KeptClass, language: Language) -> Self {
        let KeptClass { class, removable_from } = kept;
        Self { rule: RetentionRuleView::new(class, language), removable_from }
    }
}

/// Everything that is held on one patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Extract)]
pub(crate) struct ExtractView {
    #[serde(flatten)]
    patient: PatientView,
    /// That the same person enrolled elsewhere would be found.
    linkages: Vec<LinkageView>,
    /// The sites that take or took part in the care.
    participations: Vec<ParticipationView>,
    /// Every consent decision.
    consents: Vec<ConsentView>,
    /// The courses, by number.
    courses: Vec<CourseView>,
    /// The filled forms.
    records: Vec<ExtractedRecordView>,
    /// The locks over the patient and single records, those that have ended too.
    locks: Vec<LockView>,
    /// Every question about a form, with what happened to it; without words where the form was annulled.
    clarifications: Vec<ClarificationFileView>,
    /// Dates and codes that are kept of the forms for rules.
    milestones: Vec<MilestoneView>,
    /// The forms and samples that are expected, as they stand today.
    expected: Vec<ExpectedItemView>,
    /// The samples.
    samples: Vec<ExtractedSampleView>,
    /// What earlier erasures have kept.
    traceability: Vec<TraceabilityView>,
    /// Imports whose file names the patient.
    imports: Vec<ExtractedImport>,
    /// Answers that are kept for safe retries.
    answers: Vec<ExtractedAnswer>,
    /// Who has seen or changed what, oldest first.
    accesses: Vec<AccessEntryView>,
    /// How long each kind of data is kept, and by which law.
    retention: Vec<ExtractedRetention>,
}

impl ExtractView {
    pub(crate) fn new(extract: Extract, language: Language) -> Self {
        let Extract { patient, linkage_keys, participations, consents, courses, records, .. } = extract;
        let pseudonym = patient.pseudonym;
        let record = |one| ExtractedRecordView::new(one, pseudonym, language);
        let sample = |one| ExtractedSampleView::new(one, pseudonym);
        let clarification = |one| ClarificationFileView::new(one, language);
        let kept = |one| ExtractedRetention::new(one, language);
        let expected = |one| ExpectedItemView::new(one, language);
        Self {
            patient: patient.into(),
            linkages: linkage_keys.into_iter().map(|key_id| LinkageView { key_id }).collect(),
            participations: participations.into_iter().map(ParticipationView::from).collect(),
            consents: consents.into_iter().map(ConsentView::from).collect(),
            courses: courses.into_iter().map(CourseView::from).collect(),
            records: records.into_iter().map(record).collect(),
            locks: extract.locks.into_iter().map(LockView::from).collect(),
            clarifications: extract.clarifications.into_iter().map(clarification).collect(),
            milestones: extract.milestones.into_iter().map(MilestoneView::from).collect(),
            expected: extract.expected.into_iter().map(expected).collect(),
            samples: extract.samples.into_iter().map(sample).collect(),
            traceability: extract.traceability.into_iter().map(TraceabilityView::from).collect(),
            imports: extract.imports.into_iter().map(ExtractedImport::from).collect(),
            answers: extract.answers.into_iter().map(ExtractedAnswer::from).collect(),
            accesses: extract.accesses.into_iter().map(AccessEntryView::from).collect(),
            retention: extract.retention.into_iter().map(kept).collect(),
        }
    }
}
