//! The patient and the disease before an infusion, and lymphodepletion.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::course::{Course, plus};
use super::super::life::Life;
use super::super::product::Product;
use super::super::random::Dice;
use super::condition::{Measured, comorbidity, condition, labs};
use super::diagnosis::{diagnosis, disease};
use super::{Filled, leave_out};

/// A drug of the lymphodepletion: name, mg/m² a day, days, and the first of them before day 0.
type Depletion = (&'static str, u32, i64, i64);

/// The form of a course; none without an infusion.
pub(in super::super) fn pre_infusion(dice: &mut Dice, life: &Life, at: usize) -> Option<Filled> {
    let (course, preparation) = (&life.courses[at], &life.preparations[at]);
    let (day0, indication) = (course.day0()?, course.product.indication);
    let drugs = depletion(dice, course.product);
    let earliest = drugs.iter().map(|(_, _, _, before)| *before).max()?;
    let date = plus(day0, -earliest - 1);
    let measured = Measured::draw(dice, life, date, is_severe(course));
    let points = measured.ipi_points(life.person.months_on(date));
    let mut content = json!({
        "assessment_date": date,
        "planned_infusions": course.product.planned_infusions(),
        "diagnosis": diagnosis(dice, life, indication, points),
        "disease": disease(dice, life, course.product, preparation),
        "condition": condition(dice, life, &measured),
        "labs": labs(dice, date, &measured),
        "hct_ci": comorbidity(dice, life, &measured),
        "lymphodepletion": { "given": "yes", "drugs": rows(drugs, day0) },
    });
    if dice.chance(0.04) {
        leave_out(&mut content, "hct_ci", "not_done");
    }
    Some(Filled::new("pre_infusion", content))
}

/// Whether severe CRS follows.
fn is_severe(course: &Course) -> bool {
    let crs = course.after.as_ref().and_then(|(toxicity, _)| toxicity.crs.as_ref());
    crs.is_some_and(|crs| crs.episode.grade >= 3)
}

/// The drugs that go with a product.
fn depletion(dice: &mut Dice, product: &Product) -> &'static [Depletion] {
    match (product.code, product.indication) {
        ("tisagenlecleucel", "B_ALL") | ("obecabtagene_autoleucel", _) => {
            &[("fludarabine", 30, 4, 6), ("cyclophosphamide", 500, 2, 6)]
        }
        ("tisagenlecleucel", _) if dice.chance(0.2) => &[("bendamustine", 90, 2, 4)],
        ("tisagenlecleucel", _) => &[("fludarabine", 25, 3, 5), ("cyclophosphamide", 250, 3, 5)],
        ("brexucabtagene_autoleucel", "B_ALL") => {
            &[("fludarabine", 25, 3, 4), ("cyclophosphamide", 900, 1, 2)]
        }
        ("axicabtagene_ciloleucel" | "brexucabtagene_autoleucel" | "academic_cd19_3g", _) => {
            &[("fludarabine", 30, 3, 5), ("cyclophosphamide", 500, 3, 5)]
        }
        _ => &[("fludarabine", 30, 3, 5), ("cyclophosphamide", 300, 3, 5)],
    }
}

fn rows(drugs: &[Depletion], day0: NaiveDate) -> Vec<Value> {
    let row = |(drug, dose, days, before): &Depletion| {
        let start = plus(day0, -before);
        json!({
            "drug": drug, "dose_per_day": dose, "unit": "mg/m2", "days": days,
            "start": start, "end": plus(start, days - 1),
        })
    };
    drugs.iter().map(row).collect()
}
