//! Grades of haematotoxicity from series `[[day, count], …]`, in which pairs with a `null` are skipped.
//!
//! `censored_from` is the first day that no longer counts, if there is one.

use cartotek_domain::grading::Grading;
use cartotek_domain::grading::icaht::{self, NeutrophilCount, PlateletCount};

use super::explanation::{explanation, grade};
use super::{Library, arguments};
use crate::expression::{Datum, Stop};

/// `early_icaht(series, censored_from)`.
pub(super) fn early_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_icaht_grading(given).map(grade)
}

/// `early_icaht_explanation(…)`, with the arguments of `early_icaht`.
pub(super) fn early_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_icaht_grading(given).map(explanation)
}

/// `late_icaht(series, censored_from)`.
pub(super) fn late_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_icaht_grading(given).map(grade)
}

/// `late_icaht_explanation(…)`, with the arguments of `late_icaht`.
pub(super) fn late_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_icaht_grading(given).map(explanation)
}

/// `early_t_icaht(series, censored_from)`.
pub(super) fn early_t_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_t_icaht_grading(given).map(grade)
}

/// `early_t_icaht_explanation(…)`, with the arguments of `early_t_icaht`.
pub(super) fn early_t_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_t_icaht_grading(given).map(explanation)
}

/// `late_t_icaht(series, censored_from)`.
pub(super) fn late_t_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_t_icaht_grading(given).map(grade)
}

/// `late_t_icaht_explanation(…)`, with the arguments of `late_t_icaht`.
pub(super) fn late_t_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_t_icaht_grading(given).map(explanation)
}

fn early_icaht_grading(given: &[Datum]) -> Result<Option<Grading>, Stop> {
    let (counts, censored_from) = series(given, neutrophils)?;
    Ok(icaht::early(&counts, censored_from).map(|early| early.grading))
}

fn late_icaht_grading(given: &[Datum]) -> Result<Option<Grading>, Stop> {
    let (counts, censored_from) = series(given, neutrophils)?;
    Ok(icaht::late(&counts, censored_from))
}

fn early_t_icaht_grading(given: &[Datum]) -> Result<Option<Grading>, Stop> {
    let (counts, censored_from) = series(given, platelets)?;
    Ok(icaht::early_thrombocytopenia(&counts, censored_from))
}

fn late_t_icaht_grading(given: &[Datum]) -> Result<Option<Grading>, Stop> {
    let (counts, censored_from) = series(given, platelets)?;
    Ok(icaht::late_thrombocytopenia(&counts, censored_from))
}

fn neutrophils(day_offset: i32, anc_e9_l: f64) -> NeutrophilCount {
    NeutrophilCount { day_offset, anc_e9_l }
}

fn platelets(day_offset: i32, platelets_e9_l: f64) -> PlateletCount {
    PlateletCount { day_offset, platelets_e9_l }
}

/// The counts of a series, and the day of censoring.
fn series<T>(given: &[Datum], count: fn(i32, f64) -> T) -> Result<(Vec<T>, Option<i32>), Stop> {
    let [series, censored_from] = arguments(given)?;
    let mut counts = Vec::new();
    for pair in series.list()? {
        let [day, value] = arguments(pair.list()?)?;
        counts.extend(day.integer()?.zip(value.number()?).map(|(day, value)| count(day, value)));
    }
    Ok((counts, censored_from.integer()?))
}
