//! Where an expected item stands on a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::item::{Closing, Excuse, ExpectedItem};
use crate::partial_date::PartialDate;

/// The submission that answers an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Submitted {
    /// The clinical date of its content, e.g. of the contact or the collection.
    pub dated: Option<PartialDate>,
    /// The day on which it was first submitted or registered.
    pub first_submitted: NaiveDate,
}

impl Submitted {
    /// Whether its date may lie in the window of an item; one without a date is not held against it.
    pub fn lies_in(&self, item: &ExpectedItem) -> bool {
        self.dated.is_none_or(|dated| dated.first() <= item.last && item.first <= dated.last())
    }

    /// How ill it fits an item: of several submissions, the one with the smallest value answers it.
    pub fn misfit(&self, item: &ExpectedItem) -> (bool, NaiveDate) {
        (!self.lies_in(item), self.first_submitted)
    }
}

/// Where an item stands in time while nothing is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeState {
    /// The window has not opened.
    Upcoming,
    /// The window is open.
    Open,
    /// The window has closed; the item is not overdue yet.
    Due,
    /// The grace has passed.
    Overdue {
        /// Days since its end.
        days: u32,
    },
    /// The grace has passed; the patient was lost to follow-up.
    MissedLost,
    /// The grace has passed; the item was optional, the patient died in its window, or had new therapy by then.
    Lapsed,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// Nothing is there.
    Awaited(TimeState),
    /// A draft is there.
    Draft(TimeState),
    /// Submitted, dated in the window.
    Completed,
    /// Submitted, dated outside the window.
    CompletedOutOfWindow,
    /// Not expected after all.
    NotApplicable(Closing),
}

impl TimeState {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Open => "open",
            Self::Due => "due",
            Self::Overdue { .. } => "overdue",
            Self::MissedLost => "missed_lost",
            Self::Lapsed => "lapsed",
        }
    }
}

impl ItemState {
    /// The stable name; that of a draft does not tell the time, see [`Self::time`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Awaited(time) => time.name(),
            Self::Draft(_) => "draft",
            Self::Completed => "completed",
            Self::CompletedOutOfWindow => "completed_out_of_window",
            Self::NotApplicable(Closing::Withdrawn | Closing::Stopped) => "not_applicable_withdrawn",
            Self::NotApplicable(Closing::Dead | Closing::DeadUninfused) => "not_applicable_dead",
            Self::NotApplicable(Closing::Superseded) => "not_applicable_superseded",
            Self::NotApplicable(Closing::NotInfused) => "not_applicable_not_infused",
        }
    }

    /// Where it stands in time, while it is expected and not submitted.
    pub const fn time(self) -> Option<TimeState> {
        match self {
            Self::Awaited(time) | Self::Draft(time) => Some(time),
            Self::Completed | Self::CompletedOutOfWindow | Self::NotApplicable(_) => None,
        }
    }

    /// Whether a draft is there.
    pub const fn is_draft(self) -> bool {
        matches!(self, Self::Draft(_))
    }

    /// Whether it was submitted.
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Completed | Self::CompletedOutOfWindow)
    }
}

/// Where an item stands today, with what answers it and whether a draft does (domain brief 2.3).
///
/// What is submitted counts although the next course took over, there was no infusion or the patient has said no since,
/// but not what was due only after the patient's withdrawal or death.
pub fn state(item: &ExpectedItem, submitted: Option<&Submitted>, draft: bool, today: NaiveDate) -> ItemState {
    match state_while_asked(item, submitted, draft, today) {
        ItemState::Awaited(_) | ItemState::Draft(_) if item.has_stopped(today) => {
            ItemState::NotApplicable(Closing::Stopped)
        }
        state => state,
    }
}

/// The same as long as no yes has ended by itself.
pub(crate) fn state_while_asked(
    item: &ExpectedItem,
    submitted: Option<&Submitted>,
    draft: bool,
    today: NaiveDate,
) -> ItemState {
    if let Some(reason @ (Closing::Withdrawn | Closing::Dead)) = item.closed {
        return ItemState::NotApplicable(reason);
    }
    match (submitted, item.closed) {
        (Some(submitted), _) if submitted.lies_in(item) => ItemState::Completed,
        (Some(_), _) => ItemState::CompletedOutOfWindow,
        (None, Some(reason)) => ItemState::NotApplicable(reason),
        (None, None) if draft => ItemState::Draft(time_state(item, today)),
        (None, None) => ItemState::Awaited(time_state(item, today)),
    }
}

fn time_state(item: &ExpectedItem, today: NaiveDate) -> TimeState {
    if today < item.first {
        return TimeState::Upcoming;
    }
    if today <= item.last {
        return TimeState::Open;
    }
    if today <= item.grace_until {
        return TimeState::Due;
    }
    match (item.excuse, item.optional) {
        (Some(Excuse::Lost), _) => TimeState::MissedLost,
        (Some(Excuse::DiedWithin | Excuse::NewTherapy), _) | (_, true) => TimeState::Lapsed,
        // Waits for a more precise date of death.
        (Some(Excuse::DeathUnclear), false) => TimeState::Due,
        (None, false) => {
            let days = (today - item.grace_until).num_days();
            TimeState::Overdue { days: u32::try_from(days).unwrap_or(u32::MAX) }
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
