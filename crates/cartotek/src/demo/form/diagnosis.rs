//! The diagnosis and what was done about the disease before the course.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::history::Preparation;
use super::super::life::Life;
use super::super::product::Product;
use super::super::random::Dice;
use super::{leave_out, put, yes_no};

/// From this day on the fifth edition of the WHO classification is used.
const FIFTH_EDITION: &str = "2022-07-01";

/// Statuses without measurable disease in the marrow.
const IN_REMISSION: [&str; 3] = ["CR", "CR_MRDneg", "CR_MRDpos"];

/// The diagnosis; `points` are those of the IPI beside stage and further sites.
pub(super) fn diagnosis(dice: &mut Dice, life: &Life, indication: &str, points: i64) -> Value {
    let history = &life.history;
    let (icd10, morphology) = match indication {
        "FL" => (dice.word(&["C82.1", "C82.2", "C82.3"]), dice.word(&["9691/3", "9695/3", "9698/3"])),
        "MCL" => ("C83.1", "9673/3"),
        "B_ALL" => ("C91.0", dice.word(&["9811/3", "9811/3", "9812/3"])),
        "MM" => ("C90.0", "9732/3"),
        _ => ("C83.3", "9680/3"),
    };
    let fifth = FIFTH_EDITION.parse::<NaiveDate>().is_ok_and(|from| from <= history.diagnosed);
    let mut answers = json!({
        "indication_group": indication,
        "icd10": icd10,
        "icdo3_morphology": morphology,
        "who_classification": if fifth { "WHO5" } else { "WHO4R" },
        "diagnosis_date": history.diagnosis_date(),
    });
    match indication {
        "MM" => myeloma(dice, &mut answers),
        "B_ALL" => leukaemia(dice, &mut answers),
        _ => lymphoma(dice, &mut answers, indication, points),
    }
    answers
}

fn lymphoma(dice: &mut Dice, answers: &mut Value, indication: &str, points: i64) {
    let stage = dice.pick(&[("I", 1), ("II", 3), ("III", 6), ("IV", 10)]).unwrap_or("IV");
    put(answers, "stage_ann_arbor", json!(stage));
    put(answers, "bulky", json!(yes_no(dice.chance(0.2))));
    put(answers, "transformed_from", json!("none"));
    match indication {
        "FL" => put(answers, "flipi", json!(dice.between(1, 5))),
        "MCL" => put(answers, "mipi", json!(dice.decimal(5.2, 7.4, 1))),
        _ => {
            let further_sites = dice.between(0, 1);
            let ipi = points + i64::from(["III", "IV"].contains(&stage)) + further_sites;
            put(answers, "ipi_score", json!(ipi));
            put(answers, "transformed_from", json!(dice.word(&["none", "none", "none", "FL"])));
            put(answers, "cell_of_origin", json!(dice.word(&["GCB", "non_GCB", "non_GCB"])));
            put(answers, "double_triple_hit", json!(yes_no(dice.chance(0.12))));
            if dice.chance(0.15) {
                leave_out(answers, "cell_of_origin", "not_available");
            }
            if dice.chance(0.12) {
                leave_out(answers, "double_triple_hit", "not_done");
            }
        }
    }
}

fn myeloma(dice: &mut Dice, answers: &mut Value) {
    put(answers, "iss", json!(dice.word(&["I", "I", "II", "II", "III"])));
    put(answers, "r_iss", json!(dice.word(&["I", "II", "II", "II", "III"])));
    put(answers, "mm_isotype", json!(dice.word(&["IgG", "IgG", "IgG", "IgA", "light_chain"])));
    put(answers, "cytogenetics_high_risk", json!(yes_no(dice.chance(0.3))));
    put(answers, "extramedullary_disease", json!(yes_no(dice.chance(0.2))));
    if dice.chance(0.15) {
        leave_out(answers, "r_iss", "not_available");
    }
}

fn leukaemia(dice: &mut Dice, answers: &mut Value) {
    let philadelphia = dice.chance(0.12);
    put(answers, "ph_positive", json!(yes_no(philadelphia)));
    put(answers, "kmt2a", json!(yes_no(dice.chance(0.06))));
    put(answers, "philadelphia_like", json!(yes_no(!philadelphia && dice.chance(0.1))));
    if dice.chance(0.2) {
        leave_out(answers, "philadelphia_like", "not_done");
    }
}

/// The disease before the course and its treatment.
pub(super) fn disease(dice: &mut Dice, life: &Life, product: &Product, preparation: &Preparation) -> Value {
    let transplantation = life.history.transplantation;
    let leukaemia = product.indication == "B_ALL";
    let central = if leukaemia { &["CNS1", "CNS1", "CNS1", "CNS2"][..] } else { &["no"] };
    let before = preparation.infused_before;
    let mut answers = json!({
        "status_at_apheresis": preparation.at_apheresis,
        "status_pre_lymphodepletion": preparation.before_infusion,
        "refractory_status": refractory(dice, transplantation.map(|(kind, _)| kind)),
        "cns_involvement": dice.word(central),
        "prior_lines": preparation.lines,
        "prior_transplantation": yes_no(transplantation.is_some()),
        "prior_cart": yes_no(before.is_some()),
        "prior_bispecific": yes_no(dice.chance(0.1)),
        "prior_anti_cd19": yes_no(before.is_some_and(Product::is_against_cd19)),
        "prior_bcma": yes_no(before.is_some_and(|product| !product.is_against_cd19())),
        "prior_bendamustine_lt_6m": yes_no(!leukaemia && dice.chance(0.05)),
    });
    if let Some((kind, day)) = transplantation {
        let mut row = json!({ "type": kind, "date": day });
        if kind == "allo" {
            put(
                &mut row,
                "donor",
                json!(dice.word(&["matched_sibling", "matched_unrelated", "haploidentical"])),
            );
        }
        put(&mut answers, "prior_hsct", json!([row]));
    }
    if leukaemia {
        let in_remission = IN_REMISSION.contains(&preparation.before_infusion);
        let (least, most) = if in_remission { (0, 4) } else { (6, product.most_blasts()) };
        put(&mut answers, "bm_blasts_pct", json!(dice.between(least, most)));
    } else if product.indication != "MM" {
        let burden = json!({ "sld_mm": dice.between(15, 180), "suvmax": dice.decimal(4.0, 32.0, 1) });
        put(&mut answers, "tumour_burden", burden);
    }
    answers
}

fn refractory(dice: &mut Dice, transplantation: Option<&str>) -> &'static str {
    match transplantation {
        Some("allo") => dice.word(&["relapse_post_allo", "relapse_post_allo", "refractory_last_line"]),
        Some(_) => dice.word(&["relapse_post_auto", "relapse_post_auto", "refractory_last_line"]),
        None => dice.word(&["primary_refractory", "refractory_last_line", "relapsed", "relapsed"]),
    }
}
