//! Worklists and schedules: what is due, and what is expected of a patient.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get};
use cartotek_domain::access::permission::ReadWorklist;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::schedule::Expected;
use cartotek_domain::schedule::TimeState;
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::schedule::worklist::{WorklistItem, WorklistQuery};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::answer::Answer;
use crate::http::bounds::SOON_DAYS;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params};

/// What a worklist is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorklistParams {
    /// Only of this patient.
    #[param(value_type = Option<String>)]
    patient: Option<Pseudonym>,
    /// Only of this form.
    form: Option<String>,
    /// Only what asks for attention so much; without it all that waits. What is closed is listed with `closed` alone.
    urgency: Option<Urgency>,
    /// How many days before its window opens an item is listed.
    #[serde(default = "default_soon")]
    #[param(maximum = 366, default = 30)]
    soon_days: u32,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// How many days ahead a list looks unless the client says.
pub(crate) const fn default_soon() -> u32 {
    30
}

/// Something that is expected of a patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExpectedItem)]
pub(crate) struct ExpectedItemView {
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The course; absent for what is expected whatever the courses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    course: Option<CourseId>,
    /// The responsible site.
    #[schema(value_type = String, example = "KAR")]
    site: SiteCode,
    /// Code of the form; absent for a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "follow_up")]
    form: Option<String>,
    /// The time point, of what is counted from day 0; `D0` also of what tells of the patient before the infusion, such as a
    /// questionnaire that calls itself `BASELINE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "D100")]
    time_point: Option<String>,
    /// Name of the form, or of the materials.
    title: String,
    /// Where it stands today: `upcoming`, `open`, `due`, `overdue`, `missed_lost`, `lapsed`, `completed`,
    /// `completed_out_of_window`, or `not_applicable_` with the reason. What the patient's withdrawal by the target day, or
    /// death before the window, has closed is `not_applicable_` although something answers it.
    #[schema(example = "overdue")]
    state: &'static str,
    /// The draft that is there, of several the one begun last: `GET /records/{id}` reads it and says whose it is, `PUT
    /// /records/{id}/draft` continues one of your site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    draft: Option<RecordId>,
    /// Days since it became overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_overdue: Option<u32>,
    /// How much it asks for attention; absent where nothing is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<Urgency>,
    /// Whether it may be left out.
    optional: bool,
    /// First day of its window.
    window_opens: NaiveDate,
    /// The nominal day.
    target: NaiveDate,
    /// Last day of its window.
    window_closes: NaiveDate,
    /// Last day on which it is not overdue.
    overdue_after: NaiveDate,
    /// Why it is expected, and what has closed it.
    why: String,
    /// What would satisfy it.
    satisfied_by: String,
    /// The record or sample that answers it; also where `state` says that it is not expected after all.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_by: Option<Uuid>,
}

impl ExpectedItemView {
    pub(crate) fn new(item: WorklistItem, language: Language) -> Self {
        let expected = &item.entry.item;
        let form = match &expected.what {
            Expected::Form { form, .. } => Some(form.clone()),
            Expected::Sample { .. } => None,
        };
        let time = item.state.time();
        Self {
            patient: item.pseudonym,
            course: item.entry.course,
            site: item.entry.site.clone(),
            form,
            time_point: expected.time_point.map(|code| code.to_string()),
            title: item.title.in_language(language).to_owned(),
            state: time.map_or(item.state.name(), TimeState::name),
            draft: item.draft,
            days_overdue: match time {
                Some(TimeState::Overdue { days }) => Some(days),
                _ => None,
            },
            urgency: item.urgency,
            optional: expected.optional,
            window_opens: expected.first,
            target: expected.target,
            window_closes: expected.last,
            overdue_after: expected.grace_until,
            why: item.why.in_language(language).to_owned(),
            satisfied_by: item.satisfied_by.in_language(language).to_owned(),
            answered_by: item.entry.answer.map(|answer| answer.by),
        }
    }
}

/// List what waits at the caller's sites.
///
/// Overdue items first, then by the day on which they become overdue. What is closed is listed with `urgency=closed` alone,
/// what is answered or left out not at all: see the schedule of the patient. Permission: `worklist.read`.
#[utoipa::path(tag = "worklist", params(WorklistParams), responses(
    (status = 200, description = "A page of items, what becomes overdue first at the top.", body = Listed<ExpectedItemView>),
))]
#[get("/worklist")]
pub(crate) async fn list_worklist(
    request: HttpRequest,
    caller: Permitted<ReadWorklist>,
    reading: Reading,
    params: Params<WorklistParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let WorklistParams { patient, form, urgency, soon_days, cursor, limit } = params.0;
    let (page, language) = (page(&request, cursor.as_deref(), limit)?, language_of(&request));
    let soon = SOON_DAYS.check(&request, soon_days)?;
    let query = WorklistQuery { patient, form, urgency, soon };
    let done = service.worklist(&caller.0, &reading.0, query, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |items| Listed::new(items, |item| ExpectedItemView::new(item, language))))
}

/// Read everything that is expected of a patient.
///
/// Answered, waiting, to come and closed, by target day, each with its reason. Permission: `worklist.read`.
#[utoipa::path(tag = "worklist",
    params(("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN")),
    responses((status = 200, description = "The items, by target day.", body = Listed<ExpectedItemView>)))]
#[get("/patients/{pseudonym}/schedule")]
pub(crate) async fn read_schedule(
    request: HttpRequest,
    caller: Permitted<ReadWorklist>,
    reading: Reading,
    _: Params<NoParams>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (pseudonym, language) = (path::parse(&request, &pseudonym)?, language_of(&request));
    let done = service.patient_schedule(&caller.0, &reading.0, pseudonym).await.for_request(&request)?;
    Ok(Answer::ok(done, |items| Listed::whole(items, |item| ExpectedItemView::new(item, language))))
}
