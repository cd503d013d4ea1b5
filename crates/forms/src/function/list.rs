//! Functions over lists of numbers; `null` items are skipped.

use super::{Library, arguments, or_null};
use crate::expression::{Datum, Stop};

fn numbers(given: &[Datum]) -> Result<Vec<f64>, Stop> {
    let [list] = arguments(given)?;
    list.list()?.iter().filter_map(|item| item.number().transpose()).collect()
}

/// `max_of(list)`.
pub(super) fn max_of(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    Ok(or_null(numbers(given)?.into_iter().reduce(f64::max), Datum::Number))
}

/// `min_of(list)`.
pub(super) fn min_of(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    Ok(or_null(numbers(given)?.into_iter().reduce(f64::min), Datum::Number))
}

/// `sum_of(list)`.
pub(super) fn sum_of(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    Ok(or_null(numbers(given)?.into_iter().reduce(|sum, number| sum + number), Datum::Number))
}

/// `count_below(list, number)`: how many items are < number.
pub(super) fn count_below(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [list, limit] = arguments(given)?;
    let Some(limit) = limit.number()? else { return Ok(Datum::Null) };
    count(numbers(std::slice::from_ref(list))?.into_iter().filter(|one| *one < limit).count())
}

/// `count_of(list)`: how many items are not `null`.
pub(super) fn count_of(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [list] = arguments(given)?;
    count(list.list()?.iter().filter(|item| **item != Datum::Null).count())
}

fn count(items: usize) -> Result<Datum, Stop> {
    let count = u32::try_from(items).map_err(|_| Stop::Defect("list too long".to_owned()))?;
    Ok(Datum::Number(count.into()))
}
