//! Clarifications: questions about answers of submitted forms.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{
    AnswerClarification, OpenClarification, ReadClarification, RunClarifications,
};
use cartotek_service::clarification::ClarificationFile;
use cartotek_service::{Done, Service};

use crate::http::answer::Answer;
use crate::http::body::Sent;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::version::IfMatch;
use crate::resource::clarification_body::{
    ClarificationAnswer, ClarificationAssignment, ClarificationClosure, ClarificationDraft,
    ClarificationParams, ClarificationReopening, ClarificationRunOrder,
};
use crate::resource::clarification_view::{ClarificationFileView, ClarificationView, RunReportView};

/// List clarifications.
///
/// Permission: `clarifications.read`.
#[utoipa::path(tag = "clarifications", params(ClarificationParams), responses(
    (status = 200, description = "A page of clarifications, oldest first.", body = Listed<ClarificationView>),
))]
#[get("/clarifications")]
pub(crate) async fn list_clarifications(
    request: HttpRequest,
    caller: Permitted<ReadClarification>,
    reading: Reading,
    params: Params<ClarificationParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let page = page(&request, params.0.cursor.as_deref(), params.0.limit)?;
    let done = service.clarifications(&caller.0, &reading.0, params.0.into(), page).await;
    Ok(Answer::ok(done.for_request(&request)?, |files| {
        Listed::new(files, |file| ClarificationView::new(file, language))
    }))
}

/// Ask about an answer of a submitted form.
///
/// The site that owns the form is to answer. Permission: `clarifications.open`.
#[utoipa::path(tag = "clarifications", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    Writing,
), request_body = ClarificationDraft, responses(
    (status = 201, description = "It is asked.", body = ClarificationFileView),
))]
#[post("/records/{id}/clarifications")]
pub(crate) async fn open_clarification(
    request: HttpRequest,
    caller: Permitted<OpenClarification>,
    id: Path<String>,
    sent: Sent<ClarificationDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, language) = (path::parse(&request, &id)?, language_of(&request));
    let done = service.open_clarification(&caller.0, &sent.act, id, sent.body.into()).await;
    let done = done.for_request(&request)?;
    let (place, version) =
        (format!("/api/v1/clarifications/{}", done.value.clarification.id), done.value.state.version);
    let answer = Answer::created(done, |file| ClarificationFileView::new(file, language));
    Ok(answer.located(place).at_version(version))
}

/// Run the current rules over the submitted forms and ask about what they find.
///
/// All forms that the caller may read, or all of the network for a coordinator. Each warning and error of a rule of the
/// form's latest version is asked about once; what was explained at submission, or when an earlier clarification about
/// the same content was closed, is not asked about. What a rule has asked and finds no more is closed. The answer comes
/// when the last form has been judged. A run that was interrupted may be sent again. A coordinator sees no site with fewer than
/// five patients among these forms, and counts in tens, rounded down, none below ten. The question is logged as a hash. Permission: `clarifications.run`.
#[utoipa::path(tag = "clarifications", params(Writing), request_body = ClarificationRunOrder, responses(
    (status = 200, description = "Counts by site, form and rule.", body = RunReportView),
))]
#[post("/clarifications/runs")]
pub(crate) async fn run_clarifications(
    request: HttpRequest,
    caller: Permitted<RunClarifications>,
    sent: Sent<ClarificationRunOrder>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.run_clarifications(&caller.0, &sent.act, sent.body.into()).await;
    Ok(Answer::ok(done.for_request(&request)?, RunReportView::from))
}

/// Read a clarification with what happened to it.
///
/// Permission: `clarifications.read`.
#[utoipa::path(tag = "clarifications", params(("id" = uuid::Uuid, Path, description = "Id of the clarification.")),
    responses((status = 200, description = "The clarification.", body = ClarificationFileView)))]
