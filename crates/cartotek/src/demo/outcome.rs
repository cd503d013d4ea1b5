//! Remission, relapse, further therapy and death of a demo course.
//!
//! A share is cured; the others relapse after a Weibull-distributed time and then die of the disease after an
//! exponential one, unless further therapy helps. Beside it runs death from other causes.

use chrono::NaiveDate;

use super::course::{day28, plus};
use super::product::Product;
use super::random::Dice;
use super::toxicity::Toxicity;

/// What followed from an infusion.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The best status before any relapse.
    pub(super) best: &'static str,
    /// The first relapse or progression.
    pub(super) relapse: Option<Relapse>,
    /// The therapy that followed it.
    pub(super) therapy: Option<Therapy>,
    /// The death: sooner or later there is one.
    pub(super) death: Death,
    /// The criteria of the disease.
    family: Family,
}

/// A relapse or progression.
#[derive(Debug)]
pub(super) struct Relapse {
    /// Its first evidence.
    pub(super) date: NaiveDate,
    /// Where it was.
    pub(super) site: &'static str,
    /// The target antigen on the cells.
    pub(super) antigen: &'static str,
}

/// Therapy of a relapse.
#[derive(Debug)]
pub(super) struct Therapy {
    /// Its first day.
    pub(super) start: NaiveDate,
    /// Its type.
    pub(super) kind: &'static str,
    /// The day from which there was a remission again.
    pub(super) remission: Option<NaiveDate>,
}

/// A death.
#[derive(Debug, Clone, Copy)]
pub(super) struct Death {
    /// Its day.
    pub(super) date: NaiveDate,
    /// Its main cause.
    pub(super) cause: &'static str,
}

/// Whose criteria of response apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Lymphoma,
    Leukaemia,
    Myeloma,
}

/// The cause of death by the disease.
pub(super) const DISEASE: &str = "relapse_progression";

/// The rank of a status in its code list: 1 complete remission to 4 progression.
pub(super) fn rank(status: &str) -> u8 {
    match status {
        "VGPR" | "PR" => 2,
        "SD" | "NR" => 3,
        "PD" => 4,
        _ => 1,
    }
}

impl Outcome {
    pub(super) fn draw(dice: &mut Dice, product: &Product, day0: NaiveDate, toxicity: &Toxicity) -> Self {
        let family = family(product.indication);
        let other = other_death(dice, day0, toxicity);
        let mut outcome =
            Self { best: best(dice, family), relapse: None, therapy: None, death: other, family };
        if dice.chance(product.cured) {
            return outcome;
        }
        // Some never respond; their disease grows within the first weeks.
        let refractory = dice.chance(0.25);
        let (shape, scale) = product.relapse;
        let until = if refractory { dice.between(21, 75) } else { 35 + dice.weibull(shape, scale) };
        let date = plus(day0, until);
        if date >= other.date {
            return outcome;
        }
        if refractory {
            // Not in remission on day 28 already, or else only later in progression.
            outcome.best = if day28(day0) < date { family.no_response() } else { "PD" };
        }
        outcome.relapse = Some(Relapse { date, site: site(dice, family), antigen: antigen(dice) });
        outcome.therapy = if dice.chance(0.65) { therapy(dice, family, date, other.date) } else { None };
        let death = outcome.death_of_disease(dice, date);
        if death.date < other.date {
            outcome.death = death;
        }
        outcome
    }

    /// Death of the disease after a relapse, later when therapy has helped.
    fn death_of_disease(&self, dice: &mut Dice, relapse: NaiveDate) -> Death {
        let therapy = self.therapy.as_ref();
        let remission = therapy.and_then(|therapy| therapy.remission);
        let mean = match (self.family, remission) {
            (Family::Myeloma, _) => 1000.0,
            (_, Some(_)) => 2200.0,
            (Family::Leukaemia, None) => 280.0,
            (Family::Lymphoma, None) => 350.0,
        };
        let after = remission.or(therapy.map(|therapy| therapy.start)).unwrap_or(relapse);
        Death { date: plus(after, 14 + dice.exponential(mean)), cause: DISEASE }
    }

