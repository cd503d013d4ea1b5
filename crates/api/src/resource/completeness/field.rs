//! Completeness of the fields of a form, and the records behind it.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::{ReadCompleteness, ReadRecord};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Record;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::completeness::{
    FieldFigures, FieldQuestion, FieldRecord, FieldRecordQuery, FieldReport, FieldStanding,
};
use cartotek_service::record::RecordKey;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parameter::{Month, days, link, month_of};
use super::{FieldCompletenessView, INFUSED, explanation};
use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, page};
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FieldCompletenessParams {
    /// The form.
    #[param(example = "follow_up")]
    form: String,
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of contents of this month (`YYYY-MM`) or later.
    #[param(value_type = Option<String>)]
    from: Option<Month>,
    /// Only of contents of this month (`YYYY-MM`) or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Month>,
}

/// Completeness of a field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldFigures)]
pub(crate) struct FieldFiguresView {
    /// Where it stands in the content, in every version of the form: a JSON pointer with `*` for each place in a list.
    #[schema(example = "/late_toxicity/late_icaht_grade")]
    field: String,
    /// Its name.
    title: String,
    /// Whether it is ever required.
    required: bool,
    /// How it stands where it applies; `null` when hidden.
    figures: Option<FieldCompletenessView>,
    /// Where the records are listed in which it is absent; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/api/v1/completeness/fields/records?form=follow_up&field=%2Fcontact_mode")]
    absent_records: Option<String>,
}

/// Completeness of the fields of a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldCompletenessReport)]
pub(crate) struct FieldReportView {
    /// Code of the form.
    #[schema(example = "follow_up")]
    form: String,
    /// Its name.
    title: String,
    /// How many contents count; `null` for the coordinator.
    #[schema(example = 40)]
    records: Option<u64>,
    /// The required fields of all these contents together; for the coordinator those that are listed, each share only where it is
    /// told of every one of them; `null` when hidden.
    required: Option<FieldCompletenessView>,
    /// The fields in the order of the latest version of the form, those that only earlier versions have after them.
    fields: Vec<FieldFiguresView>,
    /// Sites that are in no figure, because they answer for fewer than five patients with an infused course.
    #[schema(value_type = Vec<String>)]
    hidden_sites: Vec<SiteCode>,
    /// About whom the figures are, and what is hidden.
    explanation: String,
}

impl FieldFiguresView {
    fn new(figures: FieldFigures, question: &FieldQuestion, exact: bool, language: Language) -> Self {
        let FieldFigures { field, title, required, figures } = figures;
        let is_absent = figures
            .and_then(|figures| figures.counts)
            .is_some_and(|counts| counts.standing(FieldStanding::Absent) > 0);
        let parameters = [
            ("form", Some(question.form.clone())),
            ("field", Some(field.clone())),
            ("site", question.site.as_ref().map(ToString::to_string)),
            ("from", question.from.map(month_of)),
            ("to", question.to.map(month_of)),
        ];
        Self {
            title: title.in_language(language).to_owned(),
            required,
            figures: figures.map(FieldCompletenessView::from),
            absent_records: (exact && is_absent).then(|| link("fields/records", &parameters)),
            field,
        }
    }
}

impl FieldReportView {
    fn new(report: FieldReport, question: &FieldQuestion, language: Language) -> Self {
        let FieldReport { title, records, required, fields, hidden_sites, exact } = report;
        let view = |figures| FieldFiguresView::new(figures, question, exact, language);
        Self {
            form: question.form.clone(),
            title: title.in_language(language).to_owned(),
            records,
            required: required.map(FieldCompletenessView::from),
            fields: fields.into_iter().map(view).collect(),
            hidden_sites,
            explanation: explanation(exact, INFUSED).in_language(language).to_owned(),
        }
    }
}

