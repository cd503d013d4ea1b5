//! What a request brings along beside its content, and what comes back beside the answer.

use cartotek_crypto::hash::Hash;
use cartotek_domain::id::{AuditEventId, RequestId};
use serde::{Deserialize, Serialize};

/// The circumstances of one request.
#[derive(Debug, Clone)]
pub struct Act {
    /// Its id, in every answer, log line and event.
    pub request: RequestId,
    /// Whether nothing is to be kept.
    pub dry_run: bool,
    /// The client's key for a safe retry, with the hash of what was asked.
    pub key: Option<IdempotencyKey>,
    /// The reason or purpose the caller states, a code.
    pub reason: Option<String>,
}

/// A key for safe retries: the same key and request give the stored answer.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// The client's key.
    pub key: String,
    /// Hash of method, path and body.
    pub fingerprint: Hash,
}

impl Act {
    /// A plain request.
    pub const fn new(request: RequestId) -> Self {
        Self { request, dry_run: false, key: None, reason: None }
    }
}

/// Proof that an event was stored: its id and leaf hash, to be checked against the log later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The event.
    pub event: AuditEventId,
    /// The hash of its leaf in the log.
    pub leaf_hash: Hash,
}

/// The answer of a use case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done<T> {
    /// The answer.
    pub value: T,
    /// The receipt of the change or the read; absent from a dry run and from answers that show no patient.
    pub receipt: Option<Receipt>,
    /// Whether this is the stored answer of an earlier, equal request.
    #[serde(skip)]
    pub replayed: bool,
    /// Whether this is the answer of a dry run: what it names was not kept.
    #[serde(skip)]
    pub rolled_back: bool,
}

impl<T> Done<T> {
    /// The answer of what was kept, or only read.
    pub(crate) const fn new(value: T, receipt: Option<Receipt>) -> Self {
        Self { value, receipt, replayed: false, rolled_back: false }
    }

    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Done<U> {
        let Self { value, receipt, replayed, rolled_back } = self;
        Done { value: change(value), receipt, replayed, rolled_back }
    }
}
