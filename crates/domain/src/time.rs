//! Instants and "today": always from an injected clock.

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, SecondsFormat, SubsecRound, TimeZone, Timelike, Utc,
};
use chrono_tz::Europe::Stockholm;

/// An instant in UTC with microseconds, the precision both engines keep.
pub type Timestamp = DateTime<Utc>;

/// Where the time comes from; tests inject a fixed one.
pub trait Clock: Send + Sync {
    /// The current instant; may carry more than microseconds.
    fn read(&self) -> Timestamp;

    /// The current instant, cut to microseconds.
    fn now(&self) -> Timestamp {
        self.read().trunc_subsecs(6)
    }
}

/// The calendar day in Sweden at an instant: the day a site means by "today".
pub fn swedish_day(at: Timestamp) -> NaiveDate {
    swedish_clock(at).date()
}

/// What clocks in Sweden show. At the end of all that the type can hold, where no offset can be added, it is UTC.
fn swedish_clock(at: Timestamp) -> NaiveDateTime {
    let utc = at.naive_utc();
    utc.checked_add_offset(Stockholm.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
}

/// The hour that clocks in Sweden show, 0 to 23.
pub fn swedish_hour(at: Timestamp) -> u32 {
    swedish_clock(at).hour()
}

/// Whether the clock in Sweden shows office hours: Monday to Friday, 06 to 20. Holidays count as other days.
pub fn in_office_hours(at: Timestamp) -> bool {
    let local = swedish_clock(at);
    local.weekday().num_days_from_monday() < 5 && (6..20).contains(&local.hour())
}

/// Fixed-width RFC 3339 in UTC with six decimals; its text order is the order in time.
pub fn to_text(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instant_has_a_swedish_day() {
        assert_eq!(swedish_day("2026-01-12T23:30:00Z".parse().unwrap()).to_string(), "2026-01-13");
        assert_eq!(swedish_day("2026-06-12T21:59:59Z".parse().unwrap()).to_string(), "2026-06-12");
        for extreme in [Timestamp::MIN_UTC, Timestamp::MAX_UTC] {
            assert_eq!(swedish_day(extreme).year(), extreme.year());
            in_office_hours(extreme);
        }
    }

    #[test]
    fn office_hours_follow_the_swedish_clock() {
        let asked = |text: &str| in_office_hours(text.parse().unwrap());
        // Monday; Sweden is one hour ahead in winter, two in summer.
        assert!(!asked("2026-01-12T04:59:59Z"));
        assert!(asked("2026-01-12T05:00:00Z"));
        assert!(asked("2026-01-12T18:59:59Z"));
        assert!(!asked("2026-01-12T19:00:00Z"));
        assert!(asked("2026-07-13T04:00:00Z"));
        assert!(!asked("2026-07-13T18:00:00Z"));
        assert!(!asked("2026-01-10T12:00:00Z"), "Saturday");
        assert!(!asked("2026-01-11T12:00:00Z"), "Sunday");
        assert!(!asked("2026-01-11T23:30:00Z"), "Monday in Sweden, but night");
    }
}
