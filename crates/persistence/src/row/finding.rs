//! Rows of findings in submitted records, and of what waits to be judged anew.

use std::collections::BTreeSet;

use cartotek_domain::finding::{RecordFinding, Severity};
use cartotek_domain::id::{PatientId, RecordId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::Serialize;
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{finding_due, record_finding};
use crate::session::finding::FindingDue;
use crate::sql_type::{Id, UtcTime};

/// A finding in a submitted record.
#[derive(Debug, Insertable, Queryable, Selectable, Serialize)]
#[diesel(table_name = record_finding, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct RecordFindingRow {
    record_id: Id<RecordId>,
    rule: String,
    pointer: String,
    patient_id: Id<PatientId>,
    site: String,
    form: String,
    form_version: i32,
    severity: String,
    explained: bool,
    since: UtcTime,
}

impl From<&RecordFinding> for RecordFindingRow {
    fn from(finding: &RecordFinding) -> Self {
        Self {
            record_id: Id(finding.record),
            rule: finding.rule.clone(),
            pointer: finding.pointer.clone(),
            patient_id: Id(finding.patient),
            site: finding.site.to_string(),
            form: finding.form.clone(),
            form_version: finding.form_version,
            severity: finding.severity.name().to_owned(),
            explained: finding.explained,
            since: UtcTime(finding.since),
        }
    }
}

impl TryFrom<RecordFindingRow> for RecordFinding {
    type Error = StoreError;

    fn try_from(row: RecordFindingRow) -> Result<Self, StoreError> {
        let row_key = format!("{}/{}/{}", row.record_id.0, row.rule, row.pointer);
        let origin = Origin { table: "record_finding", row: row_key };
        Ok(Self {
            record: row.record_id.0,
            patient: row.patient_id.0,
            site: origin.parse("site", &row.site)?,
            form_version: row.form_version,
            severity: origin.known("severity", Severity::from_name(&row.severity))?,
            explained: row.explained,
            since: row.since.0,
            form: row.form,
            rule: row.rule,
            pointer: row.pointer,
        })
    }
}

/// What separates the names of milestones.
const SEPARATOR: char = ' ';

/// A change after which records wait to be judged anew.
#[derive(Debug, Insertable, Queryable, Selectable, Serialize)]
#[diesel(table_name = finding_due, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct FindingDueRow {
    id: Id<Uuid>,
    patient_id: Id<PatientId>,
    record_id: Option<Id<RecordId>>,
    milestones: String,
    changed_at: UtcTime,
}

impl From<&FindingDue> for FindingDueRow {
    fn from(due: &FindingDue) -> Self {
        let names: Vec<&str> = due.milestones.iter().map(String::as_str).collect();
        Self {
            id: Id(due.id),
            patient_id: Id(due.patient),
            record_id: due.record.map(Id),
            milestones: names.join(&SEPARATOR.to_string()),
            changed_at: UtcTime(due.changed_at),
        }
    }
}

impl From<FindingDueRow> for FindingDue {
    fn from(row: FindingDueRow) -> Self {
        let names = row.milestones.split(SEPARATOR).filter(|name| !name.is_empty());
        Self {
            id: row.id.0,
            patient: row.patient_id.0,
            record: row.record_id.map(|id| id.0),
            milestones: names.map(str::to_owned).collect::<BTreeSet<_>>(),
            changed_at: row.changed_at.0,
        }
    }
}
