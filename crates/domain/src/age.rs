//! Age from a birth month: the day of birth is never stored.

use chrono::{Datelike, NaiveDate};

use crate::partial_date::{PartialDate, Precision};

/// An age as exactly as a birth month tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Completed months, the birthday counted as passed in the birth month.
    pub months: u32,
    /// The date lies in the birth month: the age in years may be one less. Rules on an age limit then only warn.
    pub ambiguous: bool,
}

impl Age {
    /// The age on a day. `None` when the birth date is known to the year only, or lies in a later month.
    pub fn on(day: NaiveDate, birth: PartialDate) -> Option<Self> {
        if birth.precision() == Precision::Year {
            return None;
        }
        let born = birth.first();
        let month = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        let months = u32::try_from(month(day) - month(born)).ok()?;
        Some(Self { months, ambiguous: day.month() == born.month() })
    }

    /// Completed years.
    pub const fn years(self) -> u32 {
        self.months / 12
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(birth: &str, on: &str) -> Option<(u32, bool)> {
        Age::on(on.parse().unwrap(), birth.parse().unwrap()).map(|age| (age.years(), age.ambiguous))
    }

    #[test]
    fn the_birthday_counts_as_passed_in_the_birth_month() {
        assert_eq!(age("2014-01", "2026-01-15"), Some((12, true)));
        assert_eq!(age("2014-02", "2026-01-31"), Some((11, false)));
        assert_eq!(age("2013-12", "2026-01-01"), Some((12, false)));
        assert_eq!(age("2026-01", "2026-01-15"), Some((0, true)));
    }

    #[test]
    fn nobody_is_aged_by_a_year_or_before_birth() {
        assert_eq!(age("2014", "2026-01-15"), None);
        assert_eq!(age("2026-02", "2026-01-31"), None);
    }
}
