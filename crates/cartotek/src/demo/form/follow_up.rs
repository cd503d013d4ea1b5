//! Follow-ups.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::course::{Course, plus};
use super::super::follow::Contact;
use super::super::outcome::rank;
use super::super::random::Dice;
use super::{Filled, OnRecord, cytopenia, put, yes_no};

/// The follow-up of a course at a contact.
pub(in super::super) fn follow_up(
    dice: &mut Dice,
    course: &Course,
    contact: &Contact,
    on_record: &OnRecord,
    malignancy: Option<NaiveDate>,
) -> Option<Filled> {
    let outcome = course.outcome()?;
    let date = contact.date;
    let relapse = outcome.relapse.as_ref().map(|relapse| relapse.date);
    let therapy = outcome.therapy.as_ref().map(|therapy| therapy.start);
    let infected = dice.chance(0.15);
    let mut content = json!({
        "time_point": contact.time_point,
        "contact_date": date,
        "contact_mode": dice.word(&["visit", "visit", "visit", "remote", "chart_review", "other_provider"]),
        "vital_status": "alive",
        "ecog": dice.pick(&[(0, 5), (1, 4), (2, 1)]),
        "disease_status": outcome.status(date),
        "reported_best_response": outcome.best_until(date),
        "relapse_progression": yes_no(on_record.reports(date, relapse)),
        "subsequent_therapy": yes_no(on_record.reports(date, therapy)),
        "further_infusion": "no",
        "second_malignancy": yes_no(on_record.reports(date, malignancy)),
        "pregnancy": "no",
        "infections_occurred": yes_no(infected),
        "hypogammaglobulinaemia": hypogammaglobulinaemia(dice, date),
    });
    if infected {
        put(&mut content, "infections", json!([infection(dice, date)]));
    }
    measure(dice, &mut content, course, contact);
    let days = (date - course.day0()?).num_days();
    let uncensored = relapse.is_none_or(|relapse| date <= relapse);
    cytopenia::late(dice, &mut content, days, uncensored);
    let filled = Filled::new("follow_up", content).because(
        !contact.in_window,
        "R-FU-01",
        "/contact_date",
        "The visit was postponed; the date is right.",
    );
    let filled = filled.because(
        rank(outcome.best_until(date)) != rank(outcome.best),
        "R-RESP-04B",
        "/reported_best_response",
        "The better response came with the therapy after the relapse.",
    );
    Some(filled)
}

/// B cells and CAR T cells in blood.
fn measure(dice: &mut Dice, content: &mut Value, course: &Course, contact: &Contact) {
    let date = contact.date;
    if course.product.is_against_cd19() {
        let aplasia = json!({ "date": date, "cd19_per_ul": dice.between(0, 9), "status": "present" });
        put(content, "b_cell_aplasia", aplasia);
    }
    if contact.time_point == "D100" {
        put(content, "car_persistence", json!([persistence(dice, date)]));
    }
}

fn hypogammaglobulinaemia(dice: &mut Dice, date: NaiveDate) -> Value {
    let igg = dice.decimal(1.5, 9.5, 1);
    let severity = match igg {
        low if low < 4.0 => "severe",
        low if low < 7.0 => "mild",
        _ => "none",
    };
    json!({ "date": date, "igg": igg, "severity": severity, "ivig_given": yes_no(igg < 4.0 && dice.chance(0.7)) })
}

/// An infection of the weeks before a contact, so that it lies in no earlier period.
fn infection(dice: &mut Dice, contact: NaiveDate) -> Value {
    json!({
        "date": plus(contact, -dice.between(3, 14)),
        "organism_group": dice.word(&["viral", "viral", "bacterial", "fungal"]),
        "site": dice.word(&["lung", "lung", "urinary", "gastrointestinal", "skin"]),
        "severity": dice.word(&["mild", "moderate", "moderate", "severe"]),
        "microbiologically_confirmed": "yes",
        "outcome": "resolved",
        "previously_reported": "no",
    })
}

fn persistence(dice: &mut Dice, date: NaiveDate) -> Value {
    let found = dice.chance(0.75);
    let share = if found { dice.decimal(0.1, 6.0, 1) } else { 0.0 };
    json!({
        "date": date, "method": "flow", "specimen": "blood", "value": share, "unit": "pct_CD3",
        "detectable": yes_no(found),
    })
}
