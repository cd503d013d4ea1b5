//! Instants and "today": always from an injected clock.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
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
    at.with_timezone(&Stockholm).date_naive()
}

/// Fixed-width RFC 3339 in UTC with six decimals; its text order is the order in time.
pub fn to_text(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
