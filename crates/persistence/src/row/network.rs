//! Rows of biobanks, actors, tokens and published schemas.

use cartotek_domain::access::{GrantScope, Role};
use cartotek_domain::actor::{Actor, ActorKind, RoleGrant, Token};
use cartotek_domain::id::{ActorId, RoleGrantId, TokenId};
use cartotek_domain::record::SchemaDocument;
use cartotek_domain::site::{Biobank, BiobankSite};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::Deserialize;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{actor, biobank, biobank_site, generation, role_grant, schema_document, token};
use crate::sql_type::{Id, UtcTime};

/// How often what goes by a name has been published.
#[derive(Debug, Deserialize, Queryable, Selectable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = generation, check_for_backend(Pg, Sqlite))]
pub(crate) struct GenerationRow {
    pub(crate) number: i64,
}

/// A biobank.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = biobank, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct BiobankRow {
    code: String,
    name: String,
    register_number: String,
    salt: Vec<u8>,
}

impl From<&Biobank> for BiobankRow {
    fn from(biobank: &Biobank) -> Self {
        Self {
            code: biobank.code.to_string(),
            name: biobank.name.clone(),
            register_number: biobank.register_number.clone(),
            salt: biobank.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<BiobankRow> for Biobank {
    type Error = StoreError;

    fn try_from(row: BiobankRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "biobank", row: &row.code };
        Ok(Self {
            code: origin.parse("code", &row.code)?,
            salt: origin.salt(&row.salt)?,
            name: row.name,
            register_number: row.register_number,
        })
    }
}

/// Whose patients a biobank may register.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = biobank_site, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct BiobankSiteRow {
    biobank: String,
    site: String,
    salt: Vec<u8>,
}

impl From<&BiobankSite> for BiobankSiteRow {
    fn from(biobank_site: &BiobankSite) -> Self {
        Self {
            biobank: biobank_site.biobank.to_string(),
            site: biobank_site.site.to_string(),
            salt: biobank_site.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<BiobankSiteRow> for BiobankSite {
    type Error = StoreError;

    fn try_from(row: BiobankSiteRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "biobank_site", row: &row.biobank };
        Ok(Self {
            biobank: origin.parse("biobank", &row.biobank)?,
            site: origin.parse("site", &row.site)?,
            salt: origin.salt(&row.salt)?,
        })
    }
}

/// A person or system.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = actor, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ActorRow {
    id: Id<ActorId>,
    kind: String,
    hsa_id: String,
    created_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Actor> for ActorRow {
    fn from(actor: &Actor) -> Self {
        Self {
            id: Id(actor.id),
            kind: actor.kind.name().to_owned(),
            hsa_id: actor.hsa_id.clone(),
            created_at: UtcTime(actor.created_at),
            salt: actor.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<ActorRow> for Actor {
    type Error = StoreError;

    fn try_from(row: ActorRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "actor", row: row.id.0 };
        Ok(Self {
            kind: origin.known("kind", ActorKind::from_name(&row.kind))?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            hsa_id: row.hsa_id,
            created_at: row.created_at.0,
        })
    }
}

/// An API token.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = token, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct TokenRow {
    id: Id<TokenId>,
    public_id: String,
    actor_id: Id<ActorId>,
    secret_hash: String,
    label: String,
    issued_at: UtcTime,
    expires_at: UtcTime,
    revoked_at: Option<UtcTime>,
    salt: Vec<u8>,
}

impl From<&Token> for TokenRow {
    fn from(token: &Token) -> Self {
        Self {
            id: Id(token.id),
            public_id: token.public_id.clone(),
            actor_id: Id(token.actor),
            secret_hash: token.secret_hash.clone(),
            label: token.label.clone(),
            issued_at: UtcTime(token.issued_at),
            expires_at: UtcTime(token.expires_at),
            revoked_at: token.revoked_at.map(UtcTime),
            salt: token.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "token", row: row.id.0 };
        Ok(Self {
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            public_id: row.public_id,
            actor: row.actor_id.0,
            secret_hash: row.secret_hash,
            label: row.label,
            issued_at: row.issued_at.0,
            expires_at: row.expires_at.0,
            revoked_at: row.revoked_at.map(|at| at.0),
        })
    }
}

/// A published schema, code list or schedule.
#[derive(AsChangeset, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = schema_document, primary_key(path), treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct SchemaDocumentRow {
    path: String,
    sha256: String,
    content: String,
    published_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&SchemaDocument> for SchemaDocumentRow {
    fn from(schema_document: &SchemaDocument) -> Self {
        Self {
            path: schema_document.path.clone(),
            sha256: schema_document.sha256.clone(),
            content: schema_document.content.clone(),
            published_at: UtcTime(schema_document.published_at),
            salt: schema_document.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<SchemaDocumentRow> for SchemaDocument {
    type Error = StoreError;

    fn try_from(row: SchemaDocumentRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "schema_document", row: &row.path };
        Ok(Self {
            salt: origin.salt(&row.salt)?,
            path: row.path,
            sha256: row.sha256,
            content: row.content,
            published_at: row.published_at.0,
        })
    }
}

/// A role given to an actor.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = role_grant, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct RoleGrantRow {
    id: Id<RoleGrantId>,
    actor_id: Id<ActorId>,
    role: String,
    scope_kind: String,
    scope_code: String,
    granted_at: UtcTime,
    ended_at: Option<UtcTime>,
    salt: Vec<u8>,
}

impl From<&RoleGrant> for RoleGrantRow {
    fn from(grant: &RoleGrant) -> Self {
        let (scope_kind, scope_code) = match &grant.scope {
            GrantScope::Site(site) => ("site", site.to_string()),
            GrantScope::Biobank(biobank) => ("biobank", biobank.to_string()),
            GrantScope::Project(project) => ("project", project.to_string()),
            GrantScope::Network => ("network", String::new()),
        };
        Self {
            id: Id(grant.id),
            actor_id: Id(grant.actor),
            role: grant.role.name().to_owned(),
            scope_kind: scope_kind.to_owned(),
            scope_code,
            granted_at: UtcTime(grant.granted_at),
            ended_at: grant.ended_at.map(UtcTime),
            salt: grant.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<RoleGrantRow> for RoleGrant {
    type Error = StoreError;

    fn try_from(row: RoleGrantRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "role_grant", row: row.id.0 };
        let code = row.scope_code.as_str();
        let scope = match row.scope_kind.as_str() {
            "site" => GrantScope::Site(origin.parse("scope_code", code)?),
            "biobank" => GrantScope::Biobank(origin.parse("scope_code", code)?),
            "project" => GrantScope::Project(origin.parse("scope_code", code)?),
            "network" => GrantScope::Network,
            _ => return Err(origin.unbelievable("scope_kind")),
        };
        Ok(Self {
            id: row.id.0,
            actor: row.actor_id.0,
            role: origin.known("role", Role::from_name(&row.role))?,
            scope,
            granted_at: row.granted_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            salt: origin.salt(&row.salt)?,
        })
    }
}
