//! An expected item as it is kept: whose it is, on whose worklist, and what answers it.

use chrono::NaiveDate;
use uuid::Uuid;

use super::item::{Closing, Excuse, ExpectedItem};
use super::state::{ItemState, Submitted, state};
use crate::code::site::SiteCode;
use crate::id::{CourseId, PatientId};
use crate::names::named;

named! {
    /// Whether an item still waits, whatever the day.
    Standing {
        /// Nothing answers it yet.
        Open = "open",
        /// Nothing answers it yet, and it leaves the worklist by itself once its grace has passed.
        Offered = "offered",
        /// A submission answers it.
        Answered = "answered",
        /// It is not expected after all.
        Closed = "closed",
    }
}

/// What answers an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The record or sample.
    pub by: Uuid,
    /// Its days.
    pub submitted: Submitted,
}

/// An item of a patient's schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleEntry {
    /// The patient.
    pub patient: PatientId,
    /// The course; `None` for what is expected of the patient, whatever the courses.
    pub course: Option<CourseId>,
    /// Its place among the items of patient or course.
    pub ordinal: i32,
    /// The responsible site, on whose worklist it stands.
    pub site: SiteCode,
    /// Whether the course, or of what is expected of the patient any course, had an infusion.
    pub infused: bool,
    /// What is expected.
    pub item: ExpectedItem,
    /// What answers it.
    pub answer: Option<Answer>,
}

impl ScheduleEntry {
    /// The id of the course, or of the patient.
    pub fn subject(&self) -> Uuid {
        self.course.map_or_else(|| self.patient.uuid(), CourseId::uuid)
    }

    /// Whether it still waits, whatever the day.
    pub fn standing(&self) -> Standing {
        let ended = matches!(self.item.closed, Some(Closing::Withdrawn | Closing::Dead));
        match (&self.answer, self.item.closed) {
            (Some(_), _) if !ended => Standing::Answered,
            (_, Some(_)) => Standing::Closed,
            (_, None) if self.lapses() => Standing::Offered,
            (_, None) => Standing::Open,
        }
    }

    fn lapses(&self) -> bool {
        self.item.optional
            || matches!(self.item.excuse, Some(Excuse::Lost | Excuse::DiedWithin | Excuse::NewTherapy))
    }

    /// Where it stands today.
    pub fn state(&self, draft: bool, today: NaiveDate) -> ItemState {
        state(&self.item, self.answer.as_ref().map(|answer| &answer.submitted), draft, today)
    }

    /// Takes a submission that meets it as its answer, if it fits better than the one that answers it now; of two that
    /// fit alike, the one that was there first.
    pub fn take(&mut self, answer: Answer) {
        let misfit = |one: &Answer| (one.submitted.misfit(&self.item), one.by);
        if self.answer.as_ref().is_none_or(|known| misfit(&answer) < misfit(known)) {
            self.answer = Some(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::fixture::{day, example, patient};

    fn entry() -> ScheduleEntry {
        ScheduleEntry {
            patient: PatientId::from_uuid(Uuid::from_u128(1)),
            course: Some(CourseId::from_uuid(Uuid::from_u128(2))),
            ordinal: 0,
            site: "KAR".parse().unwrap(),
            infused: true,
            item: example("follow_up", "D100", &patient()),
            answer: None,
        }
    }

    fn answer(by: u128, dated: &str, first_submitted: &str) -> Answer {
        let submitted =
            Submitted { dated: Some(dated.parse().unwrap()), first_submitted: day(first_submitted) };
        Answer { by: Uuid::from_u128(by), submitted }
    }

    #[test]
    fn the_answer_that_fits_best_is_taken_whatever_the_order() {
        let late = answer(5, "2026-05-20", "2026-05-20");
        let first = answer(7, "2026-04-20", "2026-06-01");
        let second = answer(6, "2026-04-21", "2026-06-02");
        for order in [[late, first, second], [second, late, first], [first, second, late]] {
            let mut entry = entry();
            for answer in order {
                entry.take(answer);
            }
            assert_eq!(entry.answer, Some(first));
        }
        let mut alike = entry();
        alike.take(answer(9, "2026-04-20", "2026-06-01"));
        alike.take(first);
        assert_eq!(alike.answer, Some(first));
    }

    #[test]
    fn withdrawal_and_death_close_what_was_answered() {
        let mut entry = entry();
        assert_eq!(entry.standing(), Standing::Open);
        entry.take(answer(5, "2026-04-20", "2026-06-01"));
        assert_eq!(entry.standing(), Standing::Answered);
        entry.item.closed = Some(Closing::Superseded);
        assert_eq!(entry.standing(), Standing::Answered);
        entry.item.closed = Some(Closing::Dead);
        assert_eq!(entry.standing(), Standing::Closed);
        entry.answer = None;
        entry.item.closed = Some(Closing::NotInfused);
        assert_eq!(entry.standing(), Standing::Closed);
    }

    #[test]
    fn what_may_be_left_out_leaves_the_list() {
        let mut entry = entry();
        for (excuse, standing) in [
            (Some(Excuse::DeathUnclear), Standing::Open),
            (Some(Excuse::DiedWithin), Standing::Offered),
            (Some(Excuse::Lost), Standing::Offered),
        ] {
            entry.item.excuse = excuse;
            assert_eq!(entry.standing(), standing, "{excuse:?}");
        }
        entry.item = ExpectedItem { optional: true, excuse: None, ..entry.item };
        assert_eq!(entry.standing(), Standing::Offered);
    }
}
