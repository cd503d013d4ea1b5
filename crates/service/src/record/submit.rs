//! Submission: the content becomes a fact that only an amendment changes.

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, Permission, permission};
use cartotek_domain::finding::{Finding, Severity, any_error};
use cartotek_domain::id::{ActorId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Record, RecordStatus};
use cartotek_domain::text::Text;
use cartotek_persistence::StoreError;
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::record::author::next_owner;
use crate::record::judgement::{Place, judge};
use crate::record::mark::check_unlocked;
use crate::record::prepare::Prepared;
use crate::record::read::Current;
use crate::record::{
    RecordFile, check_free, check_owner, check_status, check_version, milestones_of, natural_key,
};
use crate::schedule::settle::Submission;
use crate::timeline::found_at_submission;

/// Characters of the reason for a warning (domain brief 5.1).
const MOST_REASON: usize = 500;

impl Service {
    /// Submits a draft as it stands.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `stale_version`; `wrong_state` unless it is a draft; `record_locked`;
    /// `content_invalid` with every finding, or with the warnings that still need a reason.
    pub async fn submit(
        &self,
        granted: &Granted<permission::WriteRecord>,
        act: &Act,
        id: RecordId,
        expected: i64,
        acknowledgements: Vec<Acknowledgement>,
    ) -> Result<Done<RecordFile>, ServiceError> {
        let Current { record, revision, pseudonym, day } = self.current(granted, id).await?;
        let content = serde_json::from_str(&revision.content)?;
        let version = Some(self.version_of(&record, &revision)?);
        let prepared = Prepared::new(self, &record.form, version, content, None)?;
        let (service, granted_again) = (self.clone(), granted.clone());
        self.change(granted, act, "submit record", move |journal| {
            journal.lock_patients(&[record.patient])?;
            let before = current_within(
                journal,
                &granted_again,
                (&record, day),
                expected,
                RecordStatus::Draft,
                &prepared,
            )?;
            let site = next_owner(journal.read(), &prepared, &before)?;
            check_refusals(&prepared, &acknowledgements)?;
            let after = Record {
                status: RecordStatus::Submitted,
                revision: before.revision + 1,
                natural_key: natural_key(before.id, &prepared.checked().natural_key),
                submitted_at: Some(prepared.at()),
                site,
                ..before.clone()
            };
            let author = granted_again.caller().actor;
            let findings =
                judge(journal.read(), before.patient, &prepared, before.course, Some(before.id))?.findings;
            let same_key = journal.read().record_by_key(after.subject(), &after.form, &after.natural_key)?;
            submit(
                &service,
                journal,
                &prepared,
                Some(&before),
                Place { same_key, expected: None },
                after,
                author,
                findings,
                &acknowledgements,
                &pseudonym,
            )
        })
        .await
    }
}

/// Writes a submitted revision of a new record, or in the place of a draft.
#[expect(clippy::too_many_arguments, reason = "the parts of one submission; a struct would only rename them")]
pub(super) fn submit(
    service: &Service,
    journal: &mut Journal<'_>,
    prepared: &Prepared,
    before: Option<&Record>,
    place: Place,
    record: Record,
    author: ActorId,
    mut findings: Vec<Finding>,
    acknowledgements: &[Acknowledgement],
    pseudonym: &Pseudonym,
) -> Result<RecordFile, ServiceError> {
    journal.on_behalf_of(&record.site);
    // First: the rules would compare it with that other record as with any, and tell of the order of the two.
    check_free(place.same_key, &record)?;
    let explained = explain(&findings, acknowledgements)?;
    findings.extend(unused(&explained, acknowledgements));
    let revision = prepared.revision(service, &record, author, explained, None)?;
    let standing = found_at_submission(prepared.form()?, &record, &revision, &findings);
    let milestones = milestones_of(prepared, &record);
    match before {
        None => journal.insert_record(&record, &revision, milestones, standing)?,
        Some(before) => {
            if !journal.replace(before, &record)? {
                return Err(ServiceError::stale(before.revision + 1, None));
            }
            journal.insert(&revision)?;
            journal.add_findings(&standing)?;
            journal.put_milestones(record.patient, record.id, milestones)?;
        }
    }
    journal.changes().submitted(Submission {
        record: record.clone(),
        prepared: prepared.clone(),
        expected: place.expected,
    });
    RecordFile::new(record, revision, *pseudonym, prepared, findings)
}

/// Refuses a content that breaks rules by itself, or reasons that do.
pub(super) fn check_refusals(
    prepared: &Prepared,
    acknowledgements: &[Acknowledgement],
) -> Result<(), ServiceError> {
    let mut refusals = prepared.refusals()?;
    refusals.extend(long_reasons(acknowledgements));
    if refusals.is_empty() { Ok(()) } else { Err(ServiceError::invalid(refusals)) }
}

