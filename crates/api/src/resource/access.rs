//! Persons and systems, their roles and tokens.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, delete, get, post};
use cartotek_domain::access::permission::{ManageActors, ReadActors, ReadNetwork};
use cartotek_domain::access::{GrantScope, Role};
use cartotek_domain::actor::{Actor, ActorKind, RoleGrant, Token};
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::id::{ActorId, RoleGrantId, TokenId};
use cartotek_domain::identifier::FieldKind;
use cartotek_service::Service;
use cartotek_service::access::{ActorFile, NewToken};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Bare, Body, Sent};
use crate::http::caller::Permitted;
use crate::http::circumstances::Reading;
use crate::http::list::{Listed, Paging, page};
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::{NoParams, Params, Writing};

/// A person (by HSA-id, never a name) or a system.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub(crate) struct ActorView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ActorId,
    /// Person or system.
    kind: ActorKind,
    /// Its HSA-id.
    #[schema(example = "SE2321000016-A1B2")]
    hsa_id: String,
    /// When it was created.
    created_at: DateTime<Utc>,
}

impl From<Actor> for ActorView {
    fn from(actor: Actor) -> Self {
        Self { id: actor.id, kind: actor.kind, hsa_id: actor.hsa_id, created_at: actor.created_at }
    }
}

/// What a role is limited to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RoleScope, example = json!({"kind": "site", "code": "KAR"}))]
pub(crate) struct ScopeView {
    /// What kind of thing it is limited to.
    kind: ScopeKind,
    /// Code of the site or biobank, or id of the project; absent for the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// What a role can be limited to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeKind {
    /// One hospital.
    Site,
    /// One biobank.
    Biobank,
    /// One research project.
    Project,
    /// The whole network.
    Network,
}

impl From<GrantScope> for ScopeView {
    fn from(scope: GrantScope) -> Self {
        let (kind, code) = match scope {
            GrantScope::Site(code) => (ScopeKind::Site, Some(code.to_string())),
            GrantScope::Biobank(code) => (ScopeKind::Biobank, Some(code.to_string())),
            GrantScope::Project(id) => (ScopeKind::Project, Some(id.to_string())),
            GrantScope::Network => (ScopeKind::Network, None),
        };
        Self { kind, code }
    }
}

impl ScopeView {
    /// The scope, or `None` when the code does not fit the kind.
    fn believe(&self) -> Option<GrantScope> {
        match (self.kind, self.code.as_deref()) {
            (ScopeKind::Site, Some(code)) => code.parse().ok().map(GrantScope::Site),
            (ScopeKind::Biobank, Some(code)) => code.parse().ok().map(GrantScope::Biobank),
            (ScopeKind::Project, Some(id)) => id.parse().ok().map(GrantScope::Project),
            (ScopeKind::Network, None) => Some(GrantScope::Network),
            _ => None,
        }
    }
}

/// A role that a person or system holds or held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoleGrant)]
pub(crate) struct GrantView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RoleGrantId,
    /// The role.
    role: Role,
    /// What it is limited to.
    scope: ScopeView,
    /// When it was given.
    granted_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
}

impl From<RoleGrant> for GrantView {
    fn from(grant: RoleGrant) -> Self {
        let RoleGrant { id, actor: _, role, scope, granted_at, ended_at, salt: _ } = grant;
        Self { id, role, scope: scope.into(), granted_at, ended_at }
    }
}

/// An API token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: TokenId,
    /// The short id inside its text.
    public_id: String,
    /// What it is for.
    label: String,
    /// When it was issued.
    issued_at: DateTime<Utc>,
    /// When it ends.
    expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
}

impl TokenView {
    fn new(token: Token, last_used_at: Option<DateTime<Utc>>) -> Self {
        let Token { id, public_id, label, issued_at, expires_at, revoked_at, .. } = token;
        Self { id, public_id, label, issued_at, expires_at, revoked_at, last_used_at }
    }
}

/// A new token with its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
pub(crate) struct NewTokenView {
    /// The token.
    #[serde(flatten)]
    token: TokenView,
    /// Its text, shown this once: store it where secrets are kept. Absent from dry runs and repeated answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl From<NewToken> for NewTokenView {
    fn from(new: NewToken) -> Self {
        Self { token: TokenView::new(new.token, None), text: new.text }
    }
}

/// A person or system with roles and tokens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActorFile)]
pub(crate) struct ActorFileView {
    /// The person or system.
    #[serde(flatten)]
    actor: ActorView,
    /// Every role it ever had.
    roles: Vec<GrantView>,
    /// Every token it ever had.
    tokens: Vec<TokenView>,
}

impl From<ActorFile> for ActorFileView {
    fn from(file: ActorFile) -> Self {
        Self {
            actor: file.actor.into(),
            roles: file.grants.into_iter().map(GrantView::from).collect(),
            tokens: file.tokens.into_iter().map(|(token, used)| TokenView::new(token, used)).collect(),
        }
    }
}

/// A person or system to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActorDraft {
    /// Person or system.
    kind: ActorKind,
    /// Its HSA-id.
    #[schema(value_type = String, example = "SE2321000016-A1B2")]
    hsa_id: HsaId,
}

impl Body for ActorDraft {}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantDraft {
    /// The role.
    role: Role,
    /// What it is limited to.
    scope: ScopeView,
}

impl Body for GrantDraft {}

/// A token to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenDraft {
    /// What it is for, in the holder's words.
    #[schema(example = "R on the analysis server", max_length = 200)]
    label: String,
    /// When it ends; at most a year from now.
    expires_at: DateTime<Utc>,
}

impl Body for TokenDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/label" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}

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
    let TokenDraft { label, expires_at } = sent.body;
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
