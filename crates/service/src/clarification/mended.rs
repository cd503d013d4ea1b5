//! What an amendment settles: an answered clarification of a rule closes by itself once the rule finds nothing any more.

use cartotek_domain::access::PatientScope;
use cartotek_domain::clarification::{ClarificationEventKind, ClarificationStatus};
use cartotek_domain::id::PatientId;
use cartotek_persistence::Page;
use cartotek_persistence::session::clarification::ClarificationFilter;

use crate::Service;
use crate::clarification::verdict::still_finds;
use crate::clarification::{Step, append};
use crate::error::ServiceError;
use crate::journal::Journal;

/// Closes the answered clarifications of rules that find nothing any more: about whichever form of the patient, since
/// rules look at dates and codes of the others too. The patient is locked.
pub(crate) fn close_mended(
    service: &Service,
    journal: &mut Journal<'_>,
    patient: PatientId,
) -> Result<(), ServiceError> {
    let filter = ClarificationFilter {
        patient: Some(patient),
        status: Some(ClarificationStatus::Answered),
        ..ClarificationFilter::default()
    };
    let answered =
        journal.read().clarifications(&filter, &PatientScope::Every, &Page::first(u16::MAX))?.items;
    for clarification in answered.iter().filter(|one| one.rule.is_some()) {
        if still_finds(service, journal.read(), clarification)? {
            continue;
        }
        let events = journal.read().clarification_events(&[clarification.id])?;
        let step = Step { kind: ClarificationEventKind::Closed, text: None, assignee: None, actor: None };
        append(service, journal, clarification, events, step)?;
    }
    Ok(())
}
