//! Splitting a tube into aliquots of the same material: what goes in must come out.

use crate::finding::Finding;
use crate::sample::amount::Amount;
use crate::text::Text;

/// The largest measured surplus, in percent of what the parent was thought to hold (domain brief 4.5).
const SURPLUS_PERCENT: i128 = 5;

/// How a split changes the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Booked into the parent first, because more came out than was thought to be in it.
    pub surplus: Option<Amount>,
    /// What is left in the parent afterwards.
    pub remaining: Amount,
    /// A warning when there was a surplus.
    pub findings: Vec<Finding>,
}

/// Works out a split of `remaining` into `parts` with a stated `loss`.
///
/// # Errors
/// Findings (rule `R-BIO-02`) when units differ, there is no part, one is empty, more than 5 % too much came out, or more
/// was lost than the parts leave: a loss never makes a surplus.
pub fn split(remaining: Amount, parts: &[Amount], loss: Option<Amount>) -> Result<Split, Vec<Finding>> {
    let mut errors = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if part.quantity() == 0 {
            errors.push(refusal(&format!("/aliquots/{index}/amount"), EMPTY));
        } else if part.unit() != remaining.unit() {
            errors.push(refusal(&format!("/aliquots/{index}/amount/unit"), UNIT));
        }
    }
    if loss.is_some_and(|loss| loss.unit() != remaining.unit()) {
        errors.push(refusal("/loss/unit", UNIT));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let [first, others @ ..] = parts else {
        return Err(vec![refusal("/aliquots", NONE)]);
    };
    let Some(out) = others.iter().try_fold(*first, |sum, part| sum.plus(*part)) else {
        return Err(vec![refusal("/aliquots", TOO_MUCH)]);
    };
    let loss = loss.filter(|loss| loss.quantity() > 0);
    if let Some(rest) = remaining.minus(out) {
        let left = loss.map_or(Some(rest), |loss| rest.minus(loss));
        let left = left.ok_or_else(|| vec![refusal("/loss", LOST_TOO_MUCH)])?;
        return Ok(Split { surplus: None, remaining: left, findings: Vec::new() });
    }
    if loss.is_some() {
        return Err(vec![refusal("/loss", LOST_TOO_MUCH)]);
    }
    let Some(surplus) = out.minus(remaining) else {
        return Err(vec![refusal("/aliquots", TOO_MUCH)]);
    };
    if i128::from(surplus.quantity()) * 100 > i128::from(remaining.quantity()) * SURPLUS_PERCENT {
        return Err(vec![refusal("/aliquots", TOO_MUCH)]);
    }
    let empty = remaining.minus(remaining).unwrap_or(remaining);
    let warning = Finding::warning("R-BIO-02", "/aliquots", Text::new(SURPLUS.0, SURPLUS.1));
    Ok(Split { surplus: Some(surplus), remaining: empty, findings: vec![warning] })
}

fn refusal(pointer: &str, (sv, en): (&str, &str)) -> Finding {
    Finding::error("R-BIO-02", pointer, Text::new(sv, en))
}

const EMPTY: (&str, &str) = (
    "En alikvot måste innehålla något: ange en mängd över noll.",
    "An aliquot holds something: give an amount above zero.",
);
const UNIT: (&str, &str) = (
    "Enheten måste vara av samma slag som provets (volym, massa, celler eller bitar).",
    "The unit must be of the same kind as the sample's (volume, mass, cells or pieces).",
);
const NONE: (&str, &str) = ("Ange minst en alikvot.", "Give at least one aliquot.");
const TOO_MUCH: (&str, &str) = (
    "Alikvoterna är tillsammans mer än 5 % större än vad som finns kvar. Kontrollera mängderna.",
    "The aliquots add up to more than 5 % above what is left. Check the amounts.",
);
const LOST_TOO_MUCH: (&str, &str) = (
    "Förlusten är större än vad alikvoterna lämnar kvar. Kontrollera mängderna.",
    "The loss is larger than what the aliquots leave. Check the amounts.",
);
const SURPLUS: (&str, &str) = (
    "Det kom ut mer än vad som skulle finnas kvar; överskottet bokförs för sig.",
    "More came out than was thought to be left; the surplus is booked as a movement of its own.",
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::amount::AmountUnit;

    fn volume(quantity: i64) -> Amount {
        Amount::new(quantity, AmountUnit::Nanolitre).unwrap()
    }

    #[test]
    fn what_goes_in_comes_out() {
        let result = split(volume(100), &[volume(40), volume(40)], Some(volume(5))).unwrap();
        assert_eq!(result, Split { surplus: None, remaining: volume(15), findings: vec![] });
    }

    #[test]
    fn a_surplus_of_five_percent_is_booked_and_warned() {
        let result = split(volume(100), &[volume(105)], None).unwrap();
        assert_eq!((result.surplus, result.remaining), (Some(volume(5)), volume(0)));
        assert_eq!(result.findings.len(), 1);
        assert!(split(volume(100), &[volume(106)], None).is_err());
        assert!(split(volume(0), &[volume(1)], None).is_err(), "an empty tube gives nothing");
    }

    #[test]
    fn every_wrong_part_is_named() {
        let mass = Amount::new(1, AmountUnit::Nanogram).unwrap();
        let pointers: Vec<_> = split(volume(100), &[volume(0), mass, volume(1)], Some(mass))
            .unwrap_err()
            .into_iter()
            .map(|finding| finding.pointer)
            .collect();
        assert_eq!(pointers, ["/aliquots/0/amount", "/aliquots/1/amount/unit", "/loss/unit"]);
    }

    #[test]
    fn a_loss_comes_out_of_what_the_parts_leave() {
        let at = |left, parts: &[Amount], loss| {
            split(volume(left), parts, Some(volume(loss))).map_err(|found| found[0].pointer.clone())
        };
        assert_eq!(at(100, &[volume(60)], 40).unwrap().remaining, volume(0));
        assert_eq!(at(100, &[volume(60)], 41), Err("/loss".to_owned()), "a loss is no surplus");
        assert_eq!(at(100, &[volume(103)], 1), Err("/loss".to_owned()), "nothing was left to lose");
        assert_eq!(at(100, &[], 5), Err("/aliquots".to_owned()), "a split without an aliquot");
        assert_eq!(at(100, &[volume(103)], 0).unwrap().surplus, Some(volume(3)));
    }

    proptest! {
        #[test]
        fn nothing_is_made_or_lost(left in 0_i64..1_000_000, parts in prop::collection::vec(1_i64..300_000, 1..8)) {
            let amounts: Vec<_> = parts.iter().map(|part| volume(*part)).collect();
            let out: i64 = parts.iter().sum();
            match split(volume(left), &amounts, None) {
                Ok(result) => {
                    let surplus = result.surplus.map_or(0, Amount::quantity);
                    prop_assert_eq!(left + surplus, out + result.remaining.quantity());
                }
                Err(_) => prop_assert!((out - left) * 100 > left * 5),
            }
        }
    }
}
