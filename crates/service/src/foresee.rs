//! Deciding before the transaction that keeps the decision: it spares the one writer what rests on a patient, as long as
//! nothing of that patient changes in between.

use cartotek_domain::id::PatientId;
use cartotek_persistence::{Moment, ReadSession};

use crate::Service;
use crate::error::ServiceError;

/// What was decided about a patient, and when.
#[derive(Debug, Clone)]
pub(crate) struct Foreseen<D> {
    pub(crate) patient: PatientId,
    pub(crate) moment: Moment,
    pub(crate) decision: D,
}

impl Service {
    /// Decides on a reader. `None` where many write or nobody does, so that nobody would wait for the decision, and when it
    /// fails, e.g. for want of a reader: then the change decides itself.
    pub(crate) async fn foresee<D: Send + 'static>(
        &self,
        name: &'static str,
        decide: impl FnOnce(&mut dyn ReadSession) -> Result<(PatientId, D), ServiceError> + Send + 'static,
    ) -> Option<Foreseen<D>> {
        if !self.store().is_writer_busy() {
            return None;
        }
        let moment = self.store().lately()?.moment();
        let (patient, decision) = self.store().read(name, decide).await.ok()?;
        Some(Foreseen { patient, moment, decision })
    }
}
