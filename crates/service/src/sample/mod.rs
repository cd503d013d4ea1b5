//! Samples: registering, aliquoting, placing and reading tubes.

mod aliquot;
mod books;
mod clash;
mod place;
mod read;
mod register;
mod standing;
mod vocabulary;
mod withdrawn;

use std::collections::HashMap;

use cartotek_domain::access::{Granted, Permission, Scope};
use cartotek_domain::consent::{ConsentPurpose, allows};
use cartotek_domain::id::CourseId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{Aliquot, NamedPlace, Sample, Tube, TubeStatus, tube_status};
use cartotek_domain::time::swedish_day;
use cartotek_persistence::session::sample::SampleScope;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::sample::aliquot::{Aliquoted, NewAliquot, Splitting};
pub(crate) use crate::sample::clash::Clashes;
pub use crate::sample::place::Placement;
pub use crate::sample::read::{SampleLine, Scanned};
pub use crate::sample::register::{Registered, Registration};
pub use crate::sample::withdrawn::SamplesConcerned;
pub(crate) use crate::sample::withdrawn::concerned;

use crate::course::day0;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::sample::vocabulary::Vocabulary;

/// A primary sample with what follows from its facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleFile {
    /// The sample.
    pub sample: Sample,
    /// The patient's pseudonym.
    pub pseudonym: Pseudonym,
    /// The course it belongs to.
    pub course: Option<SampleCourse>,
    /// The sample type of MIABIS; `None` when the list knows none for the day of collection.
    pub miabis_type: Option<String>,
    /// Where its own tube stands.
    pub state: TubeState,
    /// Its aliquots, in the order made.
    pub aliquots: Vec<AliquotFile>,
    /// What the patient's yes covers today.
    pub purposes: Vec<ConsentPurpose>,
}

/// What is shown of a sample's course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleCourse {
    /// The course.
    pub id: CourseId,
    /// 1 for the patient's first course, then 2, 3, …
    pub number: i32,
    /// The day of its first infusion, once that is known.
    pub day0: Option<NaiveDate>,
}

/// Where a tube stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TubeState {
    /// What is left in it.
    pub remaining: Amount,
    /// Computed from where it lies and what is left.
    pub status: TubeStatus,
    /// The box position it lies in.
    pub place: Option<NamedPlace>,
    /// The number of the last step in its chain of custody.
    pub version: i64,
}

/// An aliquot with what follows from its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliquotFile {
    /// The aliquot.
    pub aliquot: Aliquot,
    /// Where its tube stands.
    pub state: TubeState,
}

/// A tube of either kind with where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TubeFile {
    /// The tube.
    pub tube: Tube,
    /// Its barcode.
    pub barcode: String,
    /// Where it stands.
    pub state: TubeState,
}

/// A tube within the caller's scope.
pub(crate) struct Found {
    /// The primary sample it belongs to.
    pub(crate) sample: Sample,
    /// The aliquot, when it is one.
    pub(crate) aliquot: Option<Aliquot>,
}

impl Found {
    fn barcode(&self) -> &str {
        self.aliquot.as_ref().map_or(&self.sample.barcode, |aliquot| &aliquot.barcode)
    }

    fn tube(&self) -> Tube {
        self.aliquot.as_ref().map_or(Tube::Sample(self.sample.id), |aliquot| Tube::Aliquot(aliquot.id))
    }
}

/// Whose samples the caller may see: those its biobanks hold, and those of patients its own sites take part in today.
pub(crate) fn scope_of<P: Permission>(granted: &Granted<P>, today: NaiveDate) -> SampleScope {
    SampleScope { biobanks: Scope::Only(granted.biobanks()), patients: granted.own_patients(today) }
}

/// The tube, when it lies in the scope.
///
/// # Errors
/// `not_found`.
pub(crate) fn find_tube(
    session: &mut dyn ReadSession,
    tube: Tube,
    scope: &SampleScope,
) -> Result<Found, ServiceError> {
    let found = match tube {
        Tube::Sample(id) => session.sample(id, scope)?.map(|sample| Found { sample, aliquot: None }),
        Tube::Aliquot(id) => {
            session.aliquot(id, scope)?.map(|(aliquot, sample)| Found { sample, aliquot: Some(aliquot) })
        }
    };
    found.ok_or_else(ServiceError::not_found)
}

