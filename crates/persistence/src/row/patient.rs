//! Rows of patients, participations, consents and courses.

use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::course::{Course, CourseOutcome, CourseStatus};
use cartotek_domain::id::{ConsentId, CourseId, ParticipationId, PatientId};
use cartotek_domain::patient::{Linkage, Participation, ParticipationRole, Patient};
use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::Deserialize;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{consent, course, participation, patient, patient_linkage};
use crate::sql_type::{Id, UtcTime};

/// A patient.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = patient, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct PatientRow {
    id: Id<PatientId>,
    pseudonym: String,
    created_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Patient> for PatientRow {
    fn from(patient: &Patient) -> Self {
        Self {
            id: Id(patient.id),
            pseudonym: patient.pseudonym.to_string(),
            created_at: UtcTime(patient.created_at),
            salt: patient.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<PatientRow> for Patient {
    type Error = StoreError;

    fn try_from(row: PatientRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "patient", row: row.id.0 };
        Ok(Self {
            pseudonym: origin.parse("pseudonym", &row.pseudonym)?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            created_at: row.created_at.0,
        })
    }
}

/// A keyed linkage hash.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = patient_linkage, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct LinkageRow {
    hash: String,
    key_id: String,
    patient_id: Id<PatientId>,
    salt: Vec<u8>,
}

impl From<&Linkage> for LinkageRow {
    fn from(linkage: &Linkage) -> Self {
        Self {
            hash: linkage.hash.clone(),
            key_id: linkage.key_id.clone(),
            patient_id: Id(linkage.patient),
            salt: linkage.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<LinkageRow> for Linkage {
    type Error = StoreError;

    fn try_from(row: LinkageRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "patient_linkage", row: &row.hash };
        Ok(Self {
            salt: origin.salt(&row.salt)?,
            hash: row.hash,
            key_id: row.key_id,
            patient: row.patient_id.0,
        })
    }
}

/// A site's part in the care of a patient.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = participation, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ParticipationRow {
    id: Id<ParticipationId>,
    patient_id: Id<PatientId>,
    site: String,
    role: String,
    responsible: bool,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    version: i64,
    #[serde(with = "super::bytea")]
    salt: Vec<u8>,
}

impl From<&Participation> for ParticipationRow {
    fn from(participation: &Participation) -> Self {
        Self {
            id: Id(participation.id),
            patient_id: Id(participation.patient),
            site: participation.site.to_string(),
            role: participation.role.name().to_owned(),
            responsible: participation.responsible,
            valid_from: participation.valid_from,
            valid_to: participation.valid_to,
            version: participation.version,
            salt: participation.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<ParticipationRow> for Participation {
    type Error = StoreError;

    fn try_from(row: ParticipationRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "participation", row: row.id.0 };
        Ok(Self {
            site: origin.parse("site", &row.site)?,
            role: origin.known("role", ParticipationRole::from_name(&row.role))?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            patient: row.patient_id.0,
            responsible: row.responsible,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
        })
    }
}

/// A consent decision.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = consent, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ConsentRow {
    id: Id<ConsentId>,
    patient_id: Id<PatientId>,
    purpose: String,
    decision: String,
    decided_on: NaiveDate,
    valid_to: Option<NaiveDate>,
    form_version: Option<String>,
    language: Option<String>,
    signed_by: String,
    ethics_ref: Option<String>,
    document_ref: Option<String>,
    site: String,
    recorded_at: UtcTime,
    #[serde(with = "super::bytea")]
    salt: Vec<u8>,
}

impl From<&Consent> for ConsentRow {
    fn from(consent: &Consent) -> Self {
        Self {
            id: Id(consent.id),
            patient_id: Id(consent.patient),
            purpose: consent.purpose.name().to_owned(),
            decision: consent.decision.name().to_owned(),
            decided_on: consent.decided_on,
            valid_to: consent.valid_to,
            form_version: consent.form_version.clone(),
            language: consent.language.clone(),
            signed_by: consent.signed_by.name().to_owned(),
            ethics_ref: consent.ethics_ref.clone(),
            document_ref: consent.document_ref.clone(),
            site: consent.site.to_string(),
            recorded_at: UtcTime(consent.recorded_at),
            salt: consent.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<ConsentRow> for Consent {
    type Error = StoreError;

    fn try_from(row: ConsentRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "consent", row: row.id.0 };
        Ok(Self {
            purpose: origin.known("purpose", ConsentPurpose::from_name(&row.purpose))?,
            decision: origin.known("decision", ConsentDecision::from_name(&row.decision))?,
            signed_by: origin.known("signed_by", Signatory::from_name(&row.signed_by))?,
            site: origin.parse("site", &row.site)?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            patient: row.patient_id.0,
            decided_on: row.decided_on,
            valid_to: row.valid_to,
            form_version: row.form_version,
            language: row.language,
            ethics_ref: row.ethics_ref,
            document_ref: row.document_ref,
            recorded_at: row.recorded_at.0,
        })
    }
}

/// A course.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = course, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct CourseRow {
    id: Id<CourseId>,
    patient_id: Id<PatientId>,
    number: i32,
    indication: String,
    opened_on: NaiveDate,
    status: String,
    outcome: Option<String>,
    closed_on: Option<NaiveDate>,
    created_at: UtcTime,
    version: i64,
    #[serde(with = "super::bytea")]
    salt: Vec<u8>,
}

impl From<&Course> for CourseRow {
    fn from(course: &Course) -> Self {
        Self {
            id: Id(course.id),
            patient_id: Id(course.patient),
            number: course.number,
            indication: course.indication.clone(),
            opened_on: course.opened_on,
            status: course.status.name().to_owned(),
            outcome: course.outcome.map(|value| value.name().to_owned()),
            closed_on: course.closed_on,
            created_at: UtcTime(course.created_at),
            version: course.version,
            salt: course.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<CourseRow> for Course {
    type Error = StoreError;

    fn try_from(row: CourseRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "course", row: row.id.0 };
        Ok(Self {
            status: origin.known("status", CourseStatus::from_name(&row.status))?,
            outcome: origin.known_if_any("outcome", row.outcome.as_deref(), CourseOutcome::from_name)?,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            patient: row.patient_id.0,
            number: row.number,
            indication: row.indication,
            opened_on: row.opened_on,
            closed_on: row.closed_on,
            created_at: row.created_at.0,
            version: row.version,
        })
    }
}