    /// The status of the disease on a day.
    pub(super) fn status(&self, day: NaiveDate) -> &'static str {
        let relapsed = self.relapse.as_ref().is_some_and(|relapse| relapse.date <= day);
        let helped = |therapy: &Therapy| therapy.remission.is_some_and(|remission| remission <= day);
        match (relapsed, self.therapy.as_ref().is_some_and(helped)) {
            (false, _) => self.best,
            (true, false) => "PD",
            (true, true) => self.family.remission(),
        }
    }

    /// The best status on the days up to one.
    pub(super) fn best_until(&self, day: NaiveDate) -> &'static str {
        [self.best, self.status(day)].into_iter().min_by_key(|status| rank(status)).unwrap_or(self.best)
    }
}

impl Family {
    const fn remission(self) -> &'static str {
        match self {
            Self::Lymphoma => "CR",
            Self::Leukaemia => "CR_MRDneg",
            Self::Myeloma => "sCR",
        }
    }

    const fn no_response(self) -> &'static str {
        match self {
            Self::Leukaemia => "NR",
            Self::Lymphoma | Self::Myeloma => "SD",
        }
    }
}

fn family(indication: &str) -> Family {
    match indication {
        "B_ALL" => Family::Leukaemia,
        "MM" => Family::Myeloma,
        _ => Family::Lymphoma,
    }
}

fn best(dice: &mut Dice, family: Family) -> &'static str {
    let choices: &[(&str, u32)] = match family {
        Family::Lymphoma => &[("CR", 75), ("PR", 20), ("SD", 5)],
        Family::Leukaemia => &[("CR_MRDneg", 80), ("CR_MRDpos", 10), ("CRi", 10)],
        Family::Myeloma => &[("sCR", 45), ("VGPR", 35), ("PR", 20)],
    };
    dice.pick(choices).unwrap_or(family.remission())
}

fn site(dice: &mut Dice, family: Family) -> &'static str {
    match family {
        Family::Lymphoma => dice.word(&["nodal", "nodal", "nodal", "extramedullary", "cns"]),
        Family::Leukaemia => dice.word(&["bone_marrow", "bone_marrow", "blood", "cns", "molecular"]),
        Family::Myeloma => dice.word(&["biochemical", "biochemical", "bone_marrow", "extramedullary"]),
    }
}

fn antigen(dice: &mut Dice) -> &'static str {
    dice.word(&["target_positive", "target_positive", "target_negative", "dim", "not_tested", "not_tested"])
}

fn therapy(dice: &mut Dice, family: Family, relapse: NaiveDate, death: NaiveDate) -> Option<Therapy> {
    let start = plus(relapse, dice.between(8, 60));
    let kind = match family {
        Family::Lymphoma => {
            dice.word(&["bispecific", "bispecific", "chemo", "radiotherapy", "adc", "checkpoint"])
        }
        Family::Leukaemia => dice.word(&["allo_hsct", "chemo", "adc", "bispecific"]),
        Family::Myeloma => dice.word(&["bispecific", "bispecific", "chemo", "adc"]),
    };
    let remission = plus(start, dice.between(40, 100));
    let helps = dice.chance(0.35) && remission < death;
    (start < death).then_some(Therapy { start, kind, remission: helps.then_some(remission) })
}

/// Death from another cause than the disease: early from toxicity or infection, later at a constant low rate.
fn other_death(dice: &mut Dice, day0: NaiveDate, toxicity: &Toxicity) -> Death {
    if let Some(day) = toxicity.fatal_crs() {
        return Death { date: plus(day0, day), cause: "CRS" };
    }
    if dice.chance(0.025) {
        let cause = dice.word(&["infection", "infection", "infection", "haemorrhage", "cardiac"]);
        return Death { date: plus(day0, dice.between(9, 70)), cause };
    }
    let date = plus(day0, 71 + dice.exponential(26_000.0));
    let causes = ["infection", "infection", "cardiac", "pulmonary", "other", "unknown"];
    Death { date, cause: dice.word(&causes) }
}
