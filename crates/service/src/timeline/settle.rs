//! After the commit: what changes have made due is judged beside the writer, and what is found now is kept.
//!
//! The changes that wait lie in the database, so that a server that stops loses none; they are taken up oldest first, a
//! few at a time, and all those of a patient together. What was judged is written only while nothing more about the patient
//! has become due. Two servers may judge the same: the second finds nothing left to be written.

use std::collections::BTreeSet;

use cartotek_domain::audit::AuditEvent;
use cartotek_domain::id::{PatientId, RequestId};
use cartotek_persistence::session::finding::FindingDue;
use cartotek_persistence::{Page, ReadSession, StoreError, WriteSession};
use uuid::Uuid;

use crate::Service;
use crate::act::Act;
use crate::clarification::close_by_itself;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::publish::GENERATION;
use crate::timeline::judge::{Case, Outcome};
use crate::witness::{Witnessed, append};

/// Changes that are taken up together: few enough that others do not wait for what is written of them.
const CHANGES: u16 = 50;
/// Patients of whom is noted in one transaction that they wait.
const PATIENTS: u16 = 500;
/// The act of closing clarifications whose rule passes, in nobody's name.
const MENDED: &str = "clarifications.close";

impl Service {
    /// Judges what waits, once from the oldest change to the newest; gives of how many patients.
    ///
    /// # Errors
    /// As the store fails, or when something that is stored of a patient cannot be judged: the others are judged all the
    /// same, and that patient is tried again the next time.
    pub async fn judge_timelines(&self) -> Result<usize, ServiceError> {
        let (mut judged, mut failed, mut after): (_, _, Option<Uuid>) = (0, None, None);
        loop {
            let page = Page { after, limit: CHANGES };
            let due =
                self.store().read("look for changes to judge", move |session| session.findings_due(&page));
            let due = due.await?;
            if !due.items.is_empty() {
                let patients: BTreeSet<PatientId> = due.items.iter().map(|one| one.patient).collect();
                let outcomes = self.judge_patients(patients.into_iter().collect()).await;
                let (outcomes, errors): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
                failed = failed.or_else(|| errors.into_iter().find_map(Result::err));
                judged += self.keep_findings(outcomes.into_iter().flatten().collect()).await?;
            }
            after = due.next;
            if after.is_none() {
                return failed.map_or(Ok(judged), Err);
            }
        }
    }

    /// Judges patients together; each by itself when something of one of them cannot be read.
    async fn judge_patients(&self, patients: Vec<PatientId>) -> Vec<Result<Outcome, ServiceError>> {
        match self.judge_together(patients.clone()).await {
            Ok(outcomes) => outcomes,
            Err(error) if patients.len() == 1 => vec![Err(error)],
            Err(_) => {
                let mut outcomes = Vec::new();
                for patient in patients {
                    match self.judge_together(vec![patient]).await {
                        Ok(outcome) => outcomes.extend(outcome),
                        Err(error) => outcomes.push(Err(error)),
                    }
                }
                outcomes
            }
        }
    }

    async fn judge_together(
        &self,
        patients: Vec<PatientId>,
    ) -> Result<Vec<Result<Outcome, ServiceError>>, ServiceError> {
        let read = move |session: &mut dyn ReadSession| {
            Ok::<_, ServiceError>((session.generation(GENERATION)?, Case::read(session, &patients)?))
        };
        let (generation, cases) = self.store().read("read timelines", read).await?;
        if self.forms()?.generation < generation {
            // Another server has published: what it has made due is judged by what it published.
            self.refresh_forms().await?;
        }
        let (service, published) = (self.clone(), self.forms()?);
        tokio::task::spawn_blocking(move || {
            cases.iter().map(|case| case.judge(&service, &published)).collect()
        })
        .await
        .map_err(|_| ServiceError::Defect("judging timelines panicked".to_owned()))
    }

    /// Writes what was found, of the patients about whom nothing more has become due; gives how many these were.
    async fn keep_findings(&self, outcomes: Vec<Outcome>) -> Result<usize, ServiceError> {
        if outcomes.is_empty() {
            return Ok(0);
        }
        let service = self.clone();
        self.store()
            .write("keep findings", move |tx| {
                let patients: Vec<PatientId> = outcomes.iter().map(|one| one.patient).collect();
                tx.lock_patients(&patients)?;
                let mut kept = 0;
                for outcome in &outcomes {
                    kept += usize::from(keep(&service, tx, outcome)?);
                }
                Ok::<_, ServiceError>(kept)
            })
            .await
    }

    /// Notes that every record waits to be judged anew, since a list was published on which rules rest.
    ///
    /// # Errors
    /// As the store fails.
    pub(crate) async fn make_all_due(&self) -> Result<(), ServiceError> {
        let mut after: Option<PatientId> = None;
        loop {
            let service = self.clone();
            let work = move |tx: &mut dyn WriteSession| {
                let page = tx.patient_ids(&Page { after, limit: PATIENTS })?;
                let due = |patient: &PatientId| FindingDue {
                    id: service.ids().next(),
                    patient: *patient,
                    record: None,
                    milestones: BTreeSet::new(),
                    changed_at: service.now(),
                };
                tx.insert_findings_due(&page.items.iter().map(due).collect::<Vec<_>>())?;
                Ok::<_, StoreError>(page.next)
            };
            after = self.store().write("note what is due", work).await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// Writes what was found of a locked patient; `false` when it rests on something that has changed.
fn keep(service: &Service, tx: &mut dyn WriteSession, outcome: &Outcome) -> Result<bool, ServiceError> {
    if outcome.due.is_empty() || tx.findings_due_of(&[outcome.patient])? != outcome.due {
        return Ok(false);
    }
    for (record, findings) in &outcome.changed {
        tx.put_findings(*record, findings)?;
    }
    let ids: Vec<Uuid> = outcome.due.iter().map(|one| one.id).collect();
    tx.delete_findings_due(&ids)?;
    close_mended(service, tx, outcome)?;
    Ok(true)
}

/// Closes what is mended, with an event of its own.
fn close_mended(service: &Service, tx: &mut dyn WriteSession, outcome: &Outcome) -> Result<(), ServiceError> {
    let mut journal = Journal::new(tx);
    for clarification in &outcome.mended {
        close_by_itself(service, &mut journal, clarification)?;
    }
    let subjects = journal.finish().subjects;
    if subjects.is_empty() {
        return Ok(());
    }
    let act = Act::new(RequestId::next(service.ids()));
    let event = AuditEvent { action: MENDED.to_owned(), subjects, ..service.bare_event(&act) };
    Ok(append(tx, &[Witnessed::new(&event, &service.keys().audit_row)?])?)
}
