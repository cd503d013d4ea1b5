//! What a course asks for before its infusion, so that a form that was forgotten is not taken for one that is not due.

use serde_json::json;

use crate::schedule::fixture::{day, infused_on, patient, schedule};
use crate::schedule::worklist::{satisfied_by, why};
use crate::schedule::{Anchor, Closing, CourseFacts, ExpectedItem, PatientFacts, expected_items, state};
use crate::text::Text;

/// A course of which nothing is known but that it was opened.
fn opened() -> CourseFacts {
    CourseFacts { apheresis: None, day0: None, batch_infused: None, ..infused_on("2026-03-15") }
}

fn accepted() -> CourseFacts {
    CourseFacts { accepted_on: Some(day("2026-01-20")), ..opened() }
}

fn released() -> CourseFacts {
    CourseFacts { infusable_product: Some(day("2026-03-02")), ..accepted() }
}

fn counted_from(anchor: Anchor, course: &CourseFacts, patient: &PatientFacts) -> Option<ExpectedItem> {
    expected_items(&schedule(), course, patient).into_iter().find(|item| item.anchor == anchor)
}

#[test]
fn an_accepted_referral_asks_for_the_apheresis() {
    let asked = |course: &CourseFacts| counted_from(Anchor::AcceptedReferral, course, &patient());
    let item = asked(&accepted()).unwrap();
    assert!(item.what.is_met_by_form("apheresis", &json!({})) && !item.optional);
    let days = [item.first, item.target, item.last, item.grace_until];
    assert_eq!(days, ["2026-01-20", "2026-02-17", "2026-04-20", "2026-05-20"].map(day));
    assert_eq!(asked(&opened()), None);
    let begun = Some(day("2026-02-01"));
    for course in [
        CourseFacts { apheresis: begun, ..accepted() },
        CourseFacts { failed_product: begun, ..accepted() },
        CourseFacts { infusable_product: begun, ..accepted() },
        CourseFacts { day0: begun, ..accepted() },
    ] {
        assert_eq!(asked(&course), None, "{course:?}");
    }
}

#[test]
fn a_product_that_may_be_infused_asks_for_the_infusion() {
    let item = counted_from(Anchor::InfusableProduct, &released(), &patient()).unwrap();
    assert!(item.what.is_met_by_form("infusion", &json!({})) && !item.optional);
    let days = [item.first, item.target, item.last, item.grace_until];
    assert_eq!(days, ["2026-03-02", "2026-03-16", "2026-06-30", "2026-07-30"].map(day));
    let infused = CourseFacts { day0: Some(day("2026-03-15")), ..released() };
    assert_eq!(counted_from(Anchor::InfusableProduct, &infused, &patient()), None);
    let waiting = state(&item, None, false, day("2026-03-10"));
    assert_eq!(
        why(&schedule(), &item, waiting).en,
        "Follow-up after CAR T, version 2: Infusion of the product, counted from the product that may be infused \
         (2026-03-02)"
    );
    assert_eq!(
        satisfied_by(&item, false, &Text::new("Infusion", "Infusion")).sv,
        "Skicka in formuläret Infusion, daterat 2026-03-02 till 2026-06-30, senast 2026-07-30. Blir det ingen infusion, \
         avsluta behandlingsomgången."
    );
}

#[test]
fn whatever_ends_the_course_ends_the_wait() {
    for (anchor, course) in [(Anchor::AcceptedReferral, accepted()), (Anchor::InfusableProduct, released())] {
        let closed = |course: &CourseFacts, patient: &PatientFacts| {
            counted_from(anchor, course, patient).unwrap().closed
        };
        assert_eq!(closed(&course, &patient()), None);
        let end = Some(day("2027-01-01"));
        let over = CourseFacts { closed_on: end, ..course.clone() };
        assert_eq!(closed(&over, &patient()), Some(Closing::NotInfused), "{anchor:?}");
        let overtaken = CourseFacts { next_day0: end, ..course.clone() };
        assert_eq!(closed(&overtaken, &patient()), Some(Closing::Superseded), "{anchor:?}");
        let dead = PatientFacts { death: Some("2027-01-01".parse().unwrap()), ..patient() };
        assert_eq!(closed(&course, &dead), Some(Closing::DeadUninfused), "{anchor:?}");
    }
}
