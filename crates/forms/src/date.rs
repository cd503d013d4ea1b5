//! Dates as rules see them: the days they may stand for, and three answers to every question about them.

use cartotek_domain::partial_date::{Certainty, PartialDate};
use cartotek_domain::time::swedish_day;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate};

/// The days a date may stand for, first and last included. A known day is an interval of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    first: NaiveDate,
    last: NaiveDate,
}

impl From<PartialDate> for Span {
    fn from(date: PartialDate) -> Self {
        Self { first: date.first(), last: date.last() }
    }
}

impl From<NaiveDate> for Span {
    fn from(day: NaiveDate) -> Self {
        Self { first: day, last: day }
    }
}

/// The calendar day in Sweden of a date-time with offset (RFC 3339).
pub(crate) fn day_of_instant(text: &str) -> Option<NaiveDate> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| swedish_day(instant.to_utc()))
}

impl Span {
    /// The day, when it is known.
    pub(crate) fn day(self) -> Option<NaiveDate> {
        (self.first == self.last).then_some(self.first)
    }

    /// The first day it may stand for.
    pub(crate) fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The last day it may stand for.
    pub(crate) fn last_day(self) -> NaiveDate {
        self.last
    }

    /// a ≤ b.
    pub(crate) fn not_after(self, other: Self) -> Certainty {
        decide(self.last <= other.first, self.first <= other.last)
    }

    /// a < b.
    pub(crate) fn before(self, other: Self) -> Certainty {
        decide(self.last < other.first, self.first < other.last)
    }

    /// a = b.
    pub(crate) fn same_day(self, other: Self) -> Certainty {
        decide(self.day().is_some() && self == other, self.first <= other.last && other.first <= self.last)
    }

    /// Whether both lie in one calendar month.
    pub(crate) fn same_month(self, other: Self) -> Certainty {
        let (from, to) = (month_number(self.first), month_number(self.last));
        let (other_from, other_to) = (month_number(other.first), month_number(other.last));
        decide(from == to && from == other_from && from == other_to, from <= other_to && other_from <= to)
    }

    /// Whether it lies from `first` to `last`, both included.
    pub(crate) fn within(self, first: NaiveDate, last: NaiveDate) -> Certainty {
        decide(first <= self.first && self.last <= last, self.first <= last && first <= self.last)
    }

    /// Whether `other` lies `from` to `to` days after it. Exact: every offset between the extremes can occur.
    pub(crate) fn within_days(self, other: Self, from: i64, to: i64) -> Certainty {
        let least = (other.first - self.last).num_days();
        let most = (other.last - self.first).num_days();
        decide(from <= least && most <= to, least <= to && from <= most)
    }

    /// Days from it to `other`; `None` unless both days are known.
    pub(crate) fn days_until(self, other: Self) -> Option<i64> {
        Some((other.day()? - self.day()?).num_days())
    }

    /// Shifted by days; `None` outside the calendar.
    pub(crate) fn add_days(self, days: i64) -> Option<Self> {
        let shift = |day: NaiveDate| {
            let count = Days::new(days.unsigned_abs());
            if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) }
        };
        Some(Self { first: shift(self.first)?, last: shift(self.last)? })
    }

    /// Shifted by months, clamped to the end of the month; `None` outside the calendar.
    pub(crate) fn add_months(self, months: i32) -> Option<Self> {
        let shift = |day: NaiveDate| {
            let count = Months::new(months.unsigned_abs());
            if months < 0 { day.checked_sub_months(count) } else { day.checked_add_months(count) }
        };
        Some(Self { first: shift(self.first)?, last: shift(self.last)? })
    }

    /// Completed years from a month of birth; in the month of birth the birthday counts as passed. `None` when the
    /// possible days give different ages.
    pub(crate) fn years_until(self, other: Self) -> Option<i32> {
        let years =
            |birth: NaiveDate, day: NaiveDate| (month_number(day) - month_number(birth)).div_euclid(12);
        let least = years(self.last, other.first);
        (least == years(self.first, other.last)).then_some(least)
    }

    /// The earlier of two: of each end the earlier.
    pub(crate) fn earlier(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.min(other.last) }
    }

    /// The later of two: of each end the later.
    pub(crate) fn later(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.max(other.last) }
    }
}

