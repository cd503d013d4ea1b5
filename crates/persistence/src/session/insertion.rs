//! Rows of one change that are inserted together.

use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::PatientId;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Record, Revision};

use crate::error::StoreError;
use crate::session::audit::{PendingLeaf, StoredEvent, StoredSubject};
use crate::session::finding::FindingDue;

/// The rows, each in the place of its table.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "rows that are not inserted are lost"]
pub struct Insertions {
    /// Records.
    pub records: Vec<Record>,
    /// Their revisions.
    pub revisions: Vec<Revision>,
    /// What stands in them.
    pub findings: Vec<RecordFinding>,
    /// What they tell.
    pub milestones: Vec<(PatientId, Milestone)>,
    /// What is to be judged anew.
    pub findings_due: Vec<FindingDue>,
    /// Events.
    pub events: Vec<StoredEvent>,
    /// What they name.
    pub subjects: Vec<StoredSubject>,
    /// That they wait for the sealer.
    pub pending: Vec<PendingLeaf>,
}

/// Writes rows together.
pub trait InsertionWrites {
    /// Inserts the rows: on PostgreSQL in one round trip, however many there are.
    fn insert_together(&mut self, rows: &Insertions) -> Result<(), StoreError>;
}
