//! Destruction: of a record that was another patient's nothing stays that tells of that patient.
//!
//! The rows stay, without what they said and with new salts: who has saved, signed, asked and locked, and when. So the
//! history of each goes on in the log, whose hashes of what stood there say nothing any more.

use cartotek_domain::clarification::ClarificationEvent;
use cartotek_domain::lock::{LockTarget, RecordLock};
use cartotek_domain::record::{Amendment, AmendmentReason, Record, Revision};
use cartotek_domain::signature::Signature;
use cartotek_domain::unlock::UnlockRequest;

use crate::Service;
use crate::clarification::close_by_itself;
use crate::error::ServiceError;
use crate::journal::Journal;

/// What is left of a content.
const NO_ANSWERS: &str = "{}";

/// Takes away what a record has said until now and what was said about it, wherever that is kept. What follows from the
/// content, its milestones and findings, is taken back with any annulment.
pub(super) fn destroy(
    service: &Service,
    journal: &mut Journal<'_>,
    record: &Record,
) -> Result<(), ServiceError> {
    journal.erasures().mark_for_purge()?;
    empty_revisions(service, journal, record)?;
    empty_signatures(service, journal, record)?;
    empty_clarifications(service, journal, record)?;
    empty_locks(service, journal, record)?;
    journal.erasures().delete_imports(record.patient, Some((&record.form, &record.site)))?;
    journal.erasures().erase_answers(record.patient)?;
    Ok(())
}

/// Each revision says why it has no content.
fn empty_revisions(
    service: &Service,
    journal: &mut Journal<'_>,
    record: &Record,
) -> Result<(), ServiceError> {
    for number in 1..=record.revision {
        let Some(before) = journal.read().revision(record.id, number)? else { continue };
        let after = Revision {
            content: NO_ANSWERS.to_owned(),
            acknowledgements: Vec::new(),
            amendment: Some(Amendment { reason: AmendmentReason::OtherPatient, text: String::new() }),
            salt: service.salt()?,
            ..before.clone()
        };
        journal.empty(&before, &after)?;
    }
    Ok(())
}

/// The hash of a content whose answers could be guessed.
fn empty_signatures(
    service: &Service,
    journal: &mut Journal<'_>,
    record: &Record,
) -> Result<(), ServiceError> {
    let signatures = journal.read().signatures(record.id)?;
    for before in &signatures {
        let after = Signature { content_sha256: String::new(), salt: service.salt()?, ..before.clone() };
        journal.empty(before, &after)?;
    }
    Ok(())
}

/// What was asked and answered; a person's question is closed too, which nobody could understand any more.
fn empty_clarifications(
    service: &Service,
    journal: &mut Journal<'_>,
    record: &Record,
) -> Result<(), ServiceError> {
    let asked = journal.read().clarifications_about(&[record.id])?;
    let ids: Vec<_> = asked.iter().map(|one| one.id).collect();
    let events = journal.read().clarification_events(&ids)?;
    for before in events.iter().filter(|one| one.text.is_some()) {
        let after = ClarificationEvent { text: None, salt: service.salt()?, ..before.clone() };
        journal.empty(before, &after)?;
    }
    for clarification in &asked {
        close_by_itself(service, journal, clarification)?;
    }
    Ok(())
}

/// Why the record was locked, and was to be unlocked; no lock holds it any more.
fn empty_locks(service: &Service, journal: &mut Journal<'_>, record: &Record) -> Result<(), ServiceError> {
    let over = LockTarget::Record { record: record.id, patient: record.patient };
    let mut locks = journal.read().locks_of(record.patient)?;
    locks.retain(|one| one.target == over);
    let ids: Vec<_> = locks.iter().map(|one| one.id).collect();
    let requests = journal.read().unlock_requests_of(&ids)?;
    for before in &requests {
        let (reason, state) = (String::new(), before.state.without_words());
        let after = UnlockRequest { reason, state, salt: service.salt()?, ..before.clone() };
        journal.empty(before, &after)?;
    }
    for before in &locks {
        let after = RecordLock { reason: String::new(), salt: service.salt()?, ..before.clone() };
        journal.empty(before, &after)?;
    }
    Ok(())
}
