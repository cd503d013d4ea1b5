//! The patient before an infusion: condition, laboratory values, comorbidity.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::course::plus;
use super::super::life::Life;
use super::super::random::Dice;
use super::{leave_out, put, yes_no};

/// Up to this age the condition of children is scored after Lansky.
const CHILD_MONTHS: i64 = 16 * 12;

/// The upper limit of the reference interval of LDH, µkat/L.
const LDH_LIMIT: f64 = 4.3;

/// The body mass index from which obesity counts as comorbidity.
const OBESITY: f64 = 34.9;

/// Comorbidities of the HCT-CI beside obesity, liver and lungs, with the share of adults that has each.
const COMORBIDITIES: [(&str, f64); 11] = [
    ("arrhythmia", 0.08),
    ("cardiac", 0.09),
    ("inflammatory_bowel", 0.02),
    ("diabetes", 0.1),
    ("cerebrovascular", 0.04),
    ("psychiatric", 0.08),
    ("rheumatologic", 0.03),
    ("peptic_ulcer", 0.03),
    ("renal_moderate_severe", 0.02),
    ("prior_malignancy", 0.07),
    ("heart_valve", 0.02),
];

/// What is measured of a patient on a day, as far as other answers follow from it.
pub(super) struct Measured {
    /// Whether the patient is a child.
    pub(super) is_child: bool,
    /// ECOG, of adults.
    pub(super) ecog: i64,
    /// LDH, µkat/L.
    pub(super) ldh: f64,
    /// Whether there is an infection.
    pub(super) infected: bool,
    /// Whether blood counts are low and inflammation is high.
    pub(super) is_inflamed: bool,
}

impl Measured {
    /// `is_severe` says that severe toxicity is to follow, which low counts and inflammation announce.
    pub(super) fn draw(dice: &mut Dice, life: &Life, date: NaiveDate, is_severe: bool) -> Self {
        let is_inflamed = dice.chance(if is_severe { 0.75 } else { 0.25 });
        let ldh = if is_inflamed { dice.decimal(4.4, 17.0, 1) } else { dice.decimal(2.4, 5.4, 1) };
        Self {
            is_child: life.person.months_on(date) < CHILD_MONTHS,
            ecog: dice.pick(&[(0, 4), (1, 5), (2, 1)]).unwrap_or(1),
            ldh,
            infected: dice.chance(0.05),
            is_inflamed,
        }
    }

    /// The points of the IPI for age, LDH and ECOG.
    pub(super) fn ipi_points(&self, age_months: i64) -> i64 {
        i64::from(age_months / 12 > 60) + i64::from(self.ldh > LDH_LIMIT) + i64::from(self.ecog >= 2)
    }
}

/// The condition.
pub(super) fn condition(dice: &mut Dice, life: &Life, measured: &Measured) -> Value {
    let mut answers = json!({
        "weight_kg": life.person.weight_kg,
        "height_cm": life.history.height_cm,
        "lvef_pct": dice.between(50, 68),
        "active_infection": yes_no(measured.infected),
    });
    if measured.is_child {
        put(&mut answers, "karnofsky_lansky", json!(dice.between(7, 10) * 10));
    } else {
        put(&mut answers, "ecog", json!(measured.ecog));
    }
    answers
}

/// The last laboratory values before lymphodepletion.
pub(super) fn labs(dice: &mut Dice, date: NaiveDate, measured: &Measured) -> Value {
    let mut range = |low: (f64, f64), usual: (f64, f64), decimals| {
        let (least, most) = if measured.is_inflamed { low } else { usual };
        dice.decimal(least, most, decimals)
    };
    let mut answers = json!({
        "platelets": range((24.0, 120.0), (90.0, 280.0), 0),
        "anc": range((0.5, 3.0), (1.1, 6.0), 1),
        "alc": range((0.1, 0.6), (0.2, 1.4), 1),
        "hb": range((76.0, 104.0), (92.0, 142.0), 0),
        "crp": range((14.0, 150.0), (1.0, 22.0), 0),
        "ferritin": range((620.0, 9000.0), (60.0, 900.0), 0),
        "ldh": measured.ldh,
        "ldh_uln": LDH_LIMIT,
        "creatinine": if measured.is_child { dice.between(20, 52) } else { dice.between(45, 118) },
        "bilirubin": dice.between(4, 18),
        "bilirubin_uln": 26,
        "alat": dice.decimal(0.2, 0.7, 2),
        "alat_uln": 0.75,
        "igg": dice.decimal(0.8, 13.0, 1),
    });
    put(&mut answers, "date", json!(plus(date, -dice.between(0, 2))));
    for (name, share) in [("ferritin", 0.07), ("igg", 0.05), ("crp", 0.02)] {
        if dice.chance(share) {
            leave_out(&mut answers, name, "not_done");
        }
    }
    answers
}

/// The comorbidities of the HCT-CI.
pub(super) fn comorbidity(dice: &mut Dice, life: &Life, measured: &Measured) -> Value {
    let metres = life.history.height_cm / 100.0;
    let is_obese = life.person.weight_kg / (metres * metres) > OBESITY;
    let older = if measured.is_child { 0.15 } else { 1.0 };
    let mut answers = json!({
        "obesity": yes_no(is_obese),
        "infection": yes_no(measured.infected),
        "hepatic": if dice.chance(0.06 * older) { "mild" } else { "none" },
        "pulmonary": dice.pick(&[("none", 16), ("moderate", 3), ("severe", 1)]),
    });
    for (name, share) in COMORBIDITIES {
        put(&mut answers, name, json!(yes_no(dice.chance(share * older))));
    }
    answers
}
