//! How complete single fields are.

use serde::Serialize;

use super::Share;
use crate::names::named;

named! {
    /// How a field that applies to a submitted form stands.
    FieldStanding {
        /// It has a value.
        Value = "value",
        /// It has a reason why there is none.
        Reason = "reason",
        /// It has neither.
        Absent = "absent",
    }
}

/// Completeness of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FieldCompleteness {
    /// Those with a value or a reason.
    pub answered: Share,
    /// Those with a value.
    pub known: Share,
}

impl FieldCompleteness {
    /// Counts a field.
    pub fn add(&mut self, standing: FieldStanding) {
        self.answered.add(standing != FieldStanding::Absent, 1);
        self.known.add(standing == FieldStanding::Value, 1);
    }

    /// How many fields stand so.
    pub const fn standing(&self, standing: FieldStanding) -> u64 {
        match standing {
            FieldStanding::Value => self.known.part,
            FieldStanding::Reason => self.answered.part - self.known.part,
            FieldStanding::Absent => self.answered.rest(),
        }
    }
}
