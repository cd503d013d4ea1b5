//! Locks over records.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, PatientScope, Permission, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{LockId, PatientId, RecordId};
use cartotek_domain::lock::{LockTarget, RecordLock};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::unlock::UnlockRequest;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::enrol::in_the_future;
use crate::error::{ServiceError, not_own_site};
use crate::journal::Journal;
use crate::participation::responsible_of;
use crate::patient::{acting_for, seen};
use crate::record::author::owner;
use crate::record::own_record;

/// What is to be locked.
#[derive(Debug, Clone)]
pub enum NewTarget {
    /// One record.
    Record(RecordId),
    /// Every record of a patient.
    Patient(Pseudonym),
    /// The records of a site up to a day.
    Site(SiteCode, NaiveDate),
}

/// A lock with the requests that it be ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFile {
    /// The lock.
    pub lock: RecordLock,
    /// The pseudonym of its patient.
    pub pseudonym: Option<Pseudonym>,
    /// The requests, in the order made.
    pub requests: Vec<UnlockRequest>,
}

impl LockFile {
    /// Leaves out why it was put on, was to be ended, or was not.
    pub(crate) fn leave_out_words(&mut self) {
        self.lock.reason.clear();
        for request in &mut self.requests {
            request.reason.clear();
            request.state = request.state.without_words();
        }
    }
}

impl Service {
    /// Puts on a lock: on a record by the site that owns it, on a patient by the responsible site, on a site by itself.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` unless it is the caller's site that may; `already_exists`
    /// when the same is locked already; `content_invalid` for a cut-off in the future.
    pub async fn create_lock(
        &self,
        granted: &Granted<permission::LockRecord>,
        act: &Act,
        new: NewTarget,
        reason: String,
    ) -> Result<Done<LockFile>, ServiceError> {
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        if matches!(&new, NewTarget::Site(_, cut_off) if *cut_off > today) {
            return Err(ServiceError::invalid(vec![in_the_future("/cut_off")]));
        }
        self.create(granted, act, "lock records", move |journal| {
            let target = resolve(journal.read(), &granted_again, &new, today)?;
            act_on(journal, &granted_again, &target, today)?;
            check_not_locked(journal.read(), &target)?;
            let lock = RecordLock {
                id: LockId::next(service.ids()),
                target,
                reason: reason.clone(),
                locked_by: granted_again.caller().actor,
                locked_at: service.now(),
                ended_at: None,
                version: 1,
                salt: service.salt()?,
            };
            journal.insert(&lock)?;
            file(journal.read(), lock)
        })
        .await
    }

    /// The locks over the caller's sites and their patients by id: those that hold or those that have ended, both when neither
    /// is asked for.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn locks(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        holds: Option<bool>,
        page: Page<LockId>,
    ) -> Result<Done<PageOf<LockFile, LockId>>, ServiceError> {
        let scope = granted.own_patients(self.today());
        self.show(granted, act, "list locks", move |session| {
            let PageOf { items, next } = session.record_locks(holds, &scope, &page)?;
            let seen = shown(&items);
            Ok((PageOf { items: files(session, items)?, next }, seen))
        })
        .await
    }

    /// One lock.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn lock(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        id: LockId,
    ) -> Result<Done<LockFile>, ServiceError> {
        let scope = granted.own_patients(self.today());
        self.show(granted, act, "read lock", move |session| {
            let lock = session.record_lock(id, &scope)?.ok_or_else(ServiceError::not_found)?;
            let seen = shown(std::slice::from_ref(&lock));
            Ok((file(session, lock)?, seen))
        })
        .await
    }
}

/// What the caller wants locked, when it lies within the caller's sites.
fn resolve<P: Permission>(
    session: &mut dyn ReadSession,
    granted: &Granted<P>,
    new: &NewTarget,
    today: NaiveDate,
) -> Result<LockTarget, ServiceError> {
    let scope = granted.own_patients(today);
    match new {
        NewTarget::Record(id) => {
            let record = session.record(*id, &scope)?.ok_or_else(ServiceError::not_found)?;
            Ok(LockTarget::Record { record: record.id, patient: record.patient })
        }
        NewTarget::Patient(pseudonym) => {
            let patient = session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            Ok(LockTarget::Patient { patient: patient.id })
        }
        NewTarget::Site(site, cut_off) => Ok(LockTarget::Site { site: site.clone(), cut_off: *cut_off }),
    }
}

