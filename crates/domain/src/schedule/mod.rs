//! The follow-up schedule: when a form or sample of a course is expected.
//!
//! Which time points exist and how wide their windows are is data (`schemas/schedule/`); here is only the arithmetic.
//! Every date is a calendar day in Sweden.

mod time_point;
mod window;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use time_point::{NotATimePoint, TimePoint};
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
    /// Its time points in order of time.
    pub time_points: Vec<TimePointDefinition>,
}

impl Schedule {
    /// The definition of a time point, if the schedule has it.
    pub fn find(&self, code: TimePoint) -> Option<&TimePointDefinition> {
        self.time_points.iter().find(|definition| definition.code == code)
    }
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
    use super::*;

    fn schedule() -> Schedule {
        serde_json::from_str(include_str!("../../../../schemas/schedule/follow_up/1.json")).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn window(code: &str, day0: &str) -> Window {
        schedule().find(code.parse().unwrap()).unwrap().form_window(day(day0))
    }

    #[test]
    fn the_published_schedule_has_all_time_points_in_order() {
        let codes: Vec<_> = schedule().time_points.iter().map(|point| point.code.to_string()).collect();
        let years = (2..=15).map(|year| format!("Y{year}"));
        let expected: Vec<_> =
            ["D0", "D28", "D100", "M6", "M12"].map(str::to_owned).into_iter().chain(years).collect();
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
}
