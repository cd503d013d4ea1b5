//! The end of a lock: one person asks for it with a reason, another approves or refuses, unless the first takes it back.

use cartotek_domain::access::{AuthMethod, Granted, Permission, permission};
use cartotek_domain::id::{LockId, UnlockRequestId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_domain::time::Timestamp;
use cartotek_domain::unlock::{UnlockRequest, UnlockState, UnlockStatus};
use cartotek_persistence::{ReadSession, StoreError};
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
                state: UnlockState::Pending,
                version: 1,
                salt: service.salt()?,
            };
            journal.insert(&request)?;
            Ok(request)
        })
        .await
    }

    /// Takes back the caller's own request; the lock holds on.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, for whoever did not make the request, and
    /// unless it is the caller's site that may lock the same; `wrong_state` when the request is no longer pending.
    pub async fn withdraw_unlock(
        &self,
        granted: &Granted<permission::LockRecord>,
        act: &Act,
        id: UnlockRequestId,
    ) -> Result<Done<UnlockRequest>, ServiceError> {
        let requester = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.change(granted, act, "withdraw unlock request", move |journal| {
            let (request, _) = pending(journal, &granted_again, id, today)?;
            if request.requested_by != requester {
                return Err(not_own_request());
            }
            decide(journal, &request, UnlockState::Withdrawn { at: service.now() })
        })
        .await
    }

    /// Refuses another person's request, with a reason; the lock holds on.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, for who made the request, and unless it is
    /// the caller's site that may lock the same; `wrong_state` when the request is no longer pending.
    pub async fn refuse_unlock(
        &self,
        granted: &Granted<permission::UnlockRecord>,
        act: &Act,
        id: UnlockRequestId,
        reason: String,
    ) -> Result<Done<UnlockRequest>, ServiceError> {
        let by = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.change(granted, act, "refuse unlock request", move |journal| {
            let (request, _) = pending(journal, &granted_again, id, today)?;
            if request.requested_by == by {
                return Err(own_request());
            }
            decide(journal, &request, UnlockState::Refused { by, at: service.now(), reason: reason.clone() })
        })
        .await
    }

    /// Approves another person's request: the lock ends, and with it what else is asked about it.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `permission_missing` for a system, for who made the request, and unless it is
    /// the caller's site that may lock the same; `wrong_state` when the lock has ended or the request is no longer pending,
    /// and when who made the request may no longer make it.
    pub async fn approve_unlock(
        &self,
        granted: &Granted<permission::UnlockRecord>,
        act: &Act,
        id: UnlockRequestId,
    ) -> Result<Done<LockFile>, ServiceError> {
        let approver = person(granted)?;
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        self.change(granted, act, "approve unlock", move |journal| {
            let (request, lock) = pending(journal, &granted_again, id, today)?;
            if request.requested_by == approver {
                return Err(own_request());
            }
            check_requester(journal.read(), &request, &lock, service.now(), today)?;
            let at = service.now();
            let asked = journal.read().unlock_requests_of(&[lock.id])?;
            for other in asked {
                if other.id != request.id && other.state == UnlockState::Pending {
                    decide(journal, &other, UnlockState::Lapsed { at })?;
                }
            }
            decide(journal, &request, UnlockState::Approved { by: approver, at })?;
            let ended = RecordLock { ended_at: Some(at), version: lock.version + 1, ..lock.clone() };
            if !journal.replace(&lock, &ended)? {
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

/// A pending request and its lock, which holds; nobody else decides on it meanwhile.
fn pending<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    id: UnlockRequestId,
    today: NaiveDate,
) -> Result<(UnlockRequest, RecordLock), ServiceError> {
    let scope = granted.own_patients(today);
    let found = journal.read().unlock_request(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    let lock = held(journal, granted, found.lock, today)?;
    let request = journal.read().unlock_request(id, &scope)?.ok_or_else(ServiceError::not_found)?;
    if request.state == UnlockState::Pending { Ok((request, lock)) } else { Err(no_longer_pending(&request)) }
}

/// Brings a pending request to its end, which the event names.
fn decide(
    journal: &mut Journal<'_>,
    request: &UnlockRequest,
    state: UnlockState,
) -> Result<UnlockRequest, ServiceError> {
    journal.because(state.status().name());
    let decided = UnlockRequest { state, version: request.version + 1, ..request.clone() };
    // Nobody can have decided on it under the lock; if somebody has, the client tries again and is told.
    if journal.replace(request, &decided)? { Ok(decided) } else { Err(StoreError::Busy.into()) }
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
        "Den som begär att ett lås hävs avgör inte själv begäran. Be en annan person godkänna eller avslå den, eller ta \
         tillbaka den (POST /unlock-requests/{id}/withdrawal).",
        "Who asks for a lock to be ended does not decide on it too. Ask another person to approve or refuse it, or take the \
         request back (POST /unlock-requests/{id}/withdrawal).",
    )
}

fn not_own_request() -> ServiceError {
    ServiceError::explained(
        Problem::PermissionMissing,
        "Bara den som har begärt att låset hävs tar tillbaka begäran. En annan person avslår den (POST \
         /unlock-requests/{id}/refusal).",
        "Only who has asked for the lock to be ended takes the request back. Another person refuses it (POST \
         /unlock-requests/{id}/refusal).",
    )
}

/// What has become of a request over a lock that holds: it was taken back or refused.
fn no_longer_pending(request: &UnlockRequest) -> ServiceError {
    let said = if request.state.status() == UnlockStatus::Refused {
        Text::new("avslagits", "was refused")
    } else {
        Text::new("tagits tillbaka", "was taken back")
    };
    let (lock, Text { sv, en }) = (request.lock, said);
    ServiceError::explained(
        Problem::WrongState,
        format!("Begäran har redan {sv}. Gör en ny om låset ska hävas (POST /locks/{lock}/unlock-requests)."),
        format!(
            "The request {en} already. Make a new one if the lock is to be ended (POST /locks/{lock}/unlock-requests)."
        ),
    )
}

fn has_ended() -> ServiceError {
    ServiceError::explained(Problem::WrongState, "Låset är redan hävt.", "The lock has ended already.")
}
