//! The worklist: which items ask for attention, how much, and in what words.
//!
//! The list of a site holds the items of the patients that it is responsible for; who that is, is for the caller.

use chrono::{Days, NaiveDate};

use super::Schedule;
use super::expectation::{Anchor, Expected};
use super::item::{Excuse, ExpectedItem};
use super::state::{ItemState, TimeState};
use crate::names::named;
use crate::text::Text;

named! {
    /// How much an item asks for attention; the most urgent first.
    Urgency {
        /// The grace has passed.
        Overdue = "overdue",
        /// The window has closed, the grace runs.
        Due = "due",
        /// The window is open.
        Open = "open",
        /// The window opens soon.
        DueSoon = "due_soon",
        /// Nothing is to be done: died, lost, withdrawn, taken over by a later course or never infused.
        Closed = "closed",
    }
}

/// How much an item asks for attention today; `None` when it has no place on the list: it is submitted, has lapsed or
/// opens later than in `soon` days.
pub fn urgency(item: &ExpectedItem, state: ItemState, today: NaiveDate, soon: u32) -> Option<Urgency> {
    let time = match state {
        ItemState::NotApplicable(_) => return Some(Urgency::Closed),
        ItemState::Completed | ItemState::CompletedOutOfWindow => return None,
        ItemState::Awaited(time) | ItemState::Draft(time) => time,
    };
    match time {
        TimeState::Overdue { .. } => Some(Urgency::Overdue),
        TimeState::Due => Some(Urgency::Due),
        TimeState::Open => Some(Urgency::Open),
        TimeState::Upcoming => {
            let horizon = today.checked_add_days(Days::new(soon.into())).unwrap_or(NaiveDate::MAX);
            (item.first <= horizon).then_some(Urgency::DueSoon)
        }
        TimeState::MissedLost => Some(Urgency::Closed),
        TimeState::Lapsed => None,
    }
}

/// The order of the list: the most urgent first, then what is overdue or will be soonest.
pub fn rank(item: &ExpectedItem, urgency: Urgency) -> (Urgency, NaiveDate, NaiveDate, &Expected) {
    (urgency, item.grace_until, item.first, &item.what)
}

/// Why an item is on the list: what made it due and, where that is so, what closed it or keeps it from being overdue.
pub fn why(schedule: &Schedule, item: &ExpectedItem, state: ItemState) -> Text {
    let reason = match state {
        ItemState::NotApplicable(closing) => Some(closing.text()),
        ItemState::Awaited(TimeState::MissedLost) | ItemState::Draft(TimeState::MissedLost) => {
            Some(Excuse::Lost.text())
        }
        ItemState::Awaited(_) | ItemState::Draft(_) => {
            item.excuse.filter(|excuse| *excuse != Excuse::Lost).map(Excuse::text)
        }
        ItemState::Completed | ItemState::CompletedOutOfWindow => None,
    };
    let due = item.why(schedule);
    match reason {
        None => due,
        Some(reason) => Text::new(format!("{}; {}", due.sv, reason.sv), format!("{}; {}", due.en, reason.en)),
    }
}

/// What is to be said beside the form of a next product: what does not satisfy it.
const NEXT_PRODUCT: (&str, &str) =
    (" En batch som inte får infunderas räcker inte.", " A batch that may not be infused will not do.");
/// What else ends the wait for what leads to an infusion.
const NO_INFUSION: (&str, &str) = (
    " Blir det ingen infusion, avsluta behandlingsomgången.",
    " If there will be no infusion, close the course.",
);

