//! Courses: all infusions of one product for one indication, from referral or first apheresis on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fact::Salt;
use crate::id::{CourseId, PatientId};
use crate::names::named;
use crate::text::Text;
use crate::time::Timestamp;

named! {
    /// Where a course stands.
    CourseStatus {
        /// Work on it goes on.
        Open = "open",
        /// Closed without an infusion.
        Closed = "closed",
    }
}

named! {
    /// Why an attempt ended without an infusion.
    CourseOutcome {
        /// The product could not be made.
        ManufacturingFailure = "manufacturing_failure",
        /// The patient died before the infusion.
        Death = "death",
        /// The disease progressed before the infusion.
        Progression = "progression",
        /// The patient withdrew.
        Withdrawal = "withdrawal",
        /// Declined by the tumour board.
        Declined = "declined",
        /// Another reason.
        Other = "other",
    }
}

impl CourseStatus {
    /// The status in words.
    pub fn text(self) -> Text {
        match self {
            Self::Open => Text::new("Öppen", "Open"),
            Self::Closed => Text::new("Avslutad utan infusion", "Closed without an infusion"),
        }
    }
}

impl CourseOutcome {
    /// The reason in words.
    pub fn text(self) -> Text {
        match self {
            Self::ManufacturingFailure => {
                Text::new("Produkten kunde inte tillverkas", "The product could not be made")
            }
            Self::Death => Text::new("Död före infusionen", "Death before the infusion"),
            Self::Progression => Text::new("Progress före infusionen", "Progression before the infusion"),
            Self::Withdrawal => Text::new("Patienten avbröt", "The patient withdrew"),
            Self::Declined => {
                Text::new("Avslag vid multidisciplinär konferens", "Declined by the tumour board")
            }
            Self::Other => Text::new("Annan orsak", "Another reason"),
        }
    }
}

/// One course of a patient; day 0 is derived from its first infusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// The patient.
    pub patient: PatientId,
    /// 1 for the patient's first course, then 2, 3, …
    pub number: i32,
    /// Code of the indication group, e.g. `LBCL`.
    pub indication: String,
    /// Day of referral or first apheresis.
    pub opened_on: NaiveDate,
    /// Where it stands.
    pub status: CourseStatus,
    /// Why it was closed without an infusion.
    pub outcome: Option<CourseOutcome>,
    /// The day it was closed.
    pub closed_on: Option<NaiveDate>,
    /// When it was entered.
    pub created_at: Timestamp,
    /// Counts the changes of this row; the ETag.
    pub version: i64,
    /// Salt of the row's commitment.
    pub salt: Salt,
}
