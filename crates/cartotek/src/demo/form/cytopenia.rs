//! Cytopenias after the first month.

use serde_json::{Value, json};

use super::super::random::Dice;
use super::put;

/// The last day of which thrombocytopenia is graded.
const LAST_PLATELET_DAY: i64 = 100;

/// How many days before the contact blood was counted.
const COUNTED_BEFORE: [i64; 2] = [38, 17];

/// Late toxicity at a contact so many days after day 0, with the counts where they are low.
///
/// Both counts lie in the range of one grade: two are needed to reach it. After progression (not `uncensored`) counts
/// no longer grade.
pub(super) fn late(dice: &mut Dice, content: &mut Value, days: i64, uncensored: bool) {
    let grade = dice.pick(&[(0, 16), (1, 2), (2, 1), (3, 1)]).unwrap_or(0);
    let (least, most) = match grade {
        3 => (0.2, 0.5),
        2 => (0.6, 1.0),
        1 => (1.1, 1.5),
        _ => (1.6, 5.0),
    };
    let neutrophils = COUNTED_BEFORE.map(|_| dice.decimal(least, most, 1));
    let mut answers = json!({
        "late_icaht_grade": grade, "min_anc": neutrophils[0].min(neutrophils[1]), "stem_cell_boost": "no",
        "movement_disorder": "no", "cranial_neuropathy": "no",
    });
    let platelets =
        (days - COUNTED_BEFORE[1] <= LAST_PLATELET_DAY).then(|| late_platelets(dice, &mut answers));
    put(content, "late_toxicity", answers);
    if grade > 0 && uncensored {
        let rows = COUNTED_BEFORE.iter().enumerate().map(|(at, before)| {
            let mut row = json!({ "day": days - before, "anc": neutrophils[at] });
            if let Some(platelets) = platelets {
                put(&mut row, "platelets", json!(platelets[at]));
            }
            row
        });
        put(content, "cytopenias", json!({ "cbc": rows.collect::<Vec<_>>() }));
    }
}

/// Platelets with their grade, and what was transfused.
fn late_platelets(dice: &mut Dice, answers: &mut Value) -> [i64; 2] {
    let grade = dice.pick(&[(0, 6), (1, 3), (2, 1)]).unwrap_or(0);
    let (least, most) = match grade {
        2 => (22, 49),
        1 => (50, 99),
        _ => (100, 260),
    };
    let platelets = COUNTED_BEFORE.map(|_| dice.between(least, most));
    put(answers, "min_platelets", json!(platelets[0].min(platelets[1])));
    put(answers, "late_t_icaht_grade", json!(grade));
    put(answers, "rbc_units", json!(dice.between(0, 4)));
    put(answers, "plt_units", json!(dice.between(0, 2)));
    platelets
}
