//! What becomes of each record of a part, decided and written in one transaction by the functions that amend a record.

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason, Record, RecordStatus};
use cartotek_domain::text::Text;
use cartotek_forms::canonical;
use cartotek_persistence::ReadSession;
use serde_json::{Value, json};

use super::plan::{Plan, Planned};
use super::{MigratedRecord, MigrationPart};
use crate::Service;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::seen;
use crate::record::amend::write;
use crate::record::author::next_owner;
use crate::record::judgement::judge;
use crate::record::objection::check_collectable;
use crate::record::submit::{check_refusals, current_within, explain};

/// What becomes of a record that can be changed.
enum Verdict {
    /// It has a new revision, in which this was found.
    Migrated(Vec<Finding>),
    /// It bears a mark that a new revision would void.
    Marked(Text),
}

/// Migrates what can be migrated; a record that cannot is named, since it was looked at.
pub(super) fn carry_out(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::MigrateRecord>,
    plan: &Plan,
) -> Result<MigrationPart, ServiceError> {
    journal.answers_of_nobody();
    journal.on_behalf_of(&plan.migration.site);
    journal.because(AmendmentReason::SchemaMigration.name());
    if !plan.patients.is_empty() {
        journal.lock_patients(&plan.patients)?;
    }
    let mut part = MigrationPart { absent: plan.absent.clone(), next: plan.next, ..MigrationPart::default() };
    if !plan.absent.is_empty() {
        let count = i64::try_from(plan.absent.len()).unwrap_or(i64::MAX);
        part.outcomes.insert(MigrationOutcome::Absent, count);
    }
    for planned in &plan.records {
        let (outcome, findings, detail) = match migrate(service, journal, granted, plan, planned) {
            Ok(Verdict::Migrated(findings)) => (MigrationOutcome::Migrated, findings, None),
            Ok(Verdict::Marked(why)) => (MigrationOutcome::Marked, Vec::new(), Some(why)),
            Err(ServiceError::Refused(refusal)) => {
                (MigrationOutcome::of(refusal.problem), refusal.findings, refusal.detail)
            }
            Err(other) => return Err(other),
        };
        let (record, from) = (&planned.record, planned.from);
        if outcome != MigrationOutcome::Migrated {
            journal.name(seen(record));
        }
        let (id, pseudonym, status) = (record.id, planned.pseudonym, record.status);
        part.add(MigratedRecord { id, pseudonym, status, from, outcome, findings, detail });
    }
    part.digest = digest(plan, &part.records);
    match &plan.migration.previewed {
        Some(shown) if *shown != part.digest => Err(otherwise_than_shown()),
        _ => Ok(part),
    }
}

/// What stands for all that becomes of a part, so that a preview can be held to it: records, revisions, outcomes, findings.
fn digest(plan: &Plan, records: &[MigratedRecord]) -> String {
    let told = plan.records.iter().zip(records).map(|(planned, migrated)| {
        let findings = migrated.findings.iter().map(|one| json!([one.rule, one.pointer, one.severity]));
        let findings: Vec<Value> = findings.collect();
        json!([migrated.id, planned.record.revision, planned.from, migrated.outcome, findings])
    });
    let told: Vec<Value> = told.collect();
    let (form, to) = (&plan.migration.form, plan.migration.to);
    let all = json!([form, to, told, plan.absent, plan.next]);
    sha256(&[canonical(&all).as_bytes()]).to_string()
}

fn otherwise_than_shown() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Det som förhandsvisningen visade gäller inte längre: något har ändrats sedan dess. Inget av denna del är migrerat; \
         förhandsvisa den igen och skicka med den digest som du får då.",
        "What the preview showed holds no longer: something has been changed since. Nothing of this part is migrated; preview \
         it again and send the digest that you get then.",
    )
}

/// Decides on a record and writes its revision: nothing is written before everything is decided.
fn migrate(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::MigrateRecord>,
    plan: &Plan,
    planned: &Planned,
) -> Result<Verdict, ServiceError> {
    let prepared = planned.later.as_ref().map_err(Clone::clone)?;
    let (known, migration) = (&planned.record, &plan.migration);
    let before =
        current_within(journal, granted, (known, planned.day), known.revision, known.status, prepared)?;
    if !migration.void_marks
        && let Some(why) = mark(journal.read(), &before)?
    {
        return Ok(Verdict::Marked(why));
    }
    let judged = judge(journal.read(), before.patient, prepared, before.course, Some(before.id))?;
    match before.status {
        RecordStatus::Draft => {
            // As whoever goes on writing it: the version may be one that the site does not write.
            next_owner(journal.read(), prepared, &before)?;
            check_collectable(&judged.consents, prepared.today())?;
        }
        // Annulled ones are not among those that are read.
        RecordStatus::Submitted | RecordStatus::Annulled => check_refusals(prepared, &[])?,
    }
    let findings = judged.findings;
    let explained = match before.status {
        RecordStatus::Draft => Vec::new(),
        RecordStatus::Submitted | RecordStatus::Annulled => {
            explain(&findings, &reasons(plan, planned, &findings))?
        }
    };
    let amendment = Amendment {
        reason: AmendmentReason::SchemaMigration,
        text: format!("{} {} → {}", migration.form, planned.from, migration.to),
    };
    let author = granted.caller().actor;
    write(service, journal, prepared, &before, author, (&findings, explained), amendment)?;
    Ok(Verdict::Migrated(findings))
}

/// The reasons for warnings: those given before, then the one that is given now for all others.
fn reasons(plan: &Plan, planned: &Planned, findings: &[Finding]) -> Vec<Acknowledgement> {
    let mut reasons = planned.acknowledgements.clone();
    if let Some(reason) = &plan.migration.acknowledgement {
        let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning);
        reasons.extend(warnings.map(|finding| Acknowledgement {
            rule: finding.rule.clone(),
            pointer: finding.pointer.clone(),
            reason: reason.clone(),
        }));
    }
    reasons
}

/// Why a record is not to get a new revision by the way: a person stands for the one it has.
fn mark(session: &mut dyn ReadSession, record: &Record) -> Result<Option<Text>, ServiceError> {
    let verified = session.verifications(&[record.id])?.iter().any(|one| one.revision == record.revision);
    let signed = session.signatures(record.id)?.iter().any(|one| one.revision == record.revision);
    Ok((verified || signed).then(|| {
        Text::new(
            "Posten är verifierad eller signerad, och en ny revision upphäver det. Migrera den med void_marks, och låt \
             sedan verifiera och signera den på nytt.",
            "The record is verified or signed, and a new revision voids that. Migrate it with void_marks, and have it \
             verified and signed again afterwards.",
        )
    }))
}
