//! Courses of treatment.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{ManagePatient, ReadPatient, ReadRecord};
use cartotek_domain::course::{Course, CourseOutcome, CourseStatus};
use cartotek_domain::id::CourseId;
use cartotek_domain::text::Language;
use cartotek_service::Service;
use cartotek_service::course::{CourseCorrection, CourseFile};
use cartotek_service::forms::DerivedValue;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::Sent;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::Listed;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::version::IfMatch;
use crate::resource::course_body::{CourseClosure, CourseCorrectionBody, CourseDraft, CourseReopening};
use crate::resource::derived_view::{DerivedView, not_for_treatment};

/// A course: all infusions of one product for one indication.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Course)]
pub(crate) struct CourseView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CourseId,
    /// 1 for the patient's first course, then 2, 3, …
    number: i32,
    /// Code of the indication group.
    #[schema(example = "LBCL")]
    indication: String,
    /// Day of referral or first apheresis.
    opened_on: NaiveDate,
    /// Where it stands.
    status: CourseStatus,
    /// Why it ended without an infusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<CourseOutcome>,
    /// The day it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_on: Option<NaiveDate>,
    /// The day of its first infusion, once there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    day0: Option<NaiveDate>,
    /// When it was entered.
    created_at: DateTime<Utc>,
    /// Version of this row: the ETag for `If-Match`.
    version: i64,
}

impl CourseView {
    fn new(course: Course, day0: Option<NaiveDate>) -> Self {
        Self {
            id: course.id,
            number: course.number,
            indication: course.indication,
            opened_on: course.opened_on,
            status: course.status,
            outcome: course.outcome,
            closed_on: course.closed_on,
            day0,
            created_at: course.created_at,
            version: course.version,
        }
    }
}

impl From<CourseFile> for CourseView {
    fn from(file: CourseFile) -> Self {
        Self::new(file.course, file.day0)
    }
}

/// List a patient's courses.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "courses",
    params(("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN")),
    responses((status = 200, description = "The courses, by number.", body = Listed<CourseView>)))]
#[get("/patients/{pseudonym}/courses")]
pub(crate) async fn list_courses(
    request: HttpRequest,
    caller: Permitted<ReadPatient>,
    reading: Reading,
    _: Params<NoParams>,
    pseudonym: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let done = service.courses(&caller.0, &reading.0, pseudonym).await.for_request(&request)?;
    Ok(Answer::ok(done, |courses| Listed::whole(courses, CourseView::from)))
}

/// Open a patient's next course.
///
/// The course before must be infused or closed. Permission: `patients.manage`.
#[utoipa::path(tag = "courses", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Writing,
), request_body = CourseDraft, responses((status = 201, description = "The course is open.", body = CourseView)))]
#[post("/patients/{pseudonym}/courses")]
pub(crate) async fn open_course(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    pseudonym: Path<String>,
    sent: Sent<CourseDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let CourseDraft { indication, opened_on } = sent.body;
    let done = service.open_course(&caller.0, &sent.act, pseudonym, indication, opened_on.0).await;
    let done = done.for_request(&request)?;
    let (place, version) = (format!("/api/v1/courses/{}", done.value.id), done.value.version);
    Ok(Answer::created(done, |course| CourseView::new(course, None)).located(place).at_version(version))
}

/// Read a course.
///
/// Permission: `patients.read`.
#[utoipa::path(tag = "courses", params(("id" = uuid::Uuid, Path, description = "Id of the course.")),
    responses((status = 200, description = "The course.", body = CourseView)))]
#[get("/courses/{id}")]
pub(crate) async fn read_course(
    request: HttpRequest,
    caller: Permitted<ReadPatient>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.course(&caller.0, &reading.0, id).await.for_request(&request)?;
    let version = done.value.course.version;
    Ok(Answer::ok(done, CourseView::from).at_version(version))
}

/// What follows for a course from all its records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CourseValues)]
pub(crate) struct CourseValuesView {
    /// What these values are for.
    notice: &'static str,
    /// The values, each with its definition and what it was computed from.
    values: Vec<DerivedView>,
}

impl CourseValuesView {
    fn new(values: Vec<DerivedValue>, language: Language) -> Self {
        Self { notice: not_for_treatment(language), values: DerivedView::list(values, language) }
    }
}

/// Read what follows for a course from all its records.
///
/// Days between its milestones, the dose of all infusions, the best response. Permission: `records.read`.
#[utoipa::path(tag = "courses", params(("id" = uuid::Uuid, Path, description = "Id of the course.")),
    responses((status = 200, description = "The values that follow today.", body = CourseValuesView)))]
#[get("/courses/{id}/values")]
pub(crate) async fn read_course_values(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, language) = (path::parse(&request, &id)?, language_of(&request));
    let done = service.course_values(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, |values| CourseValuesView::new(values, language)))
}

/// Correct the indication or the opening day of a course.
///
/// By the same checks as at its opening; a course that was infused or closed too, but not to a day after its first apheresis
/// or infusion, as none of these is accepted before that day. What is expected of the patient, and what rules find, follow.
/// The reason stands in the audit trail. Permission: `patients.manage`.
#[utoipa::path(tag = "courses", params(
    ("id" = uuid::Uuid, Path, description = "Id of the course."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = CourseCorrectionBody, responses((status = 200, description = "The course as it is now.", body = CourseView)))]
#[post("/courses/{id}/correction")]
pub(crate) async fn correct_course(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<CourseCorrectionBody>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let CourseCorrectionBody { indication, opened_on, reason } = sent.body;
    let correction = CourseCorrection { indication, opened_on: opened_on.map(|day| day.0) };
    let done = service.correct_course(&caller.0, &sent.act, id, version.0, correction, reason.into()).await;
    let done = done.for_request(&request)?;
    let version = done.value.course.version;
    Ok(Answer::ok(done, CourseView::from).at_version(version))
}

/// Close a course that ends without an infusion.
///
/// Permission: `patients.manage`.
#[utoipa::path(tag = "courses", params(
    ("id" = uuid::Uuid, Path, description = "Id of the course."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = CourseClosure, responses((status = 200, description = "The course is closed.", body = CourseView)))]
#[post("/courses/{id}/closure")]
pub(crate) async fn close_course(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<CourseClosure>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let CourseClosure { outcome, closed_on } = sent.body;
    let done = service.close_course(&caller.0, &sent.act, id, version.0, outcome, closed_on.0).await;
    let done = done.for_request(&request)?;
    let version = done.value.version;
    Ok(Answer::ok(done, |course| CourseView::new(course, None)).at_version(version))
}

/// Open a course again that was closed by mistake.
///
/// Outcome and day of the closing go; what is expected of the patient, and what rules find, follow. The reason stands in the
/// audit trail. A patient who has a later course goes on in that one. Permission: `patients.manage`.
#[utoipa::path(tag = "courses", params(
    ("id" = uuid::Uuid, Path, description = "Id of the course."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"2\""),
    Writing,
), request_body = CourseReopening, responses((status = 200, description = "The course is open.", body = CourseView)))]
#[post("/courses/{id}/reopening")]
pub(crate) async fn reopen_course(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<CourseReopening>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let reason = sent.body.reason.into();
    let done = service.reopen_course(&caller.0, &sent.act, id, version.0, reason).await;
    let done = done.for_request(&request)?;
    let version = done.value.version;
    Ok(Answer::ok(done, |course| CourseView::new(course, None)).at_version(version))
}