/// Read how complete the fields of a form are.
///
/// Of the latest submitted content of every record of the form about an infused course, or a patient with one: how often each
/// field has a value, a reason for its absence, or neither, where it applies. A field applies where its object is there and,
/// if it is required under a condition, the condition holds, by the version of the form that the content follows. A content
/// belongs to the site that is responsible today and to the month of its clinical date, without one to that of its first
/// submission. Exact for a data manager's own sites; for the coordinator every site with five infused patients or more, in whole per
/// cent, rounded down, and without counts: of fields that apply to every content, ten times or more, about five patients or more,
/// and not where one to four have an answer, or have none; never of events. What lies above a site that is hidden is of all sites,
/// or hidden unless each few of them may still be any of one to four. The question is logged as a hash. Permission: `completeness.read`.
#[utoipa::path(tag = "completeness", params(FieldCompletenessParams), responses(
    (status = 200, description = "The figures of every field, each with the place of the records.", body = FieldReportView),
))]
#[get("/completeness/fields")]
pub(crate) async fn field_completeness(
    request: HttpRequest,
    caller: Permitted<ReadCompleteness>,
    reading: Reading,
    params: Params<FieldCompletenessParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let FieldCompletenessParams { form, site, from, to } = params.0;
    let (from, to) = days(&request, from, to)?;
    let question = FieldQuestion { site, form, from, to };
    let asked = service.field_completeness(&caller.0, &reading.0, question.clone());
    let (done, language) = (asked.await.for_request(&request)?, language_of(&request));
    Ok(Answer::ok(done, |report| FieldReportView::new(report, &question, language)))
}

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FieldRecordParams {
    /// The form.
    #[param(example = "follow_up")]
    form: String,
    /// The field, as `/completeness/fields` names it.
    #[param(example = "/contact_mode")]
    field: String,
    /// How the field stands.
    #[serde(default = "absent")]
    #[param(value_type = Option<String>, default = "absent")]
    standing: FieldStanding,
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Only contents of this month (`YYYY-MM`) or later.
    #[param(value_type = Option<String>)]
    from: Option<Month>,
    /// Only contents of this month (`YYYY-MM`) or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Month>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many records.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

const fn absent() -> FieldStanding {
    FieldStanding::Absent
}

/// A record in which a field stands so.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldRecord)]
pub(crate) struct FieldRecordView {
    /// The record.
    #[schema(value_type = uuid::Uuid)]
    record: RecordId,
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The course; absent for a form about the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    course: Option<CourseId>,
    /// What tells it from the other records of the form and its patient or course, as in the list of records.
    #[serde(skip_serializing_if = "RecordKey::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>, required = false, example = json!({"time_point": "D100"}))]
    key: RecordKey,
    /// The site that owns the record; only it may amend.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Where in the content: a JSON pointer for each place of a list.
    #[schema(example = json!(["/late_toxicity/late_icaht_grade"]))]
    pointers: Vec<String>,
}

impl From<FieldRecord> for FieldRecordView {
    fn from(FieldRecord { record, pseudonym, key, pointers }: FieldRecord) -> Self {
        let Record { id, course, site, .. } = record;
        Self { record: id, patient: pseudonym, course, key, site, pointers }
    }
}

/// List the records in which a field has a value, a reason or neither.
///
/// Exactly those that the figures of `/completeness/fields` count: one pointer for each time that the field stands so. A page may be
/// short, even empty, while `next_cursor` says that more follow. Permission: `records.read`.
#[utoipa::path(tag = "completeness", params(FieldRecordParams), responses(
    (status = 200, description = "A page of records, by id.", body = Listed<FieldRecordView>),
))]
#[get("/completeness/fields/records")]
pub(crate) async fn list_field_records(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<FieldRecordParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let FieldRecordParams { form, field, standing, site, patient, from, to, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let (from, to) = days(&request, from, to)?;
    let query = FieldRecordQuery { site, patient, form, field, standing, from, to };
    let done = service.field_records(&caller.0, &reading.0, query, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |records| Listed::new(records, FieldRecordView::from)))
}
