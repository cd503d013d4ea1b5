//! Rows of clarifications.

use cartotek_domain::clarification::{
    Clarification, ClarificationEvent, ClarificationEventKind, ClarificationStatus,
};
use cartotek_domain::id::{ActorId, ClarificationEventId, ClarificationId, PatientId, RecordId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{clarification, clarification_event, clarification_state};
use crate::session::clarification::ClarificationStanding;
use crate::sql_type::{Id, UtcTime};

/// A clarification.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = clarification, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ClarificationRow {
    id: Id<ClarificationId>,
    patient_id: Id<PatientId>,
    record_id: Id<RecordId>,
    revision: i64,
    form: String,
    form_version: i32,
    pointer: String,
    rule: Option<String>,
    site: String,
    opened_by: Id<ActorId>,
    opened_for: Option<String>,
    opened_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&Clarification> for ClarificationRow {
    fn from(clarification: &Clarification) -> Self {
        Self {
            id: Id(clarification.id),
            patient_id: Id(clarification.patient),
            record_id: Id(clarification.record),
            revision: clarification.revision,
            form: clarification.form.clone(),
            form_version: clarification.form_version,
            pointer: clarification.pointer.clone(),
            rule: clarification.rule.clone(),
            site: clarification.site.to_string(),
            opened_by: Id(clarification.opened_by),
            opened_for: clarification.opened_for.as_ref().map(ToString::to_string),
            opened_at: UtcTime(clarification.opened_at),
            salt: clarification.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<ClarificationRow> for Clarification {
    type Error = StoreError;

    fn try_from(row: ClarificationRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "clarification", row: row.id.0 };
        let opened_for = row.opened_for.as_deref().map(|site| origin.parse("opened_for", site));
        Ok(Self {
            id: row.id.0,
            patient: row.patient_id.0,
            record: row.record_id.0,
            revision: row.revision,
            form_version: row.form_version,
            site: origin.parse("site", &row.site)?,
            opened_by: row.opened_by.0,
            opened_for: opened_for.transpose()?,
            opened_at: row.opened_at.0,
            salt: origin.salt(&row.salt)?,
            form: row.form,
            pointer: row.pointer,
            rule: row.rule,
        })
    }
}

/// Something that happened to a clarification.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = clarification_event, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ClarificationEventRow {
    id: Id<ClarificationEventId>,
    clarification_id: Id<ClarificationId>,
    patient_id: Id<PatientId>,
    number: i64,
    kind: String,
    text: Option<String>,
    assignee_id: Option<Id<ActorId>>,
    actor_id: Option<Id<ActorId>>,
    occurred_at: UtcTime,
    salt: Vec<u8>,
}

impl From<&ClarificationEvent> for ClarificationEventRow {
    fn from(event: &ClarificationEvent) -> Self {
        Self {
            id: Id(event.id),
            clarification_id: Id(event.clarification),
            patient_id: Id(event.patient),
            number: event.number,
            kind: event.kind.name().to_owned(),
            text: event.text.clone(),
            assignee_id: event.assignee.map(Id),
            actor_id: event.actor.map(Id),
            occurred_at: UtcTime(event.occurred_at),
            salt: event.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<ClarificationEventRow> for ClarificationEvent {
    type Error = StoreError;

    fn try_from(row: ClarificationEventRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "clarification_event", row: row.id.0 };
        Ok(Self {
            id: row.id.0,
            clarification: row.clarification_id.0,
            patient: row.patient_id.0,
            number: row.number,
            kind: origin.known("kind", ClarificationEventKind::from_name(&row.kind))?,
            assignee: row.assignee_id.map(|id| id.0),
            actor: row.actor_id.map(|id| id.0),
            occurred_at: row.occurred_at.0,
            salt: origin.salt(&row.salt)?,
            text: row.text,
        })
    }
}

/// Where a clarification stands.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = clarification_state, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct ClarificationStandingRow {
    clarification_id: Id<ClarificationId>,
    record_id: Id<RecordId>,
    pointer: String,
    rule: String,
    status: String,
    assignee_id: Option<Id<ActorId>>,
    version: i64,
}

impl From<&ClarificationStanding> for ClarificationStandingRow {
    fn from(standing: &ClarificationStanding) -> Self {
        Self {
            clarification_id: Id(standing.clarification),
            record_id: Id(standing.record),
            pointer: standing.pointer.clone(),
            rule: standing.rule.clone(),
            status: standing.status.name().to_owned(),
            assignee_id: standing.assignee.map(Id),
            version: standing.version,
        }
    }
}

impl TryFrom<ClarificationStandingRow> for ClarificationStanding {
    type Error = StoreError;

    fn try_from(row: ClarificationStandingRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "clarification_state", row: row.clarification_id.0 };
        Ok(Self {
            clarification: row.clarification_id.0,
            record: row.record_id.0,
            status: origin.known("status", ClarificationStatus::from_name(&row.status))?,
            assignee: row.assignee_id.map(|id| id.0),
            version: row.version,
            pointer: row.pointer,
            rule: row.rule,
        })
    }
}
