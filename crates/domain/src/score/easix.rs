//! EASIX (Luft et al. 2017, Lancet Haematol 4:e414) with its modified and simplified forms (Pennisi et al. 2021, Blood
//! Adv 5:3397), from the units of Swedish laboratories.
//!
//! There is no universal limit: the number is published, not a class. Conventions of this registry: for CRP below a limit
//! half of the limit is used; CRP above a limit, and platelets that are 0 or of which only a limit is known, give no
//! number.

use super::{Score, is_measured, is_positive, is_same};
use crate::measured::{Comparator, Measured};
use crate::text::Text;

const EASIX_VERSION: &str = "LUFT2017/2";
const MODIFIED_VERSION: &str = "PENNISI2021/2";
/// Lactate dehydrogenase: U/L in one µkat/L.
const UNITS_PER_MICROKATAL: f64 = 60.0;
/// Creatinine: µmol/L in one mg/dL.
const CREATININE_PER_MG_DL: f64 = 88.4;
/// C-reactive protein: mg/L in one mg/dL.
const CRP_PER_MG_DL: f64 = 10.0;

/// EASIX: LDH (U/L) × creatinine (mg/dL) ÷ platelets (10⁹/L), or why none follows.
///
/// `None` unless every value can have been measured.
pub fn easix(
    ldh_ukat_l: f64,
    creatinine_umol_l: f64,
    platelets_e9_l: Measured,
) -> Option<Result<Score, Text>> {
    let formula = Text::new(
        "LDH (U/L) × kreatinin (mg/dL) ÷ trombocyter (10⁹/L), omräknat från µkat/L och µmol/L",
        "LDH (U/L) × creatinine (mg/dL) ÷ platelets (10⁹/L), converted from µkat/L and µmol/L",
    );
    let factor = creatinine_umol_l / CREATININE_PER_MG_DL;
    quotient(ldh_ukat_l, factor, platelets_e9_l, EASIX_VERSION, formula)
}

/// The modified EASIX: LDH (U/L) × CRP (mg/dL) ÷ platelets (10⁹/L), or why none follows.
///
/// `None` unless every value can have been measured.
pub fn m_easix(ldh_ukat_l: f64, crp_mg_l: Measured, platelets_e9_l: Measured) -> Option<Result<Score, Text>> {
    let formula = Text::new(
        "LDH (U/L) × CRP (mg/dL) ÷ trombocyter (10⁹/L), omräknat från µkat/L och mg/L",
        "LDH (U/L) × CRP (mg/dL) ÷ platelets (10⁹/L), converted from µkat/L and mg/L",
    );
    let is_below = matches!(crp_mg_l.comparator, Comparator::Below | Comparator::AtMost);
    let crp = match crp_mg_l.comparator {
        Comparator::Below | Comparator::AtMost => crp_mg_l.number / 2.0,
        Comparator::Exactly => crp_mg_l.number,
        Comparator::AtLeast | Comparator::Above => return Some(Err(only_a_limit("CRP", "CRP"))),
    };
    let mut score = quotient(ldh_ukat_l, crp / CRP_PER_MG_DL, platelets_e9_l, MODIFIED_VERSION, formula);
    if let Some(Ok(score)) = score.as_mut().filter(|_| is_below) {
        score.warnings.push(Text::new(
            "CRP under mätgränsen: halva gränsvärdet användes",
            "CRP below the limit of measurement: half of the limit was used",
        ));
    }
    score
}

/// The simplified EASIX: LDH (U/L) ÷ platelets (10⁹/L), or why none follows.
///
/// `None` unless both values can have been measured.
pub fn s_easix(ldh_ukat_l: f64, platelets_e9_l: Measured) -> Option<Result<Score, Text>> {
    let formula = Text::new(
        "LDH (U/L) ÷ trombocyter (10⁹/L), omräknat från µkat/L",
        "LDH (U/L) ÷ platelets (10⁹/L), converted from µkat/L",
    );
    quotient(ldh_ukat_l, 1.0, platelets_e9_l, MODIFIED_VERSION, formula)
}

fn quotient(
    ldh_ukat_l: f64,
    factor: f64,
    platelets_e9_l: Measured,
    definition_version: &'static str,
    formula: Text,
) -> Option<Result<Score, Text>> {
    let Some(platelets_e9_l) = platelets_e9_l.exact() else {
        return Some(Err(only_a_limit("trombocyterna", "the platelets")));
    };
    if is_same(platelets_e9_l, 0.0) {
        return Some(Err(no_platelets()));
    }
    let usable = is_measured(ldh_ukat_l) && is_measured(factor) && is_positive(platelets_e9_l);
    let value = ldh_ukat_l * UNITS_PER_MICROKATAL * factor / platelets_e9_l;
    let mut warnings = Vec::new();
    if log2(value).is_none() {
        warnings.push(Text::new("värdet är 0: log2 är inte definierad", "the value is 0: log2 is undefined"));
    }
    let explanation = vec![formula];
    let score = Score { value, definition_version, explanation, warnings };
    (usable && value.is_finite()).then_some(Ok(score))
}

