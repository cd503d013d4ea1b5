use super::*;
use crate::schedule::fixture::{day, example, patient};
use crate::schedule::{Loss, PatientFacts};

mod consent;

/// The follow-up at D100: window 2026-04-10 to 2026-05-10, target 2026-04-25, grace until 2026-06-09.
fn follow_up(patient: &PatientFacts) -> ExpectedItem {
    example("follow_up", "D100", patient)
}

fn awaited(item: &ExpectedItem, today: &str) -> TimeState {
    match state(item, None, false, day(today)) {
        ItemState::Awaited(time) => time,
        other => panic!("{other:?}"),
    }
}

fn dead(date: &str) -> PatientFacts {
    PatientFacts { death: Some(date.parse().unwrap()), ..patient() }
}

fn lost(last_contact: &str, declared: &str, returned: Option<&str>) -> PatientFacts {
    let (last_contact, declared, returned) = (day(last_contact), day(declared), returned.map(day));
    PatientFacts { losses: vec![Loss { last_contact, declared, returned }], ..patient() }
}

fn submitted(dated: &str, first_submitted: &str) -> Submitted {
    Submitted { dated: Some(dated.parse().unwrap()), first_submitted: day(first_submitted) }
}

#[test]
fn time_passes_over_an_item() {
    let item = follow_up(&patient());
    for (today, time) in [
        ("2026-01-15", TimeState::Upcoming),
        ("2026-04-09", TimeState::Upcoming),
        ("2026-04-10", TimeState::Open),
        ("2026-05-10", TimeState::Open),
        ("2026-05-11", TimeState::Due),
        ("2026-06-09", TimeState::Due),
        ("2026-06-10", TimeState::Overdue { days: 1 }),
        ("2027-06-09", TimeState::Overdue { days: 365 }),
    ] {
        assert_eq!(awaited(&item, today), time, "{today}");
        assert_eq!(state(&item, None, true, day(today)), ItemState::Draft(time), "{today}");
    }
}

#[test]
fn annual_forms_have_sixty_days_of_grace() {
    // Window 2027-12-16 to 2028-02-14.
    let item = example("follow_up", "Y2", &patient());
    assert_eq!(awaited(&item, "2028-04-14"), TimeState::Due);
    assert_eq!(awaited(&item, "2028-04-15"), TimeState::Overdue { days: 1 });
}

#[test]
fn what_is_submitted_is_completed_on_every_day() {
    let item = follow_up(&patient());
    for (dated, state_then) in [
        ("2026-04-09", ItemState::CompletedOutOfWindow),
        ("2026-04-10", ItemState::Completed),
        ("2026-05-10", ItemState::Completed),
        ("2026-05-11", ItemState::CompletedOutOfWindow),
        ("2026-05", ItemState::Completed),
        ("2026-06", ItemState::CompletedOutOfWindow),
    ] {
        for today in ["2026-04-09", "2030-01-01"] {
            let answer = submitted(dated, "2026-04-09");
            assert_eq!(state(&item, Some(&answer), true, day(today)), state_then, "{dated}");
        }
    }
    let undated = Submitted { dated: None, first_submitted: day("2026-05-01") };
    assert_eq!(state(&item, Some(&undated), false, day("2026-05-01")), ItemState::Completed);
}

#[test]
fn of_several_submissions_the_one_in_the_window_answers() {
    let item = follow_up(&patient());
    let all = [
        submitted("2026-04-01", "2026-04-02"),
        submitted("2026-04-20", "2026-04-28"),
        submitted("2026-04-30", "2026-05-02"),
    ];
    let best = all.iter().min_by_key(|answer| answer.misfit(&item)).unwrap();
    assert_eq!(best.dated, Some("2026-04-20".parse().unwrap()));
}

