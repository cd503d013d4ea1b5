//! Cancelling: a running import ends after the rows that are being written; what it has kept stays.

use std::sync::atomic::Ordering;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::audit::Subject;
use cartotek_domain::id::ImportId;
use cartotek_domain::problem::Problem;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::import::job::{is_running, shown};
use crate::import::{Import, ImportState};

impl Service {
    /// Asks a running import of one of the caller's sites to end, whichever server it runs on.
    ///
    /// # Errors
    /// `not_found` for an import of another site; `wrong_state` for one that does not run.
    pub async fn cancel_import(
        &self,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        id: ImportId,
    ) -> Result<Done<Import>, ServiceError> {
        let (sites, now) = (granted.own_sites(), self.now());
        self.change(granted, act, "cancel import", move |journal| {
            let job = journal.read().import_job(id)?.filter(|job| sites.contains(&job.site));
            let job = job.ok_or_else(ServiceError::not_found)?;
            let (running, cancelling) = (ImportState::Running.name(), ImportState::Cancelling.name());
            let moved =
                is_running(&job, now) && journal.imports().move_import_job(id, running, cancelling)?;
            if !moved {
                return Err(not_running());
            }
            journal.on_behalf_of(&job.site);
            journal.name(Subject {
                table: "import_job".to_owned(),
                row: id.to_string(),
                patient: None,
                before: None,
                after: None,
            });
            Ok(Import { state: ImportState::Cancelling, ..shown(&job)? })
        })
        .await
    }

    /// Asks the imports of this server to stop, because it does: they count as interrupted, and the same request with the
    /// same key goes on at once.
    pub fn interrupt_imports(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn stops_imports(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }
}

fn not_running() -> ServiceError {
    ServiceError::explained(
        Problem::WrongState,
        "Importen pågår inte längre, eller ska redan avbrytas; läs den för att se hur det gick.",
        "The import is not running any more, or is being cancelled already; read it to see what became of it.",
    )
}
