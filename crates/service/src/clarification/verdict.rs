//! What the rules of a form's current version find in a stored content.
//!
//! A content of an earlier version is brought to the current one first, where a migration leads there, and so are the places
//! of questions and reasons: otherwise an answer that only stands elsewhere would be asked for, or its question close.

use std::cmp::Reverse;
use std::sync::Arc;

use cartotek_domain::access::PatientScope;
use cartotek_domain::clarification::Clarification;
use cartotek_domain::finding::{Finding, Severity, any_error};
use cartotek_domain::record::{Acknowledgement, Record, Revision};
use cartotek_domain::time::swedish_day;
use cartotek_persistence::{ReadSession, StoreError};
use serde_json::Value;

use crate::Service;
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::record::prepare::Prepared;
use crate::record::standing::Standing;
use crate::timeline::ByMilestones;

/// What a rule that asks says when it is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rerun {
    /// It finds something still, or what is wrong elsewhere keeps it from being run.
    Stands,
    /// It finds nothing any more.
    Passes,
    /// The form's current version has no such rule or place, so that there is nothing to run.
    Gone,
}

/// What was found in the content of a record.
pub(super) struct Verdict {
    published: Arc<PublishedForms>,
    form: String,
    /// Version of the form whose rules were run.
    pub(super) form_version: i32,
    version: u32,
    /// Everything found.
    findings: Vec<Finding>,
    /// Whether the schema accepts the content, so that every rule about it alone was run.
    is_sound: bool,
    /// What of it a rule of the form has found as an error or a warning.
    pub(super) of_rules: Vec<Finding>,
}

impl Verdict {
    /// Judges the latest content of a submitted record by the form's current version; what its rules find by milestones
    /// may be known.
    pub(super) fn of(
        service: &Service,
        record: &Record,
        revision: &Revision,
        standing: &Standing,
        known: Option<&ByMilestones>,
    ) -> Result<Self, ServiceError> {
        let published = service.forms()?;
        let form = published.expect(&record.form, None)?;
        let is_rule = |one: &Finding| form.rule_text(&one.rule).is_some();
        let (findings, is_sound) = match lifted(service, &published, form.version(), (record, revision))? {
            Ok(prepared) => {
                let mut errors = prepared.checked().findings.iter().filter(|one| one.is_error());
                let is_sound = errors.all(is_rule);
                (found(&prepared, (record, revision), standing, known)?, is_sound)
            }
            Err(findings) => (findings, false),
        };
        let counts = |one: &&Finding| one.severity >= Severity::Warning && is_rule(one);
        let mut of_rules: Vec<_> = findings.iter().filter(counts).cloned().collect();
        // A rule may find several things at one place, e.g. about the elements of a list: the gravest speaks for all.
        of_rules.sort_by_key(|one| (one.rule.clone(), one.pointer.clone(), Reverse(one.severity)));
        of_rules.dedup_by(|one, other| one.rule == other.rule && one.pointer == other.pointer);
        let version = form.version();
        let form_version = i32::try_from(version)
            .map_err(|_| ServiceError::Defect("a form version is too large".to_owned()))?;
        let form = record.form.clone();
        Ok(Self { published, form, form_version, version, findings, is_sound, of_rules })
    }

    /// Where a place of a version of the form is in the current one. It is the same where no migration leads there, and where
    /// something else is asked in its stead: one rule asks once at one place.
    pub(super) fn place(&self, form_version: i32, pointer: &str) -> Option<String> {
        let from = u32::try_from(form_version).ok()?;
        match self.published.forms.migration(&self.form, from, self.version) {
            Some(way) => way.pointer(pointer).or_else(|| {
                let form = self.published.forms.form(&self.form, Some(self.version))?;
                form.has_place(pointer).then(|| pointer.to_owned())
            }),
            None => Some(pointer.to_owned()),
        }
    }

    /// Whether whoever saved the content has explained a warning, wherever that stood in the version of then.
    pub(super) fn is_explained(&self, finding: &Finding, revision: &Revision) -> bool {
        let given = revision.acknowledgements.iter().filter_map(|one| {
            let pointer = self.place(revision.form_version, &one.pointer)?;
            Some(Acknowledgement { pointer, ..one.clone() })
        });
        is_explained(finding, &given.collect::<Vec<_>>())
    }