fn month_number(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0().cast_signed()
}

fn decide(always: bool, sometimes: bool) -> Certainty {
    match (always, sometimes) {
        (true, _) => Certainty::Always,
        (false, true) => Certainty::Sometimes,
        (false, false) => Certainty::Never,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(text: &str) -> Span {
        text.parse::<PartialDate>().unwrap().into()
    }

    #[test]
    fn an_interval_decides_only_what_holds_for_every_day() {
        assert_eq!(span("2026-01").not_after(span("2026-01-31")), Certainty::Always);
        assert_eq!(span("2026-01").before(span("2026-01-31")), Certainty::Sometimes);
        assert_eq!(span("2026-02").not_after(span("2026-01-31")), Certainty::Never);
        assert_eq!(span("2026-01").same_day(span("2026-01-31")), Certainty::Sometimes);
        assert_eq!(span("2026-01").same_month(span("2026-01-31")), Certainty::Always);
        assert_eq!(span("2026").same_month(span("2026-01-31")), Certainty::Sometimes);
        // A window inside the month is missed by both ends of the month, but not by every day in it.
        assert_eq!(span("2026-01-29").within_days(span("2026-02"), 7, 21), Certainty::Sometimes);
        assert_eq!(span("2026-01-15").within_days(span("2026"), -20, 400), Certainty::Always);
    }

    #[test]
    fn the_birthday_counts_as_passed_in_the_month_of_birth() {
        assert_eq!(span("2014-03").years_until(span("2026-03-01")), Some(12));
        assert_eq!(span("2014-03").years_until(span("2026-02-28")), Some(11));
        assert_eq!(span("2014").years_until(span("2026-02-28")), None);
    }

    #[test]
    fn months_are_clamped() {
        assert_eq!(span("2024-02-29").add_months(12), Some(span("2025-02-28")));
        assert_eq!(span("2024-03-31").add_months(-1), Some(span("2024-02-29")));
        assert_eq!(span("2024-03-01").add_days(-1), Some(span("2024-02-29")));
    }

    #[test]
    fn an_instant_counts_as_its_day_in_sweden() {
        assert_eq!(day_of_instant("2026-01-15T23:30:00Z"), NaiveDate::from_ymd_opt(2026, 1, 16));
        assert_eq!(day_of_instant("2026-01-15T23:30:00+01:00"), NaiveDate::from_ymd_opt(2026, 1, 15));
        assert_eq!(day_of_instant("2026-01-15T23:30:00"), None);
    }

    fn any_span() -> impl Strategy<Value = Span> {
        (0..400_u64, 0..40_u64).prop_map(|(start, length)| {
            let first = NaiveDate::from_ymd_opt(2025, 12, 1).unwrap() + Days::new(start);
            Span { first, last: first + Days::new(length) }
        })
    }

    fn by_every_day(a: Span, b: Span, holds: impl Fn(NaiveDate, NaiveDate) -> bool) -> Certainty {
        let days = |span: Span| span.first.iter_days().take_while(move |day| *day <= span.last);
        let answers: Vec<bool> =
            days(a).flat_map(|x| days(b).map(move |y| (x, y))).map(|(x, y)| holds(x, y)).collect();
        decide(answers.iter().all(|answer| *answer), answers.iter().any(|answer| *answer))
    }

    proptest! {
        #[test]
        fn every_predicate_agrees_with_trying_every_day(a in any_span(), b in any_span(), from in -60..60_i64, length in 0..60_i64) {
            prop_assert_eq!(a.not_after(b), by_every_day(a, b, |x, y| x <= y));
            prop_assert_eq!(a.before(b), by_every_day(a, b, |x, y| x < y));
            prop_assert_eq!(a.same_day(b), by_every_day(a, b, |x, y| x == y));
            prop_assert_eq!(a.same_month(b), by_every_day(a, b, |x, y| month_number(x) == month_number(y)));
            let to = from + length;
            let within = by_every_day(a, b, |x, y| (from..=to).contains(&(y - x).num_days()));
            prop_assert_eq!(a.within_days(b, from, to), within);
        }
    }
}
