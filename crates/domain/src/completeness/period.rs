//! Periods of the calendar: months, quarters, years.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::names::named;

named! {
    /// How long a period is.
    Calendar {
        /// A month.
        Month = "month",
        /// Three months.
        Quarter = "quarter",
        /// Twelve months.
        Year = "year",
    }
}

/// A month, quarter or year of the calendar: `2026-03`, `2026-Q1`, `2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarPeriod {
    first: NaiveDate,
    length: Calendar,
}

/// A text that is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a period of the form YYYY-MM, YYYY-Qn or YYYY")]
pub struct NotAPeriod;

impl Calendar {
    const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

impl CalendarPeriod {
    /// The period in which a day lies.
    pub fn of(length: Calendar, day: NaiveDate) -> Self {
        let months = length.months();
        let first = NaiveDate::from_ymd_opt(day.year(), day.month0() / months * months + 1, 1);
        Self { first: first.unwrap_or(day), length }
    }

    /// How long it is.
    pub const fn length(self) -> Calendar {
        self.length
    }

    /// Its first day.
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        let next = self.first.checked_add_months(chrono::Months::new(self.length.months()));
        next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX)
    }
}

impl fmt::Display for CalendarPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.first.year();
        match self.length {
            Calendar::Month => write!(f, "{year:04}-{:02}", self.first.month()),
            Calendar::Quarter => write!(f, "{year:04}-Q{}", self.first.month0() / 3 + 1),
            Calendar::Year => write!(f, "{year:04}"),
        }
    }
}

impl FromStr for CalendarPeriod {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let (year, rest) = text.split_at_checked(4).ok_or(NotAPeriod)?;
        let (length, month) = match rest.as_bytes() {
            [] => (Calendar::Year, 1),
            [b'-', b'Q', quarter @ b'1'..=b'4'] => (Calendar::Quarter, u32::from(quarter - b'1') * 3 + 1),
            [b'-', tens @ b'0'..=b'1', ones @ b'0'..=b'9'] => {
                (Calendar::Month, u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
            }
            _ => return Err(NotAPeriod),
        };
        if !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAPeriod);
        }
        let year = year.parse().map_err(|_| NotAPeriod)?;
        let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or(NotAPeriod)?;
        Ok(Self { first, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::fixture::day;

    #[test]
    fn a_day_lies_in_one_period_of_each_length() {
        for (of, month, quarter) in [
            ("2026-01-01", ("2026-01", "2026-01-31"), ("2026-Q1", "2026-03-31")),
            ("2026-03-31", ("2026-03", "2026-03-31"), ("2026-Q1", "2026-03-31")),
            ("2024-02-29", ("2024-02", "2024-02-29"), ("2024-Q1", "2024-03-31")),
            ("2026-12-31", ("2026-12", "2026-12-31"), ("2026-Q4", "2026-12-31")),
        ] {
            for (length, (text, last)) in [(Calendar::Month, month), (Calendar::Quarter, quarter)] {
                let period = CalendarPeriod::of(length, day(of));
                assert_eq!((period.to_string().as_str(), period.last()), (text, day(last)), "{of}");
                assert!(period.first() <= day(of) && day(of) <= period.last());
            }
            let year = CalendarPeriod::of(Calendar::Year, day(of));
            assert_eq!(year.to_string(), &of[..4]);
            assert_eq!((year.first().ordinal(), year.last().month()), (1, 12));
        }
    }

    #[test]
    fn a_period_is_read_as_it_is_written() {
        for text in ["2026", "2026-01", "2026-12", "2026-Q1", "2026-Q4", "1800"] {
            let period: CalendarPeriod = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
        }
        for text in [
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-Q0",
            "2026-Q5",
            "2026-1",
            "2026-01-01",
            "+026",
            "åååå",
        ] {
            assert_eq!(text.parse::<CalendarPeriod>(), Err(NotAPeriod), "{text}");
        }
    }
}
