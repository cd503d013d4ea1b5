//! Verifications and signatures of records.

use cartotek_domain::id::RecordId;
use cartotek_domain::signature::Signature;
use cartotek_domain::verification::Verification;

use crate::error::StoreError;

/// Reads verifications and signatures.
pub trait SignatureReads {
    /// Every verification of the records, in no order.
    fn verifications(&mut self, records: &[RecordId]) -> Result<Vec<Verification>, StoreError>;

    /// Every signature under a record, by id.
    fn signatures(&mut self, record: RecordId) -> Result<Vec<Signature>, StoreError>;
}

/// Writes verifications and signatures.
pub trait SignatureWrites: SignatureReads {
    /// Appends a verification.
    fn insert_verification(&mut self, verification: &Verification) -> Result<(), StoreError>;

    /// Appends a signature.
    fn insert_signature(&mut self, signature: &Signature) -> Result<(), StoreError>;
}
