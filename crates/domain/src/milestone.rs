//! Milestones: the few dates and codes of a patient's records that rules of other forms look at.
//!
//! A schema marks a property with `x-milestone`; each revision contributes its values, kept as one small
//! projection per patient, so that a submission reads the same few rows whatever the history.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{CourseId, RecordId};
use crate::partial_date::PartialDate;

/// The value of a milestone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum MilestoneValue {
    /// A date, possibly partial.
    Date(PartialDate),
    /// A code or identifier, e.g. a product code or batch.
    Code(String),
    /// A number, e.g. a body weight in kg.
    Number(f64),
}

/// One milestone value that a record contributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Milestone {
    /// The record it stands in.
    pub record: RecordId,
    /// The course of that record; `None` for a form about the patient.
    pub course: Option<CourseId>,
    /// First day of the record's clinical date: the order among several values of one name.
    pub clinical_date: Option<NaiveDate>,
    /// Its name, unique over all forms, e.g. `infusion_date`.
    pub name: String,
    /// Its value.
    pub value: MilestoneValue,
}
