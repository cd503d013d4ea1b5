//! What a check reads: the log as it lies there, and every row of facts and projections.

use cartotek_domain::id::{ActorId, AuditEventId, BoxId, ClarificationId, PatientId};
use cartotek_domain::sample::Tube;
use cartotek_domain::sample::amount::Amount;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, facts};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::clarification::ClarificationStandingRow;
use crate::row::record::MilestoneRow;
use crate::row::tube::{BalanceRow, OccupancyRow};
use crate::schema::{
    amount_balance, audit_checkpoint, audit_event, audit_leaf, audit_pending, audit_subject, audit_tile,
    barcode, clarification_state, milestone, occupancy,
};
use crate::session::check::{
    CheckReads, FactBytes, LogRow, MilestoneAt, MilestoneKey, RawCheckpoint, RawEvent, RawSubject,
    WaitingEvent,
};
use crate::session::clarification::ClarificationStanding;
use crate::sql_type::{Id, UtcTime};

type Event = (Id<AuditEventId>, UtcTime, Option<Id<ActorId>>, String, Vec<u8>);

/// Index, event, hash and the event's row, if there is one.
type Listed = (i64, Id<AuditEventId>, Vec<u8>, Option<Event>);

/// An event with time and hash of its pending row, if there is one.
type Unlisted = (Event, Option<(UtcTime, Vec<u8>)>);

type Subject =
    (Id<AuditEventId>, i32, String, String, Option<Id<PatientId>>, Option<Vec<u8>>, Option<Vec<u8>>);

fn event((id, occurred_at, actor, canonical, row_mac): Event) -> RawEvent {
    RawEvent { id: id.0, occurred_at: occurred_at.0, actor: actor.map(|actor| actor.0), canonical, row_mac }
}

