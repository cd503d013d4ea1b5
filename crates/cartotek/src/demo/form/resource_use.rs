//! What care was used between two contacts.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::course::plus;
use super::super::life::Life;
use super::super::random::Dice;
use super::{Filled, leave_out, put};

/// The days in hospital for the infusion; no fewer than the first month may have.
const FIRST_STAY: i64 = 22;

/// Ages between which people work, in months.
const AT_WORK_MONTHS: std::ops::Range<i64> = 19 * 12..66 * 12;

/// The care of the period that ends with a contact of a course, counted from 0; none without an infusion.
pub(in super::super) fn resource_use(
    dice: &mut Dice,
    life: &Life,
    at: usize,
    contact: usize,
) -> Option<Filled> {
    let contacts = &life.contacts[at];
    let this = contacts.get(contact)?;
    let before = contact.checked_sub(1).and_then(|before| contacts.get(before));
    let start = before.map_or(life.courses[at].day0(), |before| Some(plus(before.date, 1)))?;
    let months = (this.date - start).num_days() / 30;
    let (mut days, mut stays) = further_stays(dice);
    let mut intensive = 0;
    if before.is_none() {
        intensive = days_of_intensive_care(life, at);
        days += FIRST_STAY + intensive;
        stays += 1;
    }
    let mut content = json!({
        "time_point": this.time_point,
        "period_start": start,
        "period_end": this.date,
        "inpatient_days": days,
        "inpatient_episodes": stays,
        "icu_days": intensive,
        "outpatient_visits": 1 + dice.between(0, 2 * months.min(6)),
        "emergency_visits": dice.pick(&[(0, 7), (1, 2), (2, 1)]),
        "rbc_units": if before.is_none() { dice.between(0, 8) } else { 0 },
        "plt_units": if before.is_none() { dice.between(0, 6) } else { 0 },
        "ivig_doses": dice.between(0, months.min(6)),
        "ct_pet_n": 1,
        "hotel_nights": if before.is_none() && life.person.is_referred() { dice.between(5, 20) } else { 0 },
        "return_to_work": work(dice, life, this.date),
    });
    cost(dice, &mut content, days + 2 * intensive);
    if dice.chance(0.08) {
        leave_out(&mut content, "outpatient_visits", "not_available");
    }
    Some(Filled::new("resource_use", content))
}

/// Days and stays in hospital for something else than the infusion.
fn further_stays(dice: &mut Dice) -> (i64, i64) {
    let stays = dice.pick(&[(0, 7), (1, 2), (2, 1)]).unwrap_or(0);
    ((0..stays).map(|_| dice.between(2, 8)).sum(), stays)
}

fn days_of_intensive_care(life: &Life, at: usize) -> i64 {
    let toxicity = life.courses[at].after.as_ref().map(|(toxicity, _)| toxicity);
    let stay = toxicity.and_then(|toxicity| toxicity.intensive_care(28));
    stay.map_or(0, |stay| stay.discharged - stay.admitted + 1)
}

fn work(dice: &mut Dice, life: &Life, date: NaiveDate) -> &'static str {
    if AT_WORK_MONTHS.contains(&life.person.months_on(date)) {
        dice.word(&["no", "no", "part", "full", "full"])
    } else {
        "na"
    }
}

/// The cost of care without the product, in thousands of kronor for each day in hospital and a little beside.
fn cost(dice: &mut Dice, content: &mut Value, days: i64) {
    if dice.chance(0.5) {
        let source = dice.word(&["case_costing", "case_costing", "drg_weight"]);
        put(content, "cost_sek", json!((12 + 14 * days + dice.between(0, 40)) * 1000));
        put(content, "cost_source", json!(source));
    }
}
