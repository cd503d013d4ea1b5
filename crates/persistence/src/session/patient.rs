//! Patients, participations, consents and courses.

use std::collections::BTreeSet;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::id::{CourseId, ParticipationId, PatientId};
use cartotek_domain::patient::{Linkage, Participation, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use chrono::NaiveDate;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// Reads patients. `scope` is the caller's: a patient is there only when one of its sites takes part in the care on
/// its day, and a patient outside is absent in the same way as one that does not exist.
pub trait PatientReads {
    /// The patient with that pseudonym.
    fn patient(&mut self, pseudonym: &Pseudonym, scope: &PatientScope)
    -> Result<Option<Patient>, StoreError>;

    /// The patients with those pseudonyms, in no order.
    fn patients_by_pseudonym(
        &mut self,
        pseudonyms: &[Pseudonym],
        scope: &PatientScope,
    ) -> Result<Vec<Patient>, StoreError>;

    /// The patients of these ids, whoever asks: for rows that were found within a scope already.
    fn patients_by_id(&mut self, ids: &[PatientId]) -> Result<Vec<Patient>, StoreError>;

    /// The patients of the scope, by pseudonym: the internal id must not show in a cursor.
    fn patients(
        &mut self,
        scope: &PatientScope,
        page: &Page<Pseudonym>,
    ) -> Result<PageOf<Patient, Pseudonym>, StoreError>;

    /// The patient with that keyed linkage hash.
    fn patient_by_linkage(&mut self, hash: &str) -> Result<Option<Patient>, StoreError>;

    /// The ids of all patients, whoever asks, in their order: for computations over the whole network.
    fn patient_ids(&mut self, page: &Page<PatientId>) -> Result<PageOf<PatientId, PatientId>, StoreError>;

    /// Every participation in the care of the patients, by id.
    fn participations(&mut self, patients: &[PatientId]) -> Result<Vec<Participation>, StoreError>;

    /// The participation of that id.
    fn participation(&mut self, id: ParticipationId) -> Result<Option<Participation>, StoreError>;

    /// Every consent decision of a patient, by id.
    fn consents(&mut self, patient: PatientId) -> Result<Vec<Consent>, StoreError>;

    /// Every consent decision of the patients, by id.
    fn consents_of(&mut self, patients: &[PatientId]) -> Result<Vec<Consent>, StoreError>;

    /// The patients for whom a guardian has ever said yes and for whom one of the sites answers on the day, by id, each with
    /// that site.
    fn patients_of_guardians(
        &mut self,
        sites: &BTreeSet<SiteCode>,
        on: NaiveDate,
    ) -> Result<Vec<(PatientId, SiteCode)>, StoreError>;

    /// The courses of the patients, by patient and number.
    fn courses(&mut self, patients: &[PatientId]) -> Result<Vec<Course>, StoreError>;

    /// The course of that id, when its patient lies in the scope.
    fn course(&mut self, id: CourseId, scope: &PatientScope) -> Result<Option<Course>, StoreError>;
}

/// Writes patients.
pub trait PatientWrites: PatientReads {
    /// The patient of a scope, locked as [`PatientWrites::lock_patients`] does. Who takes part in the care may have changed
    /// while it waited: that is asked afterwards.
    fn lock_patient(
        &mut self,
        pseudonym: &Pseudonym,
        scope: &PatientScope,
    ) -> Result<Option<Patient>, StoreError>;

    /// Locks the patients against other writers until the transaction ends, in the order of their ids.
    fn lock_patients(&mut self, ids: &[PatientId]) -> Result<(), StoreError>;

    /// Locks every patient in whose care a site has ever taken part, as [`PatientWrites::lock_patients`] does.
    fn lock_patients_of(&mut self, site: &SiteCode) -> Result<(), StoreError>;

    /// Enrols patients.
    fn insert_patients(&mut self, patients: &[Patient]) -> Result<(), StoreError>;

    /// Stores a linkage hash.
    fn insert_linkage(&mut self, linkage: &Linkage) -> Result<(), StoreError>;

    /// Adds participations.
    fn insert_participations(&mut self, participations: &[Participation]) -> Result<(), StoreError>;

    /// Stores a changed participation over the version before it; `false` when that version is no longer there.
    fn update_participation(&mut self, participation: &Participation) -> Result<bool, StoreError>;

    /// Appends consent decisions.
    fn insert_consents(&mut self, consents: &[Consent]) -> Result<(), StoreError>;

    /// Opens courses.
    fn insert_courses(&mut self, courses: &[Course]) -> Result<(), StoreError>;

    /// Stores a changed course over the version before it; `false` when that version is no longer there.
    fn update_course(&mut self, course: &Course) -> Result<bool, StoreError>;
}
