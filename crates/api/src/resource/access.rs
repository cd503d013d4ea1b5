//! Persons and systems, their roles and tokens.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, delete, get, post};
use cartotek_domain::access::permission::{ManageActors, ReadActors, ReadColleagues, ReadNetwork};
use cartotek_service::Service;

use crate::http::answer::Answer;
use crate::http::body::{Bare, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};
use crate::resource::access_view::{
    ActorDraft, ActorFileView, ActorView, ColleagueView, GrantDraft, GrantView, NewTokenView, TokenDraft,
    TokenView,
};

/// Read one's own roles and tokens.
///
/// Permission: `network.read`.
#[utoipa::path(tag = "access", responses((status = 200, description = "The caller.", body = ActorFileView)))]
#[get("/me")]
pub(crate) async fn me(
    request: HttpRequest,
    caller: Permitted<ReadNetwork>,
    reading: Reading,
    _: Params<NoParams>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let done = service.me(&caller.0, &reading.0).await.for_request(&request)?;
    Ok(Answer::ok(done, ActorFileView::from))
}

/// List the data managers of one of the caller's sites.
///
/// To whom a clarification may be assigned, and who is behind an id that has written or asked for something; whoever has
/// left is not among them. Permission: `colleagues.read`.
#[utoipa::path(tag = "access", params(("code" = String, Path, description = "One of the caller's sites.", example = "KAR")),
    responses((status = 200, description = "Who is data manager now.", body = Listed<ColleagueView>)))]
#[get("/sites/{code}/data-managers")]
pub(crate) async fn list_data_managers(
    request: HttpRequest,
    caller: Permitted<ReadColleagues>,
    reading: Reading,
    _: Params<NoParams>,
    code: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let site = path::parse(&request, &code)?;
    let done = service.data_managers(&caller.0, &reading.0, site).await.for_request(&request)?;
    Ok(Answer::ok(done, |colleagues| Listed::whole(colleagues, ColleagueView::from)))
}

/// List persons and systems.
///
/// Permission: `actors.read`.
#[utoipa::path(tag = "access", params(Paging), responses(
    (status = 200, description = "A page of persons and systems.", body = Listed<ActorView>),
))]
#[get("/actors")]
pub(crate) async fn list_actors(
    request: HttpRequest,
    caller: Permitted<ReadActors>,
    reading: Reading,
    paging: Params<Paging>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let page = page(&request, paging.0.cursor.as_deref(), paging.0.limit)?;
    let done = service.actors(&caller.0, &reading.0, page).await.for_request(&request)?;
    Ok(Answer::ok(done, |actors| Listed::new(actors, ActorView::from)))
}

/// Read a person or system with roles and tokens.
///
/// Permission: `actors.read`.
#[utoipa::path(tag = "access", params(("id" = uuid::Uuid, Path, description = "Id of the actor.")),
    responses((status = 200, description = "The person or system.", body = ActorFileView)))]
#[get("/actors/{id}")]
pub(crate) async fn read_actor(
    request: HttpRequest,
    caller: Permitted<ReadActors>,
    reading: Reading,
    _: Params<NoParams>,
    id: Path<String>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let done = service.actor(&caller.0, &reading.0, id).await.for_request(&request)?;
    Ok(Answer::ok(done, ActorFileView::from))
}

/// Create a person or system.
///
/// Permission: `actors.manage`.
#[utoipa::path(tag = "access", params(Writing), request_body = ActorDraft, responses(
    (status = 201, description = "It was created.", body = ActorView),
))]
#[post("/actors")]
pub(crate) async fn create_actor(
    request: HttpRequest,
    caller: Permitted<ManageActors>,
    sent: Sent<ActorDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let ActorDraft { kind, hsa_id } = sent.body;
    let done = service.create_actor(&caller.0, &sent.act, kind, hsa_id).await.for_request(&request)?;
    let place = format!("/api/v1/actors/{}", done.value.id);
    Ok(Answer::created(done, ActorView::from).located(place))
}

/// Give a role.
///
/// Permission: `actors.manage`.
#[utoipa::path(tag = "access", params(("id" = uuid::Uuid, Path, description = "Id of the actor."), Writing),
    request_body = GrantDraft, responses((status = 201, description = "The role was given.", body = GrantView)))]
#[post("/actors/{id}/roles")]
pub(crate) async fn grant_role(
    request: HttpRequest,
    caller: Permitted<ManageActors>,
    id: Path<String>,
    sent: Sent<GrantDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let GrantDraft { role, scope } = sent.body;
    let scope = scope.believe();
    let done = service.grant_role(&caller.0, &sent.act, id, role, scope).await.for_request(&request)?;
    Ok(Answer::created(done, GrantView::from))
}

/// End a role.
///
/// Permission: `actors.manage`.
#[utoipa::path(tag = "access", params(
    ("id" = uuid::Uuid, Path, description = "Id of the actor."),
    ("role" = uuid::Uuid, Path, description = "Id of the role."),
    Writing,
), responses((status = 200, description = "The role has ended.", body = GrantView)))]
#[delete("/actors/{id}/roles/{role}")]
pub(crate) async fn end_role(
    request: HttpRequest,
    caller: Permitted<ManageActors>,
    ids: Path<(String, String)>,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (actor, role) = (path::parse(&request, &ids.0)?, path::parse(&request, &ids.1)?);
    let done = service.end_role(&caller.0, &act.0, actor, role).await.for_request(&request)?;
    Ok(Answer::ok(done, GrantView::from))
}

/// Issue a token; its text is shown this once.
///
/// Permission: `actors.manage`.
#[utoipa::path(tag = "access", params(("id" = uuid::Uuid, Path, description = "Id of the actor."), Writing),
    request_body = TokenDraft, responses((status = 201, description = "The token.", body = NewTokenView)))]
#[post("/actors/{id}/tokens")]
pub(crate) async fn issue_token(
    request: HttpRequest,
    caller: Permitted<ManageActors>,
    id: Path<String>,
    sent: Sent<TokenDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let id = path::parse(&request, &id)?;
    let (label, expires_at) = (sent.body.label.0, sent.body.expires_at.0.to_utc());
    let done =
        service.issue_token(&caller.0, &sent.act, id, label, expires_at).await.for_request(&request)?;
    Ok(Answer::created(done, NewTokenView::from))
}

/// Revoke a token.
///
/// Permission: `actors.manage`.
#[utoipa::path(tag = "access", params(
    ("id" = uuid::Uuid, Path, description = "Id of the actor."),
    ("token" = uuid::Uuid, Path, description = "Id of the token."),
    Writing,
), responses((status = 200, description = "The token is revoked.", body = TokenView)))]
#[delete("/actors/{id}/tokens/{token}")]
pub(crate) async fn revoke_token(
    request: HttpRequest,
    caller: Permitted<ManageActors>,
    ids: Path<(String, String)>,
    act: Bare,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let (actor, token) = (path::parse(&request, &ids.0)?, path::parse(&request, &ids.1)?);
    let done = service.revoke_token(&caller.0, &act.0, actor, token).await.for_request(&request)?;
    Ok(Answer::ok(done, |token| TokenView::new(token, None)))
}
