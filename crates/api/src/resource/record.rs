//! Records: filled forms.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post, put};
use cartotek_domain::access::permission::{ReadRecord, WriteRecord};
use cartotek_domain::id::RecordId;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::Amendment;
use cartotek_service::Service;
use cartotek_service::record::{Correction, RecordQuery, Version};
use serde_json::Value;

use crate::http::answer::Answer;
use crate::http::body::Sent;
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::version::IfMatch;
use crate::resource::record_body::{
    AmendmentDraft, AsOf, Between, ContentDraft, RecordDraft, RecordParams, Submission, Validation,
};
use crate::resource::record_view::{PatchOperation, RecordFileView, RecordView, RevisionView, ValidatedView};

/// List records.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "records", params(RecordParams), responses(
    (status = 200, description = "A page of records, in the order created.", body = Listed<RecordView>),
))]
#[get("/records")]
pub(crate) async fn list_records(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<RecordParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let RecordParams { patient, course, form, status, verified, cursor, limit } = params.0;
    let page = page(&request, cursor.as_deref(), limit)?;
    let query = RecordQuery { patient, course, form, status, verified };
    let done = service.records(&caller.0, &reading.0, query, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |records| Listed::new(records, RecordView::from)))
}

/// Create a record: a draft, or submitted at once.
///
/// Without `submit` it is a draft: the answer lists the pointers that are still unanswered. With `submit: true` it must
/// be complete and right, and every warning needs a reason in `acknowledgements`. Pointers of findings about the
/// content point into `content`. Permission: `records.write`.
#[utoipa::path(tag = "records", params(Writing), request_body = RecordDraft, responses(
    (status = 201, description = "The record is there.", body = RecordFileView),
))]
#[post("/records")]
pub(crate) async fn create_record(
    request: HttpRequest,
    caller: Permitted<WriteRecord>,
    sent: Sent<RecordDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let new = sent.body.parse();
    let new = new.map_err(|finding| ApiError::found(&request, Problem::ContentInvalid, vec![finding]))?;
    let done = service.create_record(&caller.0, &sent.act, new).await.for_request(&request)?;
    let (place, version) = (format!("/api/v1/records/{}", done.value.record.id), done.value.record.revision);
    Ok(Answer::created(done, |file| RecordFileView::new(file, language)).located(place).at_version(version))
}

/// Check a content without keeping anything.
///
/// Alone, or as a record of a patient and course. Permission: `records.write`.
#[utoipa::path(tag = "records", params(Writing), request_body = Validation, responses(
    (status = 200, description = "What the rules find.", body = ValidatedView),
))]
#[post("/records/validation")]
pub(crate) async fn validate(
    request: HttpRequest,
    caller: Permitted<WriteRecord>,
    sent: Sent<Validation>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let language = language_of(&request);
    let subject = sent.body.subject();
    let subject =
        subject.map_err(|finding| ApiError::found(&request, Problem::ContentInvalid, vec![finding]))?;
    let Validation { form, form_version, content, .. } = sent.body;
    let done = service.validate(&caller.0, &sent.act, &form, form_version, content, subject).await;
    Ok(Answer::ok(done.for_request(&request)?, |found| ValidatedView::new(found, language)))
}

/// Read a record, also as it was earlier.
///
/// With `as_of` there is no ETag: an earlier content is none to start a change from. Permission: `records.read`.
#[utoipa::path(tag = "records", params(("id" = uuid::Uuid, Path, description = "Id of the record."), AsOf),
    responses((status = 200, description = "The record with a content.", body = RecordFileView)))]
#[get("/records/{id}")]
pub(crate) async fn read_record(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<AsOf>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, language): (RecordId, _) = (path::parse(&request, &id)?, language_of(&request));
    let version = params.0.as_of.map_or(Version::Current, |as_of| Version::AsOf(as_of.0.to_utc()));
    let done = service.record(&caller.0, &reading.0, id, version).await.for_request(&request)?;
    // The ETag is that of the current content: an earlier one is none to start a change from.
    let current = (version == Version::Current).then_some(done.value.record.revision);
    let answer = Answer::ok(done, |stored| RecordFileView::stored(stored, language));
    Ok(match current {
        Some(number) => answer.at_version(number),
        None => answer,
    })
}