#[get("/clarifications/{id}")]
pub(crate) async fn read_clarification(
    request: HttpRequest,
    caller: Permitted<ReadClarification>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.clarification(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(shown(&request, done))
}

/// Answer a clarification.
///
/// Done by the site that owns the form, or by the responsible one when that site has left the care. That of a rule closes
/// by itself once the rule finds nothing any more, answered or not. Permission: `clarifications.answer`.
#[utoipa::path(tag = "clarifications", params(
    ("id" = uuid::Uuid, Path, description = "Id of the clarification."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = ClarificationAnswer, responses(
    (status = 200, description = "It is answered.", body = ClarificationFileView),
))]
#[post("/clarifications/{id}/answer")]
pub(crate) async fn answer_clarification(
    request: HttpRequest,
    caller: Permitted<AnswerClarification>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<ClarificationAnswer>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, text) = (path::parse(&request, &id)?, sent.body.text.0);
    let done = service.answer_clarification(&caller.0, &sent.act, id, version.0, text).await;
    Ok(shown(&request, done.for_request(&request)?))
}

/// Close a clarification.
///
/// Done by whoever asked or by the site that did (by the responsible one when that site has left the care); what the
/// network asked, the site that answers closes. While the rule that asks still finds something, `text` must say why the
/// content is right all the same. Permission: `clarifications.open`.
#[utoipa::path(tag = "clarifications", params(
    ("id" = uuid::Uuid, Path, description = "Id of the clarification."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = ClarificationClosure, responses(
    (status = 200, description = "It is closed.", body = ClarificationFileView),
))]
#[post("/clarifications/{id}/closure")]
pub(crate) async fn close_clarification(
    request: HttpRequest,
    caller: Permitted<OpenClarification>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<ClarificationClosure>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, text) = (path::parse(&request, &id)?, sent.body.text.map(|words| words.0));
    let done = service.close_clarification(&caller.0, &sent.act, id, version.0, text).await;
    Ok(shown(&request, done.for_request(&request)?))
}

/// Ask again what was answered or closed.
///
/// Done by those who may close it; that of a rule only while the rule finds something. Permission: `clarifications.open`.
#[utoipa::path(tag = "clarifications", params(
    ("id" = uuid::Uuid, Path, description = "Id of the clarification."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"2\""),
    Writing,
), request_body = ClarificationReopening, responses(
    (status = 200, description = "It is open again.", body = ClarificationFileView),
))]
#[post("/clarifications/{id}/reopening")]
pub(crate) async fn reopen_clarification(
    request: HttpRequest,
    caller: Permitted<OpenClarification>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<ClarificationReopening>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, text) = (path::parse(&request, &id)?, sent.body.text.0);
    let done = service.reopen_clarification(&caller.0, &sent.act, id, version.0, text).await;
    Ok(shown(&request, done.for_request(&request)?))
}

/// Name who is to answer a clarification.
///
/// Done by the site that answers, for one of its data managers or nobody in particular. Permission:
/// `clarifications.answer`.
#[utoipa::path(tag = "clarifications", params(
    ("id" = uuid::Uuid, Path, description = "Id of the clarification."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = ClarificationAssignment, responses(
    (status = 200, description = "It is assigned.", body = ClarificationFileView),
))]
#[post("/clarifications/{id}/assignment")]
pub(crate) async fn assign_clarification(
    request: HttpRequest,
    caller: Permitted<AnswerClarification>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<ClarificationAssignment>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, assignee) = (path::parse(&request, &id)?, sent.body.assignee);
    let done = service.assign_clarification(&caller.0, &sent.act, id, version.0, assignee).await;
    Ok(shown(&request, done.for_request(&request)?))
}

/// 200 with a clarification and its version.
fn shown(request: &HttpRequest, done: Done<ClarificationFile>) -> Answer<ClarificationFileView> {
    let (language, version) = (language_of(request), done.value.state.version);
    Answer::ok(done, |file| ClarificationFileView::new(file, language)).at_version(version)
}
