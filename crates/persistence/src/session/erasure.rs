//! Erasing what the tables hold about a patient.

use cartotek_domain::clarification::{Clarification, ClarificationEvent};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::course::Course;
use cartotek_domain::id::{AuditEventId, PatientId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::Linkage;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::signature::Signature;
use cartotek_domain::unlock::UnlockRequest;
use cartotek_domain::verification::Verification;

use crate::error::StoreError;
use crate::session::audit::StoredEvent;

/// Reads erasures.
pub trait ErasureReads {
    /// Events after `after` that may be erasures, by id, at most `limit`: the canonical bytes decide.
    fn erasure_events(
        &mut self,
        after: Option<AuditEventId>,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, StoreError>;
}

/// Erases. Rows that the log vouches for are given back, so that it can be told which they were.
pub trait ErasureWrites: ErasureReads {
    /// Deletes where the clarifications about the patient stand; gives how many there were.
    fn delete_clarification_standings(&mut self, patient: PatientId) -> Result<usize, StoreError>;

    /// Deletes what happened to the clarifications about the patient.
    fn delete_clarification_events(
        &mut self,
        patient: PatientId,
    ) -> Result<Vec<ClarificationEvent>, StoreError>;

    /// Deletes the clarifications about the patient, whose events and standings must be gone.
    fn delete_clarifications(&mut self, patient: PatientId) -> Result<Vec<Clarification>, StoreError>;

    /// Deletes every verification of the patient's records.
    fn delete_verifications(&mut self, patient: PatientId) -> Result<Vec<Verification>, StoreError>;

    /// Deletes every signature under the patient's records.
    fn delete_signatures(&mut self, patient: PatientId) -> Result<Vec<Signature>, StoreError>;

    /// Deletes the requests to end locks over the patient and the patient's records.
    fn delete_unlock_requests(&mut self, patient: PatientId) -> Result<Vec<UnlockRequest>, StoreError>;

    /// Deletes the locks over the patient and the patient's records; their requests must be gone.
    fn delete_record_locks(&mut self, patient: PatientId) -> Result<Vec<RecordLock>, StoreError>;

    /// Deletes every revision of the patient's records.
    fn delete_revisions(&mut self, patient: PatientId) -> Result<Vec<Revision>, StoreError>;

    /// Deletes the patient's records; their revisions, verifications, signatures, locks, clarifications and
    /// findings must be gone.
    fn delete_records(&mut self, patient: PatientId) -> Result<Vec<Record>, StoreError>;

    /// Deletes what stands in the patient's records, and what of them waits to be judged; gives how many findings there
    /// were.
    fn delete_findings_of(&mut self, patient: PatientId) -> Result<usize, StoreError>;

    /// Deletes the milestones of all the patient's records; gives how many there were.
    fn delete_milestones_of(&mut self, patient: PatientId) -> Result<usize, StoreError>;

    /// Deletes the linkage values by which the patient could be found again.
    fn delete_linkages(&mut self, patient: PatientId) -> Result<Vec<Linkage>, StoreError>;

    /// Deletes the patient's courses, except those that a sample refers to.
    fn delete_courses(&mut self, patient: PatientId) -> Result<Vec<Course>, StoreError>;

    /// Deletes the imports whose file names the patient, with reports and answers, also those that run; only those of
    /// a site that may hold a form when these are given. Gives how many there were.
    fn delete_imports(
        &mut self,
        patient: PatientId,
        of: Option<(&str, &SiteCode)>,
    ) -> Result<usize, StoreError>;

    /// Empties the stored answers that speak of the patient, with what tells of the requests; their keys stay
    /// claimed. Gives how many there were.
    fn erase_answers(&mut self, patient: PatientId) -> Result<usize, StoreError>;

    /// Stores a revision that has no content, acknowledgements and words any more, with its new salt.
    fn empty_revision(&mut self, emptied: &Revision) -> Result<(), StoreError>;

    /// Stores a signature that has no hash of a content any more, with its new salt.
    fn empty_signature(&mut self, emptied: &Signature) -> Result<(), StoreError>;

    /// Stores an event of a clarification that has no words any more, with its new salt.
    fn empty_clarification_event(&mut self, emptied: &ClarificationEvent) -> Result<(), StoreError>;

    /// Stores a lock that has no words any more, with its new salt.
    fn empty_record_lock(&mut self, emptied: &RecordLock) -> Result<(), StoreError>;

    /// Stores a request to end a lock that has no words any more, with its new salt.
    fn empty_unlock_request(&mut self, emptied: &UnlockRequest) -> Result<(), StoreError>;

    /// Asks for the database's files to be purged of what was deleted, by [`Store::purge`](crate::Store::purge).
    fn mark_for_purge(&mut self) -> Result<(), StoreError>;
}
