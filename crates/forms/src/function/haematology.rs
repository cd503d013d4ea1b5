//! Grades of haematotoxicity from series `[[day, count], …]`, in which pairs with a `null` are skipped. A count is a number or
//! `[number, comparator]`.
//!
//! `censored_from` is the first day that no longer counts, if there is one.

use cartotek_domain::grading::Grading;
use cartotek_domain::grading::icaht::{self, NeutrophilCount, PlateletCount};
use cartotek_domain::text::Text;

use super::explanation::{explanation_or_reason, grade};
use super::{Library, arguments};
use crate::expression::{Datum, Stop};

/// `early_icaht(series, censored_from)`.
pub(super) fn early_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_icaht_grading(given).map(grade_or_none)
}

/// `early_icaht_explanation(…)`, with the arguments of `early_icaht`.
pub(super) fn early_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_icaht_grading(given).map(explanation_or_reason)
}

/// `late_icaht(series, censored_from)`.
pub(super) fn late_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_icaht_grading(given).map(grade_or_none)
}

/// `late_icaht_explanation(…)`, with the arguments of `late_icaht`.
pub(super) fn late_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_icaht_grading(given).map(explanation_or_reason)
}

/// `early_t_icaht(series, censored_from)`.
pub(super) fn early_t_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_t_icaht_grading(given).map(grade_or_none)
}

/// `early_t_icaht_explanation(…)`, with the arguments of `early_t_icaht`.
pub(super) fn early_t_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    early_t_icaht_grading(given).map(explanation_or_reason)
}

/// `late_t_icaht(series, censored_from)`.
pub(super) fn late_t_icaht(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_t_icaht_grading(given).map(grade_or_none)
}

/// `late_t_icaht_explanation(…)`, with the arguments of `late_t_icaht`.
pub(super) fn late_t_icaht_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    late_t_icaht_grading(given).map(explanation_or_reason)
}

/// A grade, or why none follows; `None` without counts.
type Graded = Option<Result<Grading, Text>>;

fn early_icaht_grading(given: &[Datum]) -> Result<Graded, Stop> {
    let early = |counts: &[NeutrophilCount], censored_from| {
        icaht::early(counts, censored_from).map(|early| early.grading)
    };
    graded(given, neutrophils, early)
}

fn late_icaht_grading(given: &[Datum]) -> Result<Graded, Stop> {
    graded(given, neutrophils, icaht::late)
}

fn early_t_icaht_grading(given: &[Datum]) -> Result<Graded, Stop> {
    graded(given, platelets, icaht::early_thrombocytopenia)
}

fn late_t_icaht_grading(given: &[Datum]) -> Result<Graded, Stop> {
    graded(given, platelets, icaht::late_thrombocytopenia)
}

fn neutrophils(day_offset: i32, anc_e9_l: f64) -> NeutrophilCount {
    NeutrophilCount { day_offset, anc_e9_l }
}

fn platelets(day_offset: i32, platelets_e9_l: f64) -> PlateletCount {
    PlateletCount { day_offset, platelets_e9_l }
}

/// The grade of a series up to the day of censoring. A lower count never gives a lower grade: the grade lies between that
/// of the greatest and that of the least counts that limits may stand for.
fn graded<T>(
    given: &[Datum],
    count: fn(i32, f64) -> T,
    grade: fn(&[T], Option<i32>) -> Option<Grading>,
) -> Result<Graded, Stop> {
    let [series, censored_from] = arguments(given)?;
    let censored_from = censored_from.integer()?;
    let (mut least, mut greatest) = (Vec::new(), Vec::new());
    for pair in series.list()? {
        let [day, value] = arguments(pair.list()?)?;
        if let Some((day, value)) = day.integer()?.zip(value.measured()?) {
            least.push(count(day, value.least()));
            greatest.push(count(day, value.greatest()));
        }
    }
    let bounds = grade(&greatest, censored_from).zip(grade(&least, censored_from));
    Ok(bounds.map(|(mildest, worst)| Grading::between(mildest, worst)))
}

/// The number of a grade that may be left open by limits.
fn grade_or_none(graded: Graded) -> Datum {
    grade(graded.and_then(Result::ok))
}
