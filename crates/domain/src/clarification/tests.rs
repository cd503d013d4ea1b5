use uuid::Uuid;

use super::ClarificationEventKind::{Answered, Assigned, Closed, Opened, Reopened};
use super::fixture::question;
use super::*;

fn somebody(number: u128) -> ActorId {
    ActorId::from_uuid(Uuid::from_u128(number))
}

/// Events of these kinds, one per day from the day of the question on; all by somebody and without words.
fn events(kinds: &[ClarificationEventKind]) -> Vec<ClarificationEvent> {
    let question = question();
    (1..)
        .zip(kinds)
        .map(|(number, kind)| ClarificationEvent {
            id: ClarificationEventId::from_uuid(Uuid::nil()),
            clarification: question.id,
            patient: question.patient,
            number,
            kind: *kind,
            text: None,
            assignee: None,
            actor: Some(somebody(1)),
            occurred_at: question.opened_at + chrono::TimeDelta::days(number - 1),
            salt: Salt::default(),
        })
        .collect()
}

#[test]
fn the_state_follows_from_the_events() {
    let after = |kinds: &[ClarificationEventKind]| {
        let state = state(&events(kinds));
        (state.status, state.version, state.closed_at.is_some())
    };
    assert_eq!(after(&[Opened]), (ClarificationStatus::Open, 1, false));
    assert_eq!(after(&[Opened, Answered]), (ClarificationStatus::Answered, 2, false));
    assert_eq!(after(&[Opened, Answered, Assigned]), (ClarificationStatus::Answered, 3, false));
    assert_eq!(after(&[Opened, Answered, Closed]), (ClarificationStatus::Closed, 3, true));
    assert_eq!(after(&[Opened, Closed, Reopened]), (ClarificationStatus::Open, 3, false));
    assert_eq!(after(&[Opened, Closed, Reopened, Answered, Closed]), (ClarificationStatus::Closed, 5, true));
}

#[test]
fn the_last_assignment_counts_whatever_comes_after_it() {
    let mut events = events(&[Opened, Assigned, Answered, Assigned, Closed]);
    events[1].assignee = Some(somebody(2));
    assert_eq!(state(&events[..3]).assignee, Some(somebody(2)));
    assert_eq!(state(&events).assignee, None, "nobody in particular any more");
}

#[test]
fn a_reason_acknowledges_until_it_is_reopened() {
    let mut events = events(&[Opened, Closed, Reopened]);
    assert!(!state(&events[..2]).acknowledged, "closed without a word");
    events[1].text = Some("Confirmed against the source.".to_owned());
    assert!(state(&events[..2]).acknowledged);
    assert!(!state(&events).acknowledged);
    events[1].actor = None;
    assert!(!state(&events[..2]).acknowledged, "nobody said so");
}

#[test]
fn what_may_happen_depends_on_where_it_stands() {
    let allowed = |status: ClarificationStatus| -> Vec<_> {
        ClarificationEventKind::ALL.iter().copied().filter(|kind| status.allows(*kind)).collect()
    };
    assert_eq!(allowed(ClarificationStatus::Open), [Answered, Closed, Assigned]);
    assert_eq!(allowed(ClarificationStatus::Answered), [Answered, Closed, Reopened, Assigned]);
    assert_eq!(allowed(ClarificationStatus::Closed), [Reopened]);
}

#[test]
fn it_ages_until_it_is_closed() {
    let now = "2026-03-12T08:59:59Z".parse().unwrap();
    let age = |kinds: &[ClarificationEventKind], now| question().age_days(&state(&events(kinds)), now);
    assert_eq!(age(&[Opened, Answered], now), 9);
    assert_eq!(age(&[Opened, Answered, Closed], now), 2);
    assert_eq!(age(&[Opened], "2026-03-01T00:00:00Z".parse().unwrap()), 0, "a clock was set back");
}

#[test]
fn the_site_that_asked_closes_and_what_the_network_asked_the_site_that_answers() {
    assert_eq!(question().closing_site().as_str(), "UPP");
    let of_network = Clarification { opened_for: None, ..question() };
    assert_eq!(of_network.closing_site().as_str(), "KAR");
}
