//! The log review: how the network was used in a period, for the auditor's systematic control. It shows no content.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{GrantScope, Granted, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::audit::{AuditEvent, Subject};
use cartotek_domain::id::{ActorId, AuditEventId};
use cartotek_domain::problem::Problem;
use cartotek_domain::time::{Timestamp, to_text};
use cartotek_persistence::{Page, ReadSession, StoreError};
use chrono::TimeDelta;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::report::read;
use crate::report::tally::{OutcomeTotals, Tally};

/// The longest period of one review.
const LONGEST: TimeDelta = TimeDelta::days(92);

/// Events read in one transaction.
const PAGE: u16 = 5000;

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
                "from ska ligga före to, och perioden mellan dem får vara högst 92 dagar.",
                "from must lie before to, and the period between them may have 92 days at most.",
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
    page: &Page<AuditEventId>,
) -> Result<(Events, Option<AuditEventId>), StoreError> {
    let mut units_of: BTreeMap<ActorId, Vec<String>> = BTreeMap::new();
    let stored = session.events_between(from, to, page)?;
    let mut events = Vec::with_capacity(stored.items.len());
    for one in &stored.items {
        let event = read(one)?;
        let units = match (&event.unit, event.actor) {
            // Whoever acts for several is counted for each.
            (Some(unit), _) => unit.split(',').map(str::to_owned).collect(),
            (None, None) => Vec::new(),
            (None, Some(actor)) => {
                if let Entry::Vacant(vacant) = units_of.entry(actor) {
                    vacant.insert(units(session, actor)?);
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
