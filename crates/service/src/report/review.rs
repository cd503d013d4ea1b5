//! The log review: how the network was used in a period, for the auditor's systematic control. It shows no content.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{GrantScope, Granted, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::audit::{AuditEvent, Outcome, Subject};
use cartotek_domain::id::{ActorId, PatientId};
use cartotek_domain::problem::Problem;
use cartotek_domain::time::{Timestamp, in_office_hours, to_text};
use cartotek_persistence::{Page, ReadSession, StoreError};
use chrono::TimeDelta;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::report::read;

/// The longest period of one review.
const LONGEST: TimeDelta = TimeDelta::days(92);

/// Events read in one transaction.
const PAGE: u16 = 5000;

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

/// The use of one act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionTotals {
    /// The act.
    pub action: String,
    /// How often, by outcome.
    pub events: OutcomeTotals,
}

/// What one actor did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorTotals {
    /// Who; `None` is the server itself.
    pub actor: Option<ActorId>,
    /// Person or system.
    pub kind: Option<ActorKind>,
    /// How often, by outcome.
    pub events: OutcomeTotals,
    /// How many patients it read.
    pub patients_read: u64,
    /// How many of its reads fell outside office hours.
    pub reads_outside_office_hours: u64,
}

/// What was done for one site, biobank or project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitTotals {
    /// Its code: that of the event, else those of the roles the actor holds now.
    pub unit: String,
    /// How often, by outcome.
    pub events: OutcomeTotals,
    /// How many patients were read for it.
    pub patients_read: u64,
}

/// How often one problem stood against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalTotals {
    /// The problem's code.
    pub code: String,
    /// How often.
    pub events: u64,
}

/// How the network was used in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Start of the period.
    pub from: Timestamp,
    /// End of the period, not part of it.
    pub to: Timestamp,
    /// How many events, by outcome.
    pub events: OutcomeTotals,
    /// Reads outside office hours (Monday to Friday, 06 to 20 in Sweden).
    pub reads_outside_office_hours: u64,
    /// By act.
    pub actions: Vec<ActionTotals>,
    /// By actor; those who read most patients first.
    pub actors: Vec<ActorTotals>,
    /// By site, biobank and project.
    pub units: Vec<UnitTotals>,
    /// Refusals by code.
    pub refusals: Vec<RefusalTotals>,
}

impl Service {
    /// How the network was used from `from` up to but not including `to`, at most 92 days.
    ///
    /// # Errors
    /// `invalid_parameter` for an empty or longer period.
    pub async fn review(
        &self,
        granted: &Granted<permission::ReviewLog>,
        act: &Act,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Done<Review>, ServiceError> {
        if from >= to || to - from > LONGEST {
            return Err(ServiceError::explained(
                Problem::InvalidParameter,
                "Perioden från from till to ska vara längre än noll och högst 92 dagar.",
                "The period from from to to must be longer than zero and at most 92 days.",
            ));
        }
        let (mut tally, mut page) = (Tally::default(), Page::first(PAGE));
        // Short transactions: nothing changes in the past, and nobody waits for a long one.
        loop {
            let work = move |session: &mut dyn ReadSession| events(session, from, to, &page);
            let (events, next) = self.store().read("review log", work).await?;
            for (event, units) in &events {
                tally.count(event, units);
            }
            match next {
                Some(after) => page = Page { after: Some(after), limit: PAGE },
                None => break,
            }
        }
        let review = tally.review(from, to);
        self.show(granted, act, "review log", move |_| Ok((review, vec![reviewed(from, to)]))).await
    }
}

type Events = Vec<(AuditEvent, Vec<String>)>;

/// A page of events, each with the units it counts for.
fn events(
    session: &mut dyn ReadSession,
    from: Timestamp,
    to: Timestamp,
    page: &Page<cartotek_domain::id::AuditEventId>,
) -> Result<(Events, Option<cartotek_domain::id::AuditEventId>), StoreError> {
    let mut units_of: BTreeMap<ActorId, Vec<String>> = BTreeMap::new();
    let stored = session.events_between(from, to, page)?;
    let mut events = Vec::with_capacity(stored.items.len());
    for one in &stored.items {
        let event = read(one)?;
        let units = match (&event.unit, event.actor) {
            (Some(unit), _) => vec![unit.clone()],
            (None, None) => Vec::new(),
            (None, Some(actor)) => {
                if !units_of.contains_key(&actor) {
                    units_of.insert(actor, units(session, actor)?);
                }
                units_of.get(&actor).cloned().unwrap_or_default()
            }
        };
        events.push((event, units));
    }
    Ok((events, stored.next))
}

fn units(session: &mut dyn ReadSession, actor: ActorId) -> Result<Vec<String>, StoreError> {
    let codes: BTreeSet<String> = session
        .grants_of(actor)?
        .into_iter()
        .filter(|grant| grant.ended_at.is_none())
        .filter_map(|grant| match grant.scope {
            GrantScope::Site(site) => Some(site.to_string()),
            GrantScope::Biobank(biobank) => Some(biobank.to_string()),
            GrantScope::Project(project) => Some(project.to_string()),
            GrantScope::Network => None,
        })
        .collect();
    Ok(codes.into_iter().collect())
}

/// The read of the report, for its event: it speaks of a stretch of the log, not of a patient.
fn reviewed(from: Timestamp, to: Timestamp) -> Subject {
    let row = format!("{}/{}", to_text(from), to_text(to));
    Subject { table: "audit_event".to_owned(), row, patient: None, before: None, after: None }
}

/// Counts as events come by.
#[derive(Default)]
struct Tally {
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
    fn count(&mut self, event: &AuditEvent, units: &[String]) {
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

    fn review(self, from: Timestamp, to: Timestamp) -> Review {
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
        actors.sort_by_key(|one| std::cmp::Reverse(one.patients_read));
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
