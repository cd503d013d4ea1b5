//! Scores and body measures: the definitions are those of `cartotek_domain`, here they only get their arguments.

use cartotek_domain::score::car_hematotox::{self, Baseline, CarHematotox};
use cartotek_domain::score::hct_ci::{self, Comorbidity};
use cartotek_domain::score::{Score, body, easix};

use super::explanation::{explanation, value};
use super::{Library, arguments, numbers, or_null};
use crate::expression::{Datum, Stop};

/// `hct_ci(answers)`, from `[[item, answer], …]`; pairs with a `null` are skipped.
pub(super) fn hct_ci(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    hct_ci_score(given).map(value)
}

/// `hct_ci_explanation(…)`, with the argument of `hct_ci`.
pub(super) fn hct_ci_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    hct_ci_score(given).map(explanation)
}

/// The form names the items: one that the index lacks is its mistake, found when it is loaded.
fn hct_ci_score(given: &[Datum]) -> Result<Option<Score>, Stop> {
    let [pairs] = arguments(given)?;
    let mut answers = Vec::new();
    for pair in pairs.list()? {
        let [item, answer] = arguments(pair.list()?)?;
        let Some(item) = item.text()? else { continue };
        let item = Comorbidity::from_name(item);
        let item = item.ok_or_else(|| Stop::Defect("no such item of the HCT-CI".to_owned()))?;
        answers.extend(answer.text()?.map(|answer| (item, answer)));
    }
    Ok(hct_ci::score(&answers))
}

/// `car_hematotox(platelets, anc, hb, crp, ferritin)`: `null` while one is absent.
pub(super) fn car_hematotox(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    car_hematotox_points(given, |result| result.score)
}

/// `car_hematotox_min(…)`, with the arguments of `car_hematotox`: the lowest score that the absent ones allow.
pub(super) fn car_hematotox_min(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    car_hematotox_points(given, |result| Some(result.min))
}

/// `car_hematotox_max(…)`, with the arguments of `car_hematotox`: the highest score that the absent ones allow.
pub(super) fn car_hematotox_max(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    car_hematotox_points(given, |result| Some(result.max))
}

/// `car_hematotox_explanation(…)`, with the arguments of `car_hematotox`.
pub(super) fn car_hematotox_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    car_hematotox_result(given).map(explanation)
}

fn car_hematotox_points(given: &[Datum], points: fn(CarHematotox) -> Option<u8>) -> Result<Datum, Stop> {
    let points = car_hematotox_result(given)?.and_then(points);
    Ok(or_null(points, |points| Datum::Number(points.into())))
}

fn car_hematotox_result(given: &[Datum]) -> Result<Option<CarHematotox>, Stop> {
    let [platelets, anc, hb, crp, ferritin] = arguments(given)?;
    Ok(car_hematotox::score(Baseline {
        platelets: platelets.number()?,
        anc: anc.number()?,
        hb: hb.number()?,
        crp: crp.number()?,
        ferritin: ferritin.number()?,
    }))
}

/// `easix(ldh_ukat_l, creatinine_umol_l, platelets)`.
pub(super) fn easix(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    easix_score(given).map(value)
}

/// `easix_explanation(…)`, with the arguments of `easix`.
pub(super) fn easix_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    easix_score(given).map(explanation)
}

fn easix_score(given: &[Datum]) -> Result<Option<Score>, Stop> {
    let known = numbers(given)?;
    Ok(known.and_then(|[ldh, creatinine, platelets]| easix::easix(ldh, creatinine, platelets)))
}

/// `m_easix(ldh_ukat_l, crp_mg_l, platelets)`.
pub(super) fn m_easix(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let known = numbers(given)?;
    Ok(value(known.and_then(|[ldh, crp, platelets]| easix::m_easix(ldh, crp, platelets, false))))
}

/// `m_easix_explanation(ldh_ukat_l, crp_mg_l, platelets, crp_comparator)`.
pub(super) fn m_easix_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [ldh, crp, platelets, comparator] = arguments(given)?;
    let (ldh, crp, platelets) = (ldh.number()?, crp.number()?, platelets.number()?);
    let below_limit = is_below(comparator)?;
    let known = ldh.zip(crp).zip(platelets);
    let score = known.and_then(|((ldh, crp), platelets)| easix::m_easix(ldh, crp, platelets, below_limit));
    Ok(explanation(score))
}

/// `s_easix(ldh_ukat_l, platelets)`.
pub(super) fn s_easix(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    s_easix_score(given).map(value)
}

/// `s_easix_explanation(…)`, with the arguments of `s_easix`.
pub(super) fn s_easix_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    s_easix_score(given).map(explanation)
}

fn s_easix_score(given: &[Datum]) -> Result<Option<Score>, Stop> {
    Ok(numbers(given)?.and_then(|[ldh, platelets]| easix::s_easix(ldh, platelets)))
}

/// `log2(number)`: `null` unless it is positive.
pub(super) fn log2(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    Ok(or_null(numbers(given)?.and_then(|[number]| easix::log2(number)), Datum::Number))
}

/// `below_limit(value, comparator)`: half of the value when the comparator is `<`, else the value.
pub(super) fn below_limit(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let [value, comparator] = arguments(given)?;
    let is_below = is_below(comparator)?;
    Ok(or_null(value.number()?, |value| Datum::Number(easix::below_limit(value, is_below))))
}

fn is_below(comparator: &Datum) -> Result<bool, Stop> {
    Ok(comparator.text()? == Some("<"))
}

/// `bmi(weight_kg, height_cm)`, kg/m².
pub(super) fn bmi(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    Ok(or_null(numbers(given)?.and_then(|[weight, height]| body::bmi(weight, height)), Datum::Number))
}

/// `bsa_mosteller(weight_kg, height_cm)`, m².
pub(super) fn bsa_mosteller(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    let area = numbers(given)?.and_then(|[weight, height]| body::bsa_mosteller(weight, height));
    Ok(or_null(area, Datum::Number))
}
