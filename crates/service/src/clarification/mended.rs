//! What a change settles: a clarification of a rule closes by itself once the rule, run again, finds nothing any more.
//!
//! That is so whatever has mended it, since rules look at dates and codes of other forms too: an amendment of the form
//! itself, another record of the patient however it came, a course, a consent. A person's question waits for a person.

use cartotek_domain::clarification::{Clarification, ClarificationEventKind};

use crate::Service;
use crate::clarification::verdict::{Rerun, verdict_on};
use crate::clarification::{Step, append};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::publish::PublishedForms;
use crate::record::judgement::Premises;
use crate::record::standing::Standing;
use crate::schedule::settle::Changes;

/// Closes what the changes have mended. The patients are locked, and what has changed is written.
pub(crate) fn close_mended(
    service: &Service,
    journal: &mut Journal<'_>,
    changes: &Changes,
) -> Result<(), ServiceError> {
    let patients = changes.patients();
    if patients.is_empty() {
        return Ok(());
    }
    let published = service.forms()?;
    let mut asked = journal.read().live_clarifications_of_rules(&patients)?;
    asked.retain(|one| may_be_mended(&published, one, changes));
    asked.sort_by_key(|one| (one.patient, one.record, one.id));
    for of_patient in asked.chunk_by(|one, other| one.patient == other.patient) {
        let Some(Clarification { patient, .. }) = of_patient.first() else { continue };
        let standing = Premises::of(journal.read(), *patient)?.standing(journal.read(), *patient)?;
        for of_record in of_patient.chunk_by(|one, other| one.record == other.record) {
            close_passing(service, journal, &standing, of_record)?;
        }
    }
    Ok(())
}

/// Whether the rule may find something else than before: its own record has changed, or it looks at others.
fn may_be_mended(published: &PublishedForms, clarification: &Clarification, changes: &Changes) -> bool {
    let form = published.forms.form(&clarification.form, None);
    let looks_at_others = |rule: &String| form.and_then(|form| form.looks_at_others(rule)) == Some(true);
    changes.has_changed(clarification.record) || clarification.rule.as_ref().is_some_and(looks_at_others)
}

/// Closes those of one record whose rule passes.
fn close_passing(
    service: &Service,
    journal: &mut Journal<'_>,
    standing: &Standing,
    of_record: &[Clarification],
) -> Result<(), ServiceError> {
    let Some(first) = of_record.first() else { return Ok(()) };
    let verdict = verdict_on(service, journal.read(), first, standing)?;
    let passes = |one: &&Clarification| {
        let rerun = one.rule.as_ref().map(|rule| verdict.rerun(rule, &one.pointer));
        rerun == Some(Rerun::Passes)
    };
    of_record.iter().filter(passes).try_for_each(|one| close_by_itself(service, journal, one))
}

/// Closes a clarification in nobody's name.
pub(super) fn close_by_itself(
    service: &Service,
    journal: &mut Journal<'_>,
    clarification: &Clarification,
) -> Result<(), ServiceError> {
    let events = journal.read().clarification_events(&[clarification.id])?;
    let step = Step { kind: ClarificationEventKind::Closed, text: None, assignee: None, actor: None };
    append(service, journal, clarification, events, step)
}
