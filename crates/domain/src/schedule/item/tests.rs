use std::collections::BTreeMap;

use super::*;
use crate::schedule::Period;
use crate::schedule::fixture::{day, example, find, infused_on, patient, schedule};

fn of(course: &CourseFacts) -> Vec<ExpectedItem> {
    expected_items(&schedule(), course, &patient())
}

fn closed(course: &CourseFacts, form: &str, time_point: &str) -> Option<Closing> {
    find(&of(course), form, time_point).closed
}

/// The item of a form that is counted from another day than day 0.
fn before_day0<'i>(items: &'i [ExpectedItem], code: &str) -> &'i ExpectedItem {
    let empty = serde_json::json!({});
    let is_it = |item: &&ExpectedItem| item.time_point.is_none() && item.what.is_met_by_form(code, &empty);
    items.iter().find(is_it).unwrap()
}

#[test]
fn a_course_with_an_infusion_has_everything() {
    let items = of(&infused_on("2026-01-15"));
    let mut forms: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for item in &items {
        let name = match &item.what {
            Expected::Form { form, key } => key.get("instrument").unwrap_or(form).as_str(),
            Expected::Sample { .. } => "sample",
        };
        *forms.entry((name.to_owned(), item.optional)).or_default() += 1;
    }
    let expected = [
        ("acute_toxicity", false, 1),
        ("apheresis", true, 1),
        ("bridging", true, 1),
        ("eq5d5l", false, 19),
        ("fact_lym", true, 19),
        ("follow_up", false, 17),
        ("infusion", false, 1),
        ("pre_infusion", false, 1),
        ("product", false, 1),
        ("qlq_c30", true, 19),
        ("referral", false, 1),
        ("resource_use", false, 17),
        ("response_assessment", false, 4),
        ("sample", true, 10),
    ];
    let expected = expected.map(|(name, optional, count)| ((name.to_owned(), optional), count));
    assert_eq!(forms, BTreeMap::from(expected));
    assert!(items.iter().all(|item| item.closed.is_none() && item.excuse.is_none()));
    assert!(items.iter().all(|item| item.first <= item.target && item.target <= item.last));
}

#[test]
fn windows_of_the_worked_example() {
    for (form, code, first, last, grace_until) in [
        ("infusion", "D0", "2026-01-15", "2026-01-15", "2026-02-14"),
        ("pre_infusion", "D0", "2026-01-08", "2026-01-15", "2026-02-14"),
        ("prom", "D0", "2025-12-16", "2026-01-15", "2026-02-14"),
        ("acute_toxicity", "D28", "2026-02-05", "2026-02-19", "2026-03-21"),
        ("follow_up", "D100", "2026-04-10", "2026-05-10", "2026-06-09"),
        ("follow_up", "M6", "2026-06-14", "2026-08-13", "2026-09-12"),
        ("prom", "M6", "2026-06-15", "2026-08-14", "2026-09-13"),
        ("follow_up", "M12", "2027-01-15", "2027-03-16", "2027-05-15"),
        ("follow_up", "Y2", "2027-12-16", "2028-02-14", "2028-04-14"),
    ] {
        let item = example(form, code, &patient());
        let days = [item.first, item.last, item.grace_until];
        assert_eq!(days, [first, last, grace_until].map(day), "{form} {code}");
    }
}

#[test]
fn targets_after_a_leap_day() {
    let items = of(&infused_on("2024-02-29"));
    for (code, target) in [("M12", "2025-02-28"), ("Y4", "2028-02-29"), ("Y15", "2039-02-28")] {
        assert_eq!(find(&items, "follow_up", code).target, day(target), "{code}");
    }
}

#[test]
fn a_questionnaire_of_one_disease_is_for_that_disease() {
    let instruments = |family: Option<&str>| {
        let family = family.map(str::to_owned);
        let items = of(&CourseFacts { family, ..infused_on("2026-01-15") });
        let of_lymphoma = |item: &&ExpectedItem| match &item.what {
            Expected::Form { key, .. } => key.values().any(|answer| answer == "fact_lym"),
            Expected::Sample { .. } => false,
        };
        items.iter().filter(of_lymphoma).count()
    };
    assert_eq!(instruments(Some("lymphoma")), 19);
    assert_eq!(instruments(Some("myeloma")), 0);
    assert_eq!(instruments(None), 0);
}

#[test]
fn before_day0_little_is_expected() {
    let opened = CourseFacts { day0: None, batch_infused: None, apheresis: None, ..infused_on("2026-01-15") };
    let items = of(&opened);
    assert_eq!(items.len(), 1);
    let referral = before_day0(&items, "referral");
    assert_eq!((referral.last, referral.grace_until), (day("2025-11-06"), day("2025-12-06")));

    let collected = CourseFacts { apheresis: Some(day("2025-12-04")), ..opened };
    let items = of(&collected);
    assert_eq!(items.len(), 3);
    let product = before_day0(&items, "product");
    // Release takes weeks; up to 120 days from apheresis to infusion are nothing unusual.
    assert_eq!((product.first, product.last), (day("2025-12-04"), day("2026-04-03")));
    assert_eq!(product.grace_until, day("2026-05-03"));
}

