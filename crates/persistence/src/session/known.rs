//! What decides about a new record, asked at once when its patient is locked.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::id::PatientId;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::Participation;
use cartotek_domain::record::Record;
use cartotek_domain::schedule::ScheduleEntry;
use uuid::Uuid;

use crate::error::StoreError;

/// What is asked for a new record.
#[derive(Debug)]
pub struct KnownQuestion<'q> {
    /// The patient.
    pub patient: PatientId,
    /// The id of the patient or course that the record is about.
    pub subject: Uuid,
    /// The form.
    pub form: &'q str,
    /// The key.
    pub natural_key: &'q str,
    /// The names of the milestones at which the rules of the form look.
    pub milestones: &'q [&'q str],
    /// The sites that may come to own the record.
    pub sites: &'q [&'q SiteCode],
    /// Whose generation is asked.
    pub generation: &'q str,
}

/// What is known.
#[derive(Debug)]
pub struct Known {
    /// Every participation in the care of the patient, by id.
    pub participations: Vec<Participation>,
    /// Every consent decision, by id.
    pub consents: Vec<Consent>,
    /// The courses, by number.
    pub courses: Vec<Course>,
    /// The milestones of those names, by record, name and place within the record.
    pub milestones: Vec<Milestone>,
    /// The locks that have not ended over the patient or any of the sites, by id.
    pub locks: Vec<RecordLock>,
    /// The record that has the key.
    pub same_key: Option<Record>,
    /// The items of the form that the subject is expected to have, by ordinal.
    pub expected: Vec<ScheduleEntry>,
    /// The generation.
    pub generation: i64,
}

/// Reads what is known.
pub trait KnownReads {
    /// What is known of a patient for a new record: on PostgreSQL in one round trip.
    fn known(&mut self, question: &KnownQuestion<'_>) -> Result<Known, StoreError>;
}
