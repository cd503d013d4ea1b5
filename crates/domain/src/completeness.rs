//! How complete and timely the registry is (domain brief 2.4).
//!
//! Everything but what is due and overdue counts only courses with an infusion; the groups (site, form, field, period) are
//! the caller's. A form belongs to the period in which its grace ends, a clarification to that in which its form was first
//! submitted.

mod delay;
mod field;
mod follow_up;
mod period;
mod query_load;

use chrono::NaiveDate;
use serde::Serialize;

pub use delay::Delays;
pub use field::{FieldCompleteness, FieldStanding};
pub use follow_up::{Followed, PersonTime, person_time};
pub use period::{Calendar, CalendarPeriod, NotAPeriod};
pub use query_load::QueryLoad;

use crate::schedule::{Excuse, Expected, ItemState, ScheduleEntry, TimeState, state_while_asked};

/// Figures of a site or a group are shown to others only when they are about at least so many patients (domain brief 5.6).
pub const LEAST_PATIENTS: u64 = 5;

/// Others see no smaller count, and counts rounded down to so many (domain brief 5.6).
pub const LEAST_COUNT: u64 = 10;

/// What others see of a count: rounded down to tens, so that one less another tells of no single one; `None` below ten.
pub const fn in_tens(count: u64) -> Option<u64> {
    if count < LEAST_COUNT { None } else { Some(count - count % LEAST_COUNT) }
}

/// A median is shown to others only when it is one of at least so many (domain brief 5.6).
pub const LEAST_OF_A_MEDIAN: u64 = 10;

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// How many of them.
    pub part: u64,
    /// How many there are.
    pub whole: u64,
}

impl Share {
    fn add(&mut self, is_part: bool, times: u64) {
        self.part += if is_part { times } else { 0 };
        self.whole += times;
    }

    /// Counts all those of another.
    pub const fn add_all(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
    }

    /// How many are not of the part.
    pub const fn rest(self) -> u64 {
        self.whole - self.part
    }

    /// Whether one to four are of the part, or of the rest: a share that others do not see.
    pub const fn tells_of_few(self) -> bool {
        matches!(self.part, 1..LEAST_PATIENTS) || matches!(self.rest(), 1..LEAST_PATIENTS)
    }

    /// The part as a fraction; `None` of nothing.
    pub fn fraction(self) -> Option<f64> {
        quotient(self.part, self.whole)
    }

    /// The part in whole per cent as a fraction, as others see it (domain brief 5.6): rounded down, so that what lacks something
    /// is never whole; `None` of nothing.
    pub fn whole_per_cent(self) -> Option<f64> {
        (100 * self.part).checked_div(self.whole).and_then(|per_cent| quotient(per_cent, 100))
    }
}

/// What completeness asks of an item that counts, on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reckoned {
    /// Whether its grace has passed: then it is one of those that should be completed.
    pub settled: bool,
    /// How it was completed, in the window or not; `None` while it is not.
    pub submission: Option<Punctuality>,
    /// Whether the patient was lost to follow-up: what is missing of them is not overdue.
    pub lost: bool,
}

/// When a completed form was first submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Punctuality {
    /// Whether before its grace ended.
    pub timely: bool,
    /// Days after the last of its window; negative before that.
    pub delay: i32,
}

impl ScheduleEntry {
    /// The last day of grace of an item that counts: a required form of a course with an infusion that is applicable.
    /// `None` for all others. It tells nothing of today, so that it is stored with the item.
    ///
    /// What counts is what is completed or, once all time has passed, overdue or missed; a form that may lie after the
    /// patient's death does not count until it is submitted.
    pub fn complete_by(&self) -> Option<NaiveDate> {
        let is_form = matches!(self.item.what, Expected::Form { .. });
        let submitted = self.answer.as_ref().map(|answer| &answer.submitted);
        let counts = match state_while_asked(&self.item, submitted, false, NaiveDate::MAX) {
            ItemState::Completed | ItemState::CompletedOutOfWindow => true,
            ItemState::Awaited(time) | ItemState::Draft(time) => {
                matches!(time, TimeState::Overdue { .. } | TimeState::MissedLost)
            }
            ItemState::NotApplicable(_) => false,
        };
        (self.infused && is_form && !self.item.optional && counts).then_some(self.item.grace_until)
    }

    /// What completeness asks of it today, if it counts: not of what nobody may answer any more.
    pub fn reckoned(&self, today: NaiveDate) -> Option<Reckoned> {
        let asked = self.answer.is_some() || !self.item.has_stopped(today);
        let complete_by = self.complete_by().filter(|_| asked)?;
        let submission = self.answer.map(|answer| {
            let first_submitted = answer.submitted.first_submitted;
            let delay = (first_submitted - self.item.last).num_days();
            Punctuality {
                timely: first_submitted <= complete_by,
                delay: i32::try_from(delay).unwrap_or(i32::MAX),
            }
        });
        let lost = self.item.excuse == Some(Excuse::Lost);
        Some(Reckoned { settled: complete_by < today, submission, lost })
    }

    /// Whether it lowers completeness today: the end of the drill-down.
    pub fn is_missing(&self, today: NaiveDate) -> bool {
        self.reckoned(today).is_some_and(|one| one.settled && one.submission.is_none())
    }
}

/// Completeness and timeliness of forms.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FormCompleteness {
    /// How many are due, with an infusion or without: their window has opened, and they are neither there nor overdue.
    pub due: u64,
    /// How many are overdue without an infusion: of courses, and of patients, that have none.
    pub overdue_uninfused: u64,
    /// Of the forms whose grace has passed: those completed, in the window or not.
    pub completed: Share,
    /// Of those that are not: those of patients who were lost to follow-up. The rest is overdue.
    pub lost: Share,
    /// Of the completed forms, also those whose grace still runs: those first submitted before their grace ended.
    pub timely: Share,
    /// How long after their windows the completed forms were first submitted.
    pub delays: Delays,
}

impl FormCompleteness {
    /// Counts so many items that stand alike; which are due, or overdue without an infusion, is counted apart.
    pub fn add(&mut self, item: Reckoned, times: u64) {
        if item.settled {
            self.completed.add(item.submission.is_some(), times);
        }
        match item.submission {
            Some(Punctuality { timely, delay }) => {
                self.timely.add(timely, times);
                self.delays.add(delay, times);
            }
            None if item.settled => self.lost.add(item.lost, times),
            None => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count of forms or days comes near 2^53")]
fn quotient(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
