//! Amendment: a submitted record gets a new content, with a coded reason and words.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::finding::{Finding, RecordFinding};
use cartotek_domain::id::{ActorId, RecordId};
use cartotek_domain::record::{Acknowledgement, Amendment, Record, RecordStatus, Revision};
use cartotek_domain::text::Text;
use serde_json::Value;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::record::judgement::judge;
use crate::record::prepare::Prepared;
use crate::record::read::Current;
use crate::record::submit::{check_refusals, current_within, explain, unused};
use crate::record::{RecordFile, check_key, milestones_of, natural_key};
use crate::timeline::found_at_submission;

/// A new content for a submitted record.
#[derive(Debug, Clone)]
pub struct Correction {
    /// All answers, with the changed ones.
    pub content: Value,
    /// Why.
    pub amendment: Amendment,
    /// The explained warnings.
    pub acknowledgements: Vec<Acknowledgement>,
}

impl Service {
    /// Amends a submitted record; every earlier content stays readable.
    ///
    /// # Errors
    /// `not_found`; `permission_missing` unless the caller's site owns the record; `stale_version` with what has
    /// changed; `wrong_state` for a draft; `record_locked`; `content_invalid`, also for answers and reasons that stand there
    /// already; `person_id_detected`, `already_exists`.
    pub async fn amend(
        &self,
        granted: &Granted<permission::WriteRecord>,
        act: &Act,
        id: RecordId,
        expected: i64,
        correction: Correction,
    ) -> Result<Done<RecordFile>, ServiceError> {
        let Correction { content, amendment, acknowledgements } = correction;
        let Current { record, revision, pseudonym, day } = self.current(granted, id).await?;
        let version = Some(self.version_of(&record, &revision)?);
        let prepared = Prepared::new(self, &record.form, version, content, record.submitted_at)?;
        let (service, granted_again) = (self.clone(), granted.clone());
        self.change(granted, act, "amend record", move |journal| {
            journal.lock_patients(&[record.patient])?;
            let before = current_within(
                journal,
                &granted_again,
                (&record, day),
                expected,
                RecordStatus::Submitted,
                &prepared,
            )?;
            check_refusals(&prepared, &acknowledgements)?;
            let mut findings =
                judge(journal.read(), before.patient, &prepared, before.course, Some(before.id))?.findings;
            let explained = explain(&findings, &acknowledgements)?;
            let stands = journal.read().findings_in(before.id)?;
            check_changes(&revision, &stands, &prepared, &explained)?;
            findings.extend(unused(&explained, &acknowledgements));
            let by = granted_again.caller().actor;
            let (after, revision) =
                write(&service, journal, &prepared, &before, by, (&findings, explained), amendment.clone())?;
            RecordFile::new(after, revision, pseudonym, &prepared, findings)
        })
        .await
    }
}

/// Refuses an amendment that says nothing but what stands there already. A reason that stands there says something when it is
/// given again for what has opened since: that it still holds.
fn check_changes(
    before: &Revision,
    stands: &[RecordFinding],
    prepared: &Prepared,
    explained: &[Acknowledgement],
) -> Result<(), ServiceError> {
    let of = |finding: &RecordFinding, reason: &Acknowledgement| {
        finding.rule == reason.rule && finding.pointer == reason.pointer
    };
    let reopened =
        |finding: &RecordFinding| !finding.explained && explained.iter().any(|reason| of(finding, reason));
    let says_more = before.content != prepared.canonical() || before.acknowledgements != explained;
    if says_more || stands.iter().any(reopened) {
        return Ok(());
    }
    let text = Text::new(
        "Rättelsen ändrar inget: svaren och orsakerna står där redan. Ändra det som är fel, eller låt posten vara.",
        "The amendment changes nothing: these answers and reasons stand there already. Change what is wrong, or leave the \
         record as it is.",
    );
    Err(ServiceError::invalid(vec![Finding::error("AMEND-UNCHANGED", "/content", text)]))
}

/// Writes another revision of a record, in whose content this was found; only what was submitted contributes milestones
/// and has findings standing in it.
pub(super) fn write(
    service: &Service,
    journal: &mut Journal<'_>,
    prepared: &Prepared,
    before: &Record,
    author: ActorId,
    (findings, explained): (&[Finding], Vec<Acknowledgement>),
    amendment: Amendment,
) -> Result<(Record, Revision), ServiceError> {
    let after = Record {
        revision: before.revision + 1,
        natural_key: natural_key(before.id, &prepared.checked().natural_key),
        ..before.clone()
    };
    journal.on_behalf_of(&after.site);
    journal.because(amendment.reason.name());
    check_key(journal.read(), &after)?;
    if !journal.replace(before, &after)? {
        return Err(ServiceError::stale(before.revision + 1, None));
    }
    let revision = prepared.revision(service, &after, author, explained, Some(amendment))?;
    journal.insert(&revision)?;
    if after.status == RecordStatus::Submitted {
        let standing = found_at_submission(prepared.form()?, &after, &revision, findings);
        journal.put_findings(after.id, standing)?;
        journal.put_milestones(after.patient, after.id, milestones_of(prepared, &after))?;
        journal.changes().amended(&after, prepared);
    }
    Ok((after, revision))
}
