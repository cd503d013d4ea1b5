//! What is kept for how long.

use std::collections::BTreeSet;

use cartotek_domain::id::PatientId;
use cartotek_domain::time::Timestamp;
use cartotek_domain::traceability::Traceability;

use crate::error::StoreError;

/// Reads what has its time.
pub trait RetentionReads {
    /// What erasures have kept of the patients, by id.
    fn traceability(&mut self, patients: &[PatientId]) -> Result<Vec<Traceability>, StoreError>;

    /// Of these patients those of whom an erasure takes something: a form, be it a draft, a course without samples, or a
    /// linkage value.
    fn patients_to_erase(&mut self, patients: &[PatientId]) -> Result<BTreeSet<PatientId>, StoreError>;

    /// When the first event happened.
    fn first_event_at(&mut self) -> Result<Option<Timestamp>, StoreError>;

    /// How many events happened from an instant up to but not including another.
    fn count_events(&mut self, from: Timestamp, to: Timestamp) -> Result<i64, StoreError>;

    /// How many stored answers are older than an instant.
    fn count_answers(&mut self, before: Timestamp) -> Result<i64, StoreError>;

    /// How many imports ended before an instant, or began before it and never ended.
    fn count_imports(&mut self, before: Timestamp) -> Result<i64, StoreError>;
}

/// Writes what is kept longer.
pub trait RetentionWrites: RetentionReads {
    /// Keeps what an erasure leaves.
    fn insert_traceability(&mut self, kept: &[Traceability]) -> Result<(), StoreError>;
}
