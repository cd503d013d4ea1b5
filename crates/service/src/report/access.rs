//! The access report of a patient: who has seen or changed what, and when. It shows no content.

use std::collections::BTreeMap;

use cartotek_domain::access::{AuthMethod, Granted, Role, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::id::{ActorId, AuditEventId, PatientId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{Page, PageOf, ReadSession};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::patient::seen;
use crate::report::read;

/// Events read in one statement.
const PAGE: u16 = 500;

/// One time that somebody met a patient's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessEntry {
    /// The event.
    pub event: AuditEventId,
    /// When.
    pub occurred_at: Timestamp,
    /// Who; absent when the server acted by itself.
    pub actor: Option<ActorId>,
    /// Person or system.
    pub actor_kind: Option<ActorKind>,
    /// The roles by which it was allowed.
    pub roles: Vec<Role>,
    /// How the caller proved who it is.
    pub method: Option<AuthMethod>,
    /// The site, biobank or project it was done for.
    pub unit: Option<String>,
    /// The act.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The reason the caller stated.
    pub reason: Option<String>,
    /// How many of this patient's rows of each table were touched.
    pub tables: BTreeMap<String, u64>,
}

impl AccessEntry {
    /// What an event says of one patient, and of no other.
    fn new(event: AuditEvent, patient: PatientId) -> Self {
        let mut tables = BTreeMap::new();
        for subject in event.subjects.into_iter().filter(|subject| subject.patient == Some(patient)) {
            *tables.entry(subject.table).or_default() += 1;
        }
        Self {
            event: event.id,
            occurred_at: event.occurred_at,
            actor: event.actor,
            actor_kind: event.actor_kind,
            roles: event.roles,
            method: event.method,
            unit: event.unit,
            action: event.action,
            outcome: event.outcome,
            reason: event.reason,
            tables,
        }
    }
}

/// Every access to a patient, in the order of time.
pub(crate) fn accesses(
    session: &mut dyn ReadSession,
    patient: PatientId,
) -> Result<Vec<AccessEntry>, ServiceError> {
    let (mut accesses, mut page) = (Vec::new(), Page::first(PAGE));
    loop {
        let PageOf { items, next } = session.events_of_patient(patient, &page)?;
        for stored in &items {
            accesses.push(AccessEntry::new(read(stored)?, patient));
        }
        match next {
            Some(after) => page.after = Some(after),
            None => return Ok(accesses),
        }
    }
}

impl Service {
    /// Who has seen or changed what of a patient, in the order of time. Reading it is itself an access.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn access_report(
        &self,
        granted: &Granted<permission::ReadAccessReport>,
        act: &Act,
        pseudonym: Pseudonym,
        page: Page<AuditEventId>,
    ) -> Result<Done<PageOf<AccessEntry, AuditEventId>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "read access report", move |session| {
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let PageOf { items, next } = session.events_of_patient(patient.id, &page)?;
            let items = items
                .iter()
                .map(|stored| Ok(AccessEntry::new(read(stored)?, patient.id)))
                .collect::<Result<_, ServiceError>>()?;
            Ok((PageOf { items, next }, vec![seen(&patient)]))
        })
        .await
    }
}
