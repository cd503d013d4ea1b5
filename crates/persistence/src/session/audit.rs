//! The audit log: events, leaves, tile roots and checkpoints.

use cartotek_domain::id::{AuditEventId, PatientId};
use cartotek_domain::time::Timestamp;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// An event as it is stored: its canonical bytes with the row's MAC and the hash of its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its id.
    pub id: AuditEventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Option<cartotek_domain::id::ActorId>,
    /// The canonical bytes.
    pub canonical: String,
    /// HMAC of the canonical bytes.
    pub row_mac: [u8; 32],
}

/// A row of `audit_subject`: what an event changed or showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSubject {
    /// The event.
    pub event: AuditEventId,
    /// Its place within the event.
    pub ordinal: i32,
    /// The table.
    pub table: String,
    /// The row's key.
    pub row: String,
    /// The patient it speaks of.
    pub patient: Option<PatientId>,
    /// Hash before.
    pub before: Option<[u8; 32]>,
    /// Hash after.
    pub after: Option<[u8; 32]>,
}

/// An event that waits for the sealer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLeaf {
    /// The event.
    pub event: AuditEventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The hash of its leaf.
    pub hash: [u8; 32],
}

/// A sealed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its place in the log; the change sequence.
    pub index: i64,
    /// The event.
    pub event: AuditEventId,
    /// The hash of its leaf.
    pub hash: [u8; 32],
}

/// The root of a complete aligned subtree of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Height: 8, 16, 24, …
    pub level: i16,
    /// Its place among the subtrees of that height.
    pub index: i64,
    /// The root.
    pub hash: [u8; 32],
}

/// A signed statement of the log's size and root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// Number of leaves.
    pub tree_size: i64,
    /// The root.
    pub root: [u8; 32],
    /// The sealer's term.
    pub epoch: i64,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed note.
    pub note: String,
}

/// A lease on being the only one who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub holder: uuid::Uuid,
    /// Grows with every change of holder.
    pub epoch: i64,
    /// When it ends, unless it is renewed.
    pub expires_at: Timestamp,
}

/// Reads the log.
pub trait AuditReads {
    /// The event of that id.
    fn event(&mut self, id: AuditEventId) -> Result<Option<StoredEvent>, StoreError>;

    /// Events after `after` in the order of their ids, which is about the order in time.
    fn events(&mut self, page: &Page<AuditEventId>) -> Result<PageOf<StoredEvent, AuditEventId>, StoreError>;

    /// Events between two instants, in the order of their times.
    fn events_between(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        page: &Page<AuditEventId>,
    ) -> Result<PageOf<StoredEvent, AuditEventId>, StoreError>;

    /// Events that name the patient, in order.
    fn events_of_patient(
        &mut self,
        patient: PatientId,
        page: &Page<AuditEventId>,
    ) -> Result<PageOf<StoredEvent, AuditEventId>, StoreError>;

    /// Sealed events with a leaf index of at least `from`, in order, at most `limit`.
    fn events_since(&mut self, from: i64, limit: i64) -> Result<Vec<(i64, StoredEvent)>, StoreError>;

    /// What an event changed or showed, in order.
    fn subjects(&mut self, event: AuditEventId) -> Result<Vec<StoredSubject>, StoreError>;

    /// Patients named by changes with a leaf index from `from` up to but not including `to`.
    fn patients_changed(&mut self, from: i64, to: i64) -> Result<Vec<PatientId>, StoreError>;

    /// Events that wait for the sealer, by time and id, at most `limit`.
    fn pending(&mut self, limit: i64) -> Result<Vec<PendingLeaf>, StoreError>;

    /// How many events wait for the sealer.
    fn pending_count(&mut self) -> Result<i64, StoreError>;

    /// The leaf of an event, once it is sealed.
    fn leaf_of(&mut self, event: AuditEventId) -> Result<Option<Leaf>, StoreError>;

    /// Leaves with an index from `from` up to but not including `to`, in order.
    fn leaves(&mut self, from: i64, to: i64) -> Result<Vec<Leaf>, StoreError>;

    /// How many leaves there are.
    fn leaf_count(&mut self) -> Result<i64, StoreError>;

    /// Roots of the subtrees of height `level` from `from` up to but not including `to`, in order.
    fn tiles(&mut self, level: i16, from: i64, to: i64) -> Result<Vec<Tile>, StoreError>;

    /// The latest checkpoint.
    fn checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError>;

    /// The smallest checkpoint of at least that size.
    fn checkpoint_from(&mut self, tree_size: i64) -> Result<Option<StoredCheckpoint>, StoreError>;

    /// The checkpoint of exactly that size.
    fn checkpoint_at(&mut self, tree_size: i64) -> Result<Option<StoredCheckpoint>, StoreError>;
}

/// Writes the log. Rows are only ever added; pending ones are moved.
pub trait AuditWrites: AuditReads {
    /// Appends events with what they name, and leaves them pending for the sealer.
    fn insert_events(
        &mut self,
        events: &[StoredEvent],
        subjects: &[StoredSubject],
        pending: &[PendingLeaf],
    ) -> Result<(), StoreError>;

    /// Moves pending events into the log.
    fn insert_leaves(&mut self, leaves: &[Leaf]) -> Result<(), StoreError>;

    /// Stores roots of complete subtrees.
    fn insert_tiles(&mut self, tiles: &[Tile]) -> Result<(), StoreError>;

    /// Stores a checkpoint.
    fn insert_checkpoint(&mut self, checkpoint: &StoredCheckpoint) -> Result<(), StoreError>;

    /// Takes or renews a lease: `None` while another holder's has not ended by `now`. Where there is one writer at a
    /// time, another holder is dead.
    fn take_lease(
        &mut self,
        name: &str,
        holder: uuid::Uuid,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Option<Lease>, StoreError>;
}
