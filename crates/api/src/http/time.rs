//! Days and instants as clients write them: RFC 3339, in years that a registry of patients can mean.
//!
//! What the calendar library takes beside that (five-digit years, months of one digit, leap seconds) the two engines
//! keep differently or not at all.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike};
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use crate::http::expected::other_than;

const YEARS: RangeInclusive<i32> = 1800..=2199;

/// A calendar day.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(transparent)]
pub(crate) struct Day(pub(crate) NaiveDate);

/// An instant with the offset it was written with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant(pub(crate) DateTime<FixedOffset>);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        day(&text).map(Self).ok_or_else(|| {
            other_than(
                "en dag mellan 1800-01-01 och 2199-12-31, t.ex. 2026-01-10",
                "a day between 1800-01-01 and 2199-12-31, e.g. 2026-01-10",
            )
        })
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        instant(&text).map(Self).ok_or_else(|| {
            other_than(
                "en tidpunkt mellan åren 1800 och 2199 med tidszon, t.ex. 2026-01-10T08:30:00Z",
                "an instant between the years 1800 and 2199 with its offset, e.g. 2026-01-10T08:30:00Z",
            )
        })
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let shape = |(place, byte): (usize, u8)| {
        if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
    };
    let shaped = text.len() == 10 && text.bytes().enumerate().all(shape);
    text.parse().ok().filter(|day: &NaiveDate| shaped && YEARS.contains(&day.year()))
}

fn instant(text: &str) -> Option<DateTime<FixedOffset>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    let in_utc = instant.to_utc();
    let is_leap_second = in_utc.nanosecond() >= 1_000_000_000;
    (text.as_bytes().get(10) == Some(&b'T') && YEARS.contains(&in_utc.year()) && !is_leap_second)
        .then_some(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_days_of_four_centuries_are_read() {
        for good in ["1800-01-01", "2026-02-28", "2024-02-29", "2199-12-31"] {
            assert_eq!(day(good).unwrap().to_string(), good);
        }
        for bad in [
            "1799-12-31",
            "2200-01-01",
            "2026-1-5",
            "2026-02-29",
            "+2026-01-01",
            "-4713-01-01",
            "20260105",
            " 2026-01-05",
            "2026-01-05T00:00:00Z",
            "",
        ] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_instants_of_rfc_3339_in_four_centuries_are_read() {
        for good in ["1800-01-01T00:00:00Z", "2026-02-19T08:30:00+01:00", "2026-02-19T08:30:00.123456-05:30"]
        {
            assert!(instant(good).is_some(), "{good}");
        }
        for bad in [
            "+262142-12-31T23:30:00Z",
            "-4714-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "2200-01-01T00:00:00Z",
            "2199-12-31T23:30:00-01:00",
            "2016-12-31T23:59:60Z",
            "2026-02-19 08:30:00Z",
            "2026-02-19T08:30:00",
            "2026-2-19T08:30:00Z",
            "2026-02-19T8:30:00Z",
            "2026-02-19",
            "",
        ] {
            assert!(instant(bad).is_none(), "{bad}");
        }
    }
}
