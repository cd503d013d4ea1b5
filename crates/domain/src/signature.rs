//! Electronic signatures: what a person stands for, bound to the exact content.

use serde::{Deserialize, Serialize};

use crate::fact::Salt;
use crate::id::{ActorId, PatientId, RecordId, SignatureId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// What a signature says.
    SignatureMeaning {
        /// I have entered this; only of who has saved content of the record.
        Entered = "entered",
        /// I have reviewed this.
        Reviewed = "reviewed",
        /// I approve of this.
        Approved = "approved",
    }
}

/// A signature under one revision of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Its id.
    pub id: SignatureId,
    /// The record.
    pub record: RecordId,
    /// The patient.
    pub patient: PatientId,
    /// Number of the revision.
    pub revision: i64,
    /// SHA-256 of that revision's canonical content, lower-case hex.
    pub content_sha256: String,
    /// What it says.
    pub meaning: SignatureMeaning,
    /// Who signed; a person.
    pub signer: ActorId,
    /// When.
    pub signed_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Signature {
    /// Whether the record still says what was signed, given the number of its latest revision and the hash of that
    /// revision's content.
    pub fn is_valid(&self, latest: i64, content_sha256: &str) -> bool {
        self.revision == latest && self.content_sha256 == content_sha256
    }

    /// The revision that came after the one that was signed, if one did.
    pub fn voided_by(&self, latest: i64) -> Option<i64> {
        (self.revision < latest).then_some(self.revision + 1)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_signature_holds_for_its_content_alone() {
        let signature = Signature {
            id: SignatureId::from_uuid(Uuid::from_u128(1)),
            record: RecordId::from_uuid(Uuid::from_u128(2)),
            patient: PatientId::from_uuid(Uuid::from_u128(3)),
            revision: 2,
            content_sha256: "ab".repeat(32),
            meaning: SignatureMeaning::Approved,
            signer: ActorId::from_uuid(Uuid::from_u128(4)),
            signed_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            salt: Salt::default(),
        };
        let (same, other) = ("ab".repeat(32), "cd".repeat(32));
        assert!(signature.is_valid(2, &same));
        assert!(!signature.is_valid(2, &other), "the content was changed behind the record's back");
        assert!(!signature.is_valid(4, &same), "the same content again is another revision");
        assert_eq!(
            (signature.voided_by(2), signature.voided_by(3), signature.voided_by(4)),
            (None, Some(3), Some(3))
        );
    }
}