#[test]
fn a_death_before_the_window_closes() {
    let not_applicable = ItemState::NotApplicable(Closing::Dead);
    let today = day("2027-01-01");
    for date in ["2026-04-09", "2026-03", "2026-02-10"] {
        let item = follow_up(&dead(date));
        assert_eq!(state(&item, None, true, today), not_applicable, "{date}");
        let answer = submitted("2026-04-12", "2026-04-12");
        assert_eq!(state(&item, Some(&answer), false, today), not_applicable, "{date}");
    }
    // The final form of the period is still to come.
    for date in ["2026-04-10", "2026-05-01", "2026-05"] {
        let item = follow_up(&dead(date));
        assert!(matches!(awaited(&item, "2027-01-01"), TimeState::Overdue { .. }), "{date}");
    }
}

#[test]
fn a_death_that_may_lie_before_the_window_makes_nothing_overdue() {
    for date in ["2026", "2026-04"] {
        let item = follow_up(&dead(date));
        assert_eq!((item.closed, item.excuse), (None, Some(Excuse::DeathUnclear)), "{date}");
        assert_eq!(awaited(&item, "2026-04-20"), TimeState::Open);
        assert_eq!(awaited(&item, "2030-01-01"), TimeState::Due);
        let answer = submitted("2026-04-12", "2026-05-01");
        assert_eq!(state(&item, Some(&answer), false, day("2030-01-01")), ItemState::Completed);
    }
    // No doubt about later time points, and none about earlier ones.
    assert_eq!(example("follow_up", "M12", &dead("2026")).closed, Some(Closing::Dead));
    assert_eq!(example("acute_toxicity", "D28", &dead("2026-04")).excuse, None);
}

#[test]
fn the_toxicity_of_whoever_died_before_the_window_is_still_to_be_told() {
    // Day 28 is 2026-02-12, its window opens on 2026-02-05.
    for date in ["2026-01-15", "2026-01-25", "2026-02-04"] {
        let item = example("acute_toxicity", "D28", &dead(date));
        assert_eq!((item.closed, item.excuse), (None, None), "{date}");
        assert_eq!((item.first, item.last), (day("2026-01-15"), day("2026-02-19")), "{date}");
        assert_eq!(awaited(&item, "2026-03-22"), TimeState::Overdue { days: 1 });
        let answer = submitted("2026-01-15", "2026-02-01");
        assert_eq!(state(&item, Some(&answer), false, day("2026-03-22")), ItemState::Completed);
    }
    assert_eq!(example("response_assessment", "D28", &dead("2026-01-25")).closed, Some(Closing::Dead));
    let alive = example("acute_toxicity", "D28", &dead("2026-02-05"));
    assert_eq!((alive.first, alive.closed), (day("2026-02-05"), None), "the window was reached");
}

#[test]
fn nobody_is_asked_for_the_effect_in_a_patient_who_died_in_the_window() {
    for date in ["2026-04-10", "2026-05-10", "2026-05"] {
        let item = example("prom", "D100", &dead(date));
        assert_eq!((item.closed, item.excuse), (None, Some(Excuse::DiedWithin)), "{date}");
        assert_eq!(awaited(&item, "2026-06-09"), TimeState::Due);
        assert_eq!(awaited(&item, "2026-06-10"), TimeState::Lapsed);
        let answer = submitted("2026-04-10", "2026-05-01");
        assert_eq!(state(&item, Some(&answer), false, day("2027-01-01")), ItemState::Completed);
    }
    assert_eq!(example("prom", "D100", &dead("2026-05-11")).excuse, None, "there was time to ask");
    assert_eq!(example("follow_up", "D100", &dead("2026-05-01")).excuse, None, "the final form");
}

