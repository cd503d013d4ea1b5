//! Validation: what would be found, without keeping anything.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_forms::DerivedValue;
use serde_json::Value;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::patient::seen;
use crate::record::author::check_author;
use crate::record::check_subject;
use crate::record::judgement::judge;
use crate::record::prepare::Prepared;

/// What the rules say about a content.
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Pointers of required answers that are neither given nor explained.
    pub unanswered: Vec<String>,
    /// What follows from the answers.
    pub derived: Vec<DerivedValue>,
}

impl Service {
    /// Checks a content: alone, or as a record of a patient and course.
    ///
    /// # Errors
    /// `not_found` for a patient outside the caller's sites; `content_invalid` for an unknown form or course;
    /// `person_id_detected`.
    pub async fn validate(
        &self,
        granted: &Granted<permission::WriteRecord>,
        act: &Act,
        form: &str,
        version: Option<u32>,
        content: Value,
        subject: Option<(Pseudonym, Option<CourseId>)>,
    ) -> Result<Done<Validated>, ServiceError> {
        let prepared = Prepared::new(self, form, version, content, None)?;
        let (sites, today) = (granted.own_sites(), self.today());
        let scope = granted.patients(today);
        self.show(granted, act, "validate content", move |session| {
            let checked = prepared.checked();
            let (findings, seen) = match &subject {
                None => (checked.findings.clone(), Vec::new()),
                Some((pseudonym, course)) => {
                    let patient = session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
                    let judged = judge(session, patient.id, &prepared, *course, None)?;
                    check_subject(&judged.courses, prepared.form()?, *course)?;
                    check_author(session, prepared.form()?, patient.id, &sites, today)?;
                    (judged.findings, vec![seen(&patient)])
                }
            };
            let (unanswered, derived) = (checked.unanswered.clone(), checked.derived.clone());
            Ok((Validated { findings, unanswered, derived }, seen))
        })
        .await
    }
}
