//! What clients send about clarifications.

use cartotek_domain::clarification::ClarificationStatus;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, RecordId};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_service::clarification::{ClarificationQuery, ClarificationRun, NewClarification};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::body::Body;
use crate::http::words::Words;

/// How strictly the guard looks at a body: what is written freely is in `text`.
fn field(pointer: &str) -> FieldKind {
    if pointer == "/text" { FieldKind::FreeText } else { FieldKind::Structured }
}

/// Which clarifications a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClarificationParams {
    /// Only about this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Only about this record.
    #[param(value_type = Option<uuid::Uuid>)]
    record: Option<RecordId>,
    /// Only what this site must answer.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only in this state.
    status: Option<ClarificationStatus>,
    /// Only asked by this rule.
    rule: Option<String>,
    /// Only assigned to this actor.
    #[param(value_type = Option<uuid::Uuid>)]
    assignee: Option<ActorId>,
    /// Only opened more than so many days ago.
    #[param(minimum = 0, maximum = 65535)]
    older_than_days: Option<u16>,
    /// `next_cursor` of the page before; absent for the first page.
    pub(crate) cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub(crate) limit: u16,
}

impl From<ClarificationParams> for ClarificationQuery {
    fn from(params: ClarificationParams) -> Self {
        let ClarificationParams { patient, record, site, status, rule, assignee, older_than_days, .. } =
            params;
        Self { patient, record, site, status, rule, assignee, older_than_days }
    }
}

/// A question to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pointer": "/birth_year_month", "text": "The referral says 1971. Which is right?"}))]
pub(crate) struct ClarificationDraft {
    /// Where in the content (JSON pointer; empty: the whole).
    #[schema(example = "/birth_year_month", max_length = 200)]
    pointer: String,
    /// Number of the revision it is about; the latest when absent.
    #[serde(default)]
    #[schema(minimum = 1)]
    revision: Option<i64>,
    /// The question, in your words; no identifiers.
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    text: Words<500>,
}

impl Body for ClarificationDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(field(pointer))
    }
}

impl From<ClarificationDraft> for NewClarification {
    fn from(draft: ClarificationDraft) -> Self {
        Self { pointer: draft.pointer, revision: draft.revision, text: draft.text.0 }
    }
}

/// An answer to a clarification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "1961 is right; the referral had a typing error."}))]
pub(crate) struct ClarificationAnswer {
    /// The answer, in your words; no identifiers.
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    pub(crate) text: Words<500>,
}

impl Body for ClarificationAnswer {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(field(pointer))
    }
}

/// The end of a clarification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Confirmed against the source."}))]
pub(crate) struct ClarificationClosure {
    /// Why it is closed, in your words; no identifiers. Needed while the rule that asks still finds something.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub(crate) text: Option<Words<500>>,
}

impl Body for ClarificationClosure {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(field(pointer))
    }
}

/// A clarification to be asked again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The year in the answer is not the one in the form."}))]
pub(crate) struct ClarificationReopening {
    /// What is left to answer, in your words; no identifiers.
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    pub(crate) text: Words<500>,
}

impl Body for ClarificationReopening {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(field(pointer))
    }
}

/// Who is to answer a clarification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee": "01980000-0000-7000-8000-000000000000"}))]
pub(crate) struct ClarificationAssignment {
    /// A data manager of the site that must answer; `null` for nobody in particular.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(crate) assignee: Option<ActorId>,
}

impl Body for ClarificationAssignment {}

/// Which forms are judged, by which rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"form": "infusion", "rule": "R-DOSE-03", "site": "KAR"}))]
pub(crate) struct ClarificationRunOrder {
    /// Only this form.
    #[serde(default)]
    #[schema(example = "infusion")]
    form: Option<String>,
    /// Only by this rule.
    #[serde(default)]
    #[schema(example = "R-DOSE-03")]
    rule: Option<String>,
    /// Only the forms that this site owns.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
}

impl Body for ClarificationRunOrder {}

impl From<ClarificationRunOrder> for ClarificationRun {
    fn from(order: ClarificationRunOrder) -> Self {
        let ClarificationRunOrder { form, rule, site } = order;
        Self { form, rule, site }
    }
}
