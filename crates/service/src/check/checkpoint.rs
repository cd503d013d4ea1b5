//! The checkpoints: signature, columns, and the link of each to the one before it.

use cartotek_crypto::checkpoint::{Checkpoint, note_hash, parse_and_verify};
use cartotek_crypto::hash::Hash;
use cartotek_domain::time::to_text;
use cartotek_persistence::session::check::RawCheckpoint;

use super::{Check, Discrepancy, DiscrepancyClass, PAGE, lasting};
use crate::error::ServiceError;
use crate::tree::from_stored;

const TABLE: &str = "audit_checkpoint";

/// What a checkpoint vouches for, to be compared with the leaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed {
    pub(super) size: u64,
    pub(super) root: Hash,
    /// Whether it was kept outside this database.
    pub(super) kept: bool,
}

impl Check<'_> {
    /// Checks every checkpoint by itself and against the one before; gives what they vouch for, by size.
    pub(super) fn checkpoints(&mut self) -> Result<Vec<Signed>, ServiceError> {
        let (mut signed, mut after, mut previous) = (Vec::new(), None, None);
        loop {
            let page = match self.session.raw_checkpoints(after, PAGE) {
                Ok(page) => page,
                Err(error) if lasting(&error) => {
                    self.unreadable(TABLE, after);
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            let Some(last) = page.last() else { break };
            after = Some(last.tree_size);
            for stored in page {
                self.report.checkpoints += 1;
                signed.extend(self.checkpoint(&stored, previous));
                previous = Some(note_hash(&stored.note));
            }
        }
        signed.extend(self.kept());
        signed.sort_by_key(|one| one.size);
        Ok(signed)
    }

    /// Checks one; what it vouches for, if it can be believed.
    fn checkpoint(&mut self, stored: &RawCheckpoint, previous: Option<Hash>) -> Option<Signed> {
        let invalid = Discrepancy::new(DiscrepancyClass::CheckpointInvalid, TABLE, stored.tree_size);
        let Ok(checkpoint) = parse_and_verify(&stored.note, self.verifier) else {
            self.report.note(invalid.in_column("note"));
            return None;
        };
        if let Some(column) = differing_column(stored, &checkpoint) {
            self.report.note(invalid.in_column(column));
        }
        if checkpoint.previous != previous {
            self.report.found(DiscrepancyClass::CheckpointUnlinked, TABLE, stored.tree_size);
        }
        Some(Signed { size: checkpoint.size, root: checkpoint.root, kept: false })
    }

    /// The checkpoint that was kept elsewhere.
    fn kept(&mut self) -> Option<Signed> {
        let note = self.options.kept_checkpoint.as_deref()?;
        let Ok(kept) = parse_and_verify(note, self.verifier) else {
            self.report.found(DiscrepancyClass::CheckpointInvalid, TABLE, "kept");
            return None;
        };
        Some(Signed { size: kept.size, root: kept.root, kept: true })
    }
}

/// The first column that is not what the signed note says.
fn differing_column(stored: &RawCheckpoint, checkpoint: &Checkpoint) -> Option<&'static str> {
    let number = |stored| from_stored(stored).ok();
    let time = to_text(stored.signed_at);
    [
        ("tree_size", number(stored.tree_size) == Some(checkpoint.size)),
        ("root", stored.root == checkpoint.root.as_bytes()),
        ("epoch", number(stored.epoch) == checkpoint.epoch),
        ("signed_at", Some(time) == checkpoint.time.map(to_text)),
    ]
    .into_iter()
    .find(|(_, same)| !same)
    .map(|(column, _)| column)
}
