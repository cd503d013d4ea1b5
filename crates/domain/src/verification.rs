//! Verification: a second person has compared a record's content with its sources.

use serde::{Deserialize, Serialize};

use crate::fact::Salt;
use crate::id::{ActorId, PatientId, RecordId, VerificationId};
use crate::time::Timestamp;

/// The verification of one revision. A record is verified while its latest revision has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Its id.
    pub id: VerificationId,
    /// The record.
    pub record: RecordId,
    /// The patient.
    pub patient: PatientId,
    /// Number of the revision.
    pub revision: i64,
    /// Who saved that revision.
    pub author: ActorId,
    /// Who verified it; another person.
    pub verifier: ActorId,
    /// When.
    pub verified_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Verification {
    /// Whether it still holds, given the number of the record's latest revision.
    pub const fn is_valid(&self, latest: i64) -> bool {
        self.revision == latest
    }
}