/// The tube, with its sample locked, so that nobody else changes any of its tubes.
fn find_locked(journal: &mut Journal<'_>, tube: Tube, scope: &SampleScope) -> Result<Found, ServiceError> {
    let found = find_tube(journal.read(), tube, scope)?;
    journal.on_behalf_of(&found.sample.biobank);
    journal.concerns(found.sample.patient);
    journal.samples().lock_sample(found.sample.id)?;
    Ok(found)
}

/// What follows from the facts of a sample and its aliquots.
fn sample_file(
    session: &mut dyn ReadSession,
    vocabulary: &Vocabulary,
    today: NaiveDate,
    sample: Sample,
) -> Result<SampleFile, ServiceError> {
    let patient = session.patients_by_id(&[sample.patient])?.pop();
    let patient = patient.ok_or_else(|| StoreError::inconsistent("sample", "patient_id", sample.id))?;
    let aliquots = session.aliquots(sample.id)?;
    let tubes: Vec<_> = std::iter::once(Tube::Sample(sample.id))
        .chain(aliquots.iter().map(|aliquot| Tube::Aliquot(aliquot.id)))
        .collect();
    let mut states = states(session, &tubes)?.into_iter();
    let state = states.next().ok_or_else(|| ServiceError::Defect("a tube has no state".to_owned()))?;
    let aliquots = aliquots.into_iter().zip(states).map(|(aliquot, state)| AliquotFile { aliquot, state });
    let consents = session.consents(sample.patient)?;
    let purposes = ConsentPurpose::ALL.iter().copied().filter(|purpose| allows(&consents, *purpose, today));
    Ok(SampleFile {
        pseudonym: patient.pseudonym,
        course: course_of(session, &sample)?,
        miabis_type: vocabulary.miabis_type(&sample.material, swedish_day(sample.collected_at))?,
        state,
        aliquots: aliquots.collect(),
        purposes: purposes.collect(),
        sample,
    })
}

/// A tube with where it stands.
fn tube_file(session: &mut dyn ReadSession, found: &Found) -> Result<TubeFile, ServiceError> {
    let tube = found.tube();
    let state = states(session, &[tube])?.pop();
    let state = state.ok_or_else(|| ServiceError::Defect("a tube has no state".to_owned()))?;
    Ok(TubeFile { tube, barcode: found.barcode().to_owned(), state })
}

/// Where tubes stand, in their order.
pub(crate) fn states(session: &mut dyn ReadSession, tubes: &[Tube]) -> Result<Vec<TubeState>, ServiceError> {
    let ids: Vec<_> = tubes.iter().map(|tube| tube.uuid()).collect();
    let balances: HashMap<_, _> = session.balances(&ids)?.into_iter().collect();
    let mut places: HashMap<_, _> = session.places(&ids)?.into_iter().collect();
    let versions: HashMap<_, _> = session.last_custody_numbers(&ids)?.into_iter().collect();
    let state = |tube: Uuid| {
        let remaining = balances.get(&tube).copied();
        let remaining =
            remaining.ok_or_else(|| StoreError::inconsistent("amount_balance", "tube_id", tube))?;
        let place = places.remove(&tube);
        let status = tube_status(place.as_ref().map(|named| &named.place), remaining);
        let version = versions.get(&tube).copied();
        let version = version.ok_or_else(|| StoreError::inconsistent("custody_event", "tube_id", tube))?;
        Ok(TubeState { remaining, status, place, version })
    };
    ids.iter().copied().map(state).collect()
}

fn course_of(session: &mut dyn ReadSession, sample: &Sample) -> Result<Option<SampleCourse>, ServiceError> {
    let Some(id) = sample.course else { return Ok(None) };
    let courses = session.courses(&[sample.patient])?;
    let course = courses.into_iter().find(|course| course.id == id);
    let number = course.ok_or_else(|| StoreError::inconsistent("sample", "course_id", sample.id))?.number;
    let day0 = day0(session, sample.patient, id)?;
    Ok(Some(SampleCourse { id, number, day0 }))
}
