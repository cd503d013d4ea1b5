//! The end of locks by two persons.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get, post};
use cartotek_domain::access::permission::{LockRecord, ReadRecord, UnlockRecord};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::unlock::UnlockStatus;
use cartotek_service::Service;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::answer::Answer;
use crate::http::body::{Bare, Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{Params, Writing};
use crate::http::words::Words;
use crate::resource::lock_view::{ListedRequestView, LockView, UnlockRequestView};

/// A request that a lock be ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The source document was corrected."}))]
pub(crate) struct UnlockDraft {
    /// Why, in your words; no identifiers.
    #[schema(value_type = String, example = "The source document was corrected.", min_length = 1, max_length = 500)]
    reason: Words<500>,
}

impl Body for UnlockDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/reason" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

/// Why a request that a lock be ended is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The chart says the same as the record."}))]
pub(crate) struct UnlockRefusal {
    /// Why, in your words; no identifiers.
    #[schema(value_type = String, example = "The chart says the same as the record.", min_length = 1, max_length = 500)]
    reason: Words<500>,
}

impl Body for UnlockRefusal {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/reason" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

/// Which requests that a lock be ended a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnlockRequestParams {
    /// Only with this status.
    status: Option<UnlockStatus>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "crate::http::list::default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: u16,
}

/// Ask for a lock to be ended.
///
/// Nothing changes until another person approves. Persons only, of the site that may lock the same. Permission:
/// `records.lock`.
#[utoipa::path(tag = "locks", params(("id" = uuid::Uuid, Path, description = "Id of the lock."), Writing),
    request_body = UnlockDraft, responses((status = 201, description = "It is asked for.", body = UnlockRequestView)))]
#[post("/locks/{id}/unlock-requests")]
pub(crate) async fn request_unlock(
    request: HttpRequest,
    caller: Permitted<LockRecord>,
    id: Path<String>,
    sent: Sent<UnlockDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.request_unlock(&caller.0, &sent.act, id, sent.body.reason.0).await;
    Ok(Answer::created(done.for_request(&request)?, UnlockRequestView::from))
}

/// List the requests that locks over your sites and their patients be ended.
///
/// Each says what its lock is put on. Permission: `records.read`.
#[utoipa::path(tag = "locks", params(UnlockRequestParams), responses(
    (status = 200, description = "A page of requests, in the order made.", body = Listed<ListedRequestView>),
))]
#[get("/unlock-requests")]
pub(crate) async fn list_unlock_requests(
    request: HttpRequest,
    caller: Permitted<ReadRecord>,
    reading: Reading,
    params: Params<UnlockRequestParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let page = page(&request, params.0.cursor.as_deref(), params.0.limit)?;
    let done = service.unlock_requests(&caller.0, &reading.0, params.0.status, page).await;
    Ok(Answer::ok(done.for_request(&request)?, |requests| Listed::new(requests, ListedRequestView::from)))
}

/// Approve that a lock be ended.
///
/// Done by another person than the one who asked; the lock ends at once and for good, and other pending requests about it
/// lapse. Persons only, of the site that may lock the same. Permission: `records.unlock`.
#[utoipa::path(tag = "locks", params(("id" = uuid::Uuid, Path, description = "Id of the request."), Writing),
    responses((status = 200, description = "The lock has ended.", body = LockView)))]
#[post("/unlock-requests/{id}/approval")]
pub(crate) async fn approve_unlock(
    request: HttpRequest,
    caller: Permitted<UnlockRecord>,
    id: Path<String>,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.approve_unlock(&caller.0, &act.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, LockView::from))
}

/// Refuse that a lock be ended.
///
/// Done by another person than the one who asked, with a reason; the lock holds on, and its end may be asked for again.
/// Persons only, of the site that may lock the same. Permission: `records.unlock`.
#[utoipa::path(tag = "locks", params(("id" = uuid::Uuid, Path, description = "Id of the request."), Writing),
    request_body = UnlockRefusal, responses((status = 200, description = "It is refused.", body = UnlockRequestView)))]
#[post("/unlock-requests/{id}/refusal")]
pub(crate) async fn refuse_unlock(
    request: HttpRequest,
    caller: Permitted<UnlockRecord>,
    id: Path<String>,
    sent: Sent<UnlockRefusal>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.refuse_unlock(&caller.0, &sent.act, id, sent.body.reason.0).await;
    Ok(Answer::ok(done.for_request(&request)?, UnlockRequestView::from))
}

/// Take back your request that a lock be ended.
///
/// Done by the person who asked, while it is pending; the lock holds on. Permission: `records.lock`.
#[utoipa::path(tag = "locks", params(("id" = uuid::Uuid, Path, description = "Id of the request."), Writing),
    responses((status = 200, description = "It is withdrawn.", body = UnlockRequestView)))]
#[post("/unlock-requests/{id}/withdrawal")]
pub(crate) async fn withdraw_unlock(
    request: HttpRequest,
    caller: Permitted<LockRecord>,
    id: Path<String>,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.withdraw_unlock(&caller.0, &act.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, UnlockRequestView::from))
}
