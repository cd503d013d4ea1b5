//! Rows of verifications and signatures.

use cartotek_domain::id::{ActorId, PatientId, RecordId, SignatureId, VerificationId};
use cartotek_domain::signature::{Signature, SignatureMeaning};
use cartotek_domain::verification::Verification;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{signature, verification};
use crate::sql_type::{Id, UtcTime};

/// A verification.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = verification, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct VerificationRow {
    id: Id<VerificationId>,
    record_id: Id<RecordId>,
    patient_id: Id<PatientId>,
    revision: i64,
    author_id: Id<ActorId>,
    verifier_id: Id<ActorId>,
    verified_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Verification> for VerificationRow {
    fn from(verification: &Verification) -> Self {
        Self {
            id: Id(verification.id),
            record_id: Id(verification.record),
            patient_id: Id(verification.patient),
            revision: verification.revision,
            author_id: Id(verification.author),
            verifier_id: Id(verification.verifier),
            verified_at: UtcTime(verification.verified_at),
            salt: verification.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<VerificationRow> for Verification {
    type Error = StoreError;

    fn try_from(row: VerificationRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "verification", row: row.id.0 };
        Ok(Self {
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            record: row.record_id.0,
            patient: row.patient_id.0,
            revision: row.revision,
            author: row.author_id.0,
            verifier: row.verifier_id.0,
            verified_at: row.verified_at.0,
        })
    }
}

/// A signature.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = signature, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct SignatureRow {
    id: Id<SignatureId>,
    record_id: Id<RecordId>,
    patient_id: Id<PatientId>,
    revision: i64,
    content_sha256: String,
    meaning: String,
    signer_id: Id<ActorId>,
    signed_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Signature> for SignatureRow {
    fn from(signature: &Signature) -> Self {
        Self {
            id: Id(signature.id),
            record_id: Id(signature.record),
            patient_id: Id(signature.patient),
            revision: signature.revision,
            content_sha256: signature.content_sha256.clone(),
            meaning: signature.meaning.name().to_owned(),
            signer_id: Id(signature.signer),
            signed_at: UtcTime(signature.signed_at),
            salt: signature.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<SignatureRow> for Signature {
    type Error = StoreError;

    fn try_from(row: SignatureRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "signature", row: row.id.0 };
        Ok(Self {
            meaning: origin.known("meaning", SignatureMeaning::from_name(&row.meaning))?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            record: row.record_id.0,
            patient: row.patient_id.0,
            revision: row.revision,
            content_sha256: row.content_sha256,
            signer: row.signer_id.0,
            signed_at: row.signed_at.0,
        })
    }
}
