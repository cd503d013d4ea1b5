//! Rows of one change that are written together.

use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::PatientId;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::schedule::ScheduleEntry;

use crate::error::StoreError;
use crate::session::audit::{PendingLeaf, StoredEvent, StoredSubject};
use crate::session::finding::FindingDue;

/// The rows, each in the place of its table: inserted, but for the answers.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "rows that are not written are lost"]
pub struct Together {
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
    /// Expected items, each once, whose answers are put in the place of those that they had.
    pub answers: Vec<ScheduleEntry>,
}

/// Writes rows together.
pub trait TogetherWrites {
    /// Writes the rows: on PostgreSQL in one round trip, however many there are.
    fn write_together(&mut self, rows: &Together) -> Result<(), StoreError>;
}