/// Acts for the site that may lock and unlock the target, with nobody changing meanwhile what the lock is about: the owner
/// of the record, the site that is responsible for the patient, the site itself.
pub(crate) fn act_on<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    target: &LockTarget,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    match target {
        LockTarget::Record { record, .. } => own_record(journal, granted, *record, today).map(drop),
        LockTarget::Patient { patient } => {
            let site = acting_for(journal, granted, *patient, today)?;
            responsible_of(&journal.read().participations(&[*patient])?, &site).map(drop)
        }
        LockTarget::Site { site, .. } => {
            if !granted.own_sites().contains(site) {
                return Err(not_own_site());
            }
            journal.on_behalf_of(site);
            journal.lock_site(site)
        }
    }
}

/// The site that may lock and unlock the target today, where there is one.
pub(crate) fn keeper(
    session: &mut dyn ReadSession,
    target: &LockTarget,
    today: NaiveDate,
) -> Result<Option<SiteCode>, ServiceError> {
    match target {
        LockTarget::Record { record, patient } => {
            let Some(record) = session.record(*record, &PatientScope::Every)? else { return Ok(None) };
            Ok(owner(&session.participations(&[*patient])?, &record, today).cloned())
        }
        LockTarget::Patient { patient } => {
            let participations = session.participations(&[*patient])?;
            let responsible =
                participations.into_iter().find(|one| one.responsible && one.valid_to.is_none());
            Ok(responsible.map(|one| one.site))
        }
        LockTarget::Site { site, .. } => Ok(Some(site.clone())),
    }
}

fn check_not_locked(session: &mut dyn ReadSession, target: &LockTarget) -> Result<(), ServiceError> {
    let patients: Vec<_> = target.patient().into_iter().collect();
    let sites: Vec<_> = target.site().into_iter().cloned().collect();
    let locks = session.locks_over_any(&patients, &sites)?;
    let Some(same) = locks.iter().find(|lock| lock.target == *target) else { return Ok(()) };
    Err(ServiceError::explained(
        Problem::AlreadyExists,
        format!("Detta är redan låst: {}.", same.id),
        format!("This is locked already: {}.", same.id),
    ))
}

/// Locks with pseudonyms and requests, in their order.
pub(crate) fn files(
    session: &mut dyn ReadSession,
    locks: Vec<RecordLock>,
) -> Result<Vec<LockFile>, ServiceError> {
    let ids: Vec<_> = locks.iter().map(|lock| lock.id).collect();
    let pseudonyms = pseudonyms(session, &locks)?;
    let mut requests: HashMap<LockId, Vec<UnlockRequest>> = HashMap::new();
    for request in session.unlock_requests_of(&ids)? {
        requests.entry(request.lock).or_default().push(request);
    }
    let files = locks.into_iter().map(|lock| {
        let pseudonym = lock.target.patient().and_then(|patient| pseudonyms.get(&patient).copied());
        let requests = requests.remove(&lock.id).unwrap_or_default();
        LockFile { lock, pseudonym, requests }
    });
    Ok(files.collect())
}

/// The pseudonyms of the patients whom locks are about.
pub(crate) fn pseudonyms<'l>(
    session: &mut dyn ReadSession,
    locks: impl IntoIterator<Item = &'l RecordLock>,
) -> Result<HashMap<PatientId, Pseudonym>, ServiceError> {
    let mut patients: Vec<_> = locks.into_iter().filter_map(|lock| lock.target.patient()).collect();
    patients.sort_unstable();
    patients.dedup();
    let known = session.patients_by_id(&patients)?;
    Ok(known.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect())
}

/// A lock with pseudonym and requests.
pub(crate) fn file(session: &mut dyn ReadSession, lock: RecordLock) -> Result<LockFile, ServiceError> {
    let patients: Vec<_> = lock.target.patient().into_iter().collect();
    let pseudonym = session.patients_by_id(&patients)?.pop().map(|patient| patient.pseudonym);
    let requests = session.unlock_requests_of(&[lock.id])?;
    Ok(LockFile { lock, pseudonym, requests })
}

/// The locks that tell of a patient, for the event.
fn shown(locks: &[RecordLock]) -> Seen {
    locks.iter().filter(|lock| lock.target.patient().is_some()).map(seen).collect()
}
