//! The end of a lock: one person asks for it with a reason, another approves.

use cartotek_domain::access::{AuthMethod, Granted, Permission, permission};
use cartotek_domain::id::{LockId, UnlockRequestId};
use cartotek_domain::lock::{RecordLock, UnlockRequest};
use cartotek_domain::problem::Problem;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::authenticate::caller_of;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::lock::{LockFile, act_on, file, keeper};
use crate::person::person;

impl Service {
    /// Asks for a lock to be ended; nothing changes until another person approves.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, and unless it is the caller's site that may
    /// lock the same; `wrong_state` when the lock has ended.
    pub async fn request_unlock(
        &self,
        granted: &Granted<permission::LockRecord>,
        act: &Act,
        id: LockId,
        reason: String,
    ) -> Result<Done<UnlockRequest>, ServiceError> {
        let requested_by = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.create(granted, act, "request unlock", move |journal| {
            let lock = held(journal, &granted_again, id, today)?;
            let request = UnlockRequest {
                id: UnlockRequestId::next(service.ids()),
                lock: lock.id,
                patient: lock.target.patient(),
                reason: reason.clone(),
                requested_by,
                requested_at: service.now(),
                approved_by: None,
                approved_at: None,
                version: 1,
                salt: service.salt()?,
            };
            journal.insert(&request)?;
            Ok(request)
        })
        .await
    }

    /// Approves another person's request: the lock ends.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, for who made the request, and unless it is
    /// the caller's site that may lock the same; `wrong_state` when the lock has ended, and when who made the request may
    /// no longer make it.
    pub async fn approve_unlock(
        &self,
        granted: &Granted<permission::UnlockRecord>,
        act: &Act,
        id: UnlockRequestId,
    ) -> Result<Done<LockFile>, ServiceError> {
        let approver = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.change(granted, act, "approve unlock", move |journal| {
            let request = journal.read().unlock_request(id, &granted_again.own_patients(today))?;
            let request = request.ok_or_else(ServiceError::not_found)?;
            let lock = held(journal, &granted_again, request.lock, today)?;
            if request.requested_by == approver {
                return Err(own_request());
            }
            check_requester(journal.read(), &request, &lock, service.now(), today)?;
            let (now, version) = (Some(service.now()), request.version + 1);
            let granted_request =
                UnlockRequest { approved_by: Some(approver), approved_at: now, version, ..request.clone() };
            let ended = RecordLock { ended_at: now, version: lock.version + 1, ..lock.clone() };
            if !journal.replace(&request, &granted_request)? || !journal.replace(&lock, &ended)? {
                return Err(has_ended());
            }
            file(journal.read(), ended)
        })
        .await
    }
}

/// The lock, which holds and which nobody else ends meanwhile.
fn held<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    id: LockId,
    today: NaiveDate,
) -> Result<RecordLock, ServiceError> {
    let scope = granted.own_patients(today);
    let found = journal.read().record_lock(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    act_on(journal, granted, &found.target, today)?;
    let lock = journal.read().record_lock(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    if lock.ended_at.is_none() { Ok(lock) } else { Err(has_ended()) }
}

/// Refuses unless who made the request still acts for the site that may lock the same.
fn check_requester(
    session: &mut dyn ReadSession,
    request: &UnlockRequest,
    lock: &RecordLock,
    now: Timestamp,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    let site = keeper(session, &lock.target, today)?;
    let requester = caller_of(session, request.requested_by, AuthMethod::Token, now)?;
    let granted = requester.as_ref().and_then(Granted::<permission::LockRecord>::prove);
    match (site, granted) {
        (Some(site), Some(granted)) if granted.own_sites().contains(&site) => Ok(()),
        _ => Err(requester_gone(lock.id)),
    }
}

fn requester_gone(lock: LockId) -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        format!(
            "Den som begärde att låset hävs hör inte längre till sjukhuset som får häva det. Gör en ny begäran (POST \
             /locks/{lock}/unlock-requests), som en annan person godkänner."
        ),
        format!(
            "Who asked for the lock to be ended no longer belongs to the site that may end it. Make a new request (POST \
             /locks/{lock}/unlock-requests), which another person approves."
        ),
    )
}

fn own_request() -> ServiceError {
    ServiceError::explained(
        Problem::PermissionMissing,
        "Den som begär att ett lås hävs får inte själv godkänna det. Be en annan person göra det.",
        "Who asks for a lock to be ended may not approve it too. Ask another person to do it.",
    )
}

fn has_ended() -> ServiceError {
    ServiceError::explained(Problem::WrongState, "Låset är redan hävt.", "The lock has ended already.")
}
