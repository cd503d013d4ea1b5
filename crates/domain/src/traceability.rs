//! Traceability: what an erasure keeps of a record, because the law on advanced therapies asks for it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{PatientId, TraceabilityId};
use crate::time::Timestamp;

/// The few answers that stay of one erased record: which product came into which patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traceability {
    /// Its id.
    pub id: TraceabilityId,
    /// The patient.
    pub patient: PatientId,
    /// The site that had entered the record.
    pub site: SiteCode,
    /// The form.
    pub form: String,
    /// The answers that stay, as canonical JSON.
    pub answers: String,
    /// The first day on which they may be removed.
    pub removable_from: NaiveDate,
    /// When the record was erased.
    pub recorded_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}
