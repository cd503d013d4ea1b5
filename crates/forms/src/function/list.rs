//! Functions over lists, of numbers if nothing else is said; `null` items are skipped.

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

/// `items_of(items, keys, key)`: the items beside which `key` stands, of lists in the same order. Of lists that differ in
/// length nobody knows what belongs together: none.
pub(super) fn items_of(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [items, keys, key] = arguments(given)?;
    let (items, keys) = (items.list()?, keys.list()?);
    if items.len() != keys.len() || *key == Datum::Null {
        return Ok(Datum::List(Vec::new()));
    }
    let of_key = items.iter().zip(keys).filter(|(_, one)| *one == key);
    Ok(Datum::List(of_key.map(|(item, _)| item.clone()).collect()))
}

fn count(items: usize) -> Result<Datum, Stop> {
    let count = u32::try_from(items).map_err(|_| Stop::Defect("list too long".to_owned()))?;
    Ok(Datum::Number(count.into()))
}
