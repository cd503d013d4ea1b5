//! Sealing: events that wait get their place in the log, and a signed checkpoint vouches for the whole.
//!
//! The sealer keeps nothing in memory. One server at a time seals, by a lease; when it falls silent the lease ends
//! and another goes on from what the database holds; on SQLite at once, since the lock of the file says that it is gone.

use cartotek_crypto::checkpoint::{self, Checkpoint, note_hash};
use cartotek_crypto::hash::Hash;
use cartotek_crypto::merkle::{self, Appended};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::session::audit::{Leaf, PendingLeaf, StoredCheckpoint, Tile};
use cartotek_persistence::{StoreError, WriteSession};
use chrono::TimeDelta;

use crate::Service;
use crate::error::ServiceError;
use crate::tree::{LogTree, from_stored, to_stored};

/// Events sealed in one transaction; what exceeds it waits for the next one.
const BATCH: usize = 4096;

/// The name of the sealer's lease.
const LEASE: &str = "sealer";

/// How long a sealer that has fallen silent keeps the others waiting.
const LEASE_TERM: TimeDelta = TimeDelta::seconds(10);

/// What one run of the sealer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sealed {
    /// Events that got their place in the log.
    pub events: usize,
    /// Whether the run was full, so that more may wait.
    pub more: bool,
    /// Whether another server is the sealer now.
    pub held_elsewhere: bool,
}

/// Events without a place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// How many.
    pub(crate) events: i64,
    /// When the first of them happened.
    pub(crate) oldest: Option<Timestamp>,
}

impl Service {
    /// Seals the events that wait, at most one batch, with a checkpoint over the log. Writes nothing when none wait.
    ///
    /// # Errors
    /// As the store fails; a defect when the log and its last checkpoint differ.
    pub async fn seal(&self) -> Result<Sealed, ServiceError> {
        if self.waiting().await?.events == 0 {
            return Ok(Sealed::default());
        }
        let (service, now) = (self.clone(), self.now());
        self.store().write("seal events", move |tx| service.seal_within(tx, now)).await
    }

    /// Seals until nothing waits or another server is the sealer; returns how many events were sealed.
    ///
    /// # Errors
    /// As [`Service::seal`].
    pub async fn seal_all(&self) -> Result<usize, ServiceError> {
        let mut events = 0;
        loop {
            let sealed = self.seal().await?;
            events += sealed.events;
            if sealed.events == 0 {
                return Ok(events);
            }
        }
    }

    /// Gives up being the sealer, so that the next server need not wait for the end of the lease.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn end_sealing(&self) -> Result<(), ServiceError> {
        let (sealer, now) = (self.sealer(), self.now());
        let end = move |tx: &mut dyn WriteSession| tx.take_lease(LEASE, sealer, now, now).map(drop);
        Ok(self.store().write("end sealing", end).await?)
    }

    /// The events that wait for the sealer; also keeps the metrics of them.
    pub(crate) async fn waiting(&self) -> Result<Waiting, ServiceError> {
        let waiting = self
            .store()
            .read("look at pending events", |session| {
                let oldest = session.pending(1)?.first().map(|pending| pending.occurred_at);
                let events = if oldest.is_some() { session.pending_count()? } else { 0 };
                Ok::<_, StoreError>(Waiting { events, oldest })
            })
            .await?;
        let lag = waiting.oldest.map_or(TimeDelta::zero(), |oldest| self.now() - oldest);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("cartotek_audit_pending_events").set(waiting.events as f64);
        metrics::gauge!("cartotek_audit_seal_lag_seconds").set(lag.as_seconds_f64());
        Ok(waiting)
    }

    fn seal_within(&self, tx: &mut dyn WriteSession, now: Timestamp) -> Result<Sealed, ServiceError> {
        let Some(lease) = tx.take_lease(LEASE, self.sealer(), now, now + LEASE_TERM)? else {
            return Ok(Sealed { held_elsewhere: true, ..Sealed::default() });
        };
        let pending = tx.pending(to_stored(BATCH as u64)?)?;
        if pending.is_empty() {
            return Ok(Sealed::default());
        }
        let previous = tx.checkpoint()?;
        let size = previous.as_ref().map_or(0, |previous| previous.tree_size);
        if tx.leaf_count()? != size {
            let message = "the log and its last checkpoint differ in size; run `cartotek check`";
            return Err(ServiceError::Defect(message.to_owned()));
        }
        let hashes: Vec<_> = pending.iter().map(|one| Hash::from_bytes(one.hash)).collect();
        let appended = merkle::append(&mut LogTree(tx), from_stored(size)?, &hashes)?;
        tx.insert_leaves(&leaves(size, &pending))?;
        tx.insert_tiles(&tiles(&appended)?)?;
        tx.insert_checkpoint(&self.sign(&appended, now, lease.epoch, previous.as_ref())?)?;
        Ok(Sealed { events: pending.len(), more: pending.len() == BATCH, held_elsewhere: false })
    }

    fn sign(
        &self,
        appended: &Appended,
        now: Timestamp,
        epoch: i64,
        previous: Option<&StoredCheckpoint>,
    ) -> Result<StoredCheckpoint, ServiceError> {
        let checkpoint = Checkpoint {
            size: appended.new_size,
            root: appended.root,
            time: Some(now),
            epoch: Some(from_stored(epoch)?),
            previous: previous.map(|previous| note_hash(&previous.note)),
        };
        let note = checkpoint::sign(&checkpoint, &self.keys().checkpoint)
            .map_err(|error| ServiceError::Defect(error.to_string()))?;
        Ok(StoredCheckpoint {
            tree_size: to_stored(appended.new_size)?,
            root: *appended.root.as_bytes(),
            epoch,
            signed_at: now,
            note,
        })
    }
}

fn leaves(size: i64, pending: &[PendingLeaf]) -> Vec<Leaf> {
    (size..).zip(pending).map(|(index, one)| Leaf { index, event: one.event, hash: one.hash }).collect()
}

fn tiles(appended: &Appended) -> Result<Vec<Tile>, StoreError> {
    appended
        .tile_roots
        .iter()
        .map(|tile| {
            let index = to_stored(tile.index)?;
            Ok(Tile { level: i16::from(tile.level), index, hash: *tile.hash.as_bytes() })
        })
        .collect()
}
