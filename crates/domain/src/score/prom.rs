//! Scales of questionnaires that patients answer. The texts of their questions are licensed and no part of this.
//!
//! As in the papers that the form names: EQ-5D-5L (Herdman 2011), the scoring manual of QLQ-C30 (Fayers 2001), FACT-G (Cella
//! 1993) and FACT-Lym (Hlubocky 2013).
//!
//! An unanswered item is `None`. An answer that the instrument does not offer gives no scale at all.

use std::ops::RangeInclusive;

use super::is_same;

/// Answers to an item of EQ-5D-5L.
const EQ5D_LEVELS: RangeInclusive<u8> = 1..=5;
const EQ5D_DIMENSIONS: usize = 5;
/// Answers to an item of QLQ-C30 and to the two of its global scale.
const QLQ_LEVELS: RangeInclusive<u8> = 1..=4;
const QLQ_GLOBAL_LEVELS: RangeInclusive<u8> = 1..=7;
/// Answers to an item of FACT.
const FACT_LEVELS: RangeInclusive<u8> = 0..=4;

/// The profile of EQ-5D-5L, e.g. `21231`; `None` unless all five dimensions are answered from 1 to 5.
pub fn eq5d_profile(dimensions: &[Option<f64>]) -> Option<String> {
    if dimensions.len() != EQ5D_DIMENSIONS {
        return None;
    }
    dimensions.iter().map(|answer| Some(char::from(b'0' + level((*answer)?, &EQ5D_LEVELS)?))).collect()
}

/// A functional scale of QLQ-C30, 0 to 100 (best); `None` when fewer than half of the items are answered.
pub fn qlq_c30_functional(items: &[Option<f64>]) -> Option<f64> {
    share_of_range(items, &QLQ_LEVELS).map(|share| (1.0 - share) * 100.0)
}

/// A symptom scale of QLQ-C30, 0 to 100 (worst); `None` when fewer than half of the items are answered.
pub fn qlq_c30_symptom(items: &[Option<f64>]) -> Option<f64> {
    share_of_range(items, &QLQ_LEVELS).map(|share| share * 100.0)
}

/// The global scale of QLQ-C30, 0 to 100 (best); `None` when fewer than half of the items are answered.
pub fn qlq_c30_global(items: &[Option<f64>]) -> Option<f64> {
    share_of_range(items, &QLQ_GLOBAL_LEVELS).map(|share| share * 100.0)
}

/// A subscale of FACT: the sum of `items` and of the reversed ones (4 less the answer), prorated to all of them.
///
/// `None` unless more than half of all items are answered.
pub fn fact_subscale(items: &[Option<f64>], reversed_items: &[Option<f64>]) -> Option<f64> {
    let direct = answers(items, &FACT_LEVELS)?;
    let reversed = answers(reversed_items, &FACT_LEVELS)?;
    let answered = number(direct.len() + reversed.len())?;
    let count = number(items.len() + reversed_items.len())?;
    let turned = reversed.iter().map(|answer| FACT_LEVELS.end() - answer);
    let sum: f64 = direct.iter().copied().chain(turned).map(f64::from).sum();
    (answered * 2.0 > count).then(|| sum * count / answered)
}

/// Where the mean of the answered items lies between the lowest and the highest level, 0 to 1.
fn share_of_range(items: &[Option<f64>], levels: &RangeInclusive<u8>) -> Option<f64> {
    let answers = answers(items, levels)?;
    let answered = number(answers.len())?;
    let enough = answered > 0.0 && answered * 2.0 >= number(items.len())?;
    let sum: f64 = answers.iter().copied().map(f64::from).sum();
    let (lowest, highest) = (f64::from(*levels.start()), f64::from(*levels.end()));
    enough.then(|| (sum / answered - lowest) / (highest - lowest))
}

/// The answers given; `None` when one of them is no level.
fn answers(items: &[Option<f64>], levels: &RangeInclusive<u8>) -> Option<Vec<u8>> {
    items.iter().flatten().map(|answer| level(*answer, levels)).collect()
}

fn level(answer: f64, levels: &RangeInclusive<u8>) -> Option<u8> {
    levels.clone().find(|level| is_same(f64::from(*level), answer))
}

