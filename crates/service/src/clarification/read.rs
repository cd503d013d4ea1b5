//! Reading clarifications.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::clarification::{Clarification, ClarificationStatus};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{ActorId, ClarificationId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::session::clarification::ClarificationFilter;
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::TimeDelta;

use crate::Service;
use crate::act::{Act, Done};
use crate::clarification::ClarificationFile;
use crate::error::ServiceError;
use crate::patient::{all_seen, seen};

/// Which clarifications a list shows.
#[derive(Debug, Clone, Default)]
pub struct ClarificationQuery {
    /// Only about this patient.
    pub patient: Option<Pseudonym>,
    /// Only about this record.
    pub record: Option<RecordId>,
    /// Only what this site must answer.
    pub site: Option<SiteCode>,
    /// Only in this state.
    pub status: Option<ClarificationStatus>,
    /// Only asked by this rule.
    pub rule: Option<String>,
    /// Only assigned to this actor.
    pub assignee: Option<ActorId>,
    /// Only opened more than so many days ago.
    pub older_than_days: Option<u16>,
}

impl Service {
    /// One clarification with what happened to it.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn clarification(
        &self,
        granted: &Granted<permission::ReadClarification>,
        act: &Act,
        id: ClarificationId,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let (service, scope) = (self.clone(), granted.patients(self.today()));
        self.show(granted, act, "read clarification", move |session| {
            let clarification = session.clarification(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let seen = vec![seen(&clarification)];
            Ok((one_file(&service, session, clarification)?, seen))
        })
        .await
    }

    /// The clarifications about the patients of the caller's sites that pass a query, by id: oldest first.
    ///
    /// # Errors
    /// `not_found` for a patient outside the caller's sites.
    pub async fn clarifications(
        &self,
        granted: &Granted<permission::ReadClarification>,
        act: &Act,
        query: ClarificationQuery,
        page: Page<ClarificationId>,
    ) -> Result<Done<PageOf<ClarificationFile, ClarificationId>>, ServiceError> {
        let (service, scope) = (self.clone(), granted.patients(self.today()));
        let before = |days: u16| self.now() - TimeDelta::days(i64::from(days));
        let (opened_before, today) = (query.older_than_days.map(before), self.today());
        self.show(granted, act, "list clarifications", move |session| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?.id)
                }
            };
            let ClarificationQuery { record, site, status, rule, assignee, .. } = query;
            let site = site.map(|site| (site, today));
            let filter = ClarificationFilter { patient, record, site, status, rule, assignee, opened_before };
            let PageOf { items, next } = session.clarifications(&filter, &scope, &page)?;
            let seen = all_seen(&items);
            Ok((PageOf { items: files(&service, session, items)?, next }, seen))
        })
        .await
    }
}

/// A clarification with its events.
pub(super) fn one_file(
    service: &Service,
    session: &mut dyn ReadSession,
    clarification: Clarification,
) -> Result<ClarificationFile, ServiceError> {
    let id = clarification.id;
    let file = files(service, session, vec![clarification])?.pop();
    file.ok_or_else(|| ServiceError::Defect(format!("clarification {id} was lost")))
}

/// Clarifications with their events, in the same order.
pub(crate) fn files(
    service: &Service,
    session: &mut dyn ReadSession,
    clarifications: Vec<Clarification>,
) -> Result<Vec<ClarificationFile>, ServiceError> {
    let ids: Vec<_> = clarifications.iter().map(|one| one.id).collect();
    let mut events: HashMap<_, Vec<_>> = HashMap::new();
    for event in session.clarification_events(&ids)? {
        events.entry(event.clarification).or_default().push(event);
    }
    let patients: BTreeSet<_> = clarifications.iter().map(|one| one.patient).collect();
    let patients = session.patients_by_id(&patients.into_iter().collect::<Vec<_>>())?;
    let pseudonyms: HashMap<_, _> =
        patients.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let file = |one: Clarification| {
        let pseudonym = pseudonyms.get(&one.patient).copied();
        let pseudonym =
            pseudonym.ok_or_else(|| StoreError::inconsistent("clarification", "patient_id", one.id))?;
        let events = events.remove(&one.id).unwrap_or_default();
        ClarificationFile::new(service, one, events, pseudonym)
    };
    clarifications.into_iter().map(file).collect()
}
