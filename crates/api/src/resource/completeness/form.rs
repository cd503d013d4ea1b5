//! Completeness and timeliness of forms, and the forms that are missing.

use actix_web::web::Data;
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::{ReadCompleteness, ReadWorklist};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::completeness::{CalendarPeriod, FormFigures, FormQuestion, FormReport, MissingQuery};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parameter::{AtMoment, By, Month, days, link, month_of};
use super::{ALL, ShareView, explanation};
use crate::http::answer::Answer;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, page};
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Params;
use crate::resource::worklist::ExpectedItemView;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormCompletenessParams {
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of this form.
    form: Option<String>,
    /// Only of this time point; `baseline` is what belongs to none, since it leads to an infusion: registration, referral,
    /// apheresis, product, an infusion that is awaited. What tells of the patient before the infusion belongs to `D0`, also a
    /// questionnaire that calls itself `BASELINE`.
    #[param(value_type = Option<String>)]
    time_point: Option<AtMoment>,
    /// Only of forms whose grace ends in this month (`YYYY-MM`) or later.
    #[param(value_type = Option<String>)]
    from: Option<Month>,
    /// Only of forms whose grace ends in this month (`YYYY-MM`) or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Month>,
    /// By what figures are told apart, separated by commas: `site`, `form`, `time_point` and one of `month`, `quarter` and
    /// `year`; or `total`. `site,form` unless you say.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    by: By,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many groups.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// Completeness and timeliness of the forms of a group. What is `null` is hidden. For the coordinator a number above something
/// hidden, of a site, form and time point, is of all forms, rounded down to tens, and `null` below ten and where it would tell of
/// a few: there may be more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormFigures)]
pub(crate) struct FormFiguresView {
    /// The responsible site, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "KAR")]
    site: Option<SiteCode>,
    /// Code of the form, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// The time point, or `baseline` for none, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "D100")]
    time_point: Option<String>,
    /// The month, quarter or year in which the grace of the forms ends, if told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-Q1")]
    period: Option<String>,
    /// How many required forms are due: those that are `open` or `due` on the worklist, of infused courses or not. The
    /// coordinator sees no number of fewer than five patients, also `null` of none, and above such a number tens.
    #[schema(example = 5)]
    due_now: Option<u64>,
    /// Of the forms of infused courses whose grace has passed: those that are there, dated in their window or not.
    completed: Option<ShareView>,
    /// Of the forms of infused courses that are there, also while their grace runs: those first submitted before it ended. Not
    /// told to the coordinator where, less those that are there of `completed`, it would tell of one to four whose grace runs.
    timely: Option<ShareView>,
    /// The median of the days from the last of the window to the first submission, negative before that; also `null`
    /// without a form.
    #[schema(example = 12.0)]
    median_days_after_window: Option<f64>,
    /// How many forms of infused courses are missing: those that are overdue and those that were missed. For the coordinator in
    /// tens above something hidden, and `null` rather than 0 there.
    #[schema(example = 2)]
    missing: Option<u64>,
    /// How many required forms are `overdue` on the worklist: of infused courses those that are missing and were not missed,
    /// and with them those of courses before their infusion and of patients without one, which are not among the missing. For
    /// the coordinator each of the two is left out of one site, form and time point when it is of a few, so that there may be
    /// more, also where it is `null`; above such a one it is in tens.
    #[schema(example = 1)]
    overdue: Option<u64>,
    /// How many of the missing are `missed_lost`: of patients who were lost to follow-up. For the coordinator in tens above
    /// something hidden, and `null` rather than 0 there.
    #[schema(example = 1)]
    missed_lost: Option<u64>,
    /// Where the missing forms are listed; only for the own sites. What is due and overdue is listed by the worklist.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/api/v1/completeness/forms/missing?site=KAR&form=follow_up")]
    missing_items: Option<String>,
}

/// Completeness and timeliness of forms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormCompleteness)]
pub(crate) struct FormCompletenessView {
    /// The figures, by site, form, time point and period.
    items: Vec<FormFiguresView>,
    /// Where the next page starts; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// The day for which the figures are.
    today: NaiveDate,
    /// Sites that are in no figure, because they answer for fewer than five patients.
    #[schema(value_type = Vec<String>)]
    hidden_sites: Vec<SiteCode>,
    /// About whom the figures are, and what is hidden.
    explanation: String,
}

impl FormFiguresView {
    fn new(figures: FormFigures, question: &FormQuestion, exact: bool) -> Self {
        let missing = figures.completed.and_then(|share| share.rest);
        let missing_items =
            missing.filter(|missing| exact && *missing > 0).map(|_| list_of(&figures, question));
        Self {
            site: figures.group.site,
            form: figures.group.form,
            time_point: figures.group.time_point.map(|one| one.to_string()),
            period: figures.group.period.map(|period| period.to_string()),
            due_now: figures.due,
            completed: figures.completed.map(ShareView::from),
            timely: figures.timely.map(ShareView::from),
            median_days_after_window: figures.median_delay,
            missing,
            overdue: figures.overdue,
            missed_lost: figures.missed,
            missing_items,
        }
    }
}

/// The path that lists what a figure lacks: what was asked for, narrowed to the group.
fn list_of(figures: &FormFigures, question: &FormQuestion) -> String {
    let group = &figures.group;
    let site = group.site.as_ref().or(question.site.as_ref()).map(ToString::to_string);
    let form = group.form.clone().or_else(|| question.form.clone());
    let time_point = group.time_point.or(question.time_point).map(|one| one.to_string());
    let from = question.from.max(group.period.map(CalendarPeriod::first));
    let ends = [question.to, group.period.map(CalendarPeriod::last)];
    let to = ends.into_iter().flatten().min();
    let parameters = [
        ("site", site),
        ("form", form),
        ("time_point", time_point),
        ("from", from.map(month_of)),
        ("to", to.map(month_of)),
    ];
    link("forms/missing", &parameters)
}

impl FormCompletenessView {
    fn new(report: FormReport, question: &FormQuestion, language: Language) -> Self {
        let FormReport { groups, hidden_sites, exact, today } = report;
        let Listed { items, next_cursor } =
            Listed::new(groups, |figures| FormFiguresView::new(figures, question, exact));
        let explanation = explanation(exact, ALL).in_language(language).to_owned();
        Self { items, next_cursor, today, hidden_sites, explanation }
    }
}

/// Read how complete and timely forms are, and how many are due and overdue.
///
/// What counts are the required forms of infused courses whose grace has passed and that are applicable: not after a
/// withdrawal, nor of a time after the death; forms of patients who are lost count as missing, but not as overdue. `due_now`
/// and `overdue` are the numbers of the worklist: of required forms, also before an infusion. A form belongs to the site that
/// is responsible today and to the month in which its grace ends. Exact for a data manager's own sites; for the coordinator
/// every site with five patients or more, without numbers and shares about fewer than five patients or with one to four in
/// the part or the rest, and medians of fewer than ten, by site, form and time point. What lies above something hidden is of
/// all forms: numbers rounded down to tens (`null` below ten), shares to whole per cent, both only while each hidden few may
/// still be any of one to four. The question is logged as a hash.
/// Permission: `completeness.read`.
#[utoipa::path(tag = "completeness", params(FormCompletenessParams), responses(
    (status = 200, description = "A page of figures, each with the place of what is missing.", body = FormCompletenessView),
))]
#[get("/completeness/forms")]
pub(crate) async fn form_completeness(
    request: HttpRequest,
    caller: Permitted<ReadCompleteness>,
    reading: Reading,
    params: Params<FormCompletenessParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let FormCompletenessParams { site, form, time_point, from, to, by, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let (from, to) = days(&request, from, to)?;
    let By { site: by_site, form: by_form, time_point: by_time_point, period: by_period } = by;
    let time_point = time_point.map(|one| one.0);
    let question =
        FormQuestion { site, form, time_point, from, to, by_site, by_form, by_time_point, by_period };
    let asked = service.form_completeness(&caller.0, &reading.0, question.clone(), page);
    let (done, language) = (asked.await.for_request(&request)?, language_of(&request));
    Ok(Answer::ok(done, |report| FormCompletenessView::new(report, &question, language)))
}

/// Which missing forms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MissingParams {
    /// Only of this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteCode>,
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Only of this form.
    form: Option<String>,
    /// Only of this time point; `baseline` is what belongs to none, since it leads to an infusion: registration, referral,
    /// apheresis, product, an infusion that is awaited. What tells of the patient before the infusion belongs to `D0`, also a
    /// questionnaire that calls itself `BASELINE`.
    #[param(value_type = Option<String>)]
    time_point: Option<AtMoment>,
    /// Only those whose grace ended in this month (`YYYY-MM`) or later.
    #[param(value_type = Option<String>)]
    from: Option<Month>,
    /// Only those whose grace ended in this month (`YYYY-MM`) or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Month>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// List the forms that are missing.
///
/// Exactly those that are `missing` in the figures of `/completeness/forms`, of infused courses, the longest overdue first,
/// each with what would satisfy it. Patients who are lost to follow-up are among them, who stand on no worklist any more;
/// what is overdue before an infusion stands on the worklist alone. Permission: `worklist.read`.
#[utoipa::path(tag = "completeness", params(MissingParams), responses(
    (status = 200, description = "A page of items, the longest overdue first.", body = Listed<ExpectedItemView>),
))]
#[get("/completeness/forms/missing")]
pub(crate) async fn list_missing_items(
    request: HttpRequest,
    caller: Permitted<ReadWorklist>,
    reading: Reading,
    params: Params<MissingParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let MissingParams { site, patient, form, time_point, from, to, cursor, limit } = params.0;
    let (page, language) = (page(&request, cursor.as_deref(), limit)?, language_of(&request));
    let (from, to) = days(&request, from, to)?;
    let query = MissingQuery { site, patient, form, time_point: time_point.map(|one| one.0), from, to };
    let done = service.missing_items(&caller.0, &reading.0, query, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |items| Listed::new(items, |item| ExpectedItemView::new(item, language))))
}
