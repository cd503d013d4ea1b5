//! How much the sites are asked, and how long it takes.

use super::{Delays, quotient};
use crate::clarification::{Clarification, ClarificationState};

/// Submitted forms with their clarifications.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryLoad {
    /// How many forms there are, with a clarification or without.
    pub forms: u64,
    /// How many of their clarifications are not closed.
    pub open: u64,
    /// How many days the others took from opening to closing.
    pub closed: Delays,
}

impl QueryLoad {
    /// Counts a form with its clarifications, as they stand.
    pub fn add<'c>(
        &mut self,
        clarifications: impl IntoIterator<Item = (&'c Clarification, &'c ClarificationState)>,
    ) {
        self.forms += 1;
        for (one, state) in clarifications {
            match state.closed_at {
                None => self.open += 1,
                Some(at) => self.closed.add(i32::try_from(one.age_days(state, at)).unwrap_or(i32::MAX), 1),
            }
        }
    }

    /// Counts all those of another group.
    pub fn add_all(&mut self, other: &Self) {
        self.forms += other.forms;
        self.open += other.open;
        self.closed.add_all(&other.closed);
    }

    /// Clarifications that are not closed, per 100 forms; `None` without a form.
    pub fn open_per_100_forms(&self) -> Option<f64> {
        quotient(100 * self.open, self.forms)
    }
}
