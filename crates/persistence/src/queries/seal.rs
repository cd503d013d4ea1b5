//! The sealed part of the log: leaves, tile roots, checkpoints, and the sealer's lease.

use cartotek_domain::id::AuditEventId;
use cartotek_domain::time::Timestamp;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, IN_LIST, dialect, insert_chunked};
use crate::error::StoreError;
use crate::row::audit::{CheckpointRow, LeafRow, LeaseRow, TileRow};
use crate::row::believe;
use crate::schema::{audit_checkpoint, audit_leaf, audit_pending, audit_tile, lease};
use crate::session::audit::{Leaf, Lease, StoredCheckpoint, Tile};
use crate::sql_type::{Id, UtcTime};

pub(super) fn leaf_of(conn: &mut Conn, event: AuditEventId) -> Result<Option<Leaf>, StoreError> {
    let query = audit_leaf::table.filter(audit_leaf::event_id.eq(Id(event)));
    query.select(LeafRow::as_select()).first(conn).optional()?.map(Leaf::try_from).transpose()
}

pub(super) fn leaves(conn: &mut Conn, from: i64, to: i64) -> Result<Vec<Leaf>, StoreError> {
    let query =
        audit_leaf::table.filter(audit_leaf::leaf_index.ge(from)).filter(audit_leaf::leaf_index.lt(to));
    believe(query.order(audit_leaf::leaf_index).select(LeafRow::as_select()).load(conn)?)
}

pub(super) fn leaf_count(conn: &mut Conn) -> Result<i64, StoreError> {
    let last: Option<i64> = audit_leaf::table.select(diesel::dsl::max(audit_leaf::leaf_index)).first(conn)?;
    Ok(last.map_or(0, |index| index + 1))
}

pub(super) fn tiles(conn: &mut Conn, level: i16, from: i64, to: i64) -> Result<Vec<Tile>, StoreError> {
    let query = audit_tile::table
        .filter(audit_tile::level.eq(level))
        .filter(audit_tile::tile_index.ge(from))
        .filter(audit_tile::tile_index.lt(to));
    believe(query.order(audit_tile::tile_index).select(TileRow::as_select()).load(conn)?)
}

pub(super) fn checkpoint(conn: &mut Conn) -> Result<Option<StoredCheckpoint>, StoreError> {
    let query = audit_checkpoint::table.order(audit_checkpoint::tree_size.desc());
    query
        .select(CheckpointRow::as_select())
        .first(conn)
        .optional()?
        .map(StoredCheckpoint::try_from)
        .transpose()
}

pub(super) fn checkpoint_from(
    conn: &mut Conn,
    tree_size: i64,
) -> Result<Option<StoredCheckpoint>, StoreError> {
    let query = audit_checkpoint::table
        .filter(audit_checkpoint::tree_size.ge(tree_size))
        .order(audit_checkpoint::tree_size);
    query
        .select(CheckpointRow::as_select())
        .first(conn)
        .optional()?
        .map(StoredCheckpoint::try_from)
        .transpose()
}

pub(super) fn checkpoint_at(conn: &mut Conn, tree_size: i64) -> Result<Option<StoredCheckpoint>, StoreError> {
    let query = audit_checkpoint::table.find(tree_size).select(CheckpointRow::as_select());
    query.first(conn).optional()?.map(StoredCheckpoint::try_from).transpose()
}

pub(super) fn insert_leaves(conn: &mut Conn, leaves: &[Leaf]) -> Result<(), StoreError> {
    let rows: Vec<_> = leaves.iter().map(LeafRow::from).collect();
    insert_chunked!(conn, audit_leaf::table, rows, 3);
    for chunk in leaves.chunks(IN_LIST) {
        let events: Vec<_> = chunk.iter().map(|leaf| Id(leaf.event)).collect();
        diesel::delete(audit_pending::table.filter(audit_pending::event_id.eq_any(events))).execute(conn)?;
    }
    Ok(())
}

pub(super) fn insert_tiles(conn: &mut Conn, tiles: &[Tile]) -> Result<(), StoreError> {
    let rows: Vec<_> = tiles.iter().map(TileRow::from).collect();
    insert_chunked!(conn, audit_tile::table, rows, 3);
    Ok(())
}

pub(super) fn insert_checkpoint(conn: &mut Conn, checkpoint: &StoredCheckpoint) -> Result<(), StoreError> {
    diesel::insert_into(audit_checkpoint::table).values(CheckpointRow::from(checkpoint)).execute(conn)?;
    Ok(())
}

pub(super) fn take_lease(
    conn: &mut Conn,
    name: &str,
    holder: Uuid,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Option<Lease>, StoreError> {
    let first =
        LeaseRow { name: name.to_owned(), holder: Id(holder), epoch: 1, expires_at: UtcTime(expires_at) };
    if diesel::insert_into(lease::table).values(&first).on_conflict_do_nothing().execute(conn)? == 1 {
        return Ok(Some(first.into()));
    }
    let query = lease::table.find(name).select(LeaseRow::as_select());
    let current: LeaseRow = dialect::for_update!(query).first(conn)?;
    let renewed = current.holder.0 == holder;
    if !renewed && !dialect::ONE_WRITER && current.expires_at.0 > now {
        return Ok(None);
    }
    let epoch = if renewed { current.epoch } else { current.epoch + 1 };
    let row = LeaseRow { epoch, ..first };
    diesel::update(lease::table.find(name)).set(&row).execute(conn)?;
    Ok(Some(row.into()))
}
