//! Rows of the audit log.

use cartotek_domain::id::{ActorId, AuditEventId, PatientId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use serde::Serialize;
use uuid::Uuid;

use super::Origin;
use crate::error::StoreError;
use crate::schema::{
    audit_checkpoint, audit_event, audit_leaf, audit_pending, audit_subject, audit_tile, lease,
};
use crate::session::audit::{Leaf, Lease, PendingLeaf, StoredCheckpoint, StoredEvent, StoredSubject, Tile};
use crate::sql_type::{Id, UtcTime};

/// An event.
#[derive(Debug, Insertable, Queryable, Selectable, Serialize)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct EventRow {
    event_id: Id<AuditEventId>,
    occurred_at: UtcTime,
    actor_id: Option<Id<ActorId>>,
    canonical: String,
    #[serde(serialize_with = "super::bytea::serialize")]
    row_mac: Vec<u8>,
}

impl From<&StoredEvent> for EventRow {
    fn from(event: &StoredEvent) -> Self {
        Self {
            event_id: Id(event.id),
            occurred_at: UtcTime(event.occurred_at),
            actor_id: event.actor.map(Id),
            canonical: event.canonical.clone(),
            row_mac: event.row_mac.to_vec(),
        }
    }
}

impl TryFrom<EventRow> for StoredEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "audit_event", row: row.event_id.0 };
        Ok(Self {
            id: row.event_id.0,
            occurred_at: row.occurred_at.0,
            actor: row.actor_id.map(|id| id.0),
            row_mac: origin.hash("row_mac", &row.row_mac)?,
            canonical: row.canonical,
        })
    }
}

/// What an event changed or showed.
#[derive(Debug, Insertable, Queryable, Selectable, Serialize)]
#[diesel(table_name = audit_subject, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct SubjectRow {
    event_id: Id<AuditEventId>,
    ordinal: i32,
    table_name: String,
    row_id: String,
    patient_id: Option<Id<PatientId>>,
    #[serde(serialize_with = "super::bytea::nullable::serialize")]
    before_hash: Option<Vec<u8>>,
    #[serde(serialize_with = "super::bytea::nullable::serialize")]
    after_hash: Option<Vec<u8>>,
}

impl From<&StoredSubject> for SubjectRow {
    fn from(subject: &StoredSubject) -> Self {
        Self {
            event_id: Id(subject.event),
            ordinal: subject.ordinal,
            table_name: subject.table.clone(),
            row_id: subject.row.clone(),
            patient_id: subject.patient.map(Id),
            before_hash: subject.before.map(|hash| hash.to_vec()),
            after_hash: subject.after.map(|hash| hash.to_vec()),
        }
    }
}

impl TryFrom<SubjectRow> for StoredSubject {
    type Error = StoreError;

    fn try_from(row: SubjectRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "audit_subject", row: row.event_id.0 };
        let hash =
            |column, bytes: Option<Vec<u8>>| bytes.map(|bytes| origin.hash(column, &bytes)).transpose();
        Ok(Self {
            event: row.event_id.0,
            ordinal: row.ordinal,
            patient: row.patient_id.map(|id| id.0),
            before: hash("before_hash", row.before_hash)?,
            after: hash("after_hash", row.after_hash)?,
            table: row.table_name,
            row: row.row_id,
        })
    }
}

/// An event that waits for the sealer.
#[derive(Debug, Insertable, Queryable, Selectable, Serialize)]
#[diesel(table_name = audit_pending, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct PendingRow {
    event_id: Id<AuditEventId>,
    occurred_at: UtcTime,
    #[serde(serialize_with = "super::bytea::serialize")]
    leaf_hash: Vec<u8>,
}

impl From<&PendingLeaf> for PendingRow {
    fn from(pending: &PendingLeaf) -> Self {
        Self {
            event_id: Id(pending.event),
            occurred_at: UtcTime(pending.occurred_at),
            leaf_hash: pending.hash.to_vec(),
        }
    }
}

impl TryFrom<PendingRow> for PendingLeaf {
    type Error = StoreError;

    fn try_from(row: PendingRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "audit_pending", row: row.event_id.0 };
        Ok(Self {
            event: row.event_id.0,
            occurred_at: row.occurred_at.0,
            hash: origin.hash("leaf_hash", &row.leaf_hash)?,
        })
    }
}

/// A sealed event.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_leaf, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct LeafRow {
    leaf_index: i64,
    event_id: Id<AuditEventId>,
    leaf_hash: Vec<u8>,
}

impl From<&Leaf> for LeafRow {
    fn from(leaf: &Leaf) -> Self {
        Self { leaf_index: leaf.index, event_id: Id(leaf.event), leaf_hash: leaf.hash.to_vec() }
    }
}

impl TryFrom<LeafRow> for Leaf {
    type Error = StoreError;

    fn try_from(row: LeafRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "audit_leaf", row: row.leaf_index };
        Ok(Self {
            index: row.leaf_index,
            event: row.event_id.0,
            hash: origin.hash("leaf_hash", &row.leaf_hash)?,
        })
    }
}

/// The root of a complete subtree.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_tile, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct TileRow {
    level: i16,
    tile_index: i64,
    hash: Vec<u8>,
}

impl From<&Tile> for TileRow {
    fn from(tile: &Tile) -> Self {
        Self { level: tile.level, tile_index: tile.index, hash: tile.hash.to_vec() }
    }
}

impl TryFrom<TileRow> for Tile {
    type Error = StoreError;

    fn try_from(row: TileRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "audit_tile", row: format!("{}/{}", row.level, row.tile_index) };
        Ok(Self { level: row.level, index: row.tile_index, hash: origin.hash("hash", &row.hash)? })
    }
}

/// A checkpoint.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_checkpoint, treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct CheckpointRow {
    tree_size: i64,
    root: Vec<u8>,
    epoch: i64,
    signed_at: UtcTime,
    note: String,
}

impl From<&StoredCheckpoint> for CheckpointRow {
    fn from(checkpoint: &StoredCheckpoint) -> Self {
        Self {
            tree_size: checkpoint.tree_size,
            root: checkpoint.root.to_vec(),
            epoch: checkpoint.epoch,
            signed_at: UtcTime(checkpoint.signed_at),
            note: checkpoint.note.clone(),
        }
    }
}

impl TryFrom<CheckpointRow> for StoredCheckpoint {
    type Error = StoreError;

    fn try_from(row: CheckpointRow) -> Result<Self, StoreError> {
        let origin = Origin { table: "audit_checkpoint", row: row.tree_size };
        Ok(Self {
            tree_size: row.tree_size,
            root: origin.hash("root", &row.root)?,
            epoch: row.epoch,
            signed_at: row.signed_at.0,
            note: row.note,
        })
    }
}

/// A lease.
#[derive(AsChangeset, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = lease, primary_key(name), treat_none_as_default_value = false, check_for_backend(Pg, Sqlite))]
pub(crate) struct LeaseRow {
    pub(crate) name: String,
    pub(crate) holder: Id<Uuid>,
    pub(crate) epoch: i64,
    pub(crate) expires_at: UtcTime,
}

impl From<LeaseRow> for Lease {
    fn from(row: LeaseRow) -> Self {
        Self { holder: row.holder.0, epoch: row.epoch, expires_at: row.expires_at.0 }
    }
}
