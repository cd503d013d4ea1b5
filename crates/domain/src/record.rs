//! Records: filled forms, with every content they ever had.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::code::site::SiteCode;
use crate::fact::Salt;
use crate::id::{ActorId, CourseId, PatientId, RecordId, RevisionId};
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// Where a record stands in its life.
    RecordStatus {
        /// Being written; may be incomplete.
        Draft = "draft",
        /// Complete and accepted; changed only by an amendment with a reason.
        Submitted = "submitted",
        /// Entered in error: readable, unless it was another patient's, but nothing follows from it.
        Annulled = "annulled",
    }
}

named! {
    /// Why a submitted record is amended.
    AmendmentReason {
        /// A slip of the keyboard.
        DataEntry = "data_entry",
        /// The source document changed.
        SourceUpdate = "source_update",
        /// Answer to a clarification.
        QueryResolution = "query_resolution",
        /// The form has a new version, to which the record was migrated; nobody gives this reason by hand.
        SchemaMigration = "schema_migration",
        /// The record should never have been: it is annulled; no correction gives this reason.
        EnteredInError = "entered_in_error",
        /// The record was entered twice: it is annulled; no correction gives this reason.
        Duplicate = "duplicate",
        /// The record was another patient's: it is annulled, and all its contents are destroyed; no correction gives this
        /// reason. A destroyed content has it without words.
        OtherPatient = "other_patient",
    }
}

/// A filled form for a patient or a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// The patient.
    pub patient: PatientId,
    /// The course, for a form about a course.
    pub course: Option<CourseId>,
    /// Code of the form.
    pub form: String,
    /// What makes it unique among the records of that form and subject; a draft whose key is not answered yet has
    /// its own id here.
    pub natural_key: String,
    /// Where it stands.
    pub status: RecordStatus,
    /// Number of the latest revision; the ETag.
    pub revision: i64,
    /// The site that owns it; only it may amend.
    pub site: SiteCode,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was first submitted; code lists stay valid as of that day.
    pub submitted_at: Option<Timestamp>,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl Record {
    /// The id of what the form is about: the course of a form about a course, else the patient.
    pub fn subject(&self) -> Uuid {
        self.course.map_or_else(|| self.patient.uuid(), CourseId::uuid)
    }
}

/// Why a submitted record was amended: coded, with words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The coded reason.
    pub reason: AmendmentReason,
    /// In the submitter's words; no identifiers.
    pub text: String,
}

/// A warning that the submitter has seen and explained.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// The rule that warned.
    #[cfg_attr(feature = "openapi", schema(example = "R-DOSE-01"))]
    pub rule: String,
    /// Where it warned (JSON pointer).
    #[cfg_attr(feature = "openapi", schema(example = "/dose_car_total_e6"))]
    pub pointer: String,
    /// Why the content is right all the same; at most 500 characters, no identifiers.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "Dose confirmed against the infusion protocol.", max_length = 500)
    )]
    pub reason: String,
}

/// The immutable content of a record at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// The record.
    pub record: RecordId,
    /// The patient.
    pub patient: PatientId,
    /// 1, 2, 3, … within the record.
    pub number: i64,
    /// Draft, submitted or annulled.
    pub status: RecordStatus,
    /// Version of the form it was checked against.
    pub form_version: i32,
    /// SHA-256 of that form's bytes, lower-case hex.
    pub form_sha256: String,
    /// The content as canonical JSON.
    pub content: String,
    /// The warnings that were explained.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Why it was amended; absent on drafts and the first submission, unless they came to a new version of their form.
    pub amendment: Option<Amendment>,
    /// Who saved it.
    pub author: ActorId,
    /// When.
    pub created_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// A published schema, code list or schedule: the bytes that every server compiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaDocument {
    /// Its path below `schemas/`, e.g. `forms/infusion/1.json`.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The bytes, as text.
    pub content: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// Salt of the row's commitment.
    pub salt: Salt,
}
