//! What a course asks for after a product that failed.

use crate::schedule::fixture::{day, infused_on, patient, schedule};
use crate::schedule::worklist::{satisfied_by, why};
use crate::schedule::{
    Anchor, Closing, CourseFacts, ExpectedItem, PatientFacts, TimeState, expected_items, state,
};
use crate::text::Text;

/// A course in which a product failed after day 0 on paper: only that it was infused counts here.
fn infused() -> CourseFacts {
    CourseFacts { failed_product: Some(day("2026-01-20")), ..infused_on("2026-01-15") }
}

/// A course that has not been infused; the apheresis was on 2025-12-04, a product failed on 2026-01-20.
fn failed() -> CourseFacts {
    CourseFacts { day0: None, batch_infused: None, ..infused() }
}

fn counted_from(anchor: Anchor, course: &CourseFacts, patient: &PatientFacts) -> Option<ExpectedItem> {
    let is_product = |item: &ExpectedItem| item.what.is_met_by_form("product", &serde_json::json!({}));
    let items = expected_items(&schedule(), course, patient);
    items.into_iter().find(|item| item.anchor == anchor && is_product(item))
}

fn next_product(course: &CourseFacts) -> Option<ExpectedItem> {
    counted_from(Anchor::FailedProduct, course, &patient())
}

#[test]
fn the_next_product_is_awaited() {
    let item = next_product(&failed()).unwrap();
    let days = [item.first, item.target, item.last, item.grace_until];
    assert_eq!(days, ["2026-01-20", "2026-03-03", "2026-05-20", "2026-06-19"].map(day));
    assert_eq!((item.closed, item.excuse, item.optional), (None, None, false));
    for (today, time) in [
        ("2026-05-20", TimeState::Open),
        ("2026-06-19", TimeState::Due),
        ("2026-06-20", TimeState::Overdue { days: 1 }),
    ] {
        assert_eq!(state(&item, None, false, day(today)).time(), Some(time), "{today}");
    }
    assert!(counted_from(Anchor::Apheresis, &failed(), &patient()).is_some(), "the first stays");
}

#[test]
fn it_says_what_made_it_due_and_what_satisfies_it() {
    let item = next_product(&failed()).unwrap();
    let waiting = state(&item, None, false, day("2026-02-01"));
    assert_eq!(
        why(&schedule(), &item, waiting).en,
        "Follow-up after CAR T, version 2: Next product, counted from the product that may not be infused, or the \
         leukapheresis after it (2026-01-20)"
    );
    assert_eq!(
        satisfied_by(&item, false, &Text::new("Produkt", "Product")).en,
        "Submit the form Product, dated 2026-01-20 to 2026-05-20, by 2026-06-19. A batch that may not be infused will \
         not do. If there will be no infusion, close the course."
    );
    assert_eq!(
        satisfied_by(&item, true, &Text::new("Produkt", "Product")).sv,
        "Skicka in formuläret Produkt, daterat 2026-01-20 till 2026-05-20, senast 2026-06-19. En batch som inte får \
         infunderas räcker inte."
    );
}

#[test]
fn a_success_asks_for_no_other() {
    assert_eq!(next_product(&CourseFacts { failed_product: None, ..failed() }), None);
}

#[test]
fn an_infused_course_asks_for_the_product_of_after_the_failure_alone() {
    let item = next_product(&infused()).unwrap();
    assert_eq!((item.last, item.grace_until), (day("2026-05-20"), day("2026-06-19")));
    assert_eq!(counted_from(Anchor::Apheresis, &infused(), &patient()), None);
    // What was infused was there, whatever came after its window.
    let later = CourseFacts { next_day0: Some(day("2027-01-01")), ..infused() };
    assert_eq!(next_product(&later).unwrap().closed, None);
}

#[test]
fn an_infusion_without_an_apheresis_asks_for_its_product() {
    let asked = |course: &CourseFacts| counted_from(Anchor::InfusionWithoutApheresis, course, &patient());
    let course = CourseFacts { apheresis: None, ..infused_on("2026-01-15") };
    let item = asked(&course).unwrap();
    let days = [item.first, item.target, item.last, item.grace_until];
    assert_eq!(days, ["2025-09-17", "2026-01-15", "2026-01-15", "2026-02-14"].map(day));
    assert!(!item.optional);
    assert_eq!(asked(&infused_on("2026-01-15")), None);
    assert_eq!(asked(&CourseFacts { batch_infused: None, ..course }), None, "cells kept from another course");
    assert_eq!(
        why(&schedule(), &item, state(&item, None, false, day("2026-02-01"))).en,
        "Follow-up after CAR T, version 2: Leukapheresis and product, counted from the infusion, since no leukapheresis is \
         recorded (2026-01-15)"
    );
}

#[test]
fn what_ends_the_course_ends_the_wait_whenever_it_comes() {
    let closed = |course: &CourseFacts| next_product(course).unwrap().closed;
    for end in ["2026-01-10", "2026-02-01", "2027-01-01"].map(day) {
        let course = CourseFacts { closed_on: Some(end), ..failed() };
        assert_eq!(closed(&course), Some(Closing::NotInfused), "{end}");
        let course = CourseFacts { next_day0: Some(end), ..failed() };
        assert_eq!(closed(&course), Some(Closing::Superseded), "{end}");
    }
    for (death, closing) in [
        ("2026-01-10", Closing::Dead),
        ("2026-02", Closing::DeadUninfused),
        ("2026", Closing::DeadUninfused),
        ("2027-01-01", Closing::DeadUninfused),
    ] {
        let dead = PatientFacts { death: Some(death.parse().unwrap()), ..patient() };
        let item = counted_from(Anchor::FailedProduct, &failed(), &dead).unwrap();
        assert_eq!(item.closed, Some(closing), "{death}");
    }
}

#[test]
fn whoever_was_found_dead_gets_no_product() {
    let closed = |anchor: Anchor, found: &str| {
        let found = PatientFacts { found_dead: Some(day(found)), ..patient() };
        counted_from(anchor, &failed(), &found).unwrap().closed
    };
    assert_eq!(closed(Anchor::FailedProduct, "2027-01-01"), Some(Closing::DeadUninfused));
    // The window of the first closes on 2026-04-03.
    assert_eq!(closed(Anchor::Apheresis, "2026-04-02"), Some(Closing::DeadUninfused));
    assert_eq!(closed(Anchor::Apheresis, "2026-04-03"), None, "what was due stays due");
}
