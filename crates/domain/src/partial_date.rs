//! Dates that may be known only to the month or the year: an interval, never an invented day.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// A date known to the day, the month or the year: `2026-01-15`, `2026-01` or `2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    first: NaiveDate,
    precision: Precision,
}

/// How exactly a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The day is known.
    Day,
    /// Only month and year are known.
    Month,
    /// Only the year is known.
    Year,
}

/// A text that is no date of the form `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form YYYY-MM-DD, YYYY-MM or YYYY")]
pub struct NotADate;

/// Whether a statement about uncertain dates holds for every, some or no day they may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// For every possible day.
    Always,
    /// For some possible days.
    Sometimes,
    /// For no possible day.
    Never,
}

impl Certainty {
    /// Whether this and something else hold; two open answers stay open, whether or not they exclude each other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, Self::Always) => Self::Always,
            _ => Self::Sometimes,
        }
    }

    /// Whether this or something else holds; two open answers stay open.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, _) | (_, Self::Always) => Self::Always,
            (Self::Never, Self::Never) => Self::Never,
            _ => Self::Sometimes,
        }
    }
}

impl PartialDate {
    /// A date known to the day.
    pub const fn day(date: NaiveDate) -> Self {
        Self { first: date, precision: Precision::Day }
    }

    /// The first day it may stand for.
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// The last day it may stand for.
    pub fn last(self) -> NaiveDate {
        let months = match self.precision {
            Precision::Day => return self.first,
            Precision::Month => 1,
            Precision::Year => 12,
        };
        self.first
            .checked_add_months(Months::new(months))
            .and_then(|next| next.pred_opt())
            .unwrap_or(NaiveDate::MAX)
    }

    /// How exactly it is known.
    pub const fn precision(self) -> Precision {
        self.precision
    }

    /// Whether it is on or before `other`, for the days that both may stand for.
    pub fn on_or_before(self, other: Self) -> Certainty {
        if self.last() <= other.first() {
            Certainty::Always
        } else if self.first() <= other.last() {
            Certainty::Sometimes
        } else {
            Certainty::Never
        }
    }
}

impl FromStr for PartialDate {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let precision = match text.len() {
            4 => Precision::Year,
            7 => Precision::Month,
            10 => Precision::Day,
            _ => return Err(NotADate),
        };
        if text.bytes().enumerate().any(|(at, byte)| (byte == b'-') != (at == 4 || at == 7)) {
            return Err(NotADate);
        }
        // By hand: a submission reads every date that is known of the patient.
        let mut parts = [0, 1, 1];
        for (part, digits) in parts.iter_mut().zip(text.split('-')) {
            *part = number(digits)?;
        }
        let [year, month, day] = parts;
        let first = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
        Ok(Self { first: first.ok_or(NotADate)?, precision })
    }
}

/// The number that digits alone write.
fn number(digits: &str) -> Result<u32, NotADate> {
    digits.bytes().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Ok(number * 10 + u32::from(byte - b'0')),
        _ => Err(NotADate),
    })
}

impl TryFrom<String> for PartialDate {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, NotADate> {
        text.parse()
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.to_string()
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision {
            Precision::Day => write!(f, "{}", self.first),
            Precision::Month => write!(f, "{:04}-{:02}", self.first.year(), self.first.month()),
            Precision::Year => write!(f, "{:04}", self.first.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_ends_on_its_last_day() {
        assert_eq!(date("2024-02").last(), NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
        assert_eq!(date("2025-12").last(), NaiveDate::from_ymd_opt(2025, 12, 31).unwrap());
        assert_eq!(date("2025").last(), NaiveDate::from_ymd_opt(2025, 12, 31).unwrap());
    }

    #[test]
    fn order_is_certain_only_when_it_holds_for_every_day() {
        assert_eq!(date("2026-01").on_or_before(date("2026-02-01")), Certainty::Always);
        assert_eq!(date("2026-01").on_or_before(date("2026-01-15")), Certainty::Sometimes);
        assert_eq!(date("2026-02").on_or_before(date("2026-01-31")), Certainty::Never);
    }

    #[test]
    fn other_shapes_are_refused() {
        let others = [
            "",
            "26",
            "2026-1-5",
            "2026-02-30",
            "2026-13",
            "2026/01/01",
            "2026-01-01T",
            "+026-01-01",
            "9999999999",
            "2026--01-1",
            "----------",
            "2026-ä-1",
        ];
        for text in others {
            assert_eq!(text.parse::<PartialDate>(), Err(NotADate), "{text}");
        }
    }

    #[test]
    fn text_survives_a_round_trip() {
        for text in ["2026", "2026-07", "2026-07-31"] {
            assert_eq!(date(text).to_string(), text);
        }
    }
}
