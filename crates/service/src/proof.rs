//! Proofs about the log for those who hold a receipt or a checkpoint. They contain hashes and nothing else.

use cartotek_crypto::hash::Hash;
use cartotek_crypto::merkle::{consistency_proof, inclusion_proof};
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::AuditEventId;
use cartotek_domain::problem::Problem;
use cartotek_persistence::ReadSession;
pub use cartotek_persistence::session::audit::StoredCheckpoint;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::tree::{LogTree, from_stored};

/// Shows that an event is in the log a checkpoint vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The event.
    pub event: AuditEventId,
    /// Its place in the log.
    pub leaf_index: u64,
    /// The hash of its leaf.
    pub leaf_hash: Hash,
    /// The smallest checkpoint that contains it.
    pub checkpoint: StoredCheckpoint,
    /// The neighbours on its way to the root, from below (RFC 9162 2.1.3).
    pub proof: Vec<Hash>,
}

/// Shows that the log of one checkpoint is the beginning of that of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// The smaller checkpoint.
    pub from: StoredCheckpoint,
    /// The larger checkpoint.
    pub to: StoredCheckpoint,
    /// The hashes that join them (RFC 9162 2.1.4).
    pub proof: Vec<Hash>,
}

impl Service {
    /// The key that verifies the checkpoints of this log, as C2SP tools expect it.
    pub fn verifier_key(&self, _granted: &Granted<permission::ProveAudit>) -> String {
        self.keys().checkpoint.verifier().to_string()
    }

    /// The latest checkpoint, or the one of exactly that size.
    ///
    /// # Errors
    /// `not_found` when there is none.
    pub async fn checkpoint(
        &self,
        granted: &Granted<permission::ProveAudit>,
        act: &Act,
        size: Option<u64>,
    ) -> Result<Done<StoredCheckpoint>, ServiceError> {
        self.show(granted, act, "read checkpoint", move |session| {
            Ok((checkpoint(session, size)?, Vec::new()))
        })
        .await
    }

    /// The proof that an event is in the log. The caller knows its id from a receipt; the proof tells nothing of it.
    ///
    /// # Errors
    /// `not_found` for an unknown event; `wrong_state` while it is not sealed, which takes about a second.
    pub async fn inclusion(
        &self,
        granted: &Granted<permission::ProveAudit>,
        act: &Act,
        event: AuditEventId,
    ) -> Result<Done<Inclusion>, ServiceError> {
        self.show(granted, act, "prove inclusion", move |session| {
            Ok((inclusion(session, event)?, Vec::new()))
        })
        .await
    }

    /// The proof that the log at one checkpoint is the beginning of that at another, the latest unless `to` is given.
    ///
    /// # Errors
    /// `not_found` when there is no checkpoint of such a size; `invalid_parameter` when `from` is the larger one.
    pub async fn consistency(
        &self,
        granted: &Granted<permission::ProveAudit>,
        act: &Act,
        from: u64,
        to: Option<u64>,
    ) -> Result<Done<Consistency>, ServiceError> {
        self.show(granted, act, "prove consistency", move |session| {
            let (from, to) = (checkpoint(session, Some(from))?, checkpoint(session, to)?);
            if from.tree_size > to.tree_size {
                return Err(ServiceError::explained(
                    Problem::InvalidParameter,
                    "from ska vara den mindre av de två storlekarna.",
                    "from must be the smaller of the two sizes.",
                ));
            }
            let (old, new) = (from_stored(from.tree_size)?, from_stored(to.tree_size)?);
            let proof = consistency_proof(&mut LogTree(session), old, new)?;
            Ok((Consistency { from, to, proof }, Vec::new()))
        })
        .await
    }
}

fn checkpoint(session: &mut dyn ReadSession, size: Option<u64>) -> Result<StoredCheckpoint, ServiceError> {
    let found = match size {
        None => session.checkpoint()?,
        // A size that the database cannot hold is that of no checkpoint.
        Some(size) => match i64::try_from(size) {
            Ok(size) => session.checkpoint_at(size)?,
            Err(_) => None,
        },
    };
    found.ok_or_else(ServiceError::not_found)
}

fn inclusion(session: &mut dyn ReadSession, event: AuditEventId) -> Result<Inclusion, ServiceError> {
    let sealed = match session.leaf_of(event)? {
        Some(leaf) => session.checkpoint_from(leaf.index + 1)?.map(|checkpoint| (leaf, checkpoint)),
        None => None,
    };
    let Some((leaf, checkpoint)) = sealed else {
        session.event(event)?.ok_or_else(ServiceError::not_found)?;
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Händelsen är ännu inte förseglad. Försök igen om en sekund.",
            "The event is not sealed yet. Try again in a second.",
        ));
    };
    let (leaf_index, size) = (from_stored(leaf.index)?, from_stored(checkpoint.tree_size)?);
    let proof = inclusion_proof(&mut LogTree(session), leaf_index, size)?;
    Ok(Inclusion { event, leaf_index, leaf_hash: Hash::from_bytes(leaf.hash), checkpoint, proof })
}
