//! What the tests of schedule and completeness share.

use chrono::NaiveDate;

use super::{CourseFacts, Expected, ExpectedItem, PatientFacts, Schedule, TimePoint, expected_items};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The latest published schedule.
pub(crate) fn schedule() -> Schedule {
    serde_json::from_str(include_str!("../../../../schemas/schedule/follow_up/2.json")).unwrap()
}

/// A first course, with apheresis six weeks and opening ten weeks before day 0.
pub(crate) fn infused_on(day0: &str) -> CourseFacts {
    let day0 = day(day0);
    CourseFacts {
        family: Some("lymphoma".to_owned()),
        opened_on: day0 - chrono::Days::new(70),
        accepted_on: None,
        apheresis: Some(day0 - chrono::Days::new(42)),
        failed_product: None,
        infusable_product: None,
        day0: Some(day0),
        batch_infused: Some(day0),
        closed_on: None,
        next_begins: None,
        next_day0: None,
        new_therapy: None,
    }
}

/// A patient of whom nothing is known but that nothing has happened.
pub(crate) fn patient() -> PatientFacts {
    PatientFacts {
        enrolled_on: day("2025-11-01"),
        death: None,
        found_dead: None,
        losses: Vec::new(),
        withdrawals: Vec::new(),
        stopped: false,
        stops_on: None,
    }
}

/// The item of a form at a time point, the first if there are several.
pub(crate) fn find<'i>(items: &'i [ExpectedItem], code: &str, time_point: &str) -> &'i ExpectedItem {
    let time_point: TimePoint = time_point.parse().unwrap();
    let is_it = |item: &&ExpectedItem| {
        let of_form = matches!(&item.what, Expected::Form { form, .. } if form == code);
        of_form && item.time_point == Some(time_point)
    };
    items.iter().find(is_it).unwrap()
}

/// The item of a form of a course with day 0 on 2026-01-15.
pub(crate) fn example(code: &str, time_point: &str, patient: &PatientFacts) -> ExpectedItem {
    find(&expected_items(&schedule(), &infused_on("2026-01-15"), patient), code, time_point).clone()
}
