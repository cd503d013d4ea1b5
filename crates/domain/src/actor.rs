//! Persons and systems that call the service, and their tokens.

use serde::{Deserialize, Serialize};

use crate::access::{GrantScope, Role};
use crate::fact::Salt;
use crate::id::{ActorId, RoleGrantId, TokenId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// Person or system: two-person acts need two distinct persons; systems neither sign nor approve.
    ActorKind {
        /// A human being.
        Person = "person",
        /// A program, e.g. a hospital's integration.
        System = "system",
    }
}

/// A person (by HSA-id reference, never a name) or a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Its id.
    pub id: ActorId,
    /// Person or system.
    pub kind: ActorKind,
    /// The HSA-id of the person or the system's function certificate.
    pub hsa_id: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// A role given to an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Its id.
    pub id: RoleGrantId,
    /// Who holds it.
    pub actor: ActorId,
    /// The role.
    pub role: Role,
    /// What it is limited to.
    pub scope: GrantScope,
    /// When it was given.
    pub granted_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// An API token; the secret itself is shown once and never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The short id inside the token's text.
    pub public_id: String,
    /// Whose it is.
    pub actor: ActorId,
    /// SHA-256 of the secret, lower-case hex.
    pub secret_hash: String,
    /// What it is for, in the holder's words.
    pub label: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends; at most one year after issue.
    pub expires_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Token {
    /// Whether it opens the door at `at`.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none() && self.issued_at <= at && at < self.expires_at
    }
}
