//! A no, a new yes, and a yes that ends by itself.

use super::*;
use crate::schedule::fixture::{find, infused_on, schedule};
use crate::schedule::{Period, expected_items};

fn withdrawn(from: &str, until: Option<&str>) -> PatientFacts {
    PatientFacts { withdrawals: vec![Period { from: day(from), until: until.map(day) }], ..patient() }
}

#[test]
fn a_withdrawal_by_the_target_day_closes() {
    let not_applicable = ItemState::NotApplicable(Closing::Withdrawn);
    let today = day("2027-01-01");
    let answer = submitted("2026-04-12", "2026-04-12");
    for from in ["2026-02-01", "2026-04-25"] {
        let item = follow_up(&withdrawn(from, None));
        assert_eq!(state(&item, None, false, today), not_applicable);
        assert_eq!(state(&item, None, true, today), not_applicable);
        assert_eq!(state(&item, Some(&answer), false, today), not_applicable);
    }
    let later = follow_up(&withdrawn("2026-04-26", None));
    assert_eq!(state(&later, Some(&answer), false, today), ItemState::Completed);
    assert!(matches!(awaited(&later, "2027-01-01"), TimeState::Overdue { .. }));
}

#[test]
fn while_a_no_holds_nothing_unanswered_is_overdue() {
    let said = PatientFacts { stopped: true, ..withdrawn("2026-04-26", None) };
    let item = follow_up(&said);
    for today in ["2026-04-12", "2026-05-12", "2027-01-01"] {
        for draft in [false, true] {
            let state = state(&item, None, draft, day(today));
            assert_eq!(state.name(), "not_applicable_withdrawn", "{today}");
        }
    }
    let answer = submitted("2026-04-12", "2026-04-12");
    assert_eq!(state(&item, Some(&answer), false, day("2027-01-01")), ItemState::Completed);
    let taken_back = PatientFacts { stopped: false, ..withdrawn("2026-04-26", Some("2026-06-01")) };
    assert!(matches!(awaited(&follow_up(&taken_back), "2027-01-01"), TimeState::Overdue { .. }));
}

#[test]
fn when_a_yes_has_ended_nothing_unanswered_is_overdue() {
    let ends = PatientFacts { stops_on: Some(day("2026-08-01")), ..patient() };
    let item = follow_up(&ends);
    assert!(matches!(awaited(&item, "2026-07-31"), TimeState::Overdue { .. }));
    for draft in [false, true] {
        let ended = state(&item, None, draft, day("2026-08-01"));
        assert_eq!(ended, ItemState::NotApplicable(Closing::Stopped));
    }
    let answer = submitted("2026-04-12", "2026-04-12");
    assert_eq!(state(&item, Some(&answer), false, day("2026-08-01")), ItemState::Completed);
}

#[test]
fn a_new_consent_ends_a_withdrawal() {
    let closed = |until| follow_up(&withdrawn("2026-02-01", Some(until))).closed;
    assert_eq!(closed("2026-05-11"), Some(Closing::Withdrawn), "nothing was to be collected then");
    for until in ["2026-05-10", "2026-04-26", "2026-04-25"] {
        assert_eq!(closed(until), None, "{until}: there is a day left of the window");
    }
}

#[test]
fn a_window_that_a_new_yes_finds_open_is_expected_again() {
    // Days 150 to 210 of 2026-05-07, then thirty days of grace.
    let month_6 = |facts: &PatientFacts| {
        find(&expected_items(&schedule(), &infused_on("2026-05-07"), facts), "follow_up", "M6").clone()
    };
    let days = |item: &ExpectedItem| [item.first, item.target, item.last, item.grace_until];
    let no = PatientFacts { stopped: true, ..withdrawn("2026-10-28", None) };
    let item = month_6(&no);
    assert_eq!(days(&item), ["2026-10-04", "2026-11-07", "2026-12-03", "2027-01-02"].map(day));
    assert_eq!(state(&item, None, false, day("2026-11-25")), ItemState::NotApplicable(Closing::Withdrawn));

    let again = month_6(&withdrawn("2026-10-28", Some("2026-11-26")));
    for (today, time) in [
        ("2026-11-26", TimeState::Open),
        ("2026-12-04", TimeState::Due),
        ("2027-01-03", TimeState::Overdue { days: 1 }),
    ] {
        assert_eq!(awaited(&again, today), time, "{today}");
    }
    let at_the_end = month_6(&withdrawn("2026-10-28", Some("2026-12-03")));
    assert_eq!(awaited(&at_the_end, "2026-12-03"), TimeState::Open, "the last day of the window");
    assert_eq!(month_6(&withdrawn("2026-10-28", Some("2026-12-04"))).closed, Some(Closing::Withdrawn));

    // The new yes ends by itself on 2026-12-15.
    let end = Period { from: day("2026-12-16"), until: None };
    let mut limited = withdrawn("2026-10-28", Some("2026-11-26"));
    limited.withdrawals.push(end);
    limited.stops_on = Some(end.from);
    let item = month_6(&limited);
    assert_eq!(awaited(&item, "2026-12-15"), TimeState::Due);
    let ended = state(&item, None, false, day("2026-12-16"));
    assert_eq!(ended, ItemState::NotApplicable(Closing::Stopped));
}
