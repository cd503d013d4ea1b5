//! Scales of questionnaires, from lists of answers in which an unanswered item is `null`.

use cartotek_domain::score::prom;

use super::{Library, arguments, or_null};
use crate::expression::{Datum, Stop};

fn answers(list: &Datum) -> Result<Vec<Option<f64>>, Stop> {
    list.list()?.iter().map(Datum::number).collect()
}

fn scale(given: &[Datum], of: fn(&[Option<f64>]) -> Option<f64>) -> Result<Datum, Stop> {
    let [items] = arguments(given)?;
    Ok(or_null(of(&answers(items)?), Datum::Number))
}

/// `eq5d_profile(levels)`: a text of five digits; `null` unless all five are there.
pub(super) fn eq5d_profile(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [levels] = arguments(given)?;
    Ok(or_null(prom::eq5d_profile(&answers(levels)?), Datum::Text))
}

/// `qlq_c30_functional(items)`, 0 to 100.
pub(super) fn qlq_c30_functional(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    scale(given, prom::qlq_c30_functional)
}

/// `qlq_c30_symptom(items)`, 0 to 100.
pub(super) fn qlq_c30_symptom(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    scale(given, prom::qlq_c30_symptom)
}

/// `qlq_c30_global(items)`, 0 to 100.
pub(super) fn qlq_c30_global(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    scale(given, prom::qlq_c30_global)
}

/// `fact_subscale(items, reversed_items)`: the prorated sum.
pub(super) fn fact_subscale(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [items, reversed_items] = arguments(given)?;
    Ok(or_null(prom::fact_subscale(&answers(items)?, &answers(reversed_items)?), Datum::Number))
}
