//! What counts is what the worklist says, whatever the facts and the day.

use proptest::prelude::*;

use super::tests::{keep, total_on};
use super::*;
use crate::schedule::fixture::{day, infused_on, patient, schedule};
use crate::schedule::{CourseFacts, Loss, PatientFacts, Period, Submitted, expected_items};

fn after(days: u64) -> NaiveDate {
    day("2015-01-01") + chrono::Days::new(days)
}

fn patients() -> impl Strategy<Value = PatientFacts> {
    let death = prop::option::of((0_u64..4000, prop::sample::select(vec![4_usize, 7, 10])));
    let loss = prop::option::of((0_u64..4000, 0_u64..800));
    let withdrawal = prop::option::of((0_u64..4000, 1_u64..800));
    (death, loss, withdrawal).prop_map(|(death, loss, withdrawal)| PatientFacts {
        // Known to the year, the month or the day.
        death: death.map(|(days, characters)| after(days).to_string()[..characters].parse().unwrap()),
        losses: loss
            .map(|(contact, declared)| Loss {
                last_contact: after(contact),
                declared: after(contact + declared),
                returned: None,
            })
            .into_iter()
            .collect(),
        withdrawals: withdrawal
            .map(|(from, days)| Period { from: after(from), until: Some(after(from + days)) })
            .into_iter()
            .collect(),
        ..patient()
    })
}

fn courses() -> impl Strategy<Value = CourseFacts> {
    (0_u64..3000, prop::option::of(1_u64..2000)).prop_map(|(day0, next)| CourseFacts {
        next_day0: next.map(|days| after(day0 + days)),
        ..infused_on(&after(day0).to_string())
    })
}

/// The words of the brief, said of the state that the worklist shows: completed, or overdue or missed; a required form of
/// an infused course whose grace is over.
fn counts_by_its_state(entry: &ScheduleEntry, today: NaiveDate) -> bool {
    let state = entry.state(false, today);
    let lacking = matches!(state.time(), Some(TimeState::Overdue { .. } | TimeState::MissedLost));
    let required = matches!(entry.item.what, Expected::Form { .. }) && !entry.item.optional && entry.infused;
    (state.is_completed() || lacking) && required && entry.item.grace_until < today
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_item_counts_as_its_state_says(
        patient in patients(),
        course in courses(),
        answered in prop::option::of(0_u64..9000),
        infused in any::<bool>(),
        today in 0_u64..9000,
    ) {
        let today = after(today);
        let submitted = answered.map(|days| Submitted {
            dated: Some(after(days).to_string().parse().unwrap()),
            first_submitted: after(days),
        });
        for entry in keep(&expected_items(&schedule(), &course, &patient), submitted, infused) {
            let settled = entry.reckoned(today).is_some_and(|one| one.settled);
            prop_assert_eq!(settled, counts_by_its_state(&entry, today));
            let state = entry.state(false, today);
            prop_assert_eq!(entry.is_missing(today), settled && !state.is_completed());
            let lost = entry.is_missing(today) && entry.reckoned(today).is_some_and(|one| one.lost);
            prop_assert_eq!(lost, settled && state.time() == Some(TimeState::MissedLost));
            // A draft is no submission.
            prop_assert!(!entry.is_missing(today) || !entry.state(true, today).is_completed());
        }
    }

    #[test]
    fn a_site_that_submits_everything_in_its_window_is_complete(course in courses(), today in 0_u64..9000) {
        let today = after(today);
        for item in expected_items(&schedule(), &course, &patient()) {
            let dated = Some(item.last.to_string().parse().unwrap());
            let submitted = Submitted { dated, first_submitted: item.last };
            let entries = keep(&[item], Some(submitted), true);
            let figures = total_on(&entries, today);
            prop_assert_eq!((figures.completed.rest(), figures.timely.rest()), (0, 0));
            prop_assert!([None, Some(0.0)].contains(&figures.delays.median()));
        }
    }
}