/// List the revisions of a record.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "records", params(("id" = uuid::Uuid, Path, description = "Id of the record."), Paging),
    responses((status = 200, description = "A page of revisions, by number.", body = Listed<RevisionView>)))]
#[get("/records/{id}/revisions")]
pub(crate) async fn list_revisions(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    paging: Params<Paging>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.revisions(&caller.0, &reading.0, id, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |revisions| Listed::new(revisions, RevisionView::from)))
}

/// Read one revision of a record.
///
/// Permission: `records.read`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("number" = i64, Path, description = "Number of the revision."),
), responses((status = 200, description = "The record with that content.", body = RecordFileView)))]
#[get("/records/{id}/revisions/{number}")]
pub(crate) async fn read_revision(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    _: Params<NoParams>,
    names: Path<(String, String)>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (id, number): (RecordId, i64) = (path::parse(&request, &names.0)?, path::parse(&request, &names.1)?);
    let done =
        service.record(&caller.0, &reading.0, id, Version::Number(number)).await.for_request(&request)?;
    let language = language_of(&request);
    Ok(Answer::ok(done, |stored| RecordFileView::stored(stored, language)))
}

/// Compare two revisions of a record.
///
/// The answer is an RFC 6902 patch from one content to the other. Permission: `records.read`.
#[utoipa::path(tag = "records", params(("id" = uuid::Uuid, Path, description = "Id of the record."), Between),
    responses((status = 200, description = "What changed.", body = Vec<PatchOperation>)))]
#[get("/records/{id}/diff")]
pub(crate) async fn diff(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<Between>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let Between { from, to } = params.0;
    let done = service.record_diff(&caller.0, &reading.0, id, from, to).await.for_request(&request)?;
    Ok(Answer::ok(done, |patch: Value| patch))
}

/// Put another content in the place of a draft's.
///
/// Permission: `records.write`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = ContentDraft, responses((status = 200, description = "The draft.", body = RecordFileView)))]
#[put("/records/{id}/draft")]
pub(crate) async fn replace_draft(
    request: HttpRequest,
    caller: Permitted<WriteRecord>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<ContentDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let language = language_of(&request);
    let done = service.replace_draft(&caller.0, &sent.act, id, version.0, sent.body.content).await;
    let done = done.for_request(&request)?;
    let number = done.value.record.revision;
    Ok(Answer::ok(done, |file| RecordFileView::new(file, language)).at_version(number))
}

/// Submit a draft as it stands.
///
/// Permission: `records.write`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = Submission, responses((status = 200, description = "It is submitted.", body = RecordFileView)))]
#[post("/records/{id}/submission")]
pub(crate) async fn submit(
    request: HttpRequest,
    caller: Permitted<WriteRecord>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<Submission>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let language = language_of(&request);
    let done = service.submit(&caller.0, &sent.act, id, version.0, sent.body.acknowledgements).await;
    let done = done.for_request(&request)?;
    let number = done.value.record.revision;
    Ok(Answer::ok(done, |file| RecordFileView::new(file, language)).at_version(number))
}

/// Amend a submitted record, with a coded reason and words.
///
/// Every earlier content stays readable. Only the site that owns the record may amend it. Permission: `records.write`.
#[utoipa::path(tag = "records", params(
    ("id" = uuid::Uuid, Path, description = "Id of the record."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = AmendmentDraft, responses((status = 200, description = "It is amended.", body = RecordFileView)))]
#[post("/records/{id}/amendments")]
pub(crate) async fn amend(
    request: HttpRequest,
    caller: Permitted<WriteRecord>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<AmendmentDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let language = language_of(&request);
    let AmendmentDraft { content, reason, text, acknowledgements } = sent.body;
    let amendment = Amendment { reason: reason.into(), text: text.0 };
    let correction = Correction { content, amendment, acknowledgements };
    let done = service.amend(&caller.0, &sent.act, id, version.0, correction).await.for_request(&request)?;
    let number = done.value.record.revision;
    Ok(Answer::ok(done, |file| RecordFileView::new(file, language)).at_version(number))
}
