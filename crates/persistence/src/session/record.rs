//! Records, their revisions and the milestones they contribute.

use std::collections::BTreeSet;

use cartotek_domain::access::PatientScope;
use cartotek_domain::id::{ActorId, CourseId, PatientId, RecordId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// What a list of records is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Only of this patient.
    pub patient: Option<PatientId>,
    /// Only of this course.
    pub course: Option<CourseId>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only in this state.
    pub status: Option<RecordStatus>,
    /// Only what is submitted and whose latest revision a second person has verified, or has not.
    pub verified: Option<bool>,
}

/// Reads records.
pub trait RecordReads {
    /// The record of that id, when its patient lies in the scope.
    fn record(&mut self, id: RecordId, scope: &PatientScope) -> Result<Option<Record>, StoreError>;

    /// The record with that natural key; `subject` is the id of the patient or course.
    fn record_by_key(
        &mut self,
        subject: Uuid,
        form: &str,
        natural_key: &str,
    ) -> Result<Option<Record>, StoreError>;

    /// The records with any of these natural keys (subject, form, key) and their latest revisions, in no order.
    fn records_by_key(
        &mut self,
        keys: &[(Uuid, String, String)],
    ) -> Result<Vec<(Record, Revision)>, StoreError>;

    /// The records of the scope that pass the filter, by id.
    fn records(
        &mut self,
        filter: &RecordFilter,
        scope: &PatientScope,
        page: &Page<RecordId>,
    ) -> Result<PageOf<Record, RecordId>, StoreError>;

    /// The submitted records of a form, of the patients of the scope, with their latest revisions; by id.
    fn submitted_records(
        &mut self,
        form: &str,
        scope: &PatientScope,
        page: &Page<RecordId>,
    ) -> Result<PageOf<(Record, Revision), RecordId>, StoreError>;

    /// One revision of a record.
    fn revision(&mut self, record: RecordId, number: i64) -> Result<Option<Revision>, StoreError>;

    /// The latest revision that was saved at or before an instant.
    fn revision_as_of(&mut self, record: RecordId, at: Timestamp) -> Result<Option<Revision>, StoreError>;

    /// The revisions of a record, by number.
    fn revisions(&mut self, record: RecordId, page: &Page<i64>) -> Result<PageOf<Revision, i64>, StoreError>;

    /// Who saved the revisions of a record that come after the one of that number; 0 for all of them.
    fn authors(&mut self, record: RecordId, after: i64) -> Result<BTreeSet<ActorId>, StoreError>;

    /// The records of these patients that are in that state, with their latest revisions, in no order.
    fn latest_of(
        &mut self,
        patients: &[PatientId],
        status: RecordStatus,
    ) -> Result<Vec<(Record, Revision)>, StoreError>;

    /// The latest revisions of records, with the records, in no order.
    fn latest_revisions(&mut self, records: &[RecordId]) -> Result<Vec<(Record, Revision)>, StoreError>;

    /// The versions of the forms against which the latest revisions of records were checked, in no order.
    fn form_versions(&mut self, records: &[RecordId]) -> Result<Vec<(RecordId, i32)>, StoreError>;

    /// The milestones of these patients, by patient, record, name and place within the record.
    fn milestones(&mut self, patients: &[PatientId]) -> Result<Vec<(PatientId, Milestone)>, StoreError>;

    /// The milestones of a patient that have one of these names, by record, name and place within the record.
    fn milestones_named(&mut self, patient: PatientId, names: &[&str]) -> Result<Vec<Milestone>, StoreError>;
}

/// Writes records.
pub trait RecordWrites: RecordReads {
    /// Creates records.
    fn insert_records(&mut self, records: &[Record]) -> Result<(), StoreError>;

    /// Stores a changed record over the one whose revision was `previous`; `false` when it is no longer there.
    fn update_record(&mut self, record: &Record, previous: i64) -> Result<bool, StoreError>;

    /// Appends revisions.
    fn insert_revisions(&mut self, revisions: &[Revision]) -> Result<(), StoreError>;

    /// Removes the milestones that a record contributed; gives them, by name and place within the record.
    fn delete_milestones(
        &mut self,
        patient: PatientId,
        record: RecordId,
    ) -> Result<Vec<Milestone>, StoreError>;

    /// Stores the milestones that records contribute.
    fn insert_milestones(&mut self, milestones: &[(PatientId, Milestone)]) -> Result<(), StoreError>;
}
