//! The end of a lock by two persons: one asks for it, another approves or refuses.

use serde::{Deserialize, Serialize};

use crate::fact::Salt;
use crate::id::{ActorId, LockId, PatientId, UnlockRequestId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// Where a request that a lock be ended stands.
    UnlockStatus {
        /// Waits for another person; the lock holds.
        Pending = "pending",
        /// Another person approved: the lock has ended.
        Approved = "approved",
        /// Taken back by the person who asked.
        Withdrawn = "withdrawn",
        /// Another person refused.
        Refused = "refused",
        /// The lock ended by another request before anybody decided on this one.
        Lapsed = "lapsed",
    }
}

/// Where a request that a lock be ended stands, with who brought it there. Only a pending one changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum UnlockState {
    /// Waits for another person.
    Pending,
    /// Another person approved.
    Approved {
        /// Who.
        by: ActorId,
        /// When.
        at: Timestamp,
    },
    /// Taken back by the person who asked.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
    /// Another person refused.
    Refused {
        /// Who.
        by: ActorId,
        /// When.
        at: Timestamp,
        /// Why, in the words of who refused; no identifiers.
        reason: String,
    },
    /// The lock ended by another request.
    Lapsed {
        /// When.
        at: Timestamp,
    },
}

impl UnlockState {
    /// The same without what anybody said.
    #[must_use]
    pub fn without_words(&self) -> Self {
        match self {
            Self::Refused { by, at, .. } => Self::Refused { by: *by, at: *at, reason: String::new() },
            other => other.clone(),
        }
    }

    /// Its name.
    pub const fn status(&self) -> UnlockStatus {
        match self {
            Self::Pending => UnlockStatus::Pending,
            Self::Approved { .. } => UnlockStatus::Approved,
            Self::Withdrawn { .. } => UnlockStatus::Withdrawn,
            Self::Refused { .. } => UnlockStatus::Refused,
            Self::Lapsed { .. } => UnlockStatus::Lapsed,
        }
    }

    /// The other person, who approved or refused.
    pub const fn decided_by(&self) -> Option<ActorId> {
        match self {
            Self::Approved { by, .. } | Self::Refused { by, .. } => Some(*by),
            Self::Pending | Self::Withdrawn { .. } | Self::Lapsed { .. } => None,
        }
    }

    /// When it ceased to be pending.
    pub const fn decided_at(&self) -> Option<Timestamp> {
        match self {
            Self::Approved { at, .. }
            | Self::Withdrawn { at }
            | Self::Refused { at, .. }
            | Self::Lapsed { at } => Some(*at),
            Self::Pending => None,
        }
    }

    /// Why it was refused.
    pub const fn refusal(&self) -> Option<&str> {
        if let Self::Refused { reason, .. } = self { Some(reason.as_str()) } else { None }
    }
}

/// The request of one person that a lock be ended; the approval of another ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlockRequest {
    /// Its id.
    pub id: UnlockRequestId,
    /// The lock.
    pub lock: LockId,
    /// The patient whom the lock is about.
    pub patient: Option<PatientId>,
    /// Why, in the words of who asks; no identifiers.
    pub reason: String,
    /// Who asks.
    pub requested_by: ActorId,
    /// When.
    pub requested_at: Timestamp,
    /// Where it stands.
    pub state: UnlockState,
    /// 1, and 2 once it is pending no more.
    pub version: i64,
    /// Salt of the row's commitment.
    pub salt: Salt,
}