#[test]
fn the_registration_is_of_the_patient() {
    let items = patient_items(&schedule(), &patient());
    let registration = before_day0(&items, "patient_registration");
    assert_eq!((items.len(), registration.grace_until), (1, day("2025-12-01")));
    assert_eq!(
        registration.why(&schedule()).en,
        "Follow-up after CAR T, version 2: Registration, counted from the enrolment (2025-11-01)"
    );
}

/// Infused 200 days ago, dead 150 days ago, enrolled today.
#[test]
fn who_is_enrolled_after_the_death_is_registered_all_the_same() {
    let enrolled_on = day("2026-11-26");
    let found = PatientFacts { enrolled_on, found_dead: Some(day("2026-06-29")), ..patient() };
    // For certain before the window, perhaps, within it, and on the day.
    for death in ["2026-06-29", "2026", "2026-10-01", "2026-11-26"] {
        let dead = PatientFacts { death: Some(death.parse().unwrap()), ..found.clone() };
        for facts in [&dead, &found] {
            let items = patient_items(&schedule(), facts);
            let registration = before_day0(&items, "patient_registration");
            assert_eq!((registration.closed, registration.excuse), (None, None), "{death}");
            assert_eq!(registration.grace_until, day("2026-12-26"));
        }
    }
    let no = Period { from: day("2026-11-26"), until: None };
    let items = patient_items(&schedule(), &PatientFacts { withdrawals: vec![no], ..found });
    assert_eq!(before_day0(&items, "patient_registration").closed, Some(Closing::Withdrawn), "a no closes");
}

#[test]
fn a_course_opened_after_the_death_asks_for_its_referral() {
    let dead = PatientFacts { death: Some("2026-06-29".parse().unwrap()), ..patient() };
    let infused = CourseFacts { opened_on: day("2026-11-26"), ..infused_on("2026-05-10") };
    let attempt = CourseFacts { day0: None, batch_infused: None, ..infused.clone() };
    for course in [&infused, &attempt] {
        let items = expected_items(&schedule(), course, &dead);
        let referral = before_day0(&items, "referral");
        assert_eq!((referral.closed, referral.excuse), (None, None));
    }
    let items = expected_items(&schedule(), &infused, &dead);
    assert_eq!(find(&items, "follow_up", "M6").closed, Some(Closing::Dead), "what lies after the death");
    let items = expected_items(&schedule(), &attempt, &dead);
    assert_eq!(before_day0(&items, "product").closed, Some(Closing::DeadUninfused));
}

#[test]
fn the_next_course_ends_the_effect_and_then_takes_over_safety() {
    let course = infused_on("2026-01-15");
    let lymphodepletion = CourseFacts { next_begins: Some(day("2026-05-01")), ..course.clone() };
    assert_eq!(lymphodepletion.efficacy_ends(), Some(day("2026-04-30")));
    // What was open is cut short, but not overdue any sooner.
    let items = of(&lymphodepletion);
    let response = find(&items, "response_assessment", "D100");
    assert_eq!((response.last, response.grace_until), (day("2026-04-30"), day("2026-06-09")));
    assert_eq!(response.closed, None);
    assert_eq!(find(&items, "response_assessment", "M6").closed, Some(Closing::Superseded));
    assert_eq!(find(&items, "prom", "M6").closed, Some(Closing::Superseded));
    // Safety goes on until there is a new day 0.
    assert_eq!(find(&items, "follow_up", "M6").closed, None);

    let infused = CourseFacts { next_day0: Some(day("2026-05-06")), ..lymphodepletion };
    let items = of(&infused);
    assert_eq!(find(&items, "follow_up", "D100").last, day("2026-05-10"));
    assert_eq!(find(&items, "follow_up", "D100").closed, None);
    for code in ["M6", "Y15"] {
        assert_eq!(find(&items, "follow_up", code).closed, Some(Closing::Superseded), "{code}");
    }
    // Taken back, all is as before.
    let undone = CourseFacts { next_begins: None, next_day0: None, ..infused };
    assert_eq!(of(&undone), of(&course));
}

