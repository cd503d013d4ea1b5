//! The samples of a data-subject extract.

use cartotek_domain::id::{PatientId, SampleId};
use cartotek_domain::sample::{Aliquot, CustodyEvent, LedgerEntry, Sample, Tube};
use cartotek_persistence::{ReadSession, StoreError};

use crate::error::ServiceError;
use crate::extract::by;
use crate::sample::{AliquotFile, TubeState, states};

/// A sample with everything that happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedSample {
    /// The sample.
    pub sample: Sample,
    /// Where its own tube stands.
    pub state: TubeState,
    /// Its aliquots, in the order made.
    pub aliquots: Vec<AliquotFile>,
    /// The movements of amount.
    pub ledger: Vec<LedgerEntry>,
    /// The chain of custody.
    pub custody: Vec<CustodyEvent>,
}

pub(super) fn samples(
    session: &mut dyn ReadSession,
    patient: PatientId,
) -> Result<Vec<ExtractedSample>, ServiceError> {
    let samples = session.samples_of(&[patient])?;
    let mut aliquots = by(session.aliquots_of(patient)?, |one: &Aliquot| one.sample);
    let mut ledger = by(session.ledger_of(patient)?, |one: &LedgerEntry| one.sample);
    let mut custody = by(session.custody_of(patient)?, |one: &CustodyEvent| one.sample);
    let mut extracted = Vec::with_capacity(samples.len());
    for sample in samples {
        let parts: Vec<Aliquot> = aliquots.remove::<SampleId>(&sample.id).unwrap_or_default();
        let parts_too = parts.iter().map(|aliquot| Tube::Aliquot(aliquot.id));
        let tubes: Vec<_> = std::iter::once(Tube::Sample(sample.id)).chain(parts_too).collect();
        let mut states = states(session, &tubes)?.into_iter();
        let state =
            states.next().ok_or_else(|| StoreError::inconsistent("amount_balance", "tube_id", sample.id))?;
        let files = parts.into_iter().zip(states);
        extracted.push(ExtractedSample {
            state,
            aliquots: files.map(|(aliquot, state)| AliquotFile { aliquot, state }).collect(),
            ledger: ledger.remove(&sample.id).unwrap_or_default(),
            custody: custody.remove(&sample.id).unwrap_or_default(),
            sample,
        });
    }
    Ok(extracted)
}
