//! EASIX (Luft et al. 2017, Lancet Haematol 4:e414) with its modified and simplified forms (Pennisi et al. 2021, Blood
//! Adv 5:3397), from the units of Swedish laboratories.
//!
//! There is no universal limit: the number is published, not a class.

use super::{Score, is_measured, is_positive};
use crate::text::Text;

const EASIX_VERSION: &str = "LUFT2017/1";
const MODIFIED_VERSION: &str = "PENNISI2021/1";
/// Lactate dehydrogenase: U/L in one µkat/L.
const UNITS_PER_MICROKATAL: f64 = 60.0;
/// Creatinine: µmol/L in one mg/dL.
const CREATININE_PER_MG_DL: f64 = 88.4;
/// C-reactive protein: mg/L in one mg/dL.
const CRP_PER_MG_DL: f64 = 10.0;

/// EASIX: LDH (U/L) × creatinine (mg/dL) ÷ platelets (10⁹/L).
///
/// `None` unless platelets are positive and every value can have been measured.
pub fn easix(ldh_ukat_l: f64, creatinine_umol_l: f64, platelets_e9_l: f64) -> Option<Score> {
    let formula = Text::new(
        "LDH (U/L) × kreatinin (mg/dL) ÷ trombocyter (10⁹/L), omräknat från µkat/L och µmol/L",
        "LDH (U/L) × creatinine (mg/dL) ÷ platelets (10⁹/L), converted from µkat/L and µmol/L",
    );
    let factor = creatinine_umol_l / CREATININE_PER_MG_DL;
    quotient(ldh_ukat_l, factor, platelets_e9_l, EASIX_VERSION, formula)
}

/// The modified EASIX: LDH (U/L) × CRP (mg/dL) ÷ platelets (10⁹/L).
///
/// `crp_below_limit` tells that the laboratory reported CRP as below its limit, and half of the limit is used
/// ([`below_limit`]). `None` unless platelets are positive and every value can have been measured.
pub fn m_easix(ldh_ukat_l: f64, crp_mg_l: f64, platelets_e9_l: f64, crp_below_limit: bool) -> Option<Score> {
    let formula = Text::new(
        "LDH (U/L) × CRP (mg/dL) ÷ trombocyter (10⁹/L), omräknat från µkat/L och mg/L",
        "LDH (U/L) × CRP (mg/dL) ÷ platelets (10⁹/L), converted from µkat/L and mg/L",
    );
    let mut score =
        quotient(ldh_ukat_l, crp_mg_l / CRP_PER_MG_DL, platelets_e9_l, MODIFIED_VERSION, formula)?;
    if crp_below_limit {
        score.warnings.push(Text::new(
            "CRP under mätgränsen: halva gränsvärdet användes",
            "CRP below the limit of measurement: half of the limit was used",
        ));
    }
    Some(score)
}

/// The simplified EASIX: LDH (U/L) ÷ platelets (10⁹/L).
///
/// `None` unless platelets are positive and LDH can have been measured.
pub fn s_easix(ldh_ukat_l: f64, platelets_e9_l: f64) -> Option<Score> {
    let formula = Text::new(
        "LDH (U/L) ÷ trombocyter (10⁹/L), omräknat från µkat/L",
        "LDH (U/L) ÷ platelets (10⁹/L), converted from µkat/L",
    );
    quotient(ldh_ukat_l, 1.0, platelets_e9_l, MODIFIED_VERSION, formula)
}

fn quotient(
    ldh_ukat_l: f64,
    factor: f64,
    platelets_e9_l: f64,
    definition_version: &'static str,
    formula: Text,
) -> Option<Score> {
    let usable = is_measured(ldh_ukat_l) && is_measured(factor) && is_positive(platelets_e9_l);
    let value = ldh_ukat_l * UNITS_PER_MICROKATAL * factor / platelets_e9_l;
    let mut warnings = Vec::new();
    if log2(value).is_none() {
        warnings.push(Text::new("värdet är 0: log2 är inte definierad", "the value is 0: log2 is undefined"));
    }
    let explanation = vec![formula];
    (usable && value.is_finite()).then_some(Score { value, definition_version, explanation, warnings })
}

/// The binary logarithm; `None` unless `value` is positive and finite.
pub fn log2(value: f64) -> Option<f64> {
    is_positive(value).then(|| value.log2())
}

/// What to calculate with: half of the limit for a value reported as below it ("<1" gives 0.5), else the value.
pub fn below_limit(value: f64, is_below: bool) -> f64 {
    if is_below { value / 2.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_decimals(value: Option<f64>) -> String {
        format!("{:.2}", value.unwrap())
    }

    fn value(score: Option<Score>) -> Option<f64> {
        score.map(|score| score.value)
    }

    #[test]
    fn the_worked_examples() {
        let first = value(easix(4.5, 88.4, 100.0));
        assert_eq!(two_decimals(first), "2.70");
        assert_eq!(two_decimals(first.and_then(log2)), "1.43");
        let modified = value(m_easix(4.5, 30.0, 100.0, false));
        assert_eq!(two_decimals(modified), "8.10");
        assert_eq!(two_decimals(modified.and_then(log2)), "3.02");
        assert_eq!(two_decimals(value(easix(5.2, 71.0, 62.0))), "4.04");
        assert_eq!(format!("{:.1}", value(m_easix(5.2, 118.0, 62.0, false)).unwrap()), "59.4");
        assert_eq!(two_decimals(value(s_easix(4.5, 100.0))), "2.70");
    }

    #[test]
    fn half_of_the_limit_is_used_and_said() {
        assert_eq!(Some(below_limit(1.0, true)), Some(0.5));
        assert_eq!(Some(below_limit(1.0, false)), Some(1.0));
        let score = m_easix(4.5, below_limit(1.0, true), 100.0, true).unwrap();
        assert_eq!(format!("{:.3}", score.value), "0.135");
        assert_eq!((score.explanation.len(), score.warnings.len()), (1, 1));
        assert!(m_easix(4.5, 1.0, 100.0, false).unwrap().warnings.is_empty());
    }

    #[test]
    fn zero_has_no_logarithm() {
        let score = m_easix(4.5, 0.0, 100.0, false).unwrap();
        assert_eq!((Some(score.value), score.warnings.len()), (Some(0.0), 1));
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(log2(value), None, "{value}");
        }
        assert_eq!(log2(8.0), Some(3.0));
    }

    #[test]
    fn what_cannot_have_been_measured_gives_nothing() {
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(easix(wrong, 88.4, 100.0), None, "{wrong}");
            assert_eq!(easix(4.5, wrong, 100.0), None, "{wrong}");
            assert_eq!(m_easix(4.5, wrong, 100.0, false), None, "{wrong}");
            assert_eq!(s_easix(wrong, 100.0), None, "{wrong}");
        }
        for platelets in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(easix(4.5, 88.4, platelets), None, "{platelets}");
            assert_eq!(m_easix(4.5, 30.0, platelets, false), None, "{platelets}");
            assert_eq!(s_easix(4.5, platelets), None, "{platelets}");
        }
        assert_eq!(easix(f64::MAX, 88.4, 100.0), None, "beyond what a number can hold");
    }
}
