//! Functions over dates.

use cartotek_domain::partial_date::Certainty;

use super::{Library, arguments, or_null, truth};
use crate::date::Span;
use crate::expression::{Datum, Stop};

fn pair(given: &[Datum]) -> Result<(Span, Span), Stop> {
    let [a, b] = arguments(given)?;
    a.date()?.zip(b.date()?).ok_or(Stop::Absent)
}

/// `not_after(a, b)`: a ≤ b.
pub(super) fn not_after(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    pair(given).and_then(|(a, b)| truth(a.not_after(b)))
}

/// `before(a, b)`: a < b.
pub(super) fn before(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    pair(given).and_then(|(a, b)| truth(a.before(b)))
}

/// `same_day(a, b)`.
pub(super) fn same_day(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    pair(given).and_then(|(a, b)| truth(a.same_day(b)))
}

/// `same_month(a, b)`: the calendar months are equal.
pub(super) fn same_month(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    pair(given).and_then(|(a, b)| truth(a.same_month(b)))
}

/// `any_same_day(dates, date)`: whether one of the dates is that day.
pub(super) fn any_same_day(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [dates, date] = arguments(given)?;
    let date = date.date()?.ok_or(Stop::Absent)?;
    any(dates, |one| one.same_day(date))
}

/// `any_between(dates, from, to)`: whether for one of the dates from ≤ date < to.
pub(super) fn any_between(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [dates, from, to] = arguments(given)?;
    let (from, to) = from.date()?.zip(to.date()?).ok_or(Stop::Absent)?;
    any(dates, |one| from.not_after(one).and(one.before(to)))
}

/// One that surely does decides, whatever is open about the others.
fn any(dates: &Datum, holds: impl Fn(Span) -> Certainty) -> Result<Datum, Stop> {
    let mut found = Certainty::Never;
    for date in dates.list()? {
        if let Some(date) = date.date()? {
            found = found.or(holds(date));
        }
    }
    truth(found)
}

/// `dates_where(dates, holds)`: the dates beside which `true` stands. Of lists that differ in length nobody knows what belongs
/// together: all of the dates, if `true` stands anywhere.
pub(super) fn dates_where(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [dates, holds] = arguments(given)?;
    let (dates, holds) = (dates.list()?, holds.list()?);
    let is_true = |one: &Datum| *one == Datum::Truth(true);
    if dates.len() != holds.len() {
        let all = if holds.iter().any(is_true) { dates.to_vec() } else { Vec::new() };
        return Ok(Datum::List(all));
    }
    let kept = dates.iter().zip(holds).filter(|(_, holds)| is_true(holds));
    Ok(Datum::List(kept.map(|(date, _)| date.clone()).collect()))
}

/// `count_before(dates, date)`: how many of the dates are < date.
pub(super) fn count_before(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [dates, date] = arguments(given)?;
    let Some(date) = date.date()? else { return Ok(Datum::Null) };
    let mut count = 0_u32;
    for one in dates.list()? {
        match one.date()?.map(|one| one.before(date)) {
            Some(Certainty::Always) => count += 1,
            Some(Certainty::Sometimes) => return Err(Stop::Partial),
            Some(Certainty::Never) | None => {}
        }
    }
    Ok(Datum::Number(count.into()))
}

/// `within_days(a, b, from, to)`: from ≤ b − a ≤ to.
pub(super) fn within_days(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [a, b, from, to] = arguments(given)?;
    let dates = a.date()?.zip(b.date()?);
    let limits = from.integer()?.zip(to.integer()?);
    let ((a, b), (from, to)) = dates.zip(limits).ok_or(Stop::Absent)?;
    truth(a.within_days(b, from.into(), to.into()))
}

/// `window_contains(time_point, day0, date)`: the date lies in the contact window.
pub(super) fn window_contains(library: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [time_point, day0, date] = arguments(given)?;
    let (time_point, dates) = (time_point.text()?, day0.date()?.zip(date.date()?));
    let (time_point, (day0, date)) = time_point.zip(dates).ok_or(Stop::Absent)?;
    let day0 = day0.day().ok_or(Stop::Partial)?;
    let schedule = library.schedules.values().next_back();
    let definition = schedule.zip(time_point.parse().ok()).and_then(|(schedule, code)| schedule.find(code));
    let window = definition.ok_or(Stop::Absent)?.form_window(day0);
    truth(date.within(window.first, window.last))
}

/// `add_days(a, n)`.
pub(super) fn add_days(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [date, days] = arguments(given)?;
    let shifted = date.date()?.zip(days.integer()?).and_then(|(date, days)| date.add_days(days.into()));
    Ok(or_null(shifted, Datum::Date))
}

/// `add_months(a, n)`, clamped to the end of the month.
pub(super) fn add_months(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [date, months] = arguments(given)?;
    let shifted = date.date()?.zip(months.integer()?).and_then(|(date, months)| date.add_months(months));
    Ok(or_null(shifted, Datum::Date))
}

/// `days_between(a, b)`: b − a.
pub(super) fn days_between(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [a, b] = arguments(given)?;
    let Some((a, b)) = a.date()?.zip(b.date()?) else {
        return Ok(Datum::Null);
    };
    let days = a.days_until(b).ok_or(Stop::Partial)?;
    let days = i32::try_from(days).map_err(|_| Stop::Defect("dates too far apart".to_owned()))?;
    Ok(Datum::Number(days.into()))
}

fn fold_dates(given: &[Datum], choose: fn(Span, Span) -> Span) -> Result<Datum, Stop> {
    let [list] = arguments(given)?;
    let mut chosen: Option<Span> = None;
    for item in list.list()? {
        if let Some(date) = item.date()? {
            chosen = Some(chosen.map_or(date, |known| choose(known, date)));
        }
    }
    Ok(or_null(chosen, Datum::Date))
}

/// `earliest(list)`.
pub(super) fn earliest(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    fold_dates(given, Span::earlier)
}

/// `latest(list)`.
pub(super) fn latest(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    fold_dates(given, Span::later)
}

/// `age_years(birth_month, date)`: completed years, the birthday counting as passed in its month.
pub(super) fn age_years(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [birth, date] = arguments(given)?;
    let Some((birth, date)) = birth.date()?.zip(date.date()?) else {
        return Ok(Datum::Null);
    };
    birth.years_until(date).map(|years| Datum::Number(years.into())).ok_or(Stop::Partial)
}
