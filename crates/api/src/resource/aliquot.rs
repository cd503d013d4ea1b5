//! Handling tubes: splitting into aliquots, placing, taking out.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, delete, get, post, put};
use cartotek_domain::access::Granted;
use cartotek_domain::access::permission::{HandleSample, ReadSample};
use cartotek_domain::problem::Problem;
use cartotek_domain::sample::Tube;
use cartotek_service::sample::TubeFile;
use cartotek_service::{Done, Service};

use crate::http::answer::Answer;
use crate::http::body::{Bare, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::{Reading, language_of};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest, ProblemDocument};
use crate::http::query::{NoParams, Params, Writing};
use crate::http::version::IfMatch;
use crate::resource::sample_view::AliquotView;
use crate::resource::tube_view::{AliquotedView, PlacementDraft, SplittingDraft, TubeView};

/// Read an aliquot.
///
/// Permission: `samples.read`.
#[utoipa::path(tag = "samples", params(("id" = uuid::Uuid, Path, description = "Id of the aliquot.")),
    responses((status = 200, description = "The aliquot.", body = AliquotView)))]
#[get("/aliquots/{id}")]
pub(crate) async fn read_aliquot(
    request: HttpRequest,
    caller: Permitted<ReadSample>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.read_aliquot(&caller.0, &reading.0, id).await.for_request(&request)?;
    let version = done.value.state.version;
    Ok(Answer::ok(done, AliquotView::from).at_version(version))
}

/// Split a sample into aliquots of the same material.
///
/// What comes out and what is stated as lost is taken from the sample; a measured surplus of at most 5 % is booked for
/// itself, with a warning. All aliquots are made, or none. Permission: `samples.handle`.
#[utoipa::path(tag = "samples", params(("id" = uuid::Uuid, Path, description = "Id of the sample."), Writing),
    request_body = SplittingDraft, responses(
    (status = 201, description = "The aliquots are made.", body = AliquotedView),
    (status = 429, description = "Too many barcodes of others were tried.", body = ProblemDocument,
        content_type = "application/problem+json"),
))]
#[post("/samples/{id}/aliquots")]
pub(crate) async fn aliquot_sample(
    request: HttpRequest,
    caller: Permitted<HandleSample>,
    id: Path<String>,
    sent: Sent<SplittingDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let tube = Tube::Sample(path::parse(&request, &id)?);
    split(&request, &caller.0, tube, sent, &service).await
}

/// Split an aliquot into aliquots of the same material.
///
/// As for a sample. Permission: `samples.handle`.
#[utoipa::path(tag = "samples", params(("id" = uuid::Uuid, Path, description = "Id of the aliquot."), Writing),
    request_body = SplittingDraft, responses(
    (status = 201, description = "The aliquots are made.", body = AliquotedView),
    (status = 429, description = "Too many barcodes of others were tried.", body = ProblemDocument,
        content_type = "application/problem+json"),
))]
#[post("/aliquots/{id}/aliquots")]
pub(crate) async fn aliquot_aliquot(
    request: HttpRequest,
    caller: Permitted<HandleSample>,
    id: Path<String>,
    sent: Sent<SplittingDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let tube = Tube::Aliquot(path::parse(&request, &id)?);
    split(&request, &caller.0, tube, sent, &service).await
}

async fn split(
    request: &HttpRequest,
    granted: &Granted<HandleSample>,
    tube: Tube,
    sent: Sent<SplittingDraft>,
    service: &Service,
) -> Result<Answer<AliquotedView>, ApiError> {
    let splitting = sent.body.parse();
    let splitting =
        splitting.map_err(|findings| ApiError::found(request, Problem::ContentInvalid, findings))?;
    let done = service.aliquot(granted, &sent.act, tube, splitting).await.for_request(request)?;
    let language = language_of(request);
    Ok(Answer::created(done, |made| AliquotedView::new(made, language)))
}

/// Put a sample into a box position, out of the one it had.
///
/// A taken position is refused with the next free ones. Permission: `samples.handle`.
#[utoipa::path(tag = "samples", params(
    ("id" = uuid::Uuid, Path, description = "Id of the sample."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = PlacementDraft, responses((status = 200, description = "It lies there.", body = TubeView)))]
#[put("/samples/{id}/position")]
pub(crate) async fn place_sample(
    request: HttpRequest,
    caller: Permitted<HandleSample>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<PlacementDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let tube = Tube::Sample(path::parse(&request, &id)?);
    let done = service.place_tube(&caller.0, &sent.act, tube, version.0, sent.body.into()).await;
    Ok(shown(done.for_request(&request)?))
}

/// Put an aliquot into a box position, out of the one it had.
///
/// A taken position is refused with the next free ones. Permission: `samples.handle`.
#[utoipa::path(tag = "samples", params(
    ("id" = uuid::Uuid, Path, description = "Id of the aliquot."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), request_body = PlacementDraft, responses((status = 200, description = "It lies there.", body = TubeView)))]
#[put("/aliquots/{id}/position")]
pub(crate) async fn place_aliquot(
    request: HttpRequest,
    caller: Permitted<HandleSample>,
    id: Path<String>,
    version: IfMatch,
    sent: Sent<PlacementDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let tube = Tube::Aliquot(path::parse(&request, &id)?);
    let done = service.place_tube(&caller.0, &sent.act, tube, version.0, sent.body.into()).await;
    Ok(shown(done.for_request(&request)?))
}

/// Take a sample out of its position.
///
/// Permission: `samples.handle`.
#[utoipa::path(tag = "samples", params(
    ("id" = uuid::Uuid, Path, description = "Id of the sample."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), responses((status = 200, description = "It lies in no position.", body = TubeView)))]
#[delete("/samples/{id}/position")]
pub(crate) async fn take_out_sample(
    request: HttpRequest,
    caller: Permitted<HandleSample>,
    id: Path<String>,
    version: IfMatch,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let tube = Tube::Sample(path::parse(&request, &id)?);
    let done = service.take_out_tube(&caller.0, &act.0, tube, version.0).await;
    Ok(shown(done.for_request(&request)?))
}

/// Take an aliquot out of its position.
///
/// Permission: `samples.handle`.
#[utoipa::path(tag = "samples", params(
    ("id" = uuid::Uuid, Path, description = "Id of the aliquot."),
    ("If-Match" = String, Header, description = "The ETag you read.", example = "\"1\""),
    Writing,
), responses((status = 200, description = "It lies in no position.", body = TubeView)))]
#[delete("/aliquots/{id}/position")]
pub(crate) async fn take_out_aliquot(
    request: HttpRequest,
    caller: Permitted<HandleSample>,
    id: Path<String>,
    version: IfMatch,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let tube = Tube::Aliquot(path::parse(&request, &id)?);
    let done = service.take_out_tube(&caller.0, &act.0, tube, version.0).await;
    Ok(shown(done.for_request(&request)?))
}

fn shown(done: Done<TubeFile>) -> Answer<TubeView> {
    let version = done.value.state.version;
    Answer::ok(done, TubeView::from).at_version(version)
}
