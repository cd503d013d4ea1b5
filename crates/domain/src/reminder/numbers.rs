//! The numbers of a reminder.

use chrono::TimeDelta;
use serde::Serialize;

use crate::schedule::worklist::Urgency;

/// What waits for more than so many days is escalated: it is counted apart, so that the site can tell somebody else.
pub const ESCALATED_AFTER_DAYS: u32 = 30;

/// How an item waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How much it asks for attention.
    pub urgency: Urgency,
    /// Days since it has become overdue; 0 while it is not.
    pub overdue_days: u32,
    /// Whether the last reminder did not list it, or not with this urgency.
    pub new: bool,
}

/// Numbers of items by urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Numbers {
    /// The grace has passed.
    pub overdue: u32,
    /// Of these, how many for more than [`ESCALATED_AFTER_DAYS`].
    pub escalated: u32,
    /// The window has closed, the grace runs.
    pub due: u32,
    /// The window is open.
    pub open: u32,
    /// The window opens soon.
    pub due_soon: u32,
    /// Of all these, how many the last reminder did not list, or not with this urgency.
    pub new: u32,
}

impl Numbers {
    pub(super) fn add(&mut self, waiting: Waiting) {
        match waiting.urgency {
            Urgency::Overdue => self.overdue += 1,
            Urgency::Due => self.due += 1,
            Urgency::Open => self.open += 1,
            Urgency::DueSoon => self.due_soon += 1,
            Urgency::Closed => return,
        }
        self.escalated += u32::from(waiting.overdue_days > ESCALATED_AFTER_DAYS);
        self.new += u32::from(waiting.new);
    }

    /// Whether nothing waits.
    pub const fn are_none(self) -> bool {
        self.overdue + self.due + self.open + self.due_soon == 0
    }
}

/// Clarifications that a site must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OpenClarifications {
    /// How many.
    pub open: u32,
    /// Of these, how many were asked more than [`ESCALATED_AFTER_DAYS`] ago.
    pub escalated: u32,
    /// Whole days since the oldest was asked; `None` when there is none.
    pub oldest_days: Option<i64>,
}

impl OpenClarifications {
    /// Counts one that was asked so long ago.
    pub fn count(&mut self, age: TimeDelta) {
        self.open += 1;
        self.escalated += u32::from(age > TimeDelta::days(ESCALATED_AFTER_DAYS.into()));
        self.oldest_days = self.oldest_days.max(Some(age.num_days()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_longer_than_the_limit_is_escalated() {
        let mut numbers = Numbers::default();
        for overdue_days in [0, 1, ESCALATED_AFTER_DAYS, ESCALATED_AFTER_DAYS + 1] {
            let urgency = if overdue_days == 0 { Urgency::Due } else { Urgency::Overdue };
            numbers.add(Waiting { urgency, overdue_days, new: false });
        }
        assert_eq!(numbers, Numbers { overdue: 3, escalated: 1, due: 1, ..Numbers::default() });
    }

    #[test]
    fn clarifications_tell_how_old_the_oldest_is() {
        let mut clarifications = OpenClarifications::default();
        let limit = TimeDelta::days(ESCALATED_AFTER_DAYS.into());
        for age in [TimeDelta::hours(23), limit, limit + TimeDelta::hours(49), limit + TimeDelta::hours(1)] {
            clarifications.count(age);
        }
        assert_eq!(
            clarifications,
            OpenClarifications { open: 4, escalated: 2, oldest_days: Some(limit.num_days() + 2) }
        );
    }
}
