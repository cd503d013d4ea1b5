//! Laying the schedule over all patients anew, after another version was published.

use cartotek_domain::id::PatientId;
use cartotek_persistence::{Page, ReadSession, StoreError, WriteSession};

use super::{lay, read};
use crate::Service;
use crate::error::ServiceError;

/// The generation that counts publications that shape schedules: it is moved on with the publication itself.
pub(crate) const DUE: &str = "schedules_due";
/// The generation of [`DUE`] whose publications are laid over every patient.
const LAID: &str = "schedules_laid";
/// Patients per transaction: few enough that others do not wait.
const PATIENTS: u16 = 50;

/// Whether a document decides what is expected of patients.
pub(crate) fn shapes_schedules(path: &str) -> bool {
    path.starts_with("schedule/") || path == "codelists/indication_group.json"
}

impl Service {
    /// Computes the items of all patients anew unless that was done since the last publication that shapes them: what a
    /// server that stopped half-way has left is done by the next publication, even one with nothing new.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(crate) async fn lay_due_schedules(&self) -> Result<(), ServiceError> {
        let read = |session: &mut dyn ReadSession| {
            Ok::<_, StoreError>((session.generation(DUE)?, session.generation(LAID)?))
        };
        let (due, laid) = self.store().read("see whether schedules are due", read).await?;
        if due <= laid {
            return Ok(());
        }
        // Another server may have published what is due.
        self.refresh_forms().await?;
        self.lay_schedules().await?;
        let note = move |tx: &mut dyn WriteSession| match tx.generation(LAID)? {
            later if later >= due => Ok(()),
            _ => tx.put_generation(LAID, due),
        };
        Ok(self.store().write("note that schedules are laid", note).await?)
    }

    /// Computes the items of all patients with the published schedule, a few patients at a time.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    async fn lay_schedules(&self) -> Result<(), ServiceError> {
        let mut after: Option<PatientId> = None;
        loop {
            let published = self.forms()?;
            let work = move |tx: &mut dyn WriteSession| {
                let page = tx.patient_ids(&Page { after, limit: PATIENTS })?;
                tx.lock_patients(&page.items)?;
                // Asked of locked patients: who publishes later lays them later.
                if !published.are_current(tx)? {
                    return Ok(None);
                }
                for facts in read(tx, &page.items)? {
                    tx.put_schedule(facts.id(), &lay(&published.forms, &facts))?;
                }
                Ok::<_, StoreError>(Some(page.next))
            };
            let Some(next) = self.store().write("lay schedules", work).await? else {
                // Another server has published meanwhile: it may have laid these patients already.
                self.refresh_forms().await?;
                continue;
            };
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