/// Why no number follows.
fn only_a_limit(sv: &str, en: &str) -> Text {
    Text::new(
        format!("kan inte räknas ut: av {sv} är bara en gräns angiven, inget värde"),
        format!("cannot be calculated: of {en} only a limit is given, no value"),
    )
}

/// Why no number follows from platelets of 0.
fn no_platelets() -> Text {
    Text::new(
        "kan inte räknas ut: trombocyterna är angivna som 0, och med 0 kan man inte dividera",
        "cannot be calculated: the platelets are stated as 0, by which nothing can be divided",
    )
}

/// The binary logarithm; `None` unless `value` is positive and finite.
pub fn log2(value: f64) -> Option<f64> {
    is_positive(value).then(|| value.log2())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_decimals(value: Option<f64>) -> String {
        format!("{:.2}", value.unwrap())
    }

    fn value(score: Option<Result<Score, Text>>) -> Option<f64> {
        score.map(|score| score.unwrap().value)
    }

    fn limit(sign: &str, number: f64) -> Measured {
        Measured { number, comparator: Comparator::from_name(sign).unwrap() }
    }

    #[test]
    fn the_worked_examples() {
        let first = value(easix(4.5, 88.4, 100.0.into()));
        assert_eq!(two_decimals(first), "2.70");
        assert_eq!(two_decimals(first.and_then(log2)), "1.43");
        let modified = value(m_easix(4.5, 30.0.into(), 100.0.into()));
        assert_eq!(two_decimals(modified), "8.10");
        assert_eq!(two_decimals(modified.and_then(log2)), "3.02");
        assert_eq!(two_decimals(value(easix(5.2, 71.0, 62.0.into()))), "4.04");
        assert_eq!(format!("{:.1}", value(m_easix(5.2, 118.0.into(), 62.0.into())).unwrap()), "59.4");
        assert_eq!(two_decimals(value(s_easix(4.5, 100.0.into()))), "2.70");
    }

    #[test]
    fn half_of_the_limit_is_used_and_said() {
        for sign in ["<", "<="] {
            let score = m_easix(4.5, limit(sign, 1.0), 100.0.into()).unwrap().unwrap();
            assert_eq!(format!("{:.3}", score.value), "0.135", "{sign}");
            assert_eq!((score.explanation.len(), score.warnings.len()), (1, 1), "{sign}");
        }
        for crp in [limit("=", 1.0), 1.0.into()] {
            let score = m_easix(4.5, crp, 100.0.into()).unwrap().unwrap();
            assert_eq!(format!("{:.3}", score.value), "0.270");
            assert!(score.warnings.is_empty());
        }
    }

    #[test]
    fn what_is_only_a_limit_gives_no_number_and_says_why() {
        for sign in ["<", "<=", ">=", ">"] {
            let platelets = limit(sign, 75.0);
            let reasons =
                [easix(4.5, 88.4, platelets), m_easix(4.5, 30.0.into(), platelets), s_easix(4.5, platelets)];
            for reason in reasons {
                assert!(reason.unwrap().unwrap_err().en.contains("of the platelets only a limit"), "{sign}");
            }
        }
        for sign in [">=", ">"] {
            let reason = m_easix(4.5, limit(sign, 300.0), 100.0.into()).unwrap().unwrap_err();
            assert!(reason.sv.contains("av CRP är bara en gräns angiven"), "{sign}");
        }
        assert_eq!(two_decimals(value(easix(4.5, 88.4, limit("=", 100.0)))), "2.70");
    }

    #[test]
    fn platelets_of_zero_give_no_number_and_say_why() {
        let none = Measured::from(0.0);
        for reason in [easix(4.5, 88.4, none), m_easix(4.5, 30.0.into(), none), s_easix(4.5, none)] {
            assert!(reason.unwrap().unwrap_err().sv.contains("trombocyterna är angivna som 0"));
        }
    }

    #[test]
    fn zero_has_no_logarithm() {
        let score = m_easix(4.5, 0.0.into(), 100.0.into()).unwrap().unwrap();
        assert_eq!((Some(score.value), score.warnings.len()), (Some(0.0), 1));
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(log2(value), None, "{value}");
        }
        assert_eq!(log2(8.0), Some(3.0));
    }

    #[test]
    fn what_cannot_have_been_measured_gives_nothing() {
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(easix(wrong, 88.4, 100.0.into()), None, "{wrong}");
            assert_eq!(easix(4.5, wrong, 100.0.into()), None, "{wrong}");
            assert_eq!(m_easix(4.5, wrong.into(), 100.0.into()), None, "{wrong}");
            assert_eq!(s_easix(wrong, 100.0.into()), None, "{wrong}");
        }
        for platelets in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(easix(4.5, 88.4, platelets.into()), None, "{platelets}");
            assert_eq!(m_easix(4.5, 30.0.into(), platelets.into()), None, "{platelets}");
            assert_eq!(s_easix(4.5, platelets.into()), None, "{platelets}");
        }
        assert_eq!(easix(f64::MAX, 88.4, 100.0.into()), None, "beyond what a number can hold");
    }
}
