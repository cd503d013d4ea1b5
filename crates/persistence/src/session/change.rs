//! The change feed: rows that sealed events have changed, and what the API calls them.

use cartotek_domain::access::PatientScope;
use cartotek_domain::id::{
    AuditEventId, ClarificationEventId, ClarificationId, CustodyEventId, ParticipationId, PatientId,
    RecordId, SampleId, SignatureId, VerificationId,
};
use cartotek_domain::patient::Patient;
use cartotek_domain::sample::{CustodyEvent, Sample};
use cartotek_domain::time::Timestamp;

use crate::error::StoreError;
use crate::session::sample::SampleScope;

/// A row that a sealed event changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// The place of the event in the log.
    pub number: i64,
    /// The event.
    pub event: AuditEventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The table.
    pub table: String,
    /// The row's key.
    pub row: String,
    /// The patient it speaks of.
    pub patient: Option<PatientId>,
    /// Whether it was there before.
    pub before: bool,
    /// Whether it was there after; a fact is only ever gone because it was erased.
    pub after: bool,
}

/// Reads what has changed.
pub trait ChangeReads {
    /// The rows changed by events with a leaf index from `from` up to but not including `to`, in the order of the log.
    fn changed_rows(&mut self, from: i64, to: i64) -> Result<Vec<ChangedRow>, StoreError>;

    /// Those of the patients who lie in the scope, in no order.
    fn patients_among(&mut self, ids: &[PatientId], scope: &PatientScope)
    -> Result<Vec<Patient>, StoreError>;

    /// The participations in the care of the patients, with the place in the log of the event by which each came to be; those
    /// that are not sealed yet are left out.
    fn participations_begun(
        &mut self,
        patients: &[PatientId],
    ) -> Result<Vec<(ParticipationId, i64)>, StoreError>;

    /// The records that are there, with the number of their latest revision, in no order.
    fn record_versions(&mut self, ids: &[RecordId]) -> Result<Vec<(RecordId, i64)>, StoreError>;

    /// The records that these verifications are of, in no order.
    fn verified_records(
        &mut self,
        ids: &[VerificationId],
    ) -> Result<Vec<(VerificationId, RecordId)>, StoreError>;

    /// The records that these signatures stand under, in no order.
    fn signed_records(&mut self, ids: &[SignatureId]) -> Result<Vec<(SignatureId, RecordId)>, StoreError>;

    /// The clarifications that are there, with how many events each has, in no order.
    fn clarification_versions(
        &mut self,
        ids: &[ClarificationId],
    ) -> Result<Vec<(ClarificationId, i64)>, StoreError>;

    /// The clarifications to which these events happened, in no order.
    fn stepped_clarifications(
        &mut self,
        ids: &[ClarificationEventId],
    ) -> Result<Vec<(ClarificationEventId, ClarificationId)>, StoreError>;

    /// The custody events of these ids, in no order.
    fn custody_events(&mut self, ids: &[CustodyEventId]) -> Result<Vec<CustodyEvent>, StoreError>;

    /// Those of the samples that the caller may see, in no order.
    fn samples_among(&mut self, ids: &[SampleId], scope: &SampleScope) -> Result<Vec<Sample>, StoreError>;
}
