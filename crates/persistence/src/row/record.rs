//! Rows of records, revisions and milestones.

use std::collections::HashMap;

use cartotek_domain::id::{ActorId, CourseId, PatientId, RecordId, RevisionId};
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::record::{Amendment, AmendmentReason, Record, RecordStatus, Revision};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{milestone, record, revision};
use crate::sql_type::{Day, Id, UtcTime};

/// A record.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable, Serialize)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = record, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct RecordRow {
    id: Id<RecordId>,
    patient_id: Id<PatientId>,
    subject_id: Id<Uuid>,
    course_id: Option<Id<CourseId>>,
    form: String,
    natural_key: String,
    status: String,
    revision: i64,
    site: String,
    created_at: UtcTime,
    submitted_at: Option<UtcTime>,
    #[serde(with = "super::bytea")]
    salt: Vec<u8>,
}

impl From<&Record> for RecordRow {
    fn from(record: &Record) -> Self {
        Self {
            id: Id(record.id),
            patient_id: Id(record.patient),
            subject_id: Id(record.subject()),
            course_id: record.course.map(Id),
            form: record.form.clone(),
            natural_key: record.natural_key.clone(),
            status: record.status.name().to_owned(),
            revision: record.revision,
            site: record.site.to_string(),
            created_at: UtcTime(record.created_at),
            submitted_at: record.submitted_at.map(UtcTime),
            salt: record.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<RecordRow> for Record {
    type Error = StoreError;

    fn try_from(row: RecordRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "record", row: row.id.0 };
        let record = Self {
            id: row.id.0,
            patient: row.patient_id.0,
            course: row.course_id.map(|id| id.0),
            status: origin.known("status", RecordStatus::from_name(&row.status))?,
            revision: row.revision,
            site: origin.parse("site", &row.site)?,
            created_at: row.created_at.0,
            submitted_at: row.submitted_at.map(|at| at.0),
            salt: origin.salt(&row.salt)?,
            form: row.form,
            natural_key: row.natural_key,
        };
        if record.subject() == row.subject_id.0 { Ok(record) } else { Err(origin.unbelievable("subject_id")) }
    }
}

/// A revision.
#[derive(Debug, Insertable, Queryable, Selectable, Serialize)]
#[diesel(table_name = revision, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct RevisionRow {
    id: Id<RevisionId>,
    record_id: Id<RecordId>,
    patient_id: Id<PatientId>,
    number: i64,
    status: String,
    form_version: i32,
    form_sha256: String,
    content: String,
    acknowledgements: String,
    amendment_reason: Option<String>,
    amendment_text: Option<String>,
    author_id: Id<ActorId>,
    created_at: UtcTime,
    #[serde(serialize_with = "super::bytea::serialize")]
    salt: Vec<u8>,
}

impl TryFrom<&Revision> for RevisionRow {
    type Error = StoreError;

    fn try_from(revision: &Revision) -> Result<Self, StoreError> {
        let acknowledgements = serde_json::to_string(&revision.acknowledgements)
            .map_err(|_| StoreError::inconsistent("revision", "acknowledgements", revision.id))?;
        Ok(Self {
            id: Id(revision.id),
            record_id: Id(revision.record),
            patient_id: Id(revision.patient),
            number: revision.number,
            status: revision.status.name().to_owned(),
            form_version: revision.form_version,
            form_sha256: revision.form_sha256.clone(),
            content: revision.content.clone(),
            acknowledgements,
            amendment_reason: revision.amendment.as_ref().map(|amendment| amendment.reason.name().to_owned()),
            amendment_text: revision.amendment.as_ref().map(|amendment| amendment.text.clone()),
            author_id: Id(revision.author),
            created_at: UtcTime(revision.created_at),
            salt: revision.salt.bytes().to_vec(),
        })
    }
}

impl TryFrom<RevisionRow> for Revision {
    type Error = StoreError;

    fn try_from(row: RevisionRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "revision", row: row.id.0 };
        let reason = origin.known_if_any(
            "amendment_reason",
            row.amendment_reason.as_deref(),
            AmendmentReason::from_name,
        )?;
        Ok(Self {
            id: row.id.0,
            record: row.record_id.0,
            patient: row.patient_id.0,
            number: row.number,
            status: origin.known("status", RecordStatus::from_name(&row.status))?,
            form_version: row.form_version,
            acknowledgements: origin
                .known("acknowledgements", serde_json::from_str(&row.acknowledgements).ok())?,
            amendment: reason.zip(row.amendment_text).map(|(reason, text)| Amendment { reason, text }),
            author: row.author_id.0,
            created_at: row.created_at.0,
            salt: origin.salt(&row.salt)?,
            form_sha256: row.form_sha256,
            content: row.content,
        })
    }
}

/// A milestone; `value` holds the JSON of its value, `kind` its type.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable, Serialize)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = milestone, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct MilestoneRow {
    pub(crate) patient_id: Id<PatientId>,
    record_id: Id<RecordId>,
    pub(crate) name: String,
    pub(crate) ordinal: i32,
    course_id: Option<Id<CourseId>>,
    clinical_date: Option<Day>,
    kind: String,
    value: String,
}

impl MilestoneRow {
    fn new(patient: PatientId, ordinal: i32, milestone: &Milestone) -> Self {
        let (kind, value) = match &milestone.value {
            MilestoneValue::Date(date) => ("date", date.to_string()),
            MilestoneValue::Code(code) => ("code", code.clone()),
            MilestoneValue::Number(number) => ("number", number.to_string()),
        };
        Self {
            patient_id: Id(patient),
            record_id: Id(milestone.record),
            name: milestone.name.clone(),
            ordinal,
            course_id: milestone.course.map(Id),
            clinical_date: milestone.clinical_date.map(Day),
            kind: kind.to_owned(),
            value,
        }
    }
}

/// The rows of milestones, each with its place among those of its name that its record tells.
pub(crate) fn numbered(milestones: &[(PatientId, Milestone)]) -> Vec<MilestoneRow> {
    let mut counts: HashMap<(RecordId, &str), i32> = HashMap::new();
    let mut rows = Vec::with_capacity(milestones.len());
    for (patient, milestone) in milestones {
        let ordinal = counts.entry((milestone.record, &milestone.name)).or_default();
        rows.push(MilestoneRow::new(*patient, *ordinal, milestone));
        *ordinal += 1;
    }
    rows
}

impl TryFrom<MilestoneRow> for Milestone {
    type Error = StoreError;

    fn try_from(row: MilestoneRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "milestone", row: row.record_id.0 };
        let value = match row.kind.as_str() {
            "date" => MilestoneValue::Date(origin.parse("value", &row.value)?),
            "code" => MilestoneValue::Code(row.value),
            "number" => MilestoneValue::Number(origin.parse("value", &row.value)?),
            _ => return Err(origin.unbelievable("kind")),
        };
        Ok(Self {
            record: row.record_id.0,
            course: row.course_id.map(|id| id.0),
            clinical_date: row.clinical_date.map(|day| day.0),
            name: row.name,
            value,
        })
    }
}
