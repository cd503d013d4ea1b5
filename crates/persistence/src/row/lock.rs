//! Rows of locks and of the requests to end them.

use cartotek_domain::id::{ActorId, LockId, PatientId, RecordId, UnlockRequestId};
use cartotek_domain::lock::{LockTarget, RecordLock};
use cartotek_domain::unlock::{UnlockRequest, UnlockState, UnlockStatus};
use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::Deserialize;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{record_lock, unlock_request};
use crate::sql_type::{Id, UtcTime};

/// A lock; the columns of its target say of what kind it is.
#[derive(Debug, Deserialize, Insertable, Queryable, Selectable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = record_lock, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct RecordLockRow {
    id: Id<LockId>,
    record_id: Option<Id<RecordId>>,
    patient_id: Option<Id<PatientId>>,
    site: Option<String>,
    cut_off: Option<NaiveDate>,
    reason: String,
    locked_by: Id<ActorId>,
    locked_at: UtcTime,
    ended_at: Option<UtcTime>,
    version: i64,
    #[serde(with = "super::bytea")]
    salt: Vec<u8>,
}

impl From<&RecordLock> for RecordLockRow {
    fn from(lock: &RecordLock) -> Self {
        let (mut record_id, mut site, mut cut_off) = (None, None, None);
        match &lock.target {
            LockTarget::Record { record, .. } => record_id = Some(Id(*record)),
            LockTarget::Patient { .. } => {}
            LockTarget::Site { site: code, cut_off: day } => {
                (site, cut_off) = (Some(code.to_string()), Some(*day));
            }
        }
        Self {
            id: Id(lock.id),
            record_id,
            patient_id: lock.target.patient().map(Id),
            site,
            cut_off,
            reason: lock.reason.clone(),
            locked_by: Id(lock.locked_by),
            locked_at: UtcTime(lock.locked_at),
            ended_at: lock.ended_at.map(UtcTime),
            version: lock.version,
            salt: lock.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<RecordLockRow> for RecordLock {
    type Error = StoreError;

    fn try_from(row: RecordLockRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "record_lock", row: row.id.0 };
        let target = match (row.record_id, row.patient_id, &row.site, row.cut_off) {
            (Some(record), Some(patient), None, None) => {
                LockTarget::Record { record: record.0, patient: patient.0 }
            }
            (None, Some(patient), None, None) => LockTarget::Patient { patient: patient.0 },
            (None, None, Some(site), Some(cut_off)) => {
                LockTarget::Site { site: origin.parse("site", site)?, cut_off }
            }
            _ => return Err(origin.unbelievable("patient_id")),
        };
        Ok(Self {
            target,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            reason: row.reason,
            locked_by: row.locked_by.0,
            locked_at: row.locked_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            version: row.version,
        })
    }
}

/// A request that a lock be ended.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = unlock_request, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct UnlockRequestRow {
    id: Id<UnlockRequestId>,
    lock_id: Id<LockId>,
    patient_id: Option<Id<PatientId>>,
    reason: String,
    requested_by: Id<ActorId>,
    requested_at: UtcTime,
    status: String,
    decided_by: Option<Id<ActorId>>,
    decided_at: Option<UtcTime>,
    refusal: Option<String>,
    version: i64,
    salt: Vec<u8>,
}

impl From<&UnlockRequest> for UnlockRequestRow {
    fn from(request: &UnlockRequest) -> Self {
        Self {
            id: Id(request.id),
            lock_id: Id(request.lock),
            patient_id: request.patient.map(Id),
            reason: request.reason.clone(),
            requested_by: Id(request.requested_by),
            requested_at: UtcTime(request.requested_at),
            status: request.state.status().name().to_owned(),
            decided_by: request.state.decided_by().map(Id),
            decided_at: request.state.decided_at().map(UtcTime),
            refusal: request.state.refusal().map(str::to_owned),
            version: request.version,
            salt: request.salt.bytes().to_vec(),
        }
    }
}

impl TryFrom<UnlockRequestRow> for UnlockRequest {
    type Error = StoreError;

    fn try_from(row: UnlockRequestRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "unlock_request", row: row.id.0 };
        let status = origin.known("status", UnlockStatus::from_name(&row.status))?;
        let (by, at) = (row.decided_by.map(|id| id.0), row.decided_at.map(|at| at.0));
        let state = match (status, by, at, row.refusal) {
            (UnlockStatus::Pending, None, None, None) => UnlockState::Pending,
            (UnlockStatus::Approved, Some(by), Some(at), None) => UnlockState::Approved { by, at },
            (UnlockStatus::Withdrawn, None, Some(at), None) => UnlockState::Withdrawn { at },
            (UnlockStatus::Refused, Some(by), Some(at), Some(reason)) => {
                UnlockState::Refused { by, at, reason }
            }
            (UnlockStatus::Lapsed, None, Some(at), None) => UnlockState::Lapsed { at },
            _ => return Err(origin.unbelievable("status")),
        };
        Ok(Self {
            state,
            salt: origin.salt(&row.salt)?,
            id: row.id.0,
            lock: row.lock_id.0,
            patient: row.patient_id.map(|id| id.0),
            reason: row.reason,
            requested_by: row.requested_by.0,
            requested_at: row.requested_at.0,
            version: row.version,
        })
    }
}
