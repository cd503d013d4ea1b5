//! What a withdrawal means for the patient's samples: the place where blocking and destroying tubes will begin.
//!
//! Until then it says how many tubes there are; what is done about them is up to the biobank.

use std::collections::HashSet;

use cartotek_domain::consent::{Consent, ConsentPurpose, allows};
use cartotek_domain::id::PatientId;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::sample::standing::needed;

/// The samples that a withdrawal concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplesConcerned {
    /// Whether it leaves the biobank no purpose at all (form E1): then every tube is to be destroyed. Otherwise the
    /// tubes may no longer be used for what was withdrawn.
    pub every_purpose: bool,
    /// The tubes in which something is left.
    pub tubes: usize,
}

/// The samples that the withdrawal of purposes concerns, given every decision `after` it.
pub(crate) fn concerned(
    session: &mut dyn ReadSession,
    patient: PatientId,
    withdrawn: &[ConsentPurpose],
    after: &[Consent],
    today: NaiveDate,
) -> Result<SamplesConcerned, ServiceError> {
    let every_purpose = withdrawn.iter().any(|purpose| ConsentPurpose::BIOBANK.contains(purpose))
        && !ConsentPurpose::BIOBANK.iter().any(|purpose| allows(after, *purpose, today));
    let mut samples = session.samples_of(&[patient])?;
    samples.retain(|sample| {
        every_purpose || needed(sample.taken_for).iter().any(|purpose| withdrawn.contains(purpose))
    });
    let samples: HashSet<_> = samples.iter().map(|sample| sample.id).collect();
    let aliquots = session.aliquots_of(patient)?;
    let aliquots = aliquots.iter().filter(|aliquot| samples.contains(&aliquot.sample));
    let tubes: Vec<_> = samples.iter().map(|id| id.uuid()).chain(aliquots.map(|one| one.id.uuid())).collect();
    let balances = session.balances(&tubes)?;
    let tubes = balances.iter().filter(|(_, left)| left.quantity() > 0).count();
    Ok(SamplesConcerned { every_purpose, tubes })
}
