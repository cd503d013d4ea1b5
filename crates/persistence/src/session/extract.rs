//! Everything that is held on one patient, whoever asks: for what was found within a scope already.

use cartotek_domain::id::PatientId;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::Linkage;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry};
use cartotek_domain::signature::Signature;
use cartotek_domain::time::Timestamp;
use cartotek_domain::verification::Verification;

use crate::error::StoreError;
use crate::session::job::ImportJob;

/// A stored answer that speaks of a patient, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerAbout {
    /// The client's key.
    pub key: String,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Reads everything of one kind that is held on a patient.
pub trait ExtractReads {
    /// Linkage values, by hash.
    fn linkages_of(&mut self, patient: PatientId) -> Result<Vec<Linkage>, StoreError>;

    /// Records, by id.
    fn records_of(&mut self, patient: PatientId) -> Result<Vec<Record>, StoreError>;

    /// Revisions of all records, by record and number.
    fn revisions_of(&mut self, patient: PatientId) -> Result<Vec<Revision>, StoreError>;

    /// Verifications of all records, by record and revision.
    fn verifications_of(&mut self, patient: PatientId) -> Result<Vec<Verification>, StoreError>;

    /// Signatures under all records, by id.
    fn signatures_of(&mut self, patient: PatientId) -> Result<Vec<Signature>, StoreError>;

    /// Locks over the patient and single records, those that have ended too, by id.
    fn locks_of(&mut self, patient: PatientId) -> Result<Vec<RecordLock>, StoreError>;

    /// Aliquots of all samples, by id.
    fn aliquots_of(&mut self, patient: PatientId) -> Result<Vec<Aliquot>, StoreError>;

    /// Movements of amount of all samples, by id.
    fn ledger_of(&mut self, patient: PatientId) -> Result<Vec<LedgerEntry>, StoreError>;

    /// Chains of custody of all samples, by sample and number.
    fn custody_of(&mut self, patient: PatientId) -> Result<Vec<CustodyEvent>, StoreError>;

    /// Imports whose file names the patient, by id.
    fn imports_naming(&mut self, patient: PatientId) -> Result<Vec<ImportJob>, StoreError>;

    /// Stored answers that speak of the patient, erased ones too, in the order of time.
    fn answers_about(&mut self, patient: PatientId) -> Result<Vec<AnswerAbout>, StoreError>;
}
