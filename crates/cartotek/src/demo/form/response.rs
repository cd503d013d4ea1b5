//! Response assessments, by the criteria of the disease.

use serde_json::{Value, json};

use super::super::life::Life;
use super::super::outcome::rank;
use super::super::random::Dice;
use super::super::visit::Assessment;
use super::{Filled, put, yes_no};

/// What an assessment states; none in a course without an infusion.
pub(in super::super) fn response(dice: &mut Dice, life: &Life, assessment: &Assessment) -> Option<Filled> {
    let course = &life.courses[assessment.course];
    let outcome = course.outcome()?;
    let status = outcome.status(assessment.date);
    let place = outcome.relapse.as_ref().map_or("bone_marrow", |relapse| relapse.site);
    let with_marrow = rank(status) == 1 || dice.chance(0.3);
    let (criteria, name, answers, modality) = match course.product.indication {
        "MM" => {
            let modality: &[&str] = if with_marrow { &["serum_urine", "marrow"] } else { &["serum_urine"] };
            ("imwg_2016", "myeloma", myeloma(dice, status, with_marrow), modality)
        }
        "B_ALL" => ("all", "lymphoblastic_leukaemia", leukaemia(dice, status, place), &["marrow"][..]),
        _ => {
            let by_pet = dice.chance(0.92);
            let modality = if by_pet { &["PET_CT"][..] } else { &["CT"] };
            ("lugano_2014", "lymphoma", lymphoma(dice, status, by_pet), modality)
        }
    };
    let mut content = json!({
        "assessment_date": assessment.date,
        "time_point": assessment.time_point,
        "criteria": criteria,
        "modality": modality,
        "assessor": "local",
    });
    put(&mut content, name, answers);
    let relapsed = outcome.relapse.as_ref().is_some_and(|relapse| relapse.date <= assessment.date);
    Some(Filled::new("response_assessment", content).because(
        relapsed && status != "PD",
        "R-RESP-03B",
        "/assessment_date",
        "In remission after new therapy; its form follows.",
    ))
}

fn lymphoma(dice: &mut Dice, status: &str, by_pet: bool) -> Value {
    let (metabolic, deauville) = match status {
        "CR" => ("CMR", dice.word(&["1", "1", "2", "2", "3"])),
        "PR" => ("PMR", "4"),
        "SD" => ("NMR", dice.word(&["4", "5"])),
        _ => ("PMD", "5"),
    };
    let new_lesions = status == "PD" && dice.chance(0.7);
    let mut answers = json!({ "new_lesions": yes_no(new_lesions), "overall": status });
    if by_pet {
        put(&mut answers, "lugano_pet", json!(metabolic));
        put(&mut answers, "deauville", json!(deauville));
    } else {
        put(&mut answers, "lugano_ct", json!(status));
    }
    answers
}

fn myeloma(dice: &mut Dice, status: &str, with_marrow: bool) -> Value {
    let mut answers = json!({ "imwg": status });
    match status {
        "sCR" => {
            put(&mut answers, "immunofixation_positive", json!("no"));
            put(&mut answers, "free_light_chain_ratio_normal", json!("yes"));
            put(&mut answers, "clonal_plasma_cells", json!("no"));
            put(&mut answers, "plasmacytoma", json!("no"));
            put(&mut answers, "mrd", json!({ "method": "NGF", "sensitivity": "1e-5", "result": "neg" }));
        }
        "VGPR" => put(&mut answers, "serum_m_protein_drop_pct", json!(dice.between(91, 99))),
        "PR" => put(&mut answers, "serum_m_protein_drop_pct", json!(dice.between(54, 88))),
        "SD" => put(&mut answers, "serum_m_protein_drop_pct", json!(dice.between(-10, 22))),
        _ => {
            put(&mut answers, "rise_from_nadir_pct", json!(dice.between(30, 240)));
            put(&mut answers, "serum_m_protein_rise_g_l", json!(dice.between(6, 28)));
        }
    }
    if with_marrow {
        let (least, most) = if rank(status) == 1 { (0, 2) } else { (3, 40) };
        put(&mut answers, "marrow_plasma_cells_pct", json!(dice.between(least, most)));
    }
    answers
}

/// `place` is where a relapse is, if there is one.
fn leukaemia(dice: &mut Dice, status: &str, place: &str) -> Value {
    let (response, residual) = match status {
        "CR_MRDneg" => ("CR", Some("neg")),
        "CR_MRDpos" => ("CR", Some("pos")),
        "CRi" => ("CRi", Some("neg")),
        "NR" => ("NR", None),
        _ => ("relapse", None),
    };
    let in_marrow = residual.is_none() && ["bone_marrow", "blood"].contains(&place);
    let outside = residual.is_none() && ["extramedullary", "cns"].contains(&place);
    let blasts = if in_marrow { dice.between(8, 90) } else { dice.between(0, 3) };
    let mut answers = json!({
        "all_response": response, "marrow_blasts_pct": blasts, "extramedullary_disease": yes_no(outside),
    });
    if let Some(result) = residual {
        let (neutrophils, platelets) = if response == "CR" {
            (dice.decimal(1.1, 4.5, 1), dice.between(104, 290))
        } else {
            (dice.decimal(0.2, 0.9, 1), dice.between(22, 90))
        };
        put(&mut answers, "anc", json!(neutrophils));
        put(&mut answers, "platelets", json!(platelets));
        let mut mrd = json!({ "method": dice.word(&["flow", "flow", "IgTCR_PCR"]), "result": result });
        if result == "pos" {
            put(&mut mrd, "level_pct", json!(dice.decimal(0.01, 0.8, 2)));
        }
        put(&mut answers, "mrd", mrd);
    }
    answers
}
