//! The days on which the disease of a demo patient is assessed and questionnaires are answered.

use chrono::NaiveDate;

use super::course::{Course, day28, plus};
use super::follow::Contact;
use super::life::Life;
use super::random::Dice;

/// From this age on patients fill in the questionnaires made for adults.
const GROWN_UP_MONTHS: i64 = 18 * 12;

/// From this age on somebody answers the shortest questionnaire, if need be on the patient's behalf.
const ASKED_MONTHS: i64 = 8 * 12;

/// A response assessment.
#[derive(Debug)]
pub(super) struct Assessment {
    /// Which course it belongs to, from 0.
    pub(super) course: usize,
    /// The code of its time point.
    pub(super) time_point: String,
    /// Its day.
    pub(super) date: NaiveDate,
    /// The day on which its form is submitted: after a relapse seen on that day, before the follow-up.
    pub(super) submitted: NaiveDate,
}

/// A filled questionnaire.
#[derive(Debug)]
pub(super) struct Questionnaire {
    /// Which course it belongs to, from 0.
    pub(super) course: usize,
    /// The code of the instrument.
    pub(super) instrument: &'static str,
    /// The code of its time point.
    pub(super) time_point: String,
    /// The day on which it was answered.
    pub(super) date: NaiveDate,
    /// The day on which it is submitted.
    pub(super) submitted: NaiveDate,
}

/// The assessments of a life; a few are never made or never recorded.
pub(super) fn assessments(dice: &mut Dice, life: &Life) -> Vec<Assessment> {
    let mut assessments = Vec::new();
    for (course, one) in life.courses.iter().enumerate() {
        for (time_point, date) in days(life, course, one) {
            let submitted = plus(date, dice.between(7, 14));
            let is_scheduled = ["D28", "D100", "M6", "M12"].contains(&time_point.as_str());
            if is_scheduled && dice.chance(0.95) {
                assessments.push(Assessment { course, time_point, date, submitted });
            }
        }
    }
    assessments
}

/// The questionnaires of a life; some are never answered, some are entered late.
pub(super) fn questionnaires(dice: &mut Dice, life: &Life) -> Vec<Questionnaire> {
    let mut questionnaires = Vec::new();
    for (course, one) in life.courses.iter().enumerate() {
        let Some(day0) = one.day0() else { continue };
        let baseline = ("BASELINE".to_owned(), plus(day0, dice.between(-20, -6)));
        for (time_point, date) in std::iter::once(baseline).chain(days(life, course, one)) {
            for instrument in asked(life, one, &time_point, date) {
                let wait = if dice.chance(0.08) { dice.between(60, 150) } else { dice.between(1, 14) };
                if dice.chance(0.88) {
                    let (time_point, submitted) = (time_point.clone(), plus(date, wait));
                    questionnaires.push(Questionnaire { course, instrument, time_point, date, submitted });
                }
            }
        }
    }
    questionnaires
}

/// The time points after an infusion at which the patient is seen, with the day of each.
fn days(life: &Life, course: usize, one: &Course) -> Vec<(String, NaiveDate)> {
    let first = one.day0().map(day28).filter(|day| life.is_seen(*day));
    let first = first.map(|day| ("D28".to_owned(), day));
    let seen = |contact: &Contact| (contact.time_point.clone(), contact.assessed);
    first.into_iter().chain(life.contacts[course].iter().map(seen)).collect()
}

/// The instruments that somebody is asked to fill in.
fn asked(life: &Life, course: &Course, time_point: &str, date: NaiveDate) -> Vec<&'static str> {
    let age = life.person.months_on(date);
    let more = life.history.asked_more
        && age >= GROWN_UP_MONTHS
        && ["BASELINE", "D100", "M12"].contains(&time_point);
    let of_lymphoma = more && !["MM", "B_ALL"].contains(&course.product.indication);
    let choices = [("eq5d5l", age >= ASKED_MONTHS), ("qlq_c30", more), ("fact_lym", of_lymphoma)];
    choices.into_iter().filter(|(_, applies)| *applies).map(|(instrument, _)| instrument).collect()
}
