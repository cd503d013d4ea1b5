//! What a change tells its event.

use cartotek_crypto::hash::{Hash, sha256};
use cartotek_domain::audit::Subject;
use cartotek_domain::fact::Fact;
use cartotek_domain::id::PatientId;

use crate::error::ServiceError;
use crate::stored_answer::the_patient;

/// What a change tells its event.
#[derive(Default)]
pub(crate) struct Told {
    /// The rows it changed.
    pub(crate) subjects: Vec<Subject>,
    /// The site, biobank or project it was made for.
    pub(crate) unit: Option<String>,
    /// The coded reason.
    pub(crate) reason: Option<String>,
    /// Whether the answer that is stored tells of no single patient.
    pub(super) impersonal: bool,
}

impl Told {
    /// The one patient of whom a stored answer speaks.
    pub(crate) fn about(&self) -> Result<Option<PatientId>, ServiceError> {
        if self.impersonal { Ok(None) } else { the_patient(&self.subjects) }
    }
}

/// The hash by which the log vouches for a row.
pub(crate) fn fact_hash<F: Fact>(fact: &F) -> Result<Hash, ServiceError> {
    Ok(sha256(&[&fact.canonical()?]))
}

/// A row of an event: what it was and what it became.
pub(crate) fn subject<F: Fact>(fact: &F, before: Option<String>, after: Option<String>) -> Subject {
    Subject { table: F::TABLE.to_owned(), row: fact.row_id(), patient: fact.patient(), before, after }
}
