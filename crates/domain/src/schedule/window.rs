//! Target days and the windows around them.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// How far the nominal day lies from day 0, by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// So many days.
    Days(u32),
    /// So many months; a day that the month lacks becomes its last.
    Months(u32),
}

/// How a window is laid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum WindowRule {
    /// From one day after day 0 to another, both included (negative: before day 0).
    SinceDay0 {
        /// The first day.
        from_day: i32,
        /// The last day.
        to_day: i32,
    },
    /// So many days before and after the target day.
    AroundTarget {
        /// Days before.
        days_before: u32,
        /// Days after.
        days_after: u32,
    },
}

impl Target {
    /// The nominal day when day 0 (or another anchor) is `anchor`.
    pub fn after(self, anchor: NaiveDate) -> NaiveDate {
        match self {
            Self::Days(count) => shifted(anchor, i64::from(count)),
            Self::Months(months) => anchor.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX),
        }
    }
}

impl WindowRule {
    /// Days from its first to its last.
    pub fn length(self) -> u32 {
        match self {
            Self::SinceDay0 { from_day, to_day } => to_day.saturating_sub(from_day).unsigned_abs(),
            Self::AroundTarget { days_before, days_after } => days_before.saturating_add(days_after),
        }
    }
}

/// The days on which a time point is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first day.
    pub first: NaiveDate,
    /// The nominal day.
    pub target: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl Window {
    /// The window of a course with this day 0.
    pub fn new(day0: NaiveDate, target: Target, rule: WindowRule) -> Self {
        let target = target.after(day0);
        let (first, last) = match rule {
            WindowRule::SinceDay0 { from_day, to_day } => {
                (shifted(day0, i64::from(from_day)), shifted(day0, i64::from(to_day)))
            }
            WindowRule::AroundTarget { days_before, days_after } => {
                (shifted(target, -i64::from(days_before)), shifted(target, i64::from(days_after)))
            }
        };
        Self { first, target, last }
    }

    /// Whether a day lies in it.
    pub fn contains(&self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// A day so many days later (negative: earlier), held at the ends of the calendar.
pub(super) fn shifted(date: NaiveDate, days: i64) -> NaiveDate {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 {
        date.checked_sub_days(distance).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_days(distance).unwrap_or(NaiveDate::MAX)
    }
}
