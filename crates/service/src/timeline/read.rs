//! Reading findings: those of the caller's patients, and those of one record.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::{Finding, RecordFinding, Severity};
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use cartotek_forms::Forms;
use cartotek_persistence::session::finding::{FindingFilter, FindingKey};
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::patient::patient_subject;
use crate::timeline::finding::text_of;

/// Which findings a list shows.
#[derive(Debug, Clone, Default)]
pub struct FindingQuery {
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
    /// Only in records that this site owns.
    pub site: Option<SiteCode>,
    /// Only in this form.
    pub form: Option<String>,
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only of this weight.
    pub severity: Option<Severity>,
    /// Only those that were explained, or only those that were not.
    pub explained: Option<bool>,
}

/// A finding in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFinding {
    /// The finding.
    pub finding: RecordFinding,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// What is wrong and how to mend it.
    pub message: Text,
}

impl Service {
    /// What stands in the submitted records of the caller's sites, by record, rule and pointer.
    ///
    /// # Errors
    /// `not_found` for a patient outside the caller's sites; `content_invalid` for a form that there is not.
    pub async fn findings(
        &self,
        granted: &Granted<permission::ReadRecord>,
        act: &Act,
        query: FindingQuery,
        page: Page<FindingKey>,
    ) -> Result<Done<PageOf<ListedFinding, FindingKey>>, ServiceError> {
        let (published, scope) = (self.forms()?, granted.patients(self.today()));
        if let Some(form) = &query.form {
            published.expect(form, None)?;
        }
        self.show(granted, act, "list findings", move |session| {
            let patient = match &query.patient {
                None => None,
                Some(pseudonym) => {
                    Some(session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?.id)
                }
            };
            let FindingQuery { site, form, rule, severity, explained, .. } = query;
            let filter = FindingFilter { patient, site, form, rule, severity, explained };
            let PageOf { items, next } = session.findings(&filter, &scope, &page)?;
            let of_items = items.iter().map(|one| one.patient);
            let patients: BTreeSet<PatientId> = of_items.chain(patient).collect();
            let seen: Seen = patients.iter().map(|patient| patient_subject(*patient)).collect();
            Ok((PageOf { items: listed(session, &published.forms, items, patients)?, next }, seen))
        })
        .await
    }
}

/// What stands in a record, with its texts.
pub(crate) fn standing_in(
    session: &mut dyn ReadSession,
    forms: &Forms,
    record: RecordId,
) -> Result<Vec<Finding>, StoreError> {
    let shown = |one: RecordFinding| {
        let message = text_of(forms, &one);
        Finding { rule: one.rule, severity: one.severity, pointer: one.pointer, message }
    };
    Ok(session.findings_in(record)?.into_iter().map(shown).collect())
}

/// What stands in the records of a patient, with its texts, by record, rule and pointer.
pub(crate) fn standing_of(
    session: &mut dyn ReadSession,
    forms: &Forms,
    patient: PatientId,
) -> Result<Vec<ListedFinding>, ServiceError> {
    let findings = session.findings_of(&[patient])?;
    listed(session, forms, findings, BTreeSet::from([patient]))
}

fn listed(
    session: &mut dyn ReadSession,
    forms: &Forms,
    findings: Vec<RecordFinding>,
    patients: BTreeSet<PatientId>,
) -> Result<Vec<ListedFinding>, ServiceError> {
    let patients = session.patients_by_id(&patients.into_iter().collect::<Vec<_>>())?;
    let pseudonyms: HashMap<_, _> =
        patients.into_iter().map(|patient| (patient.id, patient.pseudonym)).collect();
    let one = |finding: RecordFinding| {
        let pseudonym = pseudonyms.get(&finding.patient).copied();
        let pseudonym = pseudonym
            .ok_or_else(|| StoreError::inconsistent("record_finding", "patient_id", finding.record))?;
        let message = text_of(forms, &finding);
        Ok(ListedFinding { finding, pseudonym, message })
    };
    findings.into_iter().map(one).collect()
}
