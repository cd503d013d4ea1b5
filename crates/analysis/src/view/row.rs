//! What goes into the view: rows of courses, and changes of them.

use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::variable::VariableValue;

/// A course with the values of its variables.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseRow {
    /// The patient.
    pub patient: PatientId,
    /// The course.
    pub course: CourseId,
    /// Codes of the sites that take part in the course.
    pub sites: Vec<String>,
    /// Variable id and value; an absent value has no entry.
    pub values: Vec<(String, VariableValue)>,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The course is new, or has new values: the whole row is replaced.
    Upsert(CourseRow),
    /// The course is gone, e.g. erased. A course that moves to another patient is removed and inserted.
    Remove {
        /// The patient it belonged to.
        patient: PatientId,
        /// The course.
        course: CourseId,
    },
}

impl Change {
    pub(super) fn into_parts(self) -> ((PatientId, CourseId), Option<CourseRow>) {
        match self {
            Change::Upsert(row) => ((row.patient, row.course), Some(row)),
            Change::Remove { patient, course } => ((patient, course), None),
        }
    }
}

/// A value that contradicts its definition; never the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// The course in whose row it stands.
    pub course: CourseId,
    /// The variable it was given for.
    pub variable: String,
    /// What is wrong.
    pub reason: DefectReason,
}

/// Why a value was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefectReason {
    /// No definition has this id.
    UnknownVariable,
    /// The value is of another kind than the definition says.
    OtherKind,
    /// The code is not in the definition.
    UnknownCode,
    /// The number is infinite or not a number.
    NotFinite,
}
