//! What holds whatever the facts.

use proptest::prelude::*;

use super::*;
use crate::schedule::fixture::{day, infused_on, patient, schedule};
use crate::schedule::{Loss, PatientFacts, expected_items};

fn after(days: u64) -> NaiveDate {
    day("2015-01-01") + chrono::Days::new(days)
}

/// A date known to the day, the month or the year.
fn partial(days: u64, characters: usize) -> PartialDate {
    after(days).to_string()[..characters].parse().unwrap()
}

fn facts() -> impl Strategy<Value = PatientFacts> {
    let death = prop::option::of((0_u64..4000, prop::sample::select(vec![4_usize, 7, 10])));
    let loss = prop::option::of((0_u64..4000, 0_u64..800, prop::option::of(0_u64..800)));
    (death, loss).prop_map(|(death, loss)| PatientFacts {
        death: death.map(|(days, characters)| partial(days, characters)),
        losses: loss
            .map(|(contact, declared, returned)| Loss {
                last_contact: after(contact),
                declared: after(contact + declared),
                returned: returned.map(|returned| after(contact + declared + returned)),
            })
            .into_iter()
            .collect(),
        ..patient()
    })
}

fn items(day0: u64, facts: &PatientFacts) -> Vec<ExpectedItem> {
    expected_items(&schedule(), &infused_on(&after(day0).to_string()), facts)
}

fn is_overdue(item: &ExpectedItem, today: NaiveDate) -> bool {
    matches!(state(item, None, false, today), ItemState::Awaited(TimeState::Overdue { .. }))
}

fn stage(item: &ExpectedItem, today: NaiveDate) -> u8 {
    match state(item, None, false, today) {
        ItemState::Awaited(TimeState::Upcoming) => 0,
        ItemState::Awaited(TimeState::Open) => 1,
        ItemState::Awaited(TimeState::Due) => 2,
        _ => 3,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_overdue_before_its_grace_ends(day0 in 0_u64..3000, facts in facts(), today in 0_u64..9000) {
        let today = after(today);
        for item in items(day0, &facts) {
            if let ItemState::Awaited(TimeState::Overdue { days }) = state(&item, None, false, today) {
                prop_assert!(days > 0 && !item.optional && item.excuse.is_none());
                prop_assert_eq!(today - item.grace_until, chrono::TimeDelta::days(days.into()));
            }
        }
    }

    #[test]
    fn time_alone_never_turns_a_state_back(
        day0 in 0_u64..3000,
        facts in facts(),
        today in 0_u64..9000,
        passed in 0_u64..900,
    ) {
        for item in items(day0, &facts) {
            prop_assert!(stage(&item, after(today)) <= stage(&item, after(today + passed)));
        }
    }

    #[test]
    fn death_and_loss_make_nothing_overdue(day0 in 0_u64..3000, facts in facts(), today in 0_u64..9000) {
        let today = after(today);
        for (without, with) in items(day0, &patient()).iter().zip(items(day0, &facts)) {
            prop_assert!(is_overdue(without, today) || !is_overdue(&with, today));
            let may_lie_after_death = !with.anchor.may_follow_death()
                && facts.death.is_some_and(|death| death.first() < with.first);
            prop_assert!(!(may_lie_after_death && is_overdue(&with, today)));
        }
    }
}
