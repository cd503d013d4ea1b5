//! The list of requests that locks be ended, each with what its lock is put on.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::{RecordId, UnlockRequestId};
use cartotek_domain::lock::{LockTarget, RecordLock};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::unlock::{UnlockRequest, UnlockStatus};
use cartotek_persistence::{Page, PageOf, ReadSession};

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::lock::pseudonyms;
use crate::patient::{all_seen, seen};
use crate::record::RecordKey;

/// A request that a lock be ended, with what the lock is put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRequest {
    /// The request.
    pub request: UnlockRequest,
    /// What the lock is put on.
    pub target: LockTarget,
    /// The pseudonym of its patient.
    pub pseudonym: Option<Pseudonym>,
    /// The record of a lock on one, with the answers at its key.
    pub record: Option<(Record, RecordKey)>,
}

impl Service {
    /// The requests about locks over the caller's sites and their patients, by id; only those with a status when one is given.
    ///
    /// # Errors
    /// `unavailable` for a version of a form that another server has published a moment ago.
    pub async fn unlock_requests(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        status: Option<UnlockStatus>,
        page: Page<UnlockRequestId>,
    ) -> Result<Done<PageOf<ListedRequest, UnlockRequestId>>, ServiceError> {
        let (service, scope) = (self.clone(), granted.own_patients(self.today()));
        self.show(granted, act, "list unlock requests", move |session| {
            let PageOf { items, next } = session.unlock_requests(status, &scope, &page)?;
            let items = listed(&service, session, items)?;
            // As with locks, the event names what tells of a patient.
            let requests = items.iter().map(|one| &one.request).filter(|request| request.patient.is_some());
            let mut shown: Seen = all_seen(requests);
            shown.extend(items.iter().filter_map(|one| one.record.as_ref()).map(|(record, _)| seen(record)));
            Ok((PageOf { items, next }, shown))
        })
        .await
    }
}

fn listed(
    service: &Service,
    session: &mut dyn ReadSession,
    found: Vec<(UnlockRequest, RecordLock)>,
) -> Result<Vec<ListedRequest>, ServiceError> {
    let pseudonyms = pseudonyms(session, found.iter().map(|(_, lock)| lock))?;
    let records = records(service, session, found.iter().map(|(_, lock)| lock))?;
    let listed = found.into_iter().map(|(request, RecordLock { target, .. })| {
        let pseudonym = target.patient().and_then(|patient| pseudonyms.get(&patient).copied());
        let record = record_of(&target).and_then(|record| records.get(&record).cloned());
        ListedRequest { request, target, pseudonym, record }
    });
    Ok(listed.collect())
}

/// The records that are locked one by one: whoever sees such a lock reads the records of its patient.
fn records<'l>(
    service: &Service,
    session: &mut dyn ReadSession,
    locks: impl Iterator<Item = &'l RecordLock>,
) -> Result<HashMap<RecordId, (Record, RecordKey)>, ServiceError> {
    let mut ids: Vec<RecordId> = locks.filter_map(|lock| record_of(&lock.target)).collect();
    ids.sort_unstable();
    ids.dedup();
    let with_key = |(record, revision): (Record, Revision)| {
        let key = service.record_key(&record, revision.form_version)?;
        Ok((record.id, (record, key)))
    };
    session.latest_revisions(&ids)?.into_iter().map(with_key).collect()
}

const fn record_of(target: &LockTarget) -> Option<RecordId> {
    match target {
        LockTarget::Record { record, .. } => Some(*record),
        LockTarget::Patient { .. } | LockTarget::Site { .. } => None,
    }
}
