//! The load of clarifications, and the forms about which they wait.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::{ReadClarification, ReadCompleteness};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ClarificationId, CourseId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::completeness::{
    CalendarPeriod, LoadFigures, LoadQuestion, LoadRecord, LoadRecordQuery, LoadReport, QueryLoad,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parameter::{By, ByRecord, Month, days, link, month_of};
use super::{INFUSED, explanation};
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
pub(crate) struct QueryLoadParams {
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of this form.
    form: Option<String>,
    /// Only of forms first submitted in this month (`YYYY-MM`) or later.
    #[param(value_type = Option<String>)]
    from: Option<Month>,
    /// Only of forms first submitted in this month (`YYYY-MM`) or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Month>,
    /// By what figures are told apart, separated by commas: `site`, `form` and one of `month`, `quarter` and `year`; or
    /// `total`. `site,form` unless you say.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    by: ByRecord,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many groups.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// The load of clarifications of the forms of a group. The coordinator sees no counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueryLoadFigures)]
pub(crate) struct LoadFiguresView {
    /// The responsible site, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
    /// Code of the form, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// The month, quarter or year in which the forms were first submitted, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-Q1")]
    period: Option<String>,
    /// How many forms were submitted; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 40)]
    forms: Option<u64>,
    /// How many clarifications about them are not closed; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    open: Option<u64>,
    /// How many are closed; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 12)]
    closed: Option<u64>,
    /// Clarifications that are not closed, per 100 forms; for the coordinator a whole number, rounded up, `null` when hidden.
    #[schema(example = 7.5)]
    open_per_100_forms: Option<f64>,
    /// The median of the whole days from opening to closing; `null` when hidden or while none is closed.
    #[schema(example = 6.0)]
    median_days_to_close: Option<f64>,
    /// Where the forms are listed about which clarifications wait; only for the own sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/api/v1/completeness/clarifications/records?site=KAR&form=follow_up")]
    open_records: Option<String>,
}

/// The load of clarifications.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueryLoad)]
pub(crate) struct QueryLoadView {
    /// The figures, by site, form and period.
    items: Vec<LoadFiguresView>,
    /// Where the next page starts; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Sites that are in no figure, because they answer for fewer than five patients with an infused course.
    #[schema(value_type = Vec<String>)]
    hidden_sites: Vec<SiteCode>,
    /// About whom the figures are, and what is hidden.
    explanation: String,
}

impl LoadFiguresView {
    fn new(figures: LoadFigures, question: &LoadQuestion) -> Self {
        let count = |of: fn(&QueryLoad) -> u64| figures.counts.as_ref().map(of);
        let (forms, open, closed) =
            (count(|load| load.forms), count(|load| load.open), count(|load| load.closed.count()));
        Self {
            forms,
            open,
            closed,
            open_per_100_forms: figures.open_per_100_forms,
            median_days_to_close: figures.median_days_to_close,
            open_records: open.filter(|open| *open > 0).map(|_| list_of(&figures, question)),
            period: figures.group.period.map(|period| period.to_string()),
            site: figures.group.site,
            form: figures.group.form,
        }
    }
}

/// The path that lists the forms about which a figure's clarifications wait: what was asked for, narrowed to the group.
fn list_of(figures: &LoadFigures, question: &LoadQuestion) -> String {
    let group = &figures.group;
    let from = question.from.max(group.period.map(CalendarPeriod::first));
    let to = [question.to, group.period.map(CalendarPeriod::last)].into_iter().flatten().min();
    let parameters = [
        ("site", group.site.as_ref().or(question.site.as_ref()).map(ToString::to_string)),
        ("form", group.form.clone().or_else(|| question.form.clone())),
        ("from", from.map(month_of)),
        ("to", to.map(month_of)),
    ];
    link("clarifications/records", &parameters)
}

impl QueryLoadView {
    fn new(report: LoadReport, question: &LoadQuestion, language: Language) -> Self {
        let LoadReport { groups, hidden_sites, exact } = report;
        let Listed { items, next_cursor } =
            Listed::new(groups, |figures| LoadFiguresView::new(figures, question));
        let explanation = explanation(exact, INFUSED).in_language(language).to_owned();
        Self { items, next_cursor, hidden_sites, explanation }
    }
}

/// Read how many clarifications wait, and how long those took that are closed.
///
/// Of the submitted forms about an infused course, or a patient with one: their clarifications that are not closed, per 100
/// forms, and the median of the days from opening to closing of the others. A form belongs to the site that is responsible
/// for the patient today and to the month of its first submission, and its clarifications with it. Exact for a data manager's own sites; for the
/// coordinator every site with five infused patients or more, in whole numbers, the load rounded up, and without counts: of ten forms or more about five
/// patients or more, and not where one to four of them have what is counted, or have not; never of events. What lies above
/// something hidden, of a site and form, is of all forms, or hidden unless each few of them may still be any of one to four. The
/// question is logged as a hash. Permission: `completeness.read`.
#[utoipa::path(tag = "completeness", params(QueryLoadParams), responses(
    (status = 200, description = "A page of figures, each with the place of the forms.", body = QueryLoadView),
))]
#[get("/completeness/clarifications")]
pub(crate) async fn query_load(
    request: HttpRequest,
    caller: Permitted<ReadCompleteness>,
    reading: Reading,
    params: Params<QueryLoadParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let QueryLoadParams { site, form, from, to, by, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let (from, to) = days(&request, from, to)?;
    let By { site: by_site, form: by_form, period: by_period, .. } = by.0;
    let question = LoadQuestion { site, form, from, to, by_site, by_form, by_period };
    let asked = service.query_load(&caller.0, &reading.0, question.clone(), page);
    let (done, language) = (asked.await.for_request(&request)?, language_of(&request));
    Ok(Answer::ok(done, |report| QueryLoadView::new(report, &question, language)))
}

/// Which forms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LoadRecordParams {
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Only of this form.
    form: Option<String>,
    /// Only those first submitted in this month (`YYYY-MM`) or later.
    #[param(value_type = Option<String>)]
    from: Option<Month>,
    /// Only those first submitted in this month (`YYYY-MM`) or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Month>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many records.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// A submitted form about which clarifications wait.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueryLoadRecord)]
pub(crate) struct LoadRecordView {
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
    /// Code of the form.
    #[schema(example = "follow_up")]
    form: String,
    /// The site that owns the record and must answer.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// The clarifications that are not closed.
    #[schema(value_type = Vec<uuid::Uuid>)]
    clarifications: Vec<ClarificationId>,
}

impl From<LoadRecord> for LoadRecordView {
    fn from(LoadRecord { record, pseudonym, clarifications }: LoadRecord) -> Self {
        let (course, form, site) = (record.course, record.form, record.site);
        Self { record: record.id, patient: pseudonym, course, form, site, clarifications }
    }
}

/// List the submitted forms about which clarifications wait.
///
/// Exactly those that the figures of `/completeness/clarifications` count: one id for each clarification that is not closed. A
/// page may be short, even empty, while `next_cursor` says that more follow. Permission: `clarifications.read`.
#[utoipa::path(tag = "completeness", params(LoadRecordParams), responses(
    (status = 200, description = "A page of records, by id.", body = Listed<LoadRecordView>),
))]
#[get("/completeness/clarifications/records")]
pub(crate) async fn list_load_records(
    request: HttpRequest,
    caller: Permitted<ReadClarification>,
    reading: Reading,
    params: Params<LoadRecordParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let LoadRecordParams { site, patient, form, from, to, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let (from, to) = days(&request, from, to)?;
    let query = LoadRecordQuery { site, patient, form, from, to };
    let done = service.load_records(&caller.0, &reading.0, query, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |records| Listed::new(records, LoadRecordView::from)))
}