/// What would satisfy an item of a course that was `infused` or not; `name` is the title of its form, or the names of its
/// materials.
pub fn satisfied_by(item: &ExpectedItem, infused: bool, name: &Text) -> Text {
    let ExpectedItem { first, last, grace_until, .. } = item;
    let (detail, is_form) = match &item.what {
        Expected::Form { key, .. } => (key.values().map(String::as_str).collect::<Vec<_>>().join(", "), true),
        Expected::Sample { sample, .. } => (sample.clone(), false),
    };
    let detail = if detail.is_empty() { detail } else { format!(" ({detail})") };
    let (when_sv, when_en) = if first == last {
        (first.to_string(), first.to_string())
    } else {
        (format!("{first} till {last}"), format!("{first} to {last}"))
    };
    let (also_sv, also_en) = if item.anchor == Anchor::FailedProduct { NEXT_PRODUCT } else { ("", "") };
    let (or_sv, or_en) = if item.anchor.awaits_infusion() && !infused { NO_INFUSION } else { ("", "") };
    if is_form {
        Text::new(
            format!(
                "Skicka in formuläret {}{detail}, daterat {when_sv}, senast {grace_until}.{also_sv}{or_sv}",
                name.sv
            ),
            format!(
                "Submit the form {}{detail}, dated {when_en}, by {grace_until}.{also_en}{or_en}",
                name.en
            ),
        )
    } else {
        Text::new(
            format!("Registrera provet: {}{detail}, från {when_sv}, senast {grace_until}.", name.sv),
            format!("Register the sample: {}{detail}, of {when_en}, by {grace_until}.", name.en),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::fixture::{day, example, infused_on, patient, schedule};
    use crate::schedule::{Loss, PatientFacts, expected_items, state};

    fn urgency_on(item: &ExpectedItem, today: &str) -> Option<Urgency> {
        urgency(item, state(item, None, false, day(today)), day(today), 14)
    }

    #[test]
    fn an_item_grows_more_urgent() {
        let item = example("follow_up", "D100", &patient());
        for (today, expected) in [
            ("2026-03-26", None),
            ("2026-03-27", Some(Urgency::DueSoon)),
            ("2026-04-09", Some(Urgency::DueSoon)),
            ("2026-04-10", Some(Urgency::Open)),
            ("2026-05-10", Some(Urgency::Open)),
            ("2026-05-11", Some(Urgency::Due)),
            ("2026-06-09", Some(Urgency::Due)),
            ("2026-06-10", Some(Urgency::Overdue)),
        ] {
            assert_eq!(urgency_on(&item, today), expected, "{today}");
        }
        let draft = state(&item, None, true, day("2026-06-10"));
        assert_eq!(urgency(&item, draft, day("2026-06-10"), 14), Some(Urgency::Overdue));
        for done in [ItemState::Completed, ItemState::CompletedOutOfWindow] {
            assert_eq!(urgency(&item, done, day("2026-06-10"), 14), None);
        }
    }

    #[test]
    fn what_is_closed_says_why() {
        let dead = PatientFacts { death: Some("2026-03".parse().unwrap()), ..patient() };
        let item = example("follow_up", "D100", &dead);
        let state_then = state(&item, None, false, day("2027-01-01"));
        assert_eq!(urgency(&item, state_then, day("2027-01-01"), 14), Some(Urgency::Closed));
        assert!(
            why(&schedule(), &item, state_then).en.ends_with("; the patient died before the window opened")
        );

        let loss = Loss { last_contact: day("2026-02-01"), declared: day("2027-02-01"), returned: None };
        let item = example("follow_up", "D100", &PatientFacts { losses: vec![loss], ..patient() });
        assert_eq!(urgency_on(&item, "2026-06-09"), Some(Urgency::Due));
        assert_eq!(urgency_on(&item, "2026-06-10"), Some(Urgency::Closed));
        let before = state(&item, None, false, day("2026-06-09"));
        let after = state(&item, None, false, day("2026-06-10"));
        assert_eq!(why(&schedule(), &item, before), item.why(&schedule()));
        assert!(why(&schedule(), &item, after).sv.ends_with("; patienten var förlorad för uppföljning"));
    }

    #[test]
    fn a_doubtful_death_says_what_to_do() {
        let unclear = PatientFacts { death: Some("2026".parse().unwrap()), ..patient() };
        let item = example("follow_up", "D100", &unclear);
        assert_eq!(urgency_on(&item, "2030-01-01"), Some(Urgency::Due));
        let text = why(&schedule(), &item, state(&item, None, false, day("2030-01-01")));
        assert!(text.en.ends_with("make the date more precise"));
    }

    #[test]
    fn a_lapsed_item_leaves_the_list() {
        let bridging = example("bridging", "D0", &patient());
        assert_eq!(urgency_on(&bridging, "2026-02-14"), Some(Urgency::Due));
        assert_eq!(urgency_on(&bridging, "2026-02-15"), None);
    }

    #[test]
    fn the_most_urgent_comes_first() {
        let items = expected_items(&schedule(), &infused_on("2026-01-15"), &patient());
        let today = day("2026-08-20");
        let mut list: Vec<_> = items
            .iter()
            .filter_map(|item| {
                let urgency = urgency(item, state(item, None, false, today), today, 180)?;
                Some((item, urgency))
            })
            .collect();
        list.sort_by_key(|&(item, urgency)| rank(item, urgency));
        let order: Vec<_> = list.iter().map(|(_, urgency)| *urgency).collect();
        assert!(order.is_sorted());
        assert_eq!(order.first(), Some(&Urgency::Overdue));
        assert_eq!(order.last(), Some(&Urgency::DueSoon));
        let (first, _) = list[0];
        assert!(first.what.is_met_by_form("referral", &serde_json::json!({})));
    }

    #[test]
    fn an_item_says_what_would_satisfy_it() {
        let follow_up = example("follow_up", "D100", &patient());
        let text = satisfied_by(&follow_up, true, &Text::new("Uppföljning", "Follow-up"));
        assert_eq!(
            text.en,
            "Submit the form Follow-up (D100), dated 2026-04-10 to 2026-05-10, by 2026-06-09."
        );
        assert_eq!(
            text.sv,
            "Skicka in formuläret Uppföljning (D100), daterat 2026-04-10 till 2026-05-10, senast 2026-06-09."
        );
        let infusion = example("infusion", "D0", &patient());
        let text = satisfied_by(&infusion, true, &Text::new("Infusion", "Infusion"));
        assert_eq!(text.en, "Submit the form Infusion, dated 2026-01-15, by 2026-02-14.");
        let items = expected_items(&schedule(), &infused_on("2026-01-15"), &patient());
        let sample = items.iter().find(|item| item.what.is_met_by_sample("D28", "PBMC")).unwrap();
        let text = satisfied_by(sample, true, &Text::new("PBMC", "PBMC"));
        assert_eq!(text.en, "Register the sample: PBMC (D28), of 2026-02-09 to 2026-02-15, by 2026-03-17.");
    }
}
