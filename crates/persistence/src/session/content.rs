//! What submitted records say, without what their history and proofs need beside it.

use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::time::Timestamp;

use crate::error::StoreError;

/// The latest content of a submitted record.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmittedContent {
    /// The record.
    pub record: RecordId,
    /// Its patient.
    pub patient: PatientId,
    /// Its course; `None` for a form about the patient.
    pub course: Option<CourseId>,
    /// Its form.
    pub form: String,
    /// The version of the form under which the content was accepted.
    pub form_version: i32,
    /// When the record was entered.
    pub created_at: Timestamp,
    /// The content, as canonical JSON.
    pub content: String,
}

/// Reads contents.
pub trait ContentReads {
    /// Those of the submitted records of these patients, in no order.
    fn submitted_contents(&mut self, patients: &[PatientId]) -> Result<Vec<SubmittedContent>, StoreError>;
}