    /// What the rule says now at the place of a question. A notice is no pass: it cannot tell while a date is not known to
    /// the day.
    pub(super) fn rerun(&self, rule: &str, asked: &Clarification) -> Rerun {
        let form = self.published.forms.form(&self.form, None);
        let looks_at_others = form.and_then(|form| form.looks_at_others(rule));
        let place = self.place(asked.form_version, &asked.pointer);
        let (Some(looks_at_others), Some(pointer)) = (looks_at_others, place) else {
            return Rerun::Gone;
        };
        let finds = self.findings.iter().any(|one| one.rule == rule && one.pointer == pointer);
        let was_run = if looks_at_others { self.others_were_looked_at() } else { self.is_sound };
        if was_run && !finds { Rerun::Passes } else { Rerun::Stands }
    }

    /// Rules that look at other records are run on a content without any error but theirs.
    fn others_were_looked_at(&self) -> bool {
        let form = self.published.forms.form(&self.form, None);
        let is_theirs =
            |one: &Finding| form.is_some_and(|form| form.looks_at_others(&one.rule) == Some(true));
        self.findings.iter().filter(|one| one.is_error()).all(is_theirs)
    }
}

/// The content of a revision in the current version of its form; or what keeps it from being judged there.
fn lifted(
    service: &Service,
    published: &PublishedForms,
    version: u32,
    (record, revision): (&Record, &Revision),
) -> Result<Result<Prepared, Vec<Finding>>, ServiceError> {
    let mut content: Value = serde_json::from_str(&revision.content)?;
    let from = u32::try_from(revision.form_version).unwrap_or_default();
    if let Some(way) = published.forms.migration(&record.form, from, version) {
        let migrated = way.migrate(&content);
        if !migrated.findings.is_empty() {
            return Ok(Err(migrated.findings));
        }
        content = migrated.content;
    }
    match Prepared::new(service, &record.form, Some(version), content, record.submitted_at) {
        Ok(prepared) => Ok(Ok(prepared)),
        // The identifier guard refuses today what it let through once.
        Err(ServiceError::Refused(refusal)) => Ok(Err(refusal.findings)),
        Err(other) => Err(other),
    }
}

/// What is found in a content that was saved as a revision, as of the day on which it was.
fn found(
    prepared: &Prepared,
    (record, revision): (&Record, &Revision),
    standing: &Standing,
    known: Option<&ByMilestones>,
) -> Result<Vec<Finding>, ServiceError> {
    let mut findings = standing.before_others(prepared, record.course);
    if any_error(&findings) {
        return Ok(findings);
    }
    let (form, saved_on) = (prepared.form()?, swedish_day(revision.created_at));
    if let Some(known) = known.filter(|known| known.version == form.version()) {
        findings.extend(known.findings.iter().cloned());
    } else {
        let (course, except) = (record.course, Some(record.id));
        findings.extend(standing.by_milestones(form, prepared.content(), course, except, saved_on));
    }
    Ok(findings)
}

/// Whether whoever submitted a content has explained a warning.
pub(crate) fn is_explained(finding: &Finding, acknowledgements: &[Acknowledgement]) -> bool {
    let fits = |one: &Acknowledgement| one.rule == finding.rule && one.pointer == finding.pointer;
    finding.severity == Severity::Warning && acknowledgements.iter().any(fits)
}

/// What is found in the record of a clarification as it stands now.
fn verdict_on(
    service: &Service,
    session: &mut dyn ReadSession,
    clarification: &Clarification,
    standing: &Standing,
) -> Result<Verdict, ServiceError> {
    let lost = || StoreError::inconsistent("clarification", "record_id", clarification.id);
    let record = session.record(clarification.record, &PatientScope::Every)?.ok_or_else(lost)?;
    let revision = session.revision(record.id, record.revision)?.ok_or_else(lost)?;
    Verdict::of(service, &record, &revision, standing, None)
}

/// What the rule that asks says when it is run again; `None` for a person's question.
pub(super) fn rerun(
    service: &Service,
    session: &mut dyn ReadSession,
    clarification: &Clarification,
) -> Result<Option<Rerun>, ServiceError> {
    let Some(rule) = &clarification.rule else { return Ok(None) };
    let standing = Standing::read(session, clarification.patient)?;
    let verdict = verdict_on(service, session, clarification, &standing)?;
    Ok(Some(verdict.rerun(rule, clarification)))
}
