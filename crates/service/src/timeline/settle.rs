//! After the commit: what changes have made due is judged beside the writer, and what is found now is kept.
//!
//! The changes that wait lie in the database, so that a server that stops loses none; they are taken up oldest first, a
//! few at a time, and all those of a patient together. What was judged is written only while nothing more about the patient
//! has become due. Two servers may judge the same: the second finds nothing left to be written.

use std::collections::BTreeSet;

use cartotek_domain::audit::AuditEvent;
use cartotek_domain::id::{PatientId, RequestId};
use cartotek_persistence::{Page, PageOf, ReadSession, WriteSession};
use uuid::Uuid;

use crate::Service;
use crate::act::Act;
use crate::clarification::close_by_itself;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::publish::GENERATION;
use crate::timeline::judge::{Case, Outcome};
use crate::timeline::patient::by_patient;
use crate::timeline::published::FOR_ALL;
use crate::witness::{Witnessed, append};

/// Changes that are taken up together: few enough that others do not wait for what is written of them.
const CHANGES: u16 = 50;
/// The act of closing clarifications whose rule passes, in nobody's name.
const MENDED: &str = "clarifications.close";

/// One pass over what waits.
#[derive(Default)]
struct Pass {
    /// How many patients were judged.
    judged: usize,
    /// The first failure.
    failed: Option<ServiceError>,
}

impl Pass {
    /// What has succeeded.
    fn take<T>(&mut self, results: Vec<Result<T, ServiceError>>) -> Vec<T> {
        let mut done = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(one) => done.push(one),
                Err(error) => self.failed = self.failed.take().or(Some(error)),
            }
        }
        done
    }
}

impl Service {
    /// Judges what waits, once from the oldest change to the newest, what everybody waits for last; gives of how many
    /// patients.
    ///
    /// # Errors
    /// As the store fails, or when something that is stored of a patient cannot be judged: the others are judged all the
    /// same, and that patient is tried again the next time.
    pub async fn judge_timelines(&self) -> Result<usize, ServiceError> {
        self.note_published().await?;
        let mut pass = Pass::default();
        let mut place = Some(FOR_ALL);
        while place.is_some() {
            // What somebody changes meanwhile does not wait for a whole network.
            let mut recent = self.judge_part(None, Some(FOR_ALL), &mut pass).await?;
            while recent.is_some() {
                recent = self.judge_part(recent, Some(FOR_ALL), &mut pass).await?;
            }
            place = self.judge_part(place, None, &mut pass).await?;
        }
        pass.failed.map_or(Ok(pass.judged), Err)
    }

    /// Judges a part of what waits, `until` a place among it; gives where the next part begins.
    async fn judge_part(
        &self,
        after: Option<Uuid>,
        until: Option<Uuid>,
        pass: &mut Pass,
    ) -> Result<Option<Uuid>, ServiceError> {
        let page = Page { after, limit: CHANGES };
        let look = move |session: &mut dyn ReadSession| session.findings_due(&page);
        let PageOf { items, next } = self.store().read("look for changes to judge", look).await?;
        let lies_before = |place: &Uuid| until.is_none_or(|until| *place < until);
        let due = items.iter().filter(|one| lies_before(&one.id));
        let patients: BTreeSet<PatientId> = due.map(|one| one.patient).collect();
        if !patients.is_empty() {
            let outcomes = pass.take(self.judge_patients(patients.into_iter().collect()).await);
            let kept = pass.take(self.keep_findings(outcomes).await?);
            pass.judged += kept.into_iter().sum::<usize>();
        }
        Ok(next.filter(lies_before))
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

    /// Writes what was found; of each patient by itself when something of one of them cannot be written.
    async fn keep_findings(
        &self,
        outcomes: Vec<Outcome>,
    ) -> Result<Vec<Result<usize, ServiceError>>, ServiceError> {
        match self.keep_together(outcomes.clone()).await {
            Ok(kept) => Ok(vec![Ok(kept)]),
            Err(ServiceError::Store(error)) if error.is_temporary() => Err(error.into()),
            Err(_) => {
                let mut kept = Vec::new();
                for outcome in outcomes {
                    kept.push(self.keep_together(vec![outcome]).await);
                }
                Ok(kept)
            }
        }
    }

    /// Writes what was found, of the patients about whom nothing more has become due; gives how many these were.
    async fn keep_together(&self, outcomes: Vec<Outcome>) -> Result<usize, ServiceError> {
        if outcomes.is_empty() {
            return Ok(0);
        }
        let service = self.clone();
        self.store()
            .write("keep findings", move |tx| {
                let patients: Vec<PatientId> = outcomes.iter().map(|one| one.patient).collect();
                tx.lock_patients(&patients)?;
                let mut due = by_patient(tx.findings_due_of(&patients)?, |one| one.patient);
                let stands =
                    |outcome: &&Outcome| due.remove(&outcome.patient).is_some_and(|due| due == outcome.due);
                let standing: Vec<&Outcome> = outcomes.iter().filter(stands).collect();
                for outcome in &standing {
                    keep(&service, tx, outcome)?;
                }
                let judged: Vec<Uuid> = standing.iter().flat_map(|one| &one.due).map(|due| due.id).collect();
                tx.delete_findings_due(&judged)?;
                let kept = standing.len();
                Ok::<_, ServiceError>(kept)
            })
            .await
    }
}

/// Writes what was found of a locked patient.
fn keep(service: &Service, tx: &mut dyn WriteSession, outcome: &Outcome) -> Result<(), ServiceError> {
    for (record, findings) in &outcome.changed {
        tx.put_findings(*record, findings)?;
    }
    close_mended(service, tx, outcome)
}

/// Closes what is mended, with an event of its own.
fn close_mended(service: &Service, tx: &mut dyn WriteSession, outcome: &Outcome) -> Result<(), ServiceError> {
    let mut journal = Journal::new(tx);
    for clarification in &outcome.mended {
        close_by_itself(service, &mut journal, clarification)?;
    }
    let subjects = journal.finish()?.subjects;
    if subjects.is_empty() {
        return Ok(());
    }
    let act = Act::new(RequestId::next(service.ids()));
    let event = AuditEvent { action: MENDED.to_owned(), subjects, ..service.bare_event(&act) };
    Ok(append(tx, &[Witnessed::new(&event, &service.keys().audit_row)?])?)
}