#[test]
fn whoever_was_found_dead_is_not_expected_later() {
    let found = PatientFacts { found_dead: Some(day("2026-04-20")), ..patient() };
    assert_eq!(example("follow_up", "M6", &found).closed, Some(Closing::Dead));
    assert_eq!((follow_up(&found).closed, follow_up(&found).excuse), (None, None), "the form that tells it");
    assert_eq!(example("prom", "D100", &found).excuse, Some(Excuse::DiedWithin));
    assert_eq!(example("prom", "D28", &found).excuse, None, "that window had closed before");
    // A day of death says more.
    let dated = PatientFacts { death: Some("2026-04-12".parse().unwrap()), ..found.clone() };
    assert_eq!(follow_up(&dated), follow_up(&dead("2026-04-12")));
    let early = PatientFacts { found_dead: Some(day("2026-04-09")), ..found };
    assert_eq!(follow_up(&early).closed, Some(Closing::Dead));
}

#[test]
fn a_corrected_death_opens_the_items_again() {
    let closed = follow_up(&dead("2026-03-01"));
    assert_eq!(closed.closed, Some(Closing::Dead));
    assert_eq!(follow_up(&dead("2026-05-01")).closed, None);
    assert_eq!(follow_up(&patient()), ExpectedItem { closed: None, ..closed });
}

#[test]
fn a_loss_that_covers_the_target_is_no_overdue() {
    let item = follow_up(&lost("2026-02-20", "2026-04-25", None));
    for (today, time) in [
        ("2026-04-10", TimeState::Open),
        ("2026-06-09", TimeState::Due),
        ("2026-06-10", TimeState::MissedLost),
        ("2036-06-10", TimeState::MissedLost),
    ] {
        assert_eq!(awaited(&item, today), time, "{today}");
    }
    assert_eq!(state(&item, None, true, day("2027-01-01")), ItemState::Draft(TimeState::MissedLost));
    let answer = submitted("2026-04-12", "2026-04-12");
    assert_eq!(state(&item, Some(&answer), false, day("2027-01-01")), ItemState::Completed);
}

#[test]
fn a_loss_is_declared_late_but_counts_from_the_last_contact() {
    let excuse = |facts: PatientFacts| follow_up(&facts).excuse;
    assert_eq!(excuse(lost("2026-04-09", "2027-04-09", None)), Some(Excuse::Lost));
    assert_eq!(excuse(lost("2026-04-10", "2027-04-10", None)), None, "that contact is in the window");
    assert_eq!(excuse(lost("2026-04-12", "2026-04-26", None)), None);
}

#[test]
fn a_patient_who_returns_is_expected_again() {
    let excuse = |returned| follow_up(&lost("2026-02-20", "2026-03-01", Some(returned))).excuse;
    assert_eq!(excuse("2026-04-25"), None, "seen on the target day");
    assert_eq!(excuse("2026-04-26"), Some(Excuse::Lost));
    let facts = lost("2026-02-20", "2027-03-01", Some("2027-06-01"));
    assert_eq!(example("follow_up", "M12", &facts).excuse, Some(Excuse::Lost));
    assert_eq!(example("follow_up", "Y2", &facts).excuse, None);
}

#[test]
fn an_optional_item_lapses() {
    let bridging = example("bridging", "D0", &patient());
    assert!(bridging.optional);
    assert_eq!(awaited(&bridging, "2026-02-14"), TimeState::Due);
    assert_eq!(awaited(&bridging, "2026-02-15"), TimeState::Lapsed);
}

#[test]
fn every_state_has_a_name_of_its_own() {
    use TimeState::{Due, Lapsed, MissedLost, Open, Overdue, Upcoming};
    let times = [Upcoming, Open, Due, Overdue { days: 3 }, MissedLost, Lapsed];
    let mut names: Vec<_> = times.map(|time| ItemState::Awaited(time).name()).to_vec();
    // A no is told as a withdrawal, and a death as a death, whenever it came.
    let told_alike = [Closing::Stopped, Closing::DeadUninfused];
    let closings = Closing::ALL.iter().filter(|closing| !told_alike.contains(closing));
    names.extend(closings.map(|closing| ItemState::NotApplicable(*closing).name()));
    names.push(ItemState::Draft(Open).name());
    names.extend([ItemState::Completed, ItemState::CompletedOutOfWindow].map(ItemState::name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