fn number(count: usize) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(answers: &[f64]) -> Vec<Option<f64>> {
        answers.iter().copied().map(Some).collect()
    }

    fn one_decimal(scale: Option<f64>) -> String {
        format!("{:.1}", scale.unwrap())
    }

    #[test]
    fn the_profile_of_five_dimensions() {
        assert_eq!(eq5d_profile(&given(&[2.0, 1.0, 2.0, 3.0, 1.0])).as_deref(), Some("21231"));
        assert_eq!(eq5d_profile(&given(&[5.0; 5])).as_deref(), Some("55555"));
        for wrong in [0.0, 6.0, 1.5, -1.0, f64::NAN] {
            assert_eq!(eq5d_profile(&given(&[1.0, 1.0, 1.0, 1.0, wrong])), None, "{wrong}");
        }
        assert_eq!(eq5d_profile(&[Some(1.0), Some(1.0), None, Some(1.0), Some(1.0)]), None);
        assert_eq!(eq5d_profile(&given(&[1.0; 4])), None);
        assert_eq!(eq5d_profile(&given(&[1.0; 6])), None);
        assert_eq!(eq5d_profile(&[]), None);
    }

    #[test]
    fn the_worked_example_of_qlq_c30() {
        assert_eq!(one_decimal(qlq_c30_functional(&given(&[1.0, 2.0, 1.0, 1.0, 3.0]))), "80.0");
    }

    #[test]
    fn ends_of_the_scales_of_qlq_c30() {
        assert_eq!(one_decimal(qlq_c30_functional(&given(&[1.0; 5]))), "100.0");
        assert_eq!(one_decimal(qlq_c30_functional(&given(&[4.0; 5]))), "0.0");
        assert_eq!(one_decimal(qlq_c30_symptom(&given(&[1.0; 3]))), "0.0");
        assert_eq!(one_decimal(qlq_c30_symptom(&given(&[4.0; 3]))), "100.0");
        assert_eq!(one_decimal(qlq_c30_symptom(&given(&[2.0]))), "33.3");
        assert_eq!(one_decimal(qlq_c30_global(&given(&[1.0, 1.0]))), "0.0");
        assert_eq!(one_decimal(qlq_c30_global(&given(&[7.0, 4.0]))), "75.0");
        assert_eq!(one_decimal(qlq_c30_global(&given(&[7.0, 7.0]))), "100.0");
    }

    #[test]
    fn half_of_the_items_suffice_in_qlq_c30() {
        assert_eq!(one_decimal(qlq_c30_symptom(&[Some(4.0), None])), "100.0");
        assert_eq!(one_decimal(qlq_c30_functional(&[Some(1.0), None, Some(1.0), None, Some(4.0)])), "66.7");
        assert_eq!(qlq_c30_functional(&[Some(1.0), None, Some(1.0), None, None]), None);
        assert_eq!(qlq_c30_symptom(&[None]), None);
        assert_eq!(qlq_c30_global(&[]), None);
        assert_eq!(qlq_c30_symptom(&given(&[5.0, 1.0])), None, "no answer of the instrument");
        assert_eq!(qlq_c30_global(&given(&[0.0, 7.0])), None, "no answer of the instrument");
    }

    #[test]
    fn maximum_totals_of_fact_lym() {
        let (best, worst) = (given(&[4.0; 7]), given(&[0.0; 15]));
        let physical = fact_subscale(&[], &worst[..7]).unwrap();
        let social = fact_subscale(&best, &[]).unwrap();
        let emotional = fact_subscale(&best[..1], &worst[..5]).unwrap();
        let functional = fact_subscale(&best, &[]).unwrap();
        let lymphoma = fact_subscale(&[], &worst).unwrap();
        let total = physical + social + emotional + functional + lymphoma;
        assert_eq!(format!("{total:.0}"), "168");
        assert_eq!(format!("{:.0}", physical + functional + lymphoma), "116");
    }

    #[test]
    fn subscales_of_fact_are_prorated_beyond_half() {
        let four = [Some(3.0), Some(2.0), Some(2.0), Some(1.0), None, None, None];
        assert_eq!(one_decimal(fact_subscale(&four, &[])), "14.0");
        assert_eq!(one_decimal(fact_subscale(&[Some(1.0)], &[Some(1.0), None])), "6.0");
        assert_eq!(fact_subscale(&[Some(1.0), None], &[Some(1.0), None]), None, "half is not more than half");
        assert_eq!(fact_subscale(&[], &[]), None);
        assert_eq!(fact_subscale(&given(&[5.0, 1.0]), &[]), None, "no answer of the instrument");
        assert_eq!(fact_subscale(&[], &given(&[-1.0, 1.0])), None, "no answer of the instrument");
    }
}