#[test]
fn the_next_course_takes_over_what_begins_with_it() {
    // M6 begins on 2026-06-14.
    let next = |lymphodepletion: Option<&str>, day0: Option<&str>| CourseFacts {
        next_begins: lymphodepletion.or(day0).map(day),
        next_day0: day0.map(day),
        ..infused_on("2026-01-15")
    };
    let superseded = Some(Closing::Superseded);
    assert_eq!(closed(&next(None, Some("2026-06-14")), "follow_up", "M6"), superseded);
    assert_eq!(closed(&next(None, Some("2026-06-15")), "follow_up", "M6"), None);
    let without = next(None, Some("2026-06-14"));
    assert_eq!(without.efficacy_ends(), Some(day("2026-06-13")), "the day before the infusion");
    assert_eq!(closed(&without, "response_assessment", "M6"), superseded);
    assert_eq!(closed(&next(Some("2026-06-14"), None), "response_assessment", "M6"), superseded);
    let later = next(Some("2026-06-15"), None);
    assert_eq!(closed(&later, "response_assessment", "M6"), None);
    let items = of(&later);
    let response = find(&items, "response_assessment", "M6");
    assert_eq!((response.first, response.last), (day("2026-06-14"), day("2026-06-14")));
}

#[test]
fn new_therapy_excuses_from_what_tells_of_the_effect() {
    // D100 begins on 2026-04-10.
    let excuse = |start: &str, form: &str, time_point: &str| {
        let new_therapy = Some(start.parse().unwrap());
        find(&of(&CourseFacts { new_therapy, ..infused_on("2026-01-15") }), form, time_point).excuse
    };
    let excused = Some(Excuse::NewTherapy);
    for start in ["2026-03-01", "2026-04-10", "2026-04", "2026"] {
        assert_eq!(excuse(start, "response_assessment", "D100"), excused, "{start}");
        assert_eq!(excuse(start, "prom", "M6"), excused, "{start}");
        assert_eq!(excuse(start, "follow_up", "D100"), None, "{start}: safety goes on");
    }
    assert_eq!(excuse("2026-04-11", "response_assessment", "D100"), None, "assessed before it began");
    assert_eq!(excuse("2026-03-01", "response_assessment", "D28"), None);
}

#[test]
fn a_course_closed_without_infusion_leaves_open_what_was_due() {
    let attempt = CourseFacts { day0: None, closed_on: Some(day("2026-01-20")), ..infused_on("2026-01-15") };
    let items = of(&attempt);
    assert_eq!(before_day0(&items, "product").closed, Some(Closing::NotInfused));
    assert_eq!(before_day0(&items, "referral").closed, None);
    let declined = CourseFacts { apheresis: None, closed_on: Some(attempt.opened_on), ..attempt.clone() };
    assert_eq!(before_day0(&of(&declined), "referral").closed, None, "declined on the day of referral");
    // Opened again, or infused after all.
    let reopened = CourseFacts { closed_on: None, ..attempt.clone() };
    assert_eq!(before_day0(&of(&reopened), "product").closed, None);
    let infused = CourseFacts { day0: Some(day("2026-01-15")), ..attempt };
    assert_eq!(before_day0(&of(&infused), "product").closed, None);
}

#[test]
fn a_death_without_infusion_leaves_open_what_was_due() {
    // The apheresis was on 2025-12-04; the window of the product closes on 2026-04-03.
    let waiting = CourseFacts { day0: None, ..infused_on("2026-01-15") };
    let product = |course: &CourseFacts, death: &str| {
        let dead = PatientFacts { death: Some(death.parse().unwrap()), ..patient() };
        let items = expected_items(&schedule(), course, &dead);
        assert_eq!(before_day0(&items, "referral").closed, None, "its window had closed before");
        let product = before_day0(&items, "product");
        (product.closed, product.excuse)
    };
    for death in ["2025-12-20", "2026-01", "2026-04-02"] {
        assert_eq!(product(&waiting, death).0, Some(Closing::DeadUninfused), "{death}");
    }
    assert_eq!(product(&waiting, "2026"), (None, Some(Excuse::DeathUnclear)));
    assert_eq!(product(&waiting, "2026-04-03"), (None, None));
    assert_eq!(product(&infused_on("2026-01-15"), "2026-02-01"), (None, None), "there was a product");
}

#[test]
fn a_corrected_day0_moves_every_window() {
    let moved = CourseFacts { day0: Some(day("2026-01-16")), ..infused_on("2026-01-15") };
    let (before, after) = (of(&infused_on("2026-01-15")), of(&moved));
    let counted = |items: &[ExpectedItem], code| find(items, "follow_up", code).first;
    assert_eq!(counted(&before, "D100").succ_opt(), Some(counted(&after, "D100")));
    assert_eq!(before_day0(&before, "product"), before_day0(&after, "product"));
}

#[test]
fn an_item_says_what_made_it_due() {
    let why = example("follow_up", "D100", &patient()).why(&schedule());
    assert_eq!(why.en, "Follow-up after CAR T, version 2: Day 100, counted from day 0 (2026-01-15)");
    assert_eq!(why.sv, "Uppföljning efter CAR-T, version 2: Dag 100, räknat från dag 0 (2026-01-15)");
}
