//! Products and infusions.

use serde_json::json;

use super::super::course::{Batch, Course};
use super::super::person::Person;
use super::super::random::{Dice, rounded};
use super::{Filled, put, yes_no};

/// A batch of a course.
pub(in super::super) fn product(dice: &mut Dice, course: &Course, batch: &Batch) -> Filled {
    let product = course.product;
    let released = batch.received.is_some();
    let out_of_specification = released && !batch.in_specification;
    let category = match (product.is_academic(), out_of_specification) {
        (true, _) => "hospital_exemption",
        (false, true) => "out_of_spec_release",
        (false, false) => "commercial",
    };
    let status = match (released, out_of_specification) {
        (false, _) => "manufacturing_failure",
        (true, true) => "out_of_specification_released",
        (true, false) => "released",
    };
    let mut content = json!({
        "product_code": product.code,
        "product_category": category,
        "indication_group": product.indication,
        "cell_source": "autologous",
        "batch_id": batch.id,
        "manufacturer": product.maker.0,
        "manufacturing_site": product.maker.1,
        "apheresis_date": batch.apheresis,
        "manufacture_start": batch.started,
        "release_date": batch.released,
        "release_status": status,
    });
    if product.is_academic() {
        put(&mut content, "car_generation", json!(3));
        put(&mut content, "antigen_targets", json!(["CD19"]));
        put(&mut content, "binder", json!("scfv_murine"));
        put(&mut content, "costim_domains", json!(["CD28", "4-1BB"]));
        put(&mut content, "vector", json!("gammaretroviral"));
    }
    if let Some(received) = batch.received {
        let doses: f64 = course.infusions.iter().map(|(_, dose)| dose).sum();
        let made = doses.max(10.0) * (1.02 + 0.3 * dice.unit());
        let viability =
            if out_of_specification { dice.decimal(66.0, 78.0, 1) } else { dice.decimal(84.0, 97.0, 1) };
        put(&mut content, "receipt_date", json!(received));
        put(&mut content, "viability_pct", json!(viability));
        put(&mut content, "car_positive_pct", json!(dice.decimal(18.0, 70.0, 1)));
        put(&mut content, "vcn", json!(dice.decimal(0.8, 4.2, 2)));
        put(&mut content, "cd4_cd8_ratio", json!(dice.decimal(0.3, 3.5, 2)));
        put(&mut content, "formulation", json!("cryopreserved"));
        put(&mut content, "total_viable_car_e6", json!(rounded(made, 1)));
    }
    if out_of_specification {
        put(&mut content, "oos_reasons", json!(["viability"]));
    }
    Filled::new("product", content).because(
        out_of_specification,
        "R-PROD-05",
        "/viability_pct",
        "Released out of specification after a joint assessment of benefit and risk.",
    )
}

/// One infusion of a course, counted from 0.
pub(in super::super) fn infusion(
    dice: &mut Dice,
    course: &Course,
    person: &Person,
    at: usize,
) -> Option<Filled> {
    let (day, dose) = *course.infusions.get(at)?;
    let batch = course.batches.last()?;
    let since_apheresis = course.batches.first().map_or(0, |first| (day - first.apheresis).num_days());
    let reaction = dice.chance(0.08);
    let mut content = json!({
        "infusion_no": at + 1,
        "infusion_date": day,
        "batch_id": batch.id,
        "setting": if dice.chance(0.9) { "inpatient" } else { "outpatient" },
        "route": "iv",
        "entire_volume_infused": "yes",
        "dose_car_total_e6": dose,
        "weight_kg": person.weight_kg,
        "post_thaw_viability_pct": dice.decimal(74.0, 95.0, 1),
        "premedication": ["paracetamol", "antihistamine"],
        "infusion_reaction": yes_no(reaction),
    });
    if reaction {
        put(&mut content, "infusion_reaction_grade", json!(dice.between(1, 2)));
    }
    let filled = Filled::new("infusion", content).because(
        at == 0 && !(10..=120).contains(&since_apheresis),
        "R-DATE-04",
        "/infusion_date",
        "The first batch could not be used; both dates are right.",
    );
    Some(filled)
}
