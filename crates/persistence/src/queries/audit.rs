//! Audit events and what they name.

use cartotek_domain::id::{AuditEventId, PatientId};
use cartotek_domain::time::Timestamp;
use diesel::prelude::*;

use super::{Conn, insert_chunked, insert_in_one, seal};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::audit::{EventRow, PendingRow, SubjectRow};
use crate::row::believe;
use crate::schema::{audit_event, audit_leaf, audit_pending, audit_subject};
use crate::session::audit::{
    AuditReads, AuditWrites, Leaf, Lease, PendingLeaf, StoredCheckpoint, StoredEvent, StoredSubject, Tile,
};
use crate::sql_type::{Id, UtcTime};

impl AuditReads for Conn {
    fn event(&mut self, id: AuditEventId) -> Result<Option<StoredEvent>, StoreError> {
        let query = audit_event::table.find(Id(id)).select(EventRow::as_select());
        query.first(self).optional()?.map(StoredEvent::try_from).transpose()
    }

    fn events(&mut self, page: &Page<AuditEventId>) -> Result<PageOf<StoredEvent, AuditEventId>, StoreError> {
        let mut query = audit_event::table.select(EventRow::as_select()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(audit_event::event_id.gt(Id(after)));
        }
        let events = believe(query.order(audit_event::event_id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(events, |event: &StoredEvent| event.id))
    }

    fn events_between(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        page: &Page<AuditEventId>,
    ) -> Result<PageOf<StoredEvent, AuditEventId>, StoreError> {
        let mut query = audit_event::table.select(EventRow::as_select()).into_boxed();
        let mut start = UtcTime(from);
        if let Some(after) = page.after.map(Id) {
            let seen: Option<UtcTime> =
                audit_event::table.find(after).select(audit_event::occurred_at).first(self).optional()?;
            start = seen.unwrap_or(start);
            query = query.filter(audit_event::occurred_at.gt(start).or(audit_event::event_id.gt(after)));
        }
        query =
            query.filter(audit_event::occurred_at.ge(start)).filter(audit_event::occurred_at.lt(UtcTime(to)));
        let order = (audit_event::occurred_at, audit_event::event_id);
        let events = believe(query.order(order).limit(page.rows()).load(self)?)?;
        Ok(page.cut(events, |event: &StoredEvent| event.id))
    }

    fn events_of_patient(
        &mut self,
        patient: PatientId,
        page: &Page<AuditEventId>,
    ) -> Result<PageOf<StoredEvent, AuditEventId>, StoreError> {
        let named = audit_subject::table
            .filter(audit_subject::patient_id.eq(Id(patient)))
            .select(audit_subject::event_id);
        let mut query = audit_event::table
            .filter(audit_event::event_id.eq_any(named))
            .select(EventRow::as_select())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(audit_event::event_id.gt(Id(after)));
        }
        let events = believe(query.order(audit_event::event_id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(events, |event: &StoredEvent| event.id))
    }

    fn events_since(&mut self, from: i64, limit: i64) -> Result<Vec<(i64, StoredEvent)>, StoreError> {
        let rows: Vec<(i64, EventRow)> = audit_leaf::table
            .inner_join(audit_event::table.on(audit_event::event_id.eq(audit_leaf::event_id)))
            .filter(audit_leaf::leaf_index.ge(from))
            .order(audit_leaf::leaf_index)
            .limit(limit)
            .select((audit_leaf::leaf_index, EventRow::as_select()))
            .load(self)?;
        rows.into_iter().map(|(index, row)| Ok((index, StoredEvent::try_from(row)?))).collect()
    }

    fn subjects(&mut self, event: AuditEventId) -> Result<Vec<StoredSubject>, StoreError> {
        let query =
            audit_subject::table.filter(audit_subject::event_id.eq(Id(event))).order(audit_subject::ordinal);
        believe(query.select(SubjectRow::as_select()).load(self)?)
    }

    fn patients_changed(&mut self, from: i64, to: i64) -> Result<Vec<PatientId>, StoreError> {
        let rows: Vec<Option<Id<PatientId>>> = audit_leaf::table
            .inner_join(audit_subject::table.on(audit_subject::event_id.eq(audit_leaf::event_id)))
            .filter(audit_leaf::leaf_index.ge(from))
            .filter(audit_leaf::leaf_index.lt(to))
            .filter(audit_subject::before_hash.is_not_null().or(audit_subject::after_hash.is_not_null()))
            .filter(audit_subject::patient_id.is_not_null())
            .select(audit_subject::patient_id)
            .distinct()
            .load(self)?;
        Ok(rows.into_iter().flatten().map(|id| id.0).collect())
    }

    fn pending(&mut self, limit: i64) -> Result<Vec<PendingLeaf>, StoreError> {
        let query =
            audit_pending::table.order((audit_pending::occurred_at, audit_pending::event_id)).limit(limit);
        believe(query.select(PendingRow::as_select()).load(self)?)
    }

    fn pending_count(&mut self) -> Result<i64, StoreError> {
        Ok(audit_pending::table.count().get_result(self)?)
    }

    fn leaf_of(&mut self, event: AuditEventId) -> Result<Option<Leaf>, StoreError> {
        seal::leaf_of(self, event)
    }

    fn leaves(&mut self, from: i64, to: i64) -> Result<Vec<Leaf>, StoreError> {
        seal::leaves(self, from, to)
    }

    fn leaf_count(&mut self) -> Result<i64, StoreError> {
        seal::leaf_count(self)
    }

    fn tiles(&mut self, level: i16, from: i64, to: i64) -> Result<Vec<Tile>, StoreError> {
        seal::tiles(self, level, from, to)
    }

    fn checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError> {
        seal::checkpoint(self)
    }

    fn checkpoint_from(&mut self, tree_size: i64) -> Result<Option<StoredCheckpoint>, StoreError> {
        seal::checkpoint_from(self, tree_size)
    }

    fn checkpoint_at(&mut self, tree_size: i64) -> Result<Option<StoredCheckpoint>, StoreError> {
        seal::checkpoint_at(self, tree_size)
    }
}

impl AuditWrites for Conn {
    fn insert_events(
        &mut self,
        events: &[StoredEvent],
        subjects: &[StoredSubject],
        pending: &[PendingLeaf],
    ) -> Result<(), StoreError> {
        let events: Vec<_> = events.iter().map(EventRow::from).collect();
        insert_chunked!(self, audit_event::table, events, 5);
        let subjects: Vec<_> = subjects.iter().map(SubjectRow::from).collect();
        // Equally many for a patient who is new and one who is known elsewhere.
        insert_in_one!(self, audit_subject::table, subjects, 7);
        let pending: Vec<_> = pending.iter().map(PendingRow::from).collect();
        insert_chunked!(self, audit_pending::table, pending, 3);
        Ok(())
    }

    fn insert_leaves(&mut self, leaves: &[Leaf]) -> Result<(), StoreError> {
        seal::insert_leaves(self, leaves)
    }

    fn insert_tiles(&mut self, tiles: &[Tile]) -> Result<(), StoreError> {
        seal::insert_tiles(self, tiles)
    }

    fn insert_checkpoint(&mut self, checkpoint: &StoredCheckpoint) -> Result<(), StoreError> {
        seal::insert_checkpoint(self, checkpoint)
    }

    fn take_lease(
        &mut self,
        name: &str,
        holder: uuid::Uuid,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        seal::take_lease(self, name, holder, now, expires_at)
    }
}
