//! Laying the schedule over all patients anew, after another version was published.

use cartotek_domain::id::PatientId;
use cartotek_persistence::{Page, StoreError, WriteSession};

use super::{lay, read};
use crate::Service;
use crate::error::ServiceError;

/// Patients per transaction: few enough that others do not wait.
const PATIENTS: u16 = 50;

impl Service {
    /// Computes the items of all patients with the published schedule, a few patients at a time.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(crate) async fn lay_schedules(&self) -> Result<(), ServiceError> {
        let mut after: Option<PatientId> = None;
        loop {
            let published = self.forms()?;
            let work = move |tx: &mut dyn WriteSession| {
                let page = tx.patient_ids(&Page { after, limit: PATIENTS })?;
                tx.lock_patients(&page.items)?;
                for facts in read(tx, &page.items)? {
                    tx.put_schedule(facts.id(), &lay(&published.forms, &facts))?;
                }
                Ok::<_, StoreError>(page.next)
            };
            after = self.store().write("lay schedules", work).await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
