//! The state of a form that a course is expected to have.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::day_offset;
use super::window::{Window, shifted};

/// Everything the state of an expected form depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedForm {
    /// The days on which the contact should lie.
    pub window: Window,
    /// Days after the window for submission.
    pub grace_days: u32,
    /// When the patient died.
    pub died_on: Option<NaiveDate>,
    /// From when the patient is lost to follow-up.
    pub lost_from: Option<NaiveDate>,
    /// From when the patient has withdrawn.
    pub withdrawn_from: Option<NaiveDate>,
    /// What has been entered.
    pub entry: Entry,
}

/// What has been entered of an expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    None,
    /// A draft.
    Draft,
    /// A submitted form with this date of contact.
    Submitted {
        /// The date of contact.
        contact_date: NaiveDate,
    },
}

/// The state of an expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FormState {
    /// The patient withdrew on or before the target day.
    NotApplicableWithdrawn,
    /// The patient died before the window.
    NotApplicableDead,
    /// Submitted with a contact in the window.
    Completed,
    /// Submitted with a contact outside the window.
    CompletedOutOfWindow,
    /// Begun.
    Draft {
        /// How it stands with time.
        time: TimeState,
    },
    /// Not begun.
    Awaited {
        /// How it stands with time.
        time: TimeState,
    },
}

/// How an unsubmitted form stands with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeState {
    /// Before the window.
    Upcoming,
    /// In the window.
    Open,
    /// After the window, within the days of grace.
    Due,
    /// After the days of grace; the patient was lost to follow-up by the target day.
    MissedLostToFollowUp,
    /// After the days of grace.
    Overdue {
        /// By how many days.
        days: i64,
    },
}

impl ExpectedForm {
    /// The last day on which the form may be submitted without being overdue.
    pub fn due_by(&self) -> NaiveDate {
        shifted(self.window.last, i64::from(self.grace_days))
    }

    /// Its state on a day, in Sweden's calendar.
    pub fn state(&self, today: NaiveDate) -> FormState {
        if self.withdrawn_from.is_some_and(|day| day <= self.window.target) {
            return FormState::NotApplicableWithdrawn;
        }
        if self.died_on.is_some_and(|day| day < self.window.first) {
            return FormState::NotApplicableDead;
        }
        match self.entry {
            Entry::Submitted { contact_date } if self.window.contains(contact_date) => FormState::Completed,
            Entry::Submitted { .. } => FormState::CompletedOutOfWindow,
            Entry::Draft => FormState::Draft { time: self.time(today) },
            Entry::None => FormState::Awaited { time: self.time(today) },
        }
    }

    fn time(&self, today: NaiveDate) -> TimeState {
        if today < self.window.first {
            TimeState::Upcoming
        } else if today <= self.window.last {
            TimeState::Open
        } else if today <= self.due_by() {
            TimeState::Due
        } else if self.lost_from.is_some_and(|day| day <= self.window.target) {
            TimeState::MissedLostToFollowUp
        } else {
            TimeState::Overdue { days: day_offset(today, self.due_by()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// D100 of a course with day 0 on 2026-01-15: window 04-10 … 05-10, target 04-25, due by 06-09.
    fn d100() -> ExpectedForm {
        let window = Window { first: day("2026-04-10"), target: day("2026-04-25"), last: day("2026-05-10") };
        ExpectedForm {
            window,
            grace_days: 30,
            died_on: None,
            lost_from: None,
            withdrawn_from: None,
            entry: Entry::None,
        }
    }

    fn submitted(contact: &str) -> Entry {
        Entry::Submitted { contact_date: day(contact) }
    }

    #[test]
    fn time_passes_from_upcoming_to_overdue() {
        for (today, time) in [
            ("2026-04-09", TimeState::Upcoming),
            ("2026-04-10", TimeState::Open),
            ("2026-05-10", TimeState::Open),
            ("2026-05-11", TimeState::Due),
            ("2026-06-09", TimeState::Due),
            ("2026-06-10", TimeState::Overdue { days: 1 }),
            ("2026-06-19", TimeState::Overdue { days: 10 }),
        ] {
            assert_eq!(d100().state(day(today)), FormState::Awaited { time }, "{today}");
            let draft = ExpectedForm { entry: Entry::Draft, ..d100() };
            assert_eq!(draft.state(day(today)), FormState::Draft { time }, "{today}");
        }
    }

    #[test]
    fn a_submitted_form_is_judged_by_its_contact() {
        let state = |contact| ExpectedForm { entry: submitted(contact), ..d100() }.state(day("2027-01-01"));
        assert_eq!(state("2026-04-10"), FormState::Completed);
        assert_eq!(state("2026-05-10"), FormState::Completed);
        assert_eq!(state("2026-04-09"), FormState::CompletedOutOfWindow);
        assert_eq!(state("2026-05-11"), FormState::CompletedOutOfWindow);
    }

    #[test]
    fn withdrawal_ends_what_comes_after_it() {
        let state = |from, entry| {
            ExpectedForm { withdrawn_from: Some(day(from)), entry, ..d100() }.state(day("2026-05-01"))
        };
        assert_eq!(state("2026-04-25", Entry::None), FormState::NotApplicableWithdrawn);
        assert_eq!(state("2026-04-25", submitted("2026-04-20")), FormState::NotApplicableWithdrawn);
        assert_eq!(state("2026-04-26", Entry::None), FormState::Awaited { time: TimeState::Open });
    }

    #[test]
    fn death_before_the_window_ends_it() {
        let state = |died| ExpectedForm { died_on: Some(day(died)), ..d100() }.state(day("2026-05-01"));
        assert_eq!(state("2026-04-09"), FormState::NotApplicableDead);
        assert_eq!(state("2026-04-10"), FormState::Awaited { time: TimeState::Open });
        let both = ExpectedForm {
            died_on: Some(day("2026-02-01")),
            withdrawn_from: Some(day("2026-03-01")),
            ..d100()
        };
        assert_eq!(both.state(day("2026-05-01")), FormState::NotApplicableWithdrawn);
    }

    #[test]
    fn a_lost_patient_makes_nothing_overdue() {
        let state = |lost, today| ExpectedForm { lost_from: Some(day(lost)), ..d100() }.state(day(today));
        let awaited = |time| FormState::Awaited { time };
        assert_eq!(state("2026-04-25", "2026-06-10"), awaited(TimeState::MissedLostToFollowUp));
        assert_eq!(state("2026-04-25", "2026-06-09"), awaited(TimeState::Due));
        assert_eq!(state("2026-04-26", "2026-06-10"), awaited(TimeState::Overdue { days: 1 }));
    }

    #[test]
    fn states_have_stable_names() {
        let json = serde_json::to_string(&d100().state(day("2026-06-10"))).unwrap();
        assert_eq!(json, r#"{"state":"awaited","time":{"overdue":{"days":1}}}"#);
    }
}
