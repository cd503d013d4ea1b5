//! What clients send about records.

use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, AmendmentReason, RecordStatus};
use cartotek_domain::text::Text;
use cartotek_service::record::NewRecord;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::http::body::Body;
use crate::http::time::Instant;
use crate::http::words::Words;

/// How strictly the guard looks at a record's body: the content is left to the use case, which knows the form.
fn record_field(pointer: &str) -> Option<FieldKind> {
    match pointer {
        "/content" => None,
        "/text" => Some(FieldKind::FreeText),
        _ if pointer.starts_with("/content/") => None,
        _ if pointer.starts_with("/acknowledgements/") => Some(FieldKind::FreeText),
        _ => Some(FieldKind::Structured),
    }
}

/// Which records a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordParams {
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    pub(crate) patient: Option<Pseudonym>,
    /// Only of this course.
    #[param(value_type = Option<uuid::Uuid>)]
    pub(crate) course: Option<CourseId>,
    /// Only of this form.
    pub(crate) form: Option<String>,
    /// Only in this state.
    pub(crate) status: Option<RecordStatus>,
    /// `false`: only submitted ones that await verification; `true`: only those whose latest content is verified.
    pub(crate) verified: Option<bool>,
    /// `next_cursor` of the page before; absent for the first page.
    pub(crate) cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub(crate) limit: u16,
}

/// Which version of a record is shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// As it had been saved by this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) as_of: Option<Instant>,
}

/// Which revisions are compared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Between {
    /// Number of the earlier revision.
    #[param(minimum = 1)]
    pub(crate) from: i64,
    /// Number of the later revision.
    #[param(minimum = 1)]
    pub(crate) to: i64,
}

/// A record to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "patient": "CT-7K3M9Q2XAN", "form": "patient_registration", "submit": true,
    "content": {"birth_year_month": "1961-04", "sex": "male", "legal_basis": "research_consent"}
}))]
pub(crate) struct RecordDraft {
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The course, for a form about a course.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    course: Option<CourseId>,
    /// Code of the form.
    #[schema(example = "patient_registration")]
    form: String,
    /// Version of the form; the latest when absent.
    #[serde(default)]
    form_version: Option<u32>,
    /// The answers.
    #[schema(value_type = Object)]
    content: Value,
    /// Whether it is submitted at once; otherwise it is a draft.
    #[serde(default)]
    submit: bool,
    /// The reasons for the warnings, when it is submitted.
    #[serde(default)]
    acknowledgements: Vec<Acknowledgement>,
}

impl Body for RecordDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        record_field(pointer)
    }
}

impl RecordDraft {
    /// The record; a finding when reasons are sent that would not be kept.
    pub(crate) fn parse(self) -> Result<NewRecord, Finding> {
        let Self { patient, course, form, form_version, content, submit, acknowledgements } = self;
        if !submit && !acknowledgements.is_empty() {
            let text = Text::new(
                "Ett utkast har inga orsaker: skicka dem när det skickas in, eller ange submit.",
                "A draft has no reasons: send them when it is submitted, or give submit.",
            );
            return Err(Finding::error("API-SHAPE", "/acknowledgements", text));
        }
        let submission = submit.then_some(acknowledgements);
        Ok(NewRecord { patient, course, form, form_version, content, submission })
    }
}

/// A content to put in the place of a draft's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content": {"birth_year_month": "1961-04", "sex": "male", "legal_basis": "research_consent"}
}))]
pub(crate) struct ContentDraft {
    /// The answers.
    #[schema(value_type = Object)]
    pub(crate) content: Value,
}

impl Body for ContentDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        record_field(pointer)
    }
}

/// What a submission needs beside the draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "acknowledgements": [
        {"rule": "R-INF-04B", "pointer": "/batch_id", "reason": "The product form follows."}
    ]
}))]
pub(crate) struct Submission {
    /// The reasons for the warnings.
    #[serde(default)]
    pub(crate) acknowledgements: Vec<Acknowledgement>,
}

impl Body for Submission {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        record_field(pointer)
    }
}

/// Why a record is amended, a course corrected, or a closed one opened again, by hand.
///
/// - `data_entry`: A slip of the keyboard.
/// - `source_update`: The source document changed.
/// - `query_resolution`: Answer to a clarification.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CorrectionReason {
    DataEntry,
    SourceUpdate,
    QueryResolution,
}

impl From<CorrectionReason> for AmendmentReason {
    fn from(reason: CorrectionReason) -> Self {
        match reason {
            CorrectionReason::DataEntry => Self::DataEntry,
            CorrectionReason::SourceUpdate => Self::SourceUpdate,
            CorrectionReason::QueryResolution => Self::QueryResolution,
        }
    }
}

/// An amendment of a submitted record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content": {"birth_year_month": "1961-04", "sex": "female", "legal_basis": "research_consent"},
    "reason": "data_entry", "text": "The wrong box was ticked."
}))]
pub(crate) struct AmendmentDraft {
    /// All answers, with the changed ones.
    #[schema(value_type = Object)]
    pub(crate) content: Value,
    /// The coded reason.
    pub(crate) reason: CorrectionReason,
    /// Why, in your words; no identifiers.
    #[schema(value_type = String, example = "The dose was typed with a wrong decimal.", min_length = 1, max_length = 500)]
    pub(crate) text: Words<500>,
    /// The reasons for the warnings.
    #[serde(default)]
    pub(crate) acknowledgements: Vec<Acknowledgement>,
}

impl Body for AmendmentDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        record_field(pointer)
    }
}

/// A content to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "form": "patient_registration",
    "content": {"birth_year_month": "1961-04", "sex": "male", "legal_basis": "research_consent"}
}))]
pub(crate) struct Validation {
    /// Code of the form.
    #[schema(example = "patient_registration")]
    pub(crate) form: String,
    /// Version of the form; the latest when absent.
    #[serde(default)]
    pub(crate) form_version: Option<u32>,
    /// The answers.
    #[schema(value_type = Object)]
    pub(crate) content: Value,
    /// The patient whose other records are looked at.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    pub(crate) patient: Option<Pseudonym>,
    /// The course, for a form about a course.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(crate) course: Option<CourseId>,
}

impl Validation {
    /// Whose record it would be; a finding when a course stands without its patient.
    pub(crate) fn subject(&self) -> Result<Option<(Pseudonym, Option<CourseId>)>, Finding> {
        if self.patient.is_none() && self.course.is_some() {
            let text = Text::new(
                "En behandlingsomgång hör till en patient: ange patient.",
                "A course belongs to a patient: give patient.",
            );
            return Err(Finding::error("API-SHAPE", "/course", text));
        }
        Ok(self.patient.map(|patient| (patient, self.course)))
    }
}

impl Body for Validation {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        record_field(pointer)
    }
}
