//! Events.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::course::plus;
use super::super::outcome::{DISEASE, Death, Outcome, Relapse, Therapy, rank};
use super::super::random::Dice;
use super::{Filled, OnRecord, put};

/// A relapse or progression.
pub(in super::super) fn relapse(
    dice: &mut Dice,
    outcome: &Outcome,
    relapse: &Relapse,
    on_record: &OnRecord,
    reported: NaiveDate,
) -> Filled {
    let after_remission = rank(outcome.best) == 1;
    // Remission that no follow-up has reported yet: the first of them is still to come.
    let unreported = after_remission && on_record.contacts.is_empty();
    let kind = match outcome.best {
        "SD" | "NR" | "PD" => "never_responded",
        _ if unreported || (after_remission && on_record.remission) => "relapse_after_CR",
        _ => "progression",
    };
    let answers = json!({
        "date": relapse.date,
        "type": kind,
        "site": [relapse.site],
        "biopsy": if dice.chance(0.6) { "yes" } else { "no" },
        "antigen_status": relapse.antigen,
    });
    event("relapse_progression", reported, answers).because(
        unreported,
        "R-REL-02B",
        "/relapse_progression/type",
        "The remission was seen before the first follow-up form is due.",
    )
}

/// Therapy of the relapse.
pub(in super::super) fn therapy(therapy: &Therapy, reported: NaiveDate) -> Filled {
    let mut answers =
        json!({ "start": therapy.start, "intent": "treatment_of_relapse", "type": therapy.kind });
    put(&mut answers, "disease_status_at_start", json!("PD"));
    event("subsequent_therapy", reported, answers)
}

/// A second malignancy: its day, category and ICD-10 code.
pub(in super::super) fn malignancy(
    (day, category, icd10): (NaiveDate, &str, &str),
    reported: NaiveDate,
) -> Filled {
    let mut answers = json!({
        "date": day, "icd10": icd10, "category": category, "car_transgene_tested": "no", "tissue_biobanked": "yes",
    });
    if category == "T_cell" {
        put(&mut answers, "car_transgene_tested", json!("yes"));
        put(&mut answers, "car_transgene_result", json!("not_detected"));
        put(&mut answers, "method", json!("ddpcr"));
        put(&mut answers, "reported_to_regulator_date", json!(plus(day, 5)));
    }
    event("second_malignancy", reported, answers)
}

/// The death; `relapsed` says whether the course has a relapse on record.
pub(in super::super) fn death(
    dice: &mut Dice,
    death: Death,
    on_record: &OnRecord,
    relapsed: bool,
    reported: NaiveDate,
) -> Filled {
    let answers = json!({
        "date": death.date,
        "main_cause": death.cause,
        "autopsy": if dice.chance(0.1) { "yes" } else { "no" },
        "source": dice.word(&["chart", "chart", "chart", "relatives", "cause_of_death_register"]),
    });
    let active = on_record.is_progressive() && ![DISEASE, "unknown"].contains(&death.cause);
    event("death", reported, answers)
        .because(
            death.cause == DISEASE && !relapsed,
            "R-DEATH-01A",
            "/death/main_cause",
            "The disease grew before any infusion of this course; there is no relapse to register.",
        )
        .because(active, "R-DEATH-01B", "/death/main_cause", "The cause was confirmed against the chart.")
}

/// Loss to follow-up after a last contact.
pub(in super::super) fn lost(dice: &mut Dice, last_contact: NaiveDate, declared: NaiveDate) -> Filled {
    let reason = dice.word(&["no_contact", "no_contact", "moved_abroad", "declined"]);
    let answers = json!({ "date_declared": declared, "last_contact_date": last_contact, "reason": reason });
    event("lost_to_follow_up", declared, answers)
}

/// The first event of its kind in a course.
fn event(kind: &str, reported: NaiveDate, answers: Value) -> Filled {
    let mut content = json!({ "kind": kind, "event_no": 1, "reported_date": reported });
    put(&mut content, kind, answers);
    Filled::new("event", content)
}
