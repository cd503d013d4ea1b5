//! What changes settle: a clarification of a rule closes by itself once the rule, run again, finds nothing any more.
//!
//! That is so whatever has mended it, since rules look at dates and codes of other forms too: an amendment of the form
//! itself, another record of the patient however it came, a course, a consent. A person's question waits for a person. The
//! rules are run when a change has made the record due ([`crate::timeline`]), together with those that tell what stands in it.

use cartotek_domain::clarification::{Clarification, ClarificationEventKind, ClarificationStatus, state};
use cartotek_domain::record::{Record, Revision};

use crate::Service;
use crate::clarification::verdict::{Rerun, Verdict};
use crate::clarification::{Step, append};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::record::standing::Standing;
use crate::timeline::ByMilestones;

/// Those of the clarifications about a record whose rule passes; the rules that look at milestones are not run again where
/// it is known what they find.
pub(crate) fn passing(
    service: &Service,
    (record, revision): (&Record, &Revision),
    standing: &Standing,
    asked: &[&Clarification],
    known: Option<&ByMilestones>,
) -> Result<Vec<Clarification>, ServiceError> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let verdict = Verdict::of(service, record, revision, standing, known)?;
    let passes = |one: &&&Clarification| {
        let rerun = one.rule.as_ref().map(|rule| verdict.rerun(rule, one));
        rerun == Some(Rerun::Passes)
    };
    Ok(asked.iter().filter(passes).map(|one| (*one).clone()).collect())
}

/// Closes a clarification in nobody's name, unless somebody has closed it meanwhile.
pub(crate) fn close_by_itself(
    service: &Service,
    journal: &mut Journal<'_>,
    clarification: &Clarification,
) -> Result<(), ServiceError> {
    let events = journal.read().clarification_events(&[clarification.id])?;
    if state(&events).status == ClarificationStatus::Closed {
        return Ok(());
    }
    let step = Step { kind: ClarificationEventKind::Closed, text: None, assignee: None, actor: None };
    append(service, journal, clarification, events, step)
}
