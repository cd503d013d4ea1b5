//! Counting the events of a period.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::actor::ActorKind;
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::id::{ActorId, PatientId};
use cartotek_domain::time::{Timestamp, in_office_hours};

use crate::report::review::{ActionTotals, ActorTotals, RefusalTotals, Review, UnitTotals};

/// How many events ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeTotals {
    /// Changes.
    pub changed: u64,
    /// Reads of patients.
    pub read: u64,
    /// Refusals.
    pub refused: u64,
    /// Dry runs.
    pub dry_run: u64,
}

impl OutcomeTotals {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Changed => self.changed += 1,
            Outcome::Read => self.read += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::DryRun => self.dry_run += 1,
        }
    }
}

/// Counts as events come by.
#[derive(Default)]
pub(super) struct Tally {
    events: OutcomeTotals,
    outside: u64,
    actions: BTreeMap<String, OutcomeTotals>,
    actors: BTreeMap<Option<ActorId>, Use>,
    units: BTreeMap<String, Use>,
    refusals: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Use {
    kind: Option<ActorKind>,
    events: OutcomeTotals,
    patients: BTreeSet<PatientId>,
    outside: u64,
}

impl Use {
    fn count(&mut self, event: &AuditEvent, outside: bool) {
        self.kind = event.actor_kind;
        self.events.count(event.outcome);
        self.outside += u64::from(outside);
        if event.outcome == Outcome::Read {
            self.patients.extend(event.subjects.iter().filter_map(|subject| subject.patient));
        }
    }
}

impl Tally {
    /// Takes up an event that counts for these units.
    pub(super) fn count(&mut self, event: &AuditEvent, units: &[String]) {
        let outside = event.outcome == Outcome::Read && !in_office_hours(event.occurred_at);
        self.events.count(event.outcome);
        self.outside += u64::from(outside);
        self.actions.entry(event.action.clone()).or_default().count(event.outcome);
        self.actors.entry(event.actor).or_default().count(event, outside);
        for unit in units {
            self.units.entry(unit.clone()).or_default().count(event, outside);
        }
        if event.outcome == Outcome::Refused {
            *self.refusals.entry(event.code.clone().unwrap_or_default()).or_default() += 1;
        }
    }

    /// What was counted.
    pub(super) fn review(self, from: Timestamp, to: Timestamp) -> Review {
        let mut actors: Vec<_> = self
            .actors
            .into_iter()
            .map(|(actor, one)| ActorTotals {
                actor,
                kind: one.kind,
                events: one.events,
                patients_read: one.patients.len() as u64,
                reads_outside_office_hours: one.outside,
            })
            .collect();
        actors.sort_by_key(|one| Reverse(one.patients_read));
        let action = |(action, events)| ActionTotals { action, events };
        let unit = |(unit, one): (String, Use)| UnitTotals {
            unit,
            events: one.events,
            patients_read: one.patients.len() as u64,
        };
        let refusal = |(code, events)| RefusalTotals { code, events };
        Review {
            from,
            to,
            events: self.events,
            reads_outside_office_hours: self.outside,
            actions: self.actions.into_iter().map(action).collect(),
            actors,
            units: self.units.into_iter().map(unit).collect(),
            refusals: self.refusals.into_iter().map(refusal).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use cartotek_domain::audit::{ENCODING, Subject};
    use cartotek_domain::id::{AuditEventId, RequestId};
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn event(actor: u128, outcome: Outcome, when: &str, patients: &[u128]) -> AuditEvent {
        let patient = |number: &u128| PatientId::from_uuid(Uuid::from_u128(*number));
        let subject = |number: &u128| Subject {
            table: "patient".to_owned(),
            row: number.to_string(),
            patient: Some(patient(number)),
            before: None,
            after: None,
        };
        AuditEvent {
            encoding: ENCODING,
            id: AuditEventId::from_uuid(Uuid::from_u128(1)),
            occurred_at: at(when),
            actor: Some(ActorId::from_uuid(Uuid::from_u128(actor))),
            actor_kind: Some(ActorKind::Person),
            roles: Vec::new(),
            method: None,
            action: "patients.read".to_owned(),
            unit: None,
            reason: None,
            outcome,
            http_status: 200,
            code: (outcome == Outcome::Refused).then(|| "not_found".to_owned()),
            request: RequestId::from_uuid(Uuid::from_u128(2)),
            subjects: patients.iter().map(subject).collect(),
        }
    }

    #[test]
    fn patients_are_counted_once_and_nights_apart() {
        let (noon, night) = ("2026-01-12T11:00:00Z", "2026-01-12T23:00:00Z");
        let kar = ["KAR".to_owned()];
        let mut tally = Tally::default();
        tally.count(&event(1, Outcome::Read, noon, &[7]), &kar);
        tally.count(&event(2, Outcome::Read, noon, &[7, 8]), &kar);
        tally.count(&event(2, Outcome::Read, night, &[8, 9]), &kar);
        tally.count(&event(2, Outcome::Changed, night, &[10]), &kar);
        tally.count(&event(3, Outcome::Refused, night, &[]), &[]);
        let review = tally.review(at(noon), at(night));
        assert_eq!(review.events, OutcomeTotals { changed: 1, read: 3, refused: 1, dry_run: 0 });
        assert_eq!(review.reads_outside_office_hours, 1);
        let actors: Vec<_> =
            review.actors.iter().map(|one| (one.patients_read, one.reads_outside_office_hours)).collect();
        assert_eq!(actors, [(3, 1), (1, 0), (0, 0)], "those who read most come first");
        assert_eq!(review.units.len(), 1);
        assert_eq!((review.units[0].unit.as_str(), review.units[0].patients_read), ("KAR", 3));
        assert_eq!(review.refusals, [RefusalTotals { code: "not_found".to_owned(), events: 1 }]);
        assert_eq!(review.actions.len(), 1);
    }
}
