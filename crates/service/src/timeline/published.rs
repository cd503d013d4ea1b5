//! After a list was published on which rules rest, everybody waits to be judged anew.

use std::collections::BTreeSet;

use cartotek_domain::id::PatientId;
use cartotek_persistence::session::finding::FindingDue;
use cartotek_persistence::{Page, ReadSession, StoreError, WriteSession};
use uuid::Uuid;

use crate::Service;
use crate::error::ServiceError;

/// The generation that counts the publications on which findings rest: it is moved on with the publication itself.
pub(crate) const DUE: &str = "findings_due";
/// The generation of [`DUE`] whose publications are noted with every patient.
const NOTED: &str = "findings_noted";
/// Patients of whom is noted in one transaction that they wait.
const PATIENTS: u16 = 500;

/// What everybody waits for comes after this place among what waits, beyond all ids of the time: what somebody has changed
/// goes before it.
pub(super) const FOR_ALL: Uuid = Uuid::from_u128(1 << 127);

/// Whether a document decides what rules find in contents that were accepted before: a form does not, each has its own.
pub(crate) fn decides_findings(path: &str) -> bool {
    path.starts_with("schedule/") || path.starts_with("codelists/")
}

/// The publications that everybody waits for, while that is not noted with each yet.
pub(crate) fn not_noted(session: &mut dyn ReadSession) -> Result<Option<i64>, StoreError> {
    let (due, noted) = (session.generation(DUE)?, session.generation(NOTED)?);
    Ok((due > noted).then_some(due))
}

impl Service {
    /// Notes that every record waits to be judged anew unless that was done since the last publication on which rules
    /// rest: a server that stopped half-way leaves it to the next.
    ///
    /// # Errors
    /// As the store fails.
    pub(crate) async fn note_published(&self) -> Result<(), ServiceError> {
        let due = self.store().read("see whether a list was published", not_noted).await?;
        let Some(due) = due else { return Ok(()) };
        self.make_all_due().await?;
        let note = move |tx: &mut dyn WriteSession| match tx.generation(NOTED)? {
            later if later >= due => Ok(()),
            _ => tx.put_generation(NOTED, due),
        };
        Ok(self.store().write("note that all is due", note).await?)
    }

    async fn make_all_due(&self) -> Result<(), ServiceError> {
        let mut after: Option<PatientId> = None;
        loop {
            let service = self.clone();
            let work = move |tx: &mut dyn WriteSession| {
                let page = tx.patient_ids(&Page { after, limit: PATIENTS })?;
                let due = |patient: &PatientId| FindingDue {
                    id: behind(service.ids().next()),
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

fn behind(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() | FOR_ALL.as_u128())
}
