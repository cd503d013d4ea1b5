//! What persons, systems, roles and tokens look like on the wire.

use cartotek_domain::access::{GrantScope, Role};
use cartotek_domain::actor::{Actor, ActorKind, RoleGrant, Token};
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::id::{ActorId, RoleGrantId, TokenId};
use cartotek_domain::identifier::FieldKind;
use cartotek_service::access::{ActorFile, NewToken};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::body::Body;
use crate::http::time::Instant;
use crate::http::words::Words;

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

/// A data manager of the caller's site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Colleague)]
pub(crate) struct ColleagueView {
    /// The id that stands where somebody has written, asked or decided.
    #[schema(value_type = uuid::Uuid)]
    id: ActorId,
    /// Person or system.
    kind: ActorKind,
    /// The HSA-id, under which the hospital knows the person or system.
    #[schema(example = "SE2321000016-A1B2")]
    hsa_id: String,
}

impl From<Actor> for ColleagueView {
    fn from(actor: Actor) -> Self {
        Self { id: actor.id, kind: actor.kind, hsa_id: actor.hsa_id }
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
///
/// - `site`: One hospital.
/// - `biobank`: One biobank.
/// - `project`: One research project.
/// - `network`: The whole network.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeKind {
    Site,
    Biobank,
    Project,
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
    pub(crate) fn believe(&self) -> Option<GrantScope> {
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
    pub(crate) fn new(token: Token, last_used_at: Option<DateTime<Utc>>) -> Self {
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
#[schema(example = json!({"kind": "person", "hsa_id": "SE2321000016-A1B2"}))]
pub(crate) struct ActorDraft {
    /// Person or system.
    pub(crate) kind: ActorKind,
    /// Its HSA-id.
    #[schema(value_type = String, example = "SE2321000016-A1B2")]
    pub(crate) hsa_id: HsaId,
}

impl Body for ActorDraft {}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "data_manager", "scope": {"kind": "site", "code": "KAR"}}))]
pub(crate) struct GrantDraft {
    /// The role.
    pub(crate) role: Role,
    /// What it is limited to.
    pub(crate) scope: ScopeView,
}

impl Body for GrantDraft {}

/// A token to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "R on the analysis server", "expires_at": "2026-06-01T00:00:00Z"}))]
pub(crate) struct TokenDraft {
    /// What it is for, in the holder's words.
    #[schema(value_type = String, example = "R on the analysis server", min_length = 1, max_length = 200)]
    pub(crate) label: Words<200>,
    /// When it ends; at most a year from now.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Instant,
}

impl Body for TokenDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer == "/label" { FieldKind::FreeText } else { FieldKind::Structured })
    }
}
