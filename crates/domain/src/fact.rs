//! Facts: rows whose hash the audit log vouches for, and the list of every table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::PatientId;

/// Sixteen random bytes that keep a hash from being guessed; held with the row and erased with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Salt([u8; 16]);

/// A text that is no salt of 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a salt of 32 hexadecimal digits")]
pub struct NotASalt;

impl Salt {
    /// A salt from its bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl FromStr for Salt {
    type Err = NotASalt;

    fn from_str(text: &str) -> Result<Self, NotASalt> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotASalt);
        }
        u128::from_str_radix(text, 16).map(|bits| Self(bits.to_be_bytes())).map_err(|_| NotASalt)
    }
}

impl TryFrom<String> for Salt {
    type Error = NotASalt;

    fn try_from(text: String) -> Result<Self, NotASalt> {
        text.parse()
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        salt.to_string()
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableClass {
    /// Rows vouched for by the log, compared with it by `cartotek check`.
    Fact,
    /// Rows computed from facts, recomputed and compared by `cartotek check`.
    Projection,
    /// The log itself.
    Log,
    /// Keys, leases, jobs: nothing that a conclusion rests on.
    Housekeeping,
}

/// Every table of the database with its class; the migrations are tested against it.
pub const TABLES: &[(&str, TableClass)] = &[
    ("actor", TableClass::Fact),
    ("aliquot", TableClass::Fact),
    ("amount_balance", TableClass::Projection),
    ("audit_checkpoint", TableClass::Log),
    ("audit_event", TableClass::Log),
    ("audit_leaf", TableClass::Log),
    ("audit_pending", TableClass::Log),
    ("audit_subject", TableClass::Log),
    ("audit_tile", TableClass::Log),
    ("barcode", TableClass::Projection),
    ("biobank", TableClass::Fact),
    ("biobank_site", TableClass::Fact),
    ("clarification", TableClass::Fact),
    ("clarification_event", TableClass::Fact),
    ("clarification_state", TableClass::Projection),
    ("consent", TableClass::Fact),
    ("course", TableClass::Fact),
    ("custody_event", TableClass::Fact),
    ("expected_item", TableClass::Projection),
    ("finding_due", TableClass::Housekeeping),
    ("generation", TableClass::Housekeeping),
    ("idempotent_answer", TableClass::Housekeeping),
    ("import_chunk", TableClass::Housekeeping),
    ("import_job", TableClass::Housekeeping),
    ("import_mapping", TableClass::Fact),
    ("import_patient", TableClass::Housekeeping),
    ("lease", TableClass::Housekeeping),
    ("ledger_entry", TableClass::Fact),
    ("migration_lock", TableClass::Housekeeping),
    ("milestone", TableClass::Projection),
    ("occupancy", TableClass::Projection),
    ("participation", TableClass::Fact),
    ("patient", TableClass::Fact),
    ("patient_linkage", TableClass::Fact),
    ("record", TableClass::Fact),
    ("record_finding", TableClass::Projection),
    ("record_lock", TableClass::Fact),
    ("reminder", TableClass::Housekeeping),
    ("revision", TableClass::Fact),
    ("role_grant", TableClass::Fact),
    ("sample", TableClass::Fact),
    ("schema_document", TableClass::Fact),
    ("signature", TableClass::Fact),
    ("site", TableClass::Fact),
    ("storage_box", TableClass::Fact),
    ("storage_unit", TableClass::Fact),
    ("token", TableClass::Fact),
    ("token_use", TableClass::Housekeeping),
    ("traceability", TableClass::Fact),
    ("unlock_request", TableClass::Fact),
    ("verification", TableClass::Fact),
];

/// A row that the log vouches for.
///
/// Its canonical bytes are its JSON with the fields in declared order; they contain the salt, so that the hash says
/// nothing about the values and erasing row and salt leaves the log valid. Another order would be another hash than that
/// of the rows that are there.
pub trait Fact: Serialize {
    /// The table it lies in.
    const TABLE: &'static str;

    /// Its primary key as text.
    fn row_id(&self) -> String;

    /// The patient it speaks of.
    fn patient(&self) -> Option<PatientId> {
        None
    }

    /// The bytes that are hashed.
    ///
    /// # Errors
    /// Only if a value cannot be written as JSON, which no field of a fact can cause.
    fn canonical(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

macro_rules! facts {
    ($($type:ty, $table:literal, |$row:ident| $id:expr, $patient:expr;)+) => {$(
        impl $crate::fact::Fact for $type {
            const TABLE: &'static str = $table;

            fn row_id(&self) -> String {
                let $row = self;
                $id.to_string()
            }

            fn patient(&self) -> Option<$crate::id::PatientId> {
                let $row = self;
                $patient
            }
        }
    )+};
}

facts! {
    crate::actor::Actor, "actor", |row| row.id, { let _ = row; None };
    crate::actor::RoleGrant, "role_grant", |row| row.id, { let _ = row; None };
    crate::actor::Token, "token", |row| row.id, { let _ = row; None };
    crate::site::Site, "site", |row| row.code, { let _ = row; None };
    crate::site::Biobank, "biobank", |row| row.code, { let _ = row; None };
    crate::site::BiobankSite, "biobank_site", |row| row.row_key(), { let _ = row; None };
    crate::import_mapping::ImportMapping, "import_mapping", |row| row.id, { let _ = row; None };
    crate::patient::Patient, "patient", |row| row.id, Some(row.id);
    crate::patient::Linkage, "patient_linkage", |row| row.hash, Some(row.patient);
    crate::patient::Participation, "participation", |row| row.id, Some(row.patient);
    crate::consent::Consent, "consent", |row| row.id, Some(row.patient);
    crate::course::Course, "course", |row| row.id, Some(row.patient);
    crate::record::Record, "record", |row| row.id, Some(row.patient);
    crate::record::Revision, "revision", |row| row.id, Some(row.patient);
    crate::verification::Verification, "verification", |row| row.id, Some(row.patient);
    crate::signature::Signature, "signature", |row| row.id, Some(row.patient);
    crate::lock::RecordLock, "record_lock", |row| row.id, row.target.patient();
    crate::unlock::UnlockRequest, "unlock_request", |row| row.id, row.patient;
    crate::record::SchemaDocument, "schema_document", |row| row.path, { let _ = row; None };
    crate::clarification::Clarification, "clarification", |row| row.id, Some(row.patient);
    crate::clarification::ClarificationEvent, "clarification_event", |row| row.id, Some(row.patient);
    crate::traceability::Traceability, "traceability", |row| row.id, Some(row.patient);
    crate::sample::Sample, "sample", |row| row.id, Some(row.patient);
    crate::sample::Aliquot, "aliquot", |row| row.id, Some(row.patient);
    crate::sample::LedgerEntry, "ledger_entry", |row| row.id, Some(row.patient);
    crate::sample::CustodyEvent, "custody_event", |row| row.id, Some(row.patient);
    crate::storage::StorageUnit, "storage_unit", |row| row.id, { let _ = row; None };
    crate::storage::StorageBox, "storage_box", |row| row.id, { let _ = row; None };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_keeps_its_leading_zeros() {
        let salt = Salt::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(salt.to_string(), "000102030405060708090a0b0c0d0e0f");
        assert_eq!(salt.to_string().parse(), Ok(salt));
        assert_eq!("+0102030405060708090a0b0c0d0e0f0".parse::<Salt>(), Err(NotASalt));
    }

    #[test]
    fn tables_are_listed_once_in_order() {
        assert!(TABLES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
