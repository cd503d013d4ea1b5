//! The referral, and what is done until the product is there: apheresis and bridging therapy.

use cartotek_domain::course::CourseOutcome;
use chrono::NaiveDate;
use serde_json::json;

use super::super::course::{Batch, Course, plus};
use super::super::history::Bridging;
use super::super::person::Person;
use super::super::random::Dice;
use super::{Filled, put, yes_no};

/// The referral of a course, with the decision of the meeting.
pub(in super::super) fn referral(dice: &mut Dice, course: &Course, person: &Person) -> Filled {
    let declined = course.closing.filter(|(outcome, _)| *outcome == CourseOutcome::Declined);
    // The meeting precedes the earliest apheresis.
    let met = declined.map_or_else(|| plus(course.opened, dice.between(5, 11)), |(_, day)| day);
    let (region, distance) = if person.is_referred() {
        (person.county_of_home(), dice.word(&["50_149", "150_299", "150_299", "300_or_more"]))
    } else {
        (person.county, dice.word(&["under_50", "under_50", "50_149"]))
    };
    let mut content = json!({
        "referral_date": course.opened,
        "referring_region": region,
        "distance_km_band": distance,
        "mdt_date": met,
        "mdt_type": dice.word(&["national", "national", "regional"]),
    });
    if person.is_referred() {
        put(&mut content, "referring_site", json!(person.home));
    }
    if declined.is_some() {
        let reason = dice.word(&["progression", "performance", "comorbidity", "patient_choice"]);
        put(&mut content, "decision", json!("declined"));
        put(&mut content, "decline_reason", json!(reason));
    } else {
        let setting = if course.product.is_academic() { "hospital_exemption" } else { "commercial" };
        put(&mut content, "decision", json!("accepted"));
        put(&mut content, "intended_product", json!(course.product.code));
        put(&mut content, "intended_setting", json!(setting));
    }
    Filled::new("referral", content)
}

/// The collection of the starting material of a batch, counted from 0.
pub(in super::super) fn apheresis(
    dice: &mut Dice,
    course: &Course,
    person: &Person,
    at: usize,
) -> Option<Filled> {
    let batch: &Batch = course.batches.get(at)?;
    let cells = dice.decimal(4.0, 18.0, 1);
    let troubled = dice.chance(0.07);
    let mut content = json!({
        "attempt_no": at + 1,
        "collection_date": batch.apheresis,
        "site": person.treating,
        "days_collected": dice.pick(&[(1, 9), (2, 1)]),
        "anticoagulant": "ACD-A",
        "processed_volume_ml": dice.between(60, 140) * 100,
        "collected_volume_ml": dice.between(60, 280),
        "tnc_e9": cells,
        "cd3_e9": dice.decimal(0.15 * cells, 0.6 * cells, 1),
        "pre_alc": dice.decimal(0.2, 2.4, 1),
        "pre_cd3_per_ul": dice.between(110, 1400),
        "shipped_fresh_or_frozen": if course.product.batch == "NVS" { "cryopreserved" } else { "fresh" },
        "collection_adverse_event": yes_no(troubled),
    });
    if troubled {
        put(&mut content, "collection_adverse_event_grade", json!(dice.between(1, 2)));
    }
    Some(Filled::new("apheresis", content))
}

/// Bridging therapy, or that there was none.
pub(in super::super) fn bridging(bridging: Option<&Bridging>) -> Filled {
    let Some(bridging) = bridging else {
        return Filled::new("bridging", json!({ "line_no": 1, "given": "no" }));
    };
    let mut content = json!({
        "line_no": 1, "given": "yes", "timing": "post_apheresis", "type": bridging.kind,
        "start": bridging.start, "stop": bridging.stop, "response": bridging.response,
    });
    if bridging.kind == "steroids_only" {
        put(&mut content, "drugs", json!(["H02AB02"]));
    }
    Filled::new("bridging", content)
}

/// The first day on which all is known of the bridging therapy of a course; none without an apheresis.
pub(in super::super) fn bridged(course: &Course, bridging: Option<&Bridging>) -> Option<NaiveDate> {
    let started = course.batches.last()?.started;
    Some(bridging.map_or(started, |bridging| bridging.stop))
}
