//! The follow-up schedule: when a form or sample of a course is expected.
//!
//! Which time points exist, how wide their windows are and what each expects is data (`schemas/schedule/`); here is only
//! the arithmetic. What is expected of a patient follows from facts and is stored; the state of each item follows from
//! the item and today. Every date is a calendar day in Sweden.

mod entry;
mod expectation;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod item;
mod state;
mod time_point;
mod window;
pub mod worklist;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use entry::{Answer, ScheduleEntry, Standing};
pub use expectation::{Anchor, BaselineDefinition, Expectation, Expected};
pub use facts::{CourseFacts, Loss, PatientFacts, Period};
pub use item::{Closing, Excuse, ExpectedItem, expected_items, patient_items};
pub(crate) use state::state_while_asked;
pub use state::{ItemState, Submitted, TimeState, state};
pub use time_point::{Moment, NotATimePoint, TimePoint};
pub use window::{Target, Window, WindowRule};

use crate::text::Text;

/// One time point of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimePointDefinition {
    /// Its code.
    pub code: TimePoint,
    /// Its name.
    pub title: Text,
    /// The nominal day.
    pub target: Target,
    /// The days on which the contact of a form should lie.
    pub window: WindowRule,
    /// The days on which a sample of this time point should be collected.
    pub sample_window: WindowRule,
    /// Days after the window in which the form may still be submitted without being overdue.
    pub grace_days: u32,
    /// What is expected then; version 1 of the schedule said nothing of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<Expectation>,
}

/// A published schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its id, e.g. `follow_up`.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its name.
    pub title: Text,
    /// Where the windows come from.
    pub source: String,
    /// What is expected before there is a day 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baseline: Vec<BaselineDefinition>,
    /// Its time points in order of time.
    pub time_points: Vec<TimePointDefinition>,
}

impl Schedule {
    /// The definition of a time point, if the schedule has it.
    pub fn find(&self, code: TimePoint) -> Option<&TimePointDefinition> {
        self.time_points.iter().find(|definition| definition.code == code)
    }
}

impl Schedule {
    /// The days from the first of a window to the end of its grace, where that takes longest.
    pub fn longest_wait(&self) -> u32 {
        let points = self.time_points.iter().flat_map(|one| {
            let (form, sample) = ((one.window, one.grace_days), (one.sample_window, one.grace_days));
            of_expectations(&one.expects, form).chain([form, sample])
        });
        let baseline = self.baseline.iter().flat_map(|one| {
            let usual = (one.window, one.grace_days);
            of_expectations(&one.expects, usual).chain([usual])
        });
        points
            .chain(baseline)
            .map(|(window, grace_days)| window.length().saturating_add(grace_days))
            .max()
            .unwrap_or(0)
    }
}

fn of_expectations(
    expects: &[Expectation],
    (window, grace_days): (WindowRule, u32),
) -> impl Iterator<Item = (WindowRule, u32)> {
    expects.iter().flat_map(move |one| {
        let grace_days = one.grace_days.unwrap_or(grace_days);
        let windows = [Some(one.window.unwrap_or(window)), one.window_of_the_dead];
        windows.into_iter().flatten().map(move |window| (window, grace_days))
    })
}

impl TimePointDefinition {
    /// The window of a form for a course with this day 0.
    pub fn form_window(&self, day0: NaiveDate) -> Window {
        Window::new(day0, self.target, self.window)
    }

    /// The window of a sample for a course with this day 0.
    pub fn sample_window(&self, day0: NaiveDate) -> Window {
        Window::new(day0, self.target, self.sample_window)
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{day, schedule};
    use super::*;

    fn first_version() -> Schedule {
        serde_json::from_str(include_str!("../../../../schemas/schedule/follow_up/1.json")).unwrap()
    }

    fn window(code: &str, day0: &str) -> Window {
        schedule().find(code.parse().unwrap()).unwrap().form_window(day(day0))
    }

    #[test]
    fn the_published_schedule_has_all_time_points_in_order() {
        let codes: Vec<_> = schedule().time_points.iter().map(|point| point.code.to_string()).collect();
        let years = (2..=15).map(|year| format!("Y{year}"));
        let first = ["D0", "D7", "D14", "D28", "D100", "M6", "M12"].map(str::to_owned);
        let expected: Vec<_> = first.into_iter().chain(years).collect();
        assert_eq!(codes, expected);
        let day0 = day("2026-01-15");
        for point in &schedule().time_points {
            for window in [point.form_window(day0), point.sample_window(day0)] {
                assert!(window.contains(window.target), "{}", point.code);
            }
        }
    }

    #[test]
    fn windows_of_the_worked_example() {
        for (code, first, last) in [
            ("D0", "2026-01-15", "2026-01-15"),
            ("D28", "2026-02-05", "2026-02-19"),
            ("D100", "2026-04-10", "2026-05-10"),
            ("M6", "2026-06-14", "2026-08-13"),
            ("M12", "2027-01-15", "2027-03-16"),
            ("Y2", "2027-12-16", "2028-02-14"),
        ] {
            let window = window(code, "2026-01-15");
            assert_eq!((window.first, window.last), (day(first), day(last)), "{code}");
        }
    }

    #[test]
    fn targets_after_a_leap_day() {
        for (code, target) in
            [("M12", "2025-02-28"), ("Y4", "2028-02-29"), ("Y15", "2039-02-28"), ("M6", "2024-08-29")]
        {
            assert_eq!(window(code, "2024-02-29").target, day(target), "{code}");
        }
        assert_eq!(window("M6", "2025-08-31").target, day("2026-02-28"));
    }

    #[test]
    fn the_one_year_window_never_begins_before_day_365() {
        let window = window("M12", "2023-03-01");
        assert_eq!(window.target, day("2024-03-01"));
        assert_eq!((window.first - day("2023-03-01")).num_days(), 365);
    }

    #[test]
    fn the_first_version_still_loads_and_its_windows_have_not_changed() {
        let (first, latest) = (first_version(), schedule());
        assert!(first.baseline.is_empty());
        for before in first.time_points {
            assert!(before.expects.is_empty());
            let now = latest.find(before.code).unwrap();
            let now =
                TimePointDefinition { expects: Vec::new(), grace_days: before.grace_days, ..now.clone() };
            assert_eq!(before, now, "{}", before.code);
        }
    }

    #[test]
    fn a_published_schedule_survives_a_round_trip() {
        for schedule in [first_version(), schedule()] {
            let json = serde_json::to_value(&schedule).unwrap();
            assert_eq!(serde_json::from_value::<Schedule>(json).unwrap(), schedule);
        }
    }
}