/// The current record, when it is the caller's to change today, at the expected version and in the needed state;
/// `seen` is the state from which the change was prepared, with the decisive day of its content.
pub(super) fn current_within<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    (seen, day): (&Record, NaiveDate),
    expected: i64,
    needed: RecordStatus,
    prepared: &Prepared,
) -> Result<Record, ServiceError> {
    let today = prepared.today();
    let scope = granted.patients(today);
    let record = journal.read().record(seen.id, &scope)?.ok_or_else(ServiceError::not_found)?;
    check_owner(journal.read(), granted, &record, today)?;
    check_version(journal.read(), &record, expected)?;
    check_status(&record, needed)?;
    if record.revision != seen.revision {
        // The caller knows the current content, but it came after the change had been prepared from an earlier one.
        return Err(StoreError::Busy.into());
    }
    check_unlocked(journal.read(), &record, &[day, prepared.decisive_day(record.submitted_at)])?;
    Ok(record)
}

/// The reasons for the warnings that were found; refused while an error stands or a warning has no reason.
pub(crate) fn explain(
    findings: &[Finding],
    acknowledgements: &[Acknowledgement],
) -> Result<Vec<Acknowledgement>, ServiceError> {
    if any_error(findings) {
        return Err(ServiceError::invalid(findings.to_vec()));
    }
    let fits =
        |one: &Acknowledgement, finding: &Finding| one.rule == finding.rule && one.pointer == finding.pointer;
    let reason_for = |finding: &Finding| {
        let found = acknowledgements.iter().find(|one| fits(one, finding));
        found.filter(|one| !one.reason.trim().is_empty())
    };
    let warnings = || findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let unexplained: Vec<_> = warnings().filter(|finding| reason_for(finding).is_none()).cloned().collect();
    if !unexplained.is_empty() {
        let asks =
            unexplained.iter().map(|finding| Finding::error("ACKNOWLEDGE", &finding.pointer, ask(finding)));
        let fitting = acknowledgements.iter().filter(|one| warnings().any(|finding| fits(one, finding)));
        let fitting: Vec<_> = fitting.cloned().collect();
        let found = asks.chain(unexplained.iter().cloned()).chain(unused(&fitting, acknowledgements));
        return Err(ServiceError::invalid(found.collect()));
    }
    let used: BTreeSet<_> = warnings().filter_map(reason_for).cloned().collect();
    Ok(used.into_iter().collect())
}

/// What is wrong with reasons by themselves: their length.
pub(crate) fn long_reasons(acknowledgements: &[Acknowledgement]) -> Vec<Finding> {
    let long = (0..).zip(acknowledgements).filter(|(_, one)| is_long(&one.reason));
    let at = |number: usize| format!("/acknowledgements/{number}/reason");
    long.map(|(number, _)| Finding::error("ACKNOWLEDGE", at(number), too_long())).collect()
}

/// Whether a reason is longer than it may be.
pub(crate) fn is_long(reason: &str) -> bool {
    reason.chars().count() > MOST_REASON
}

/// A notice of each reason that was sent and belongs to no warning.
pub(crate) fn unused<'a>(
    explained: &'a [Acknowledgement],
    sent: &'a [Acknowledgement],
) -> impl Iterator<Item = Finding> + 'a {
    (0..).zip(sent).filter(|(_, one)| !explained.contains(one)).map(|(number, _): (usize, _)| {
        let text = Text::new(
            "Orsaken hör inte till någon varning här och sparades inte. Rätta rule och pointer, eller ta bort den.",
            "The reason belongs to no warning here and was not kept. Correct rule and pointer, or remove it.",
        );
        Finding::notice("ACKNOWLEDGE", format!("/acknowledgements/{number}"), text)
    })
}

pub(crate) fn too_long() -> Text {
    Text::new(
        format!("En orsak får ha högst {MOST_REASON} tecken; korta den."),
        format!("A reason may have {MOST_REASON} characters at most; shorten it."),
    )
}

fn ask(finding: &Finding) -> Text {
    let rule = &finding.rule;
    Text::new(
        format!(
            "Varningen {rule} behöver en orsak: skicka den i acknowledgements med rule, pointer och reason (i CSV i kolumnen \
             acknowledgement), eller rätta."
        ),
        format!(
            "The warning {rule} needs a reason: send it in acknowledgements with rule, pointer and reason (in CSV in the \
             column acknowledgement), or mend it."
        ),
    )
}
