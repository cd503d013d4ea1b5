//! What `cartotek check` reads: the log and the tables as they lie there, believed or not.
//!
//! Hashes are bare bytes of any length here, because a check must be able to see a row that nobody else would accept.
//! Pages follow the primary key. A page fails when a value in it cannot be read at all; asking for single rows then
//! finds which.

use cartotek_domain::id::{ActorId, AuditEventId, BoxId, ClarificationId, PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::sample::Tube;
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::session::clarification::ClarificationStanding;

/// An event as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvent {
    /// Its id.
    pub id: AuditEventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Option<ActorId>,
    /// The canonical bytes.
    pub canonical: String,
    /// What should be the HMAC of the canonical bytes.
    pub row_mac: Vec<u8>,
}

/// A leaf with the event it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Its place in the log.
    pub index: i64,
    /// The event it names.
    pub event_id: AuditEventId,
    /// What should be the hash of the event's canonical bytes.
    pub leaf_hash: Vec<u8>,
    /// The event, when it is there.
    pub event: Option<RawEvent>,
}

/// An event without a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingEvent {
    /// The event.
    pub event: RawEvent,
    /// Time and leaf hash of its row in `audit_pending`, when it has one.
    pub pending: Option<(Timestamp, Vec<u8>)>,
}

/// A row of `audit_subject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSubject {
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
    pub before: Option<Vec<u8>>,
    /// Hash after.
    pub after: Option<Vec<u8>>,
}

/// A checkpoint as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCheckpoint {
    /// Number of leaves.
    pub tree_size: i64,
    /// The root.
    pub root: Vec<u8>,
    /// The sealer's term.
    pub epoch: i64,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed note.
    pub note: String,
}

/// A row of a fact table: its key and the bytes whose hash the log vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactBytes {
    /// The row's key as the log writes it.
    pub row: String,
    /// `Fact::canonical` of the row.
    pub canonical: Vec<u8>,
}

/// A milestone row.
#[derive(Debug, Clone, PartialEq)]
pub struct MilestoneAt {
    /// The patient it is kept for.
    pub patient: PatientId,
    /// Its place among those of one name of one record.
    pub ordinal: i32,
    /// The milestone.
    pub milestone: Milestone,
}

/// The key of a milestone row: patient, record, name, ordinal.
pub type MilestoneKey = (PatientId, RecordId, String, i32);

/// Reads for checks.
pub trait CheckReads {
    /// Leaves after the index `after` and the events they name, in order, at most `limit`.
    fn log_rows(&mut self, after: Option<i64>, limit: i64) -> Result<Vec<LogRow>, StoreError>;

    /// Their indexes alone.
    fn leaf_indexes(&mut self, after: Option<i64>, limit: i64) -> Result<Vec<i64>, StoreError>;

    /// How many events there are, sealed or not.
    fn event_count(&mut self) -> Result<i64, StoreError>;

    /// What these events changed or showed, by event and place.
    fn subjects_of(&mut self, events: &[AuditEventId]) -> Result<Vec<RawSubject>, StoreError>;

    /// Events without a leaf after `after`, by id, at most `limit`.
    fn waiting_events(
        &mut self,
        after: Option<AuditEventId>,
        limit: i64,
    ) -> Result<Vec<WaitingEvent>, StoreError>;

    /// Rows of `audit_pending` whose event is absent or sealed already, at most `limit`.
    fn stray_pending(&mut self, limit: i64) -> Result<Vec<AuditEventId>, StoreError>;

    /// Events that rows of `audit_subject` name and that are absent, at most `limit`.
    fn stray_subjects(&mut self, limit: i64) -> Result<Vec<AuditEventId>, StoreError>;

    /// Checkpoints larger than `after`, by size, at most `limit`.
    fn raw_checkpoints(&mut self, after: Option<i64>, limit: i64) -> Result<Vec<RawCheckpoint>, StoreError>;

    /// Index and hash of the tile roots of a level from `from` up to but not including `to`, in order.
    fn raw_tiles(&mut self, level: i16, from: i64, to: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError>;

    /// Level and index of tile roots beyond what `sizes` allows, at most `limit`: of each level so many, from 0.
    fn stray_tiles(&mut self, sizes: &[(i16, i64)], limit: i64) -> Result<Vec<(i16, i64)>, StoreError>;

    /// Rows of a fact table after the key `after`, by key, at most `limit`.
    fn facts(&mut self, table: &str, after: Option<&str>, limit: i64) -> Result<Vec<FactBytes>, StoreError>;

    /// Their keys alone.
    fn fact_keys(&mut self, table: &str, after: Option<&str>, limit: i64) -> Result<Vec<String>, StoreError>;

    /// What is left in tubes, by id.
    fn balances_after(&mut self, after: Option<Uuid>, limit: i64) -> Result<Vec<(Uuid, Amount)>, StoreError>;

    /// Tubes in positions, by box and position.
    fn occupancies_after(
        &mut self,
        after: Option<(BoxId, &str)>,
        limit: i64,
    ) -> Result<Vec<(BoxId, String, Tube)>, StoreError>;

    /// Barcodes with the kind and id of their owner, by barcode.
    fn barcodes_after(
        &mut self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, String, Uuid)>, StoreError>;

    /// Where clarifications stand, by clarification.
    fn clarification_standings_after(
        &mut self,
        after: Option<ClarificationId>,
        limit: i64,
    ) -> Result<Vec<ClarificationStanding>, StoreError>;

    /// Milestones by patient, record, name and ordinal.
    fn milestones_after(
        &mut self,
        after: Option<&MilestoneKey>,
        limit: i64,
    ) -> Result<Vec<MilestoneAt>, StoreError>;
}
