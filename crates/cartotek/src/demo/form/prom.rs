//! Questionnaires that the patient fills in.

use serde_json::{Map, Value, json};

use super::super::life::Life;
use super::super::outcome::rank;
use super::super::random::Dice;
use super::super::visit::Questionnaire;
use super::{Filled, leave_out, put};

/// Below this age somebody else answers.
const PROXY_MONTHS: i64 = 16 * 12;

/// The items of the FACT-Lym in the order of its scales, with the number of each.
const FACT_SCALES: [(&str, u8); 4] = [("gp", 7), ("gs", 7), ("ge", 6), ("gf", 7)];

/// The items about lymphoma.
const LYMPHOMA_ITEMS: [&str; 15] = [
    "p2", "leu1", "brm3", "es3", "lym1", "lym2", "bmt6", "c2", "ga1", "hi8", "n3", "leu6", "leu7", "brm9",
    "leu4",
];

/// The answers to a questionnaire.
pub(in super::super) fn prom(dice: &mut Dice, life: &Life, questionnaire: &Questionnaire) -> Filled {
    let Questionnaire { instrument, time_point, date, .. } = questionnaire;
    let trouble = trouble(life, questionnaire);
    let (version, answers) = match *instrument {
        "qlq_c30" => ("3.0", quality_of_life(dice, trouble)),
        "fact_lym" => ("4", fact_lym(dice, trouble)),
        _ => ("1.0", health(dice, trouble)),
    };
    let is_child = life.person.months_on(*date) < PROXY_MONTHS;
    let mut content = json!({
        "instrument": instrument,
        "time_point": time_point,
        "completed_date": date,
        "instrument_version": version,
        "language": "sv",
        "mode": if is_child { "proxy" } else { dice.word(&["web", "web", "paper"]) },
    });
    put(&mut content, instrument, answers);
    Filled::new("prom", content)
}

/// How much the patient is troubled, from 0 to 1.
fn trouble(life: &Life, questionnaire: &Questionnaire) -> f64 {
    let outcome = life.courses[questionnaire.course].outcome();
    let status = outcome.map_or("PD", |outcome| outcome.status(questionnaire.date));
    let usual = match questionnaire.time_point.as_str() {
        "BASELINE" => 0.32,
        "D28" => 0.36,
        _ if rank(status) == 1 => 0.12,
        _ if rank(status) == 4 => 0.38,
        _ => 0.22,
    };
    usual + life.history.frailty
}

/// How many of so many steps of trouble are felt.
fn steps(dice: &mut Dice, most: i64, trouble: f64) -> i64 {
    (0..most).map(|_| i64::from(dice.chance(trouble))).sum()
}

fn health(dice: &mut Dice, trouble: f64) -> Value {
    let mut answers = Map::new();
    for name in ["mobility", "self_care", "usual_activities", "pain_discomfort", "anxiety_depression"] {
        // Few cannot wash or dress themselves.
        let share = if name == "self_care" { 0.4 } else { 0.9 };
        answers.insert(name.to_owned(), json!(1 + steps(dice, 4, share * trouble)));
    }
    let felt = steps(dice, 20, trouble) * 5;
    answers.insert("vas".to_owned(), json!((98 - felt).max(0)));
    let mut answers = Value::Object(answers);
    if dice.chance(0.04) {
        leave_out(&mut answers, "vas", "unknown");
    }
    answers
}

fn quality_of_life(dice: &mut Dice, trouble: f64) -> Value {
    let mut answers = Map::new();
    for number in 1..=28 {
        answers.insert(format!("q{number}"), json!(1 + steps(dice, 3, 0.9 * trouble)));
    }
    for number in 29..=30 {
        answers.insert(format!("q{number}"), json!(7 - steps(dice, 6, trouble)));
    }
    let mut answers = Value::Object(answers);
    if dice.chance(0.1) {
        leave_out(&mut answers, &format!("q{}", dice.between(1, 30)), "unknown");
    }
    answers
}

fn fact_lym(dice: &mut Dice, trouble: f64) -> Value {
    let mut answers = Map::new();
    for (scale, items) in FACT_SCALES {
        for number in 1..=items {
            let felt = steps(dice, 4, trouble);
            // Of what is asked about relations, daily life and coping, much is good.
            let is_good = scale == "gs" || scale == "gf" || (scale == "ge" && number == 2);
            answers.insert(format!("{scale}{number}"), json!(if is_good { 4 - felt } else { felt }));
        }
    }
    for item in LYMPHOMA_ITEMS {
        answers.insert(item.to_owned(), json!(steps(dice, 4, trouble)));
    }
    let mut answers = Value::Object(answers);
    if dice.chance(0.3) {
        leave_out(&mut answers, "gs7", "withheld");
    }
    answers
}
