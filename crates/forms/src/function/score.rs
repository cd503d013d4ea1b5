//! Scores and body measures: the definitions are those of `cartotek_domain`, here they only get their arguments.

use cartotek_domain::score::car_hematotox::{self, Baseline, CarHematotox};
use cartotek_domain::score::hct_ci::{self, Comorbidity};
use cartotek_domain::score::{Score, body, easix};
use cartotek_domain::text::Text;

use super::explanation::{explanation, explanation_or_reason, value};
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

/// `car_hematotox(platelets, anc, hb, crp, ferritin)`: `null` while one is absent, or given as a limit
/// that leaves its points open.
pub(super) fn car_hematotox(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    car_hematotox_points(given, |result| result.score)
}

/// `car_hematotox_min(…)`, with the arguments of `car_hematotox`: the lowest score that they allow.
pub(super) fn car_hematotox_min(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    car_hematotox_points(given, |result| Some(result.min))
}

/// `car_hematotox_max(…)`, with the arguments of `car_hematotox`: the highest score that they allow.
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
        platelets: platelets.measured()?,
        anc: anc.measured()?,
        hb: hb.measured()?,
        crp: crp.measured()?,
        ferritin: ferritin.measured()?,
    }))
}

/// `easix(ldh_ukat_l, creatinine_umol_l, platelets)`.
pub(super) fn easix(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    easix_score(given).map(value_or_none)
}

/// `easix_explanation(…)`, with the arguments of `easix`.
pub(super) fn easix_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    easix_score(given).map(explanation_or_reason)
}

fn easix_score(given: &[Datum]) -> Result<Option<Result<Score, Text>>, Stop> {
    let [ldh, creatinine, platelets] = arguments(given)?;
    let known = ldh.number()?.zip(creatinine.number()?).zip(platelets.measured()?);
    Ok(known.and_then(|((ldh, creatinine), platelets)| easix::easix(ldh, creatinine, platelets)))
}

/// `m_easix(ldh_ukat_l, crp_mg_l, platelets)`.
pub(super) fn m_easix(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    m_easix_score(given).map(value_or_none)
}

/// `m_easix_explanation(…)`, with the arguments of `m_easix`.
pub(super) fn m_easix_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    m_easix_score(given).map(explanation_or_reason)
}

fn m_easix_score(given: &[Datum]) -> Result<Option<Result<Score, Text>>, Stop> {
    let [ldh, crp, platelets] = arguments(given)?;
    let known = ldh.number()?.zip(crp.measured()?).zip(platelets.measured()?);
    Ok(known.and_then(|((ldh, crp), platelets)| easix::m_easix(ldh, crp, platelets)))
}

/// `s_easix(ldh_ukat_l, platelets)`.
pub(super) fn s_easix(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    s_easix_score(given).map(value_or_none)
}

/// `s_easix_explanation(…)`, with the arguments of `s_easix`.
pub(super) fn s_easix_explanation(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    s_easix_score(given).map(explanation_or_reason)
}

fn s_easix_score(given: &[Datum]) -> Result<Option<Result<Score, Text>>, Stop> {
    let [ldh, platelets] = arguments(given)?;
    let known = ldh.number()?.zip(platelets.measured()?);
    Ok(known.and_then(|(ldh, platelets)| easix::s_easix(ldh, platelets)))
}

/// The number of a score that may be left open by a limit.
fn value_or_none(score: Option<Result<Score, Text>>) -> Datum {
    value(score.and_then(Result::ok))
}

/// `log2(number)`: `null` unless it is positive.
pub(super) fn log2(_: &Library, given: &[Datum]) -> Result<Datum, Stop> {
    Ok(or_null(numbers(given)?.and_then(|[number]| easix::log2(number)), Datum::Number))
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