impl CheckReads for Conn {
    fn log_rows(&mut self, after: Option<i64>, limit: i64) -> Result<Vec<LogRow>, StoreError> {
        let mut query = audit_leaf::table
            .left_join(audit_event::table.on(audit_event::event_id.eq(audit_leaf::event_id)))
            .select((
                audit_leaf::leaf_index,
                audit_leaf::event_id,
                audit_leaf::leaf_hash,
                audit_event::all_columns.nullable(),
            ))
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(audit_leaf::leaf_index.gt(after));
        }
        let rows: Vec<Listed> = query.order(audit_leaf::leaf_index).limit(limit).load(self)?;
        let row = |(index, id, leaf_hash, found): Listed| LogRow {
            index,
            event_id: id.0,
            leaf_hash,
            event: found.map(event),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    fn leaf_indexes(&mut self, after: Option<i64>, limit: i64) -> Result<Vec<i64>, StoreError> {
        let mut query = audit_leaf::table.select(audit_leaf::leaf_index).into_boxed();
        if let Some(after) = after {
            query = query.filter(audit_leaf::leaf_index.gt(after));
        }
        Ok(query.order(audit_leaf::leaf_index).limit(limit).load(self)?)
    }

    fn event_count(&mut self) -> Result<i64, StoreError> {
        Ok(audit_event::table.count().get_result(self)?)
    }

    fn subjects_of(&mut self, events: &[AuditEventId]) -> Result<Vec<RawSubject>, StoreError> {
        let wanted: Vec<_> = events.iter().copied().map(Id).collect();
        let rows: Vec<Subject> = audit_subject::table
            .filter(audit_subject::event_id.eq_any(wanted))
            .order((audit_subject::event_id, audit_subject::ordinal))
            .load(self)?;
        let row = |(event, ordinal, table, row, patient, before, after): Subject| RawSubject {
            event: event.0,
            ordinal,
            table,
            row,
            patient: patient.map(|patient| patient.0),
            before,
            after,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    fn waiting_events(
        &mut self,
        after: Option<AuditEventId>,
        limit: i64,
    ) -> Result<Vec<WaitingEvent>, StoreError> {
        let mut query = audit_event::table
            .left_join(audit_leaf::table.on(audit_leaf::event_id.eq(audit_event::event_id)))
            .left_join(audit_pending::table.on(audit_pending::event_id.eq(audit_event::event_id)))
            .filter(audit_leaf::leaf_index.is_null())
            .select((
                audit_event::all_columns,
                (audit_pending::occurred_at, audit_pending::leaf_hash).nullable(),
            ))
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(audit_event::event_id.gt(Id(after)));
        }
        let rows: Vec<Unlisted> = query.order(audit_event::event_id).limit(limit).load(self)?;
        let row = |(found, pending): Unlisted| WaitingEvent {
            event: event(found),
            pending: pending.map(|(at, hash)| (at.0, hash)),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    fn stray_pending(&mut self, limit: i64) -> Result<Vec<AuditEventId>, StoreError> {
        let rows: Vec<Id<AuditEventId>> = audit_pending::table
            .left_join(audit_event::table.on(audit_event::event_id.eq(audit_pending::event_id)))
            .left_join(audit_leaf::table.on(audit_leaf::event_id.eq(audit_pending::event_id)))
            .filter(audit_event::event_id.is_null().or(audit_leaf::leaf_index.is_not_null()))
            .order(audit_pending::event_id)
            .limit(limit)
            .select(audit_pending::event_id)
            .load(self)?;
        Ok(rows.into_iter().map(|id| id.0).collect())
    }

    fn stray_subjects(&mut self, limit: i64) -> Result<Vec<AuditEventId>, StoreError> {
        let rows: Vec<Id<AuditEventId>> = audit_subject::table
            .left_join(audit_event::table.on(audit_event::event_id.eq(audit_subject::event_id)))
            .filter(audit_event::event_id.is_null())
            .order(audit_subject::event_id)
            .limit(limit)
            .select(audit_subject::event_id)
            .load(self)?;
        Ok(rows.into_iter().map(|id| id.0).collect())
    }

    fn raw_checkpoints(&mut self, after: Option<i64>, limit: i64) -> Result<Vec<RawCheckpoint>, StoreError> {
        let mut query = audit_checkpoint::table.into_boxed();
        if let Some(after) = after {
            query = query.filter(audit_checkpoint::tree_size.gt(after));
        }
        let query = query.order(audit_checkpoint::tree_size).limit(limit);
        let rows: Vec<(i64, Vec<u8>, i64, UtcTime, String)> = query.load(self)?;
        let row = |(tree_size, root, epoch, signed_at, note): (i64, Vec<u8>, i64, UtcTime, String)| {
            RawCheckpoint { tree_size, root, epoch, signed_at: signed_at.0, note }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    fn raw_tiles(&mut self, level: i16, from: i64, to: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let query = audit_tile::table
            .filter(audit_tile::level.eq(level))
            .filter(audit_tile::tile_index.ge(from))
            .filter(audit_tile::tile_index.lt(to));
        Ok(query
            .order(audit_tile::tile_index)
            .select((audit_tile::tile_index, audit_tile::hash))
            .load(self)?)
    }

    fn stray_tiles(&mut self, sizes: &[(i16, i64)], limit: i64) -> Result<Vec<(i16, i64)>, StoreError> {
        let mut query = audit_tile::table.select((audit_tile::level, audit_tile::tile_index)).into_boxed();
        let levels: Vec<_> = sizes.iter().map(|(level, _)| *level).collect();
        query = query.filter(audit_tile::level.ne_all(levels));
        for (level, size) in sizes {
            let outside = audit_tile::tile_index.lt(0).or(audit_tile::tile_index.ge(size));
            query = query.or_filter(audit_tile::level.eq(level).and(outside));
        }
        Ok(query.order((audit_tile::level, audit_tile::tile_index)).limit(limit).load(self)?)
    }

    fn facts(&mut self, table: &str, after: Option<&str>, limit: i64) -> Result<Vec<FactBytes>, StoreError> {
        facts::facts(self, table, after, limit)
    }

    fn fact_keys(&mut self, table: &str, after: Option<&str>, limit: i64) -> Result<Vec<String>, StoreError> {
        facts::fact_keys(self, table, after, limit)
    }

    fn balances_after(&mut self, after: Option<Uuid>, limit: i64) -> Result<Vec<(Uuid, Amount)>, StoreError> {
        let mut query = amount_balance::table.select(BalanceRow::as_select()).into_boxed();
        if let Some(after) = after {
            query = query.filter(amount_balance::tube_id.gt(Id(after)));
        }
        let rows: Vec<BalanceRow> = query.order(amount_balance::tube_id).limit(limit).load(self)?;
        rows.into_iter().map(BalanceRow::believe).collect()
    }

    fn occupancies_after(
        &mut self,
        after: Option<(BoxId, &str)>,
        limit: i64,
    ) -> Result<Vec<(BoxId, String, Tube)>, StoreError> {
        let mut query = occupancy::table.select((occupancy::box_id, OccupancyRow::as_select())).into_boxed();
        if let Some((storage_box, position)) = after {
            let same = occupancy::box_id.eq(Id(storage_box)).and(occupancy::position.gt(position));
            query = query.filter(occupancy::box_id.gt(Id(storage_box)).or(same));
        }
        let query = query.order((occupancy::box_id, occupancy::position)).limit(limit);
        let rows: Vec<(Id<BoxId>, OccupancyRow)> = query.load(self)?;
        rows.into_iter()
            .map(|(storage_box, row)| row.believe().map(|(position, tube)| (storage_box.0, position, tube)))
            .collect()
    }

    fn barcodes_after(
        &mut self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, String, Uuid)>, StoreError> {
        let mut query = barcode::table.into_boxed();
        if let Some(after) = after {
            query = query.filter(barcode::value.gt(after));
        }
        let rows: Vec<(String, String, Id<Uuid>)> = query.order(barcode::value).limit(limit).load(self)?;
        Ok(rows.into_iter().map(|(value, kind, owner)| (value, kind, owner.0)).collect())
    }

    fn clarification_standings_after(
        &mut self,
        after: Option<ClarificationId>,
        limit: i64,
    ) -> Result<Vec<ClarificationStanding>, StoreError> {
        let query = clarification_state::table.select(ClarificationStandingRow::as_select());
        let mut query = query.order(clarification_state::clarification_id).limit(limit).into_boxed();
        if let Some(after) = after {
            query = query.filter(clarification_state::clarification_id.gt(Id(after)));
        }
        believe(query.load(self)?)
    }

    fn milestones_after(
        &mut self,
        after: Option<&MilestoneKey>,
        limit: i64,
    ) -> Result<Vec<MilestoneAt>, StoreError> {
        let mut query = milestone::table.select((milestone::ordinal, MilestoneRow::as_select())).into_boxed();
        if let Some((patient, record, name, ordinal)) = after {
            let (patient, record) = (Id(*patient), Id(*record));
            let same_patient = milestone::patient_id.eq(patient);
            let same_record = same_patient.and(milestone::record_id.eq(record));
            let same_name = same_record.and(milestone::name.eq(name));
            query = query
                .filter(milestone::patient_id.gt(patient))
                .or_filter(same_patient.and(milestone::record_id.gt(record)))
                .or_filter(same_record.and(milestone::name.gt(name)))
                .or_filter(same_name.and(milestone::ordinal.gt(ordinal)));
        }
        let order = (milestone::patient_id, milestone::record_id, milestone::name, milestone::ordinal);
        let rows: Vec<(i32, MilestoneRow)> = query.order(order).limit(limit).load(self)?;
        rows.into_iter()
            .map(|(ordinal, row)| {
                let patient = row.patient_id.0;
                Ok(MilestoneAt { patient, ordinal, milestone: row.try_into()? })
            })
            .collect()
    }
}
