//! What the rules of a form's current version find in a stored content.

use std::cmp::Reverse;

use cartotek_domain::access::PatientScope;
use cartotek_domain::clarification::Clarification;
use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::record::{Acknowledgement, Record, Revision};
use cartotek_persistence::{ReadSession, StoreError};

use crate::Service;
use crate::error::ServiceError;
use crate::record::judgement::Premises;
use crate::record::prepare::Prepared;
use crate::record::standing::Standing;

/// What was found in the content of a record.
pub(super) struct Verdict {
    /// Version of the form whose rules were run.
    pub(super) form_version: i32,
    /// Everything found.
    findings: Vec<Finding>,
    /// What of it a rule of the form has found as an error or a warning.
    pub(super) of_rules: Vec<Finding>,
}

impl Verdict {
    /// Judges the latest content of a submitted record by the form's current version.
    pub(super) fn of(
        service: &Service,
        record: &Record,
        revision: &Revision,
        standing: &Standing,
    ) -> Result<Self, ServiceError> {
        let published = service.forms()?;
        let form = published.expect(&record.form, None)?;
        let content = serde_json::from_str(&revision.content)?;
        let findings = match Prepared::new(service, &record.form, None, content, record.submitted_at) {
            Ok(prepared) => standing.findings(&prepared, record.course, Some(record.id))?,
            // The identifier guard refuses today what it let through once.
            Err(ServiceError::Refused(refusal)) => refusal.findings,
            Err(other) => return Err(other),
        };
        let counts =
            |one: &&Finding| one.severity >= Severity::Warning && form.rule_text(&one.rule).is_some();
        let mut of_rules: Vec<_> = findings.iter().filter(counts).cloned().collect();
        // A rule may find several things at one place, e.g. about the elements of a list: the gravest speaks for all.
        of_rules.sort_by_key(|one| (one.rule.clone(), one.pointer.clone(), Reverse(one.severity)));
        of_rules.dedup_by(|one, other| one.rule == other.rule && one.pointer == other.pointer);
        let form_version = i32::try_from(form.version())
            .map_err(|_| ServiceError::Defect("a form version is too large".to_owned()))?;
        Ok(Self { form_version, findings, of_rules })
    }

    /// Whether the rule finds nothing at the pointer. While there is an error anywhere, rules that look at other records
    /// are not run, so that their silence says nothing.
    pub(super) fn passes(&self, rule: &str, pointer: &str) -> bool {
        let finds = |one: &Finding| one.rule == rule && one.pointer == pointer;
        !self.findings.iter().any(Finding::is_error) && !self.of_rules.iter().any(finds)
    }
}

/// Whether whoever submitted a content has explained a warning.
pub(super) fn is_explained(finding: &Finding, acknowledgements: &[Acknowledgement]) -> bool {
    let fits = |one: &Acknowledgement| one.rule == finding.rule && one.pointer == finding.pointer;
    finding.severity == Severity::Warning && acknowledgements.iter().any(fits)
}

/// Whether the rule that asks still finds something where it asks; `false` for a person's question.
pub(super) fn still_finds(
    service: &Service,
    session: &mut dyn ReadSession,
    clarification: &Clarification,
) -> Result<bool, ServiceError> {
    let Some(rule) = &clarification.rule else { return Ok(false) };
    let lost = || StoreError::inconsistent("clarification", "record_id", clarification.id);
    let record = session.record(clarification.record, &PatientScope::Every)?.ok_or_else(lost)?;
    let revision = session.revision(record.id, record.revision)?.ok_or_else(lost)?;
    let standing = Premises::of(session, record.patient)?.standing(session, record.patient)?;
    let verdict = Verdict::of(service, &record, &revision, &standing)?;
    Ok(!verdict.passes(rule, &clarification.pointer))
}
