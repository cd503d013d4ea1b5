//! Erasure: the clinical data of a patient who has opted out of the quality register go, in one transaction.
//!
//! What stays is the tombstone: the patient's pseudonym, the participations, the consents (they are the evidence), the
//! samples, which have a legal basis of their own, the courses that samples refer to, and the few answers by which a
//! product can be traced to the patient, as the retention table says (`retain.rs`). The event names every erased
//! fact with its last hash; the salts went with the rows, so that the hashes say nothing.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::clarification::{Clarification, ClarificationEvent};
use cartotek_domain::consent;
use cartotek_domain::course::Course;
use cartotek_domain::erasure::ErasureReason;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::patient::{Linkage, Patient};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, Revision};
use cartotek_domain::signature::Signature;
use cartotek_domain::unlock::UnlockRequest;
use cartotek_domain::verification::Verification;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::participation::responsible_of;
use crate::patient::{acting, seen};
use crate::retain::outliving;

/// How many rows were erased of what. An answer that was stored before a count was there reads it as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Erased {
    /// Filled forms.
    pub records: usize,
    /// Their contents, with every earlier one.
    pub revisions: usize,
    /// Clarifications about them.
    pub clarifications: usize,
    /// What happened to these, in the words of those who asked and answered.
    pub clarification_events: usize,
    /// Verifications of them.
    pub verifications: usize,
    /// Signatures under them.
    pub signatures: usize,
    /// Locks over them and over the patient.
    pub locks: usize,
    /// Requests that such a lock be ended.
    pub unlock_requests: usize,
    /// Findings that stood in them.
    #[serde(default)]
    pub findings: usize,
    /// Dates and codes kept of them for rules.
    pub milestones: usize,
    /// Linkage values.
    pub linkages: usize,
    /// Courses.
    pub courses: usize,
    /// Courses that stay because a sample refers to them.
    pub courses_kept: usize,
    /// Stored answers of keyed requests.
    pub answers: usize,
    /// Imports whose file names the patient, with their reports.
    pub imports: usize,
    /// Records of which the answers stay that the law on advanced therapies asks for.
    pub traceability: usize,
}

impl Service {
    /// Erases the clinical data of a patient who has opted out of the quality register; a dry run counts them.
    ///
    /// # Errors
    /// `not_found` unless one of the caller's sites takes part; `permission_missing` unless it is the responsible one;
    /// `wrong_state` while no opt-out is in force.
    pub async fn erase(
        &self,
        granted: &Granted<permission::ErasePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        reason: ErasureReason,
    ) -> Result<Done<Erased>, ServiceError> {
        let (service, granted_again, today) = (self.clone(), granted.clone(), self.today());
        let act = Act { reason: Some(reason.name().to_owned()), ..act.clone() };
        let done = self
            .change(granted, &act, "erase patient", move |journal| {
                let (patient, site) = acting(journal, &granted_again, &pseudonym, today)?;
                responsible_of(&journal.read().participations(&[patient.id])?, &site)?;
                let consents = journal.read().consents(patient.id)?;
                let objection = consent::opt_out(&consents, today).ok_or_else(not_opted_out)?;
                journal.name(seen(objection));
                erase(&service, journal, &patient)
            })
            .await?;
        if done.receipt.is_some() {
            self.purge().await;
        }
        Ok(done)
    }

    /// Sees to it that the database's files keep nothing that was deleted. What cannot be done now is done within the
    /// hour.
    pub(crate) async fn purge(&self) {
        let store = self.store().clone();
        match tokio::task::spawn_blocking(move || store.purge()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => tracing::info!(
                "the database's files could not be purged whole yet; that is done within the hour"
            ),
            Ok(Err(error)) => tracing::warn!(%error, "the database's files could not be purged yet"),
            Err(_) => tracing::error!("purging the database's files panicked"),
        }
    }
}

/// Erases what is there of a locked patient.
pub(crate) fn erase(
    service: &Service,
    journal: &mut Journal<'_>,
    patient: &Patient,
) -> Result<Erased, ServiceError> {
    let id = patient.id;
    journal.name(seen(patient));
    journal.erasures().mark_for_purge()?;
    journal.erasures().delete_clarification_standings(id)?;
    let outliving = outliving(service, journal.read(), id)?;
    journal.insert_all(&outliving)?;
    let erased = Erased {
        findings: journal.erasures().delete_findings_of(id)?,
        clarification_events: journal.erase::<ClarificationEvent>(id)?,
        clarifications: journal.erase::<Clarification>(id)?,
        verifications: journal.erase::<Verification>(id)?,
        signatures: journal.erase::<Signature>(id)?,
        unlock_requests: journal.erase::<UnlockRequest>(id)?,
        locks: journal.erase::<RecordLock>(id)?,
        revisions: journal.erase::<Revision>(id)?,
        records: journal.erase::<Record>(id)?,
        linkages: journal.erase::<Linkage>(id)?,
        courses: journal.erase::<Course>(id)?,
        milestones: journal.erasures().delete_milestones_of(id)?,
        imports: journal.erasures().delete_imports(id, None)?,
        answers: journal.erasures().erase_answers(id)?,
        courses_kept: journal.read().courses(&[id])?.len(),
        traceability: outliving.len(),
    };
    journal.changes().reshape(id);
    Ok(erased)
}

fn not_opted_out() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Uppgifter raderas bara för en patient som motsätter sig kvalitetsregistret, och inget sådant beslut gäller i dag. \
         Registrera det först: POST /patients/{pseudonym}/consents med purpose registry_quality och decision opted_out.",
        "Data are erased only of a patient who objects to the quality register, and no such decision is in force today. \
         Record it first: POST /patients/{pseudonym}/consents with purpose registry_quality and decision opted_out.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_an_earlier_version_is_read() {
        let stored = r#"{"records":2,"revisions":3,"milestones":1,"linkages":1,"courses":1,"courses_kept":0,"answers":4}"#;
        let erased = Erased {
            records: 2,
            revisions: 3,
            milestones: 1,
            linkages: 1,
            courses: 1,
            answers: 4,
            ..Erased::default()
        };
        assert_eq!(serde_json::from_str::<Erased>(stored).unwrap(), erased);
    }
}
