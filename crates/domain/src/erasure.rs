//! Erasure: clinical data of a patient who objects to the quality register go; the patient stays as a tombstone.
//!
//! What happened is kept by the audit log (which rows, by their hashes), why by the consent. An [`Erasure`] is what a
//! database that was restored from an older backup needs in order to erase again.

use serde::{Deserialize, Serialize};

use crate::access::{Permission, permission};
use crate::consent::Consent;
use crate::id::{AuditEventId, PatientId};
use crate::names::named;
use crate::time::Timestamp;

/// The action of an erasure: its permission's name.
pub const ERASE: &str = permission::ErasePatient::POLICY.name;

/// The action of an erasure that is done again in a restored database.
pub const REPLAY: &str = "erasures.replay";

named! {
    /// Why a patient's clinical data are erased.
    ErasureReason {
        /// The patient objects to the quality register (Patient Data Act 7:2).
        PatientObjects = "patient_objects",
        /// A guardian objects for a minor.
        GuardianObjects = "guardian_objects",
    }
}

/// An erasure that every older copy of the database must repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The event of the erasure itself, also where it was only repeated.
    pub event: AuditEventId,
    /// The patient.
    pub patient: PatientId,
    /// When the data were erased.
    pub erased_at: Timestamp,
    /// The coded reason.
    pub reason: Option<String>,
    /// The decision it rests on: an older copy may not know it and would go on collecting.
    pub opt_out: Option<Consent>,
}
