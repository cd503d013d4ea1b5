//! Findings that stand in submitted records.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ReadRecord;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Severity;
use cartotek_domain::id::RecordId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::timeline::{FindingQuery, ListedFinding};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, page};
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;

/// Which findings a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindingParams {
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Only in records that this site owns.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only in this form.
    form: Option<String>,
    /// Only of this rule.
    rule: Option<String>,
    /// Only of this weight.
    severity: Option<Severity>,
    /// Only those that whoever saved the content has explained, or only those that nobody has.
    explained: Option<bool>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

impl From<FindingParams> for FindingQuery {
    fn from(params: FindingParams) -> Self {
        let FindingParams { patient, site, form, rule, severity, explained, .. } = params;
        Self { patient, site, form, rule, severity, explained }
    }
}

/// What a rule that looks beyond its own form finds in a submitted record, given all that is known of the patient by now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordFinding)]
pub(crate) struct RecordFindingView {
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The record in which it stands.
    #[schema(value_type = uuid::Uuid)]
    record: RecordId,
    /// The site that owns the record, and can mend it.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Code of the form.
    #[schema(example = "follow_up")]
    form: String,
    /// Version of the form under which the content was accepted: the rule is one of that version.
    form_version: i32,
    /// The stable id of the rule.
    #[schema(example = "R-FU-06B")]
    rule: String,
    /// Error, warning or notice. None of them refuses anything: the record stays submitted.
    severity: Severity,
    /// Where in the content (JSON pointer; empty: the whole).
    #[schema(example = "/vital_status")]
    pointer: String,
    /// What is wrong and how to mend it, in Swedish or English.
    message: String,
    /// Whether it is a warning that whoever saved the content has explained, knowing what the rule looks at in other forms
    /// as it stands now.
    explained: bool,
    /// When the change was made after which the rule finds it, or the content saved if that was later.
    since: DateTime<Utc>,
}

impl RecordFindingView {
    pub(crate) fn new(listed: ListedFinding, language: Language) -> Self {
        let ListedFinding { finding, pseudonym, message } = listed;
        Self {
            patient: pseudonym,
            record: finding.record,
            site: finding.site,
            form: finding.form,
            form_version: finding.form_version,
            rule: finding.rule,
            severity: finding.severity,
            pointer: finding.pointer,
            message: message.in_language(language).to_owned(),
            explained: finding.explained,
            since: finding.since,
        }
    }
}

/// List what stands in submitted records.
///
/// What rules that look beyond their own form find there, given all that is known of the patient by now: a date in another
/// form, a consent, a course. New ones appear within seconds of the change that brought them, in whichever record they
/// stand, and go when what is wrong is mended. Permission: `records.read`.
#[utoipa::path(tag = "records", params(FindingParams), responses(
    (status = 200, description = "A page of findings, by record, rule and pointer.", body = Listed<RecordFindingView>),
))]
#[get("/findings")]
pub(crate) async fn list_record_findings(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<FindingParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let page = page(&request, params.0.cursor.as_deref(), params.0.limit)?;
    let done = service.findings(&caller.0, &reading.0, params.0.into(), page).await.for_request(&request)?;
    Ok(Answer::ok(done, |findings| Listed::new(findings, |one| RecordFindingView::new(one, language))))
}
