//! Products and infusions.

use serde_json::{Value, json};

use super::super::course::{Batch, Course, plus};
use super::super::random::{Dice, rounded};
use super::{Filled, put, yes_no};

/// Days from release to expiry.
const SHELF_LIFE: i64 = 270;

/// A batch of a course.
pub(in super::super) fn product(dice: &mut Dice, course: &Course, batch: &Batch) -> Filled {
    let product = course.product;
    let released = batch.received.is_some();
    let out_of_specification = released && !batch.in_specification;
    let (category, status) = release(product.is_academic(), released, out_of_specification);
    let mut content = json!({
        "product_code": product.code,
        "product_category": category,
        "cell_source": "autologous",
        "batch_id": batch.id,
        "manufacturer": product.maker.0,
        "manufacturing_site": product.maker.1,
        "manufacture_start": batch.started,
        "release_date": batch.released,
        "release_status": status,
    });
    if product.is_academic() {
        describe(&mut content);
    }
    if let Some(received) = batch.received {
        put(&mut content, "receipt_date", json!(received));
        put(&mut content, "expiry_date", json!(plus(batch.released, SHELF_LIFE)));
        measure(dice, &mut content, course, out_of_specification);
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

/// Under which rules a batch is used, and whether it may be infused.
fn release(academic: bool, released: bool, out_of_specification: bool) -> (&'static str, &'static str) {
    let category = match (academic, out_of_specification) {
        (true, _) => "hospital_exemption",
        (false, true) => "out_of_spec_release",
        (false, false) => "commercial",
    };
    let status = match (released, out_of_specification) {
        (false, _) => "manufacturing_failure",
        (true, true) => "out_of_specification_released",
        (true, false) => "released",
    };
    (category, status)
}

/// What an academic product tells of itself, because no code list does.
fn describe(content: &mut Value) {
    put(content, "car_generation", json!(3));
    put(content, "antigen_targets", json!(["CD19"]));
    put(content, "binder", json!("scfv_murine"));
    put(content, "costim_domains", json!(["CD28", "4-1BB"]));
    put(content, "vector", json!("gammaretroviral"));
}

/// The measurements at release.
fn measure(dice: &mut Dice, content: &mut Value, course: &Course, out_of_specification: bool) {
    let doses: f64 = course.infusions.iter().map(|(_, dose)| dose).sum();
    let made = doses.max(10.0) * (1.02 + 0.3 * dice.unit());
    let (least, most) = if out_of_specification { (66.0, 78.0) } else { (84.0, 97.0) };
    put(content, "viability_pct", json!(dice.decimal(least, most, 1)));
    put(content, "car_positive_pct", json!(dice.decimal(18.0, 70.0, 1)));
    put(content, "vcn", json!(dice.decimal(0.8, 4.2, 2)));
    put(content, "cd4_cd8_ratio", json!(dice.decimal(0.3, 3.5, 2)));
    put(content, "formulation", json!("cryopreserved"));
    put(content, "total_viable_car_e6", json!(rounded(made, 1)));
}

/// One infusion of a course, counted from 0.
pub(in super::super) fn infusion(dice: &mut Dice, course: &Course, at: usize) -> Option<Filled> {
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
