//! Stored answers of keyed requests: to whom they are given again, and of whom they speak.

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, Permission};
use cartotek_domain::audit::{AuditEvent, Outcome, Subject};
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::id::{ActorId, PatientId};
use cartotek_domain::problem::Problem;
use cartotek_persistence::{ReadSession, StoreError, WriteSession};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use crate::Service;
use crate::act::{Done, IdempotencyKey};
use crate::commit::touched;
use crate::error::ServiceError;
use crate::participation::check_takes_part;
use crate::witness::{Witnessed, append};

/// For whom the caller acts today: who may get a stored answer again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    sites: BTreeSet<SiteCode>,
    biobanks: BTreeSet<BiobankCode>,
    today: NaiveDate,
}

impl Reach {
    pub(crate) fn of<P: Permission>(granted: &Granted<P>, today: NaiveDate) -> Self {
        Self { sites: granted.own_sites(), biobanks: granted.biobanks(), today }
    }

    /// Refuses a change that was made for a biobank or site that is the caller's no longer, or for a site that takes
    /// part in the care of its patients no longer.
    fn check(&self, session: &mut dyn ReadSession, change: &AuditEvent) -> Result<(), ServiceError> {
        let Some(unit) = &change.unit else { return Ok(()) };
        if self.biobanks.iter().any(|code| code.as_str() == unit) {
            return Ok(());
        }
        let site =
            self.sites.iter().find(|code| code.as_str() == unit).ok_or_else(ServiceError::not_found)?;
        let patients: BTreeSet<_> = change.subjects.iter().filter_map(|subject| subject.patient).collect();
        check_takes_part(session, site, &patients, self.today)
    }
}

/// The stored answer of an equal request; showing it again is a read of its own.
pub(crate) fn replay<T: DeserializeOwned>(
    tx: &mut dyn WriteSession,
    service: &Service,
    event: &AuditEvent,
    reach: &Reach,
    actor: ActorId,
    key: &IdempotencyKey,
) -> Result<Done<T>, ServiceError> {
    let stored = tx
        .stored_answer(actor, &key.key)?
        // It has just expired: the next attempt claims the key anew.
        .ok_or(StoreError::Busy)?;
    if stored.answer.is_empty() {
        return Err(answer_erased());
    }
    if stored.fingerprint != *key.fingerprint.as_bytes() {
        return Err(ServiceError::refused(Problem::IdempotencyKeyReused));
    }
    let done: Done<T> = serde_json::from_str(&stored.answer)?;
    let Some(receipt) = &done.receipt else { return Ok(Done { replayed: true, ..done }) };
    let change = tx.event(receipt.event)?;
    let change =
        change.ok_or_else(|| ServiceError::Defect("the event of a stored answer is absent".to_owned()))?;
    let change = AuditEvent::from_canonical(&change.canonical)?;
    reach.check(tx, &change)?;
    let subjects: Vec<_> = change.subjects.into_iter().filter_map(touched).collect();
    if !subjects.is_empty() {
        let again = AuditEvent { outcome: Outcome::Read, unit: change.unit, subjects, ..event.clone() };
        append(tx, &[Witnessed::new(&again, &service.keys().audit_row)?])?;
    }
    Ok(Done { replayed: true, ..done })
}

/// The one patient of whom an answer speaks, so that an erasure finds it.
pub(crate) fn the_patient(subjects: &[Subject]) -> Result<Option<PatientId>, ServiceError> {
    let mut patients = subjects.iter().filter_map(|subject| subject.patient);
    let first = patients.next();
    if patients.all(|other| Some(other) == first) {
        return Ok(first);
    }
    Err(ServiceError::Defect(
        "a stored answer may speak of one patient only, or none could erase it".to_owned(),
    ))
}

/// Why an equal request gets no answer: it went with the patient's data.
pub(crate) fn answer_erased() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Det lagrade svaret raderades tillsammans med en patients uppgifter. Det som gjordes görs inte om; ange en ny \
         Idempotency-Key för något nytt.",
        "The stored answer was erased together with a patient's data. What was done is not done again; give a new \
         Idempotency-Key for something new.",
    )
}
