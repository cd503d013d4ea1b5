//! What clarifications look like on the wire.

use cartotek_domain::clarification::{ClarificationEvent, ClarificationEventKind, ClarificationStatus};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, ClarificationId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Language;
use cartotek_service::clarification::{ClarificationFile, RuleCount, RunReport};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A question about an answer of a submitted form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clarification)]
pub(crate) struct ClarificationView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ClarificationId,
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The record it is about.
    #[schema(value_type = uuid::Uuid)]
    record: RecordId,
    /// Number of the revision it is about.
    revision: i64,
    /// Code of the form.
    #[schema(example = "infusion")]
    form: String,
    /// Version of the form: that of the revision, or that whose rule asks.
    form_version: i32,
    /// Where in the content (JSON pointer; empty: the whole).
    #[schema(example = "/infusion_date")]
    pointer: String,
    /// The rule that asks; absent when a person does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "R-DOSE-03")]
    rule: Option<String>,
    /// What the rule says, in Swedish or English.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_text: Option<String>,
    /// Where it stands.
    status: ClarificationStatus,
    /// The owner of the record: it must answer, or the responsible site once it has left the care.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Who is to answer; absent when nobody in particular is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    assignee: Option<ActorId>,
    /// Who asked, or let the rules run.
    #[schema(value_type = uuid::Uuid)]
    opened_by: ActorId,
    /// The site that asked; absent when the network did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "KAR")]
    opened_for: Option<SiteCode>,
    /// When.
    opened_at: DateTime<Utc>,
    /// When it was closed, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<DateTime<Utc>>,
    /// Whole days from the question to its end, or to now.
    age_days: i64,
    /// How many events it has: the ETag for `If-Match`.
    version: i64,
}

impl ClarificationView {
    /// A clarification in a list.
    pub(crate) fn new(file: ClarificationFile, language: Language) -> Self {
        let ClarificationFile { clarification, pseudonym, rule_text, state, age_days, .. } = file;
        Self {
            id: clarification.id,
            patient: pseudonym,
            record: clarification.record,
            revision: clarification.revision,
            form: clarification.form,
            form_version: clarification.form_version,
            pointer: clarification.pointer,
            rule: clarification.rule,
            rule_text: rule_text.map(|text| text.in_language(language).to_owned()),
            status: state.status,
            site: clarification.site,
            assignee: state.assignee,
            opened_by: clarification.opened_by,
            opened_for: clarification.opened_for,
            opened_at: clarification.opened_at,
            closed_at: state.closed_at,
            age_days,
            version: state.version,
        }
    }
}

/// Something that happened to a clarification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClarificationEvent)]
pub(crate) struct ClarificationEventView {
    /// Its number within the clarification.
    number: i64,
    /// What happened.
    kind: ClarificationEventKind,
    /// In the writer's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Who is to answer from now on; absent from an assignment to nobody in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    assignee: Option<ActorId>,
    /// Who did it; absent when it closed by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    actor: Option<ActorId>,
    /// When.
    occurred_at: DateTime<Utc>,
}

impl From<ClarificationEvent> for ClarificationEventView {
    fn from(event: ClarificationEvent) -> Self {
        let ClarificationEvent { number, kind, text, assignee, actor, occurred_at, .. } = event;
        Self { number, kind, text, assignee, actor, occurred_at }
    }
}

/// A clarification with what happened to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClarificationFile)]
pub(crate) struct ClarificationFileView {
    /// The clarification.
    #[serde(flatten)]
    clarification: ClarificationView,
    /// What happened to it, by number.
    events: Vec<ClarificationEventView>,
}

impl ClarificationFileView {
    pub(crate) fn new(mut file: ClarificationFile, language: Language) -> Self {
        let events = std::mem::take(&mut file.events).into_iter().map(Into::into).collect();
        Self { clarification: ClarificationView::new(file, language), events }
    }
}

/// How much a rule finds in the forms of a site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleCount)]
pub(crate) struct RuleCountView {
    /// The site that must answer.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Code of the form.
    #[schema(example = "infusion")]
    form: String,
    /// The rule.
    #[schema(example = "R-DOSE-03")]
    rule: String,
    /// Clarifications that were opened; in a dry run, that would be. `null` when hidden.
    opened: Option<u64>,
    /// What a clarification asks already that is not closed; `null` when hidden.
    already_open: Option<u64>,
    /// Clarifications that were closed because the rule finds nothing any more; in a dry run, that would be. `null` when
    /// hidden.
    closed: Option<u64>,
}

impl From<RuleCount> for RuleCountView {
    fn from(count: RuleCount) -> Self {
        let RuleCount { site, form, rule, opened, already_open, closed } = count;
        Self { site, form, rule, opened, already_open, closed }
    }
}

/// What a run of the rules has found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClarificationRunReport)]
pub(crate) struct RunReportView {
    /// Submitted forms that were judged, of the sites that are shown; `null` when hidden.
    records: Option<u64>,
    /// By site, form and rule.
    counts: Vec<RuleCountView>,
}

impl From<RunReport> for RunReportView {
    fn from(report: RunReport) -> Self {
        Self { records: report.records, counts: report.counts.into_iter().map(Into::into).collect() }
    }
}
