//! Reminders to the sites.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::ReminderId;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::reminder::{Reminder, ReminderState};
use cartotek_domain::time::Timestamp;
use cartotek_domain::unlock::UnlockRequest;
use diesel::prelude::*;

use super::Conn;
use crate::error::StoreError;
use crate::row::believe;
use crate::row::lock::{RecordLockRow, UnlockRequestRow};
use crate::row::reminder::ReminderRow;
use crate::schema::{record_lock, reminder, unlock_request};
use crate::session::reminder::{ReminderReads, ReminderWrites};
use crate::sql_type::{Id, UtcTime};

impl ReminderReads for Conn {
    fn reminder(&mut self, id: ReminderId) -> Result<Option<Reminder>, StoreError> {
        let query = reminder::table.find(Id(id)).select(ReminderRow::as_select());
        query.first(self).optional()?.map(Reminder::try_from).transpose()
    }

    fn last_reminder(&mut self, site: &SiteCode) -> Result<Option<Reminder>, StoreError> {
        let query = reminder::table.filter(reminder::site.eq(site.as_str())).order(reminder::day.desc());
        query.select(ReminderRow::as_select()).first(self).optional()?.map(Reminder::try_from).transpose()
    }

    fn reminders(&mut self, state: ReminderState) -> Result<Vec<Reminder>, StoreError> {
        let query = reminder::table.filter(reminder::state.eq(state.name()));
        let query = query.order((reminder::day, reminder::site)).select(ReminderRow::as_select());
        believe(query.load(self)?)
    }

    fn open_unlock_requests(&mut self) -> Result<Vec<(UnlockRequest, RecordLock)>, StoreError> {
        let rows: Vec<(UnlockRequestRow, RecordLockRow)> = unlock_request::table
            .inner_join(record_lock::table.on(record_lock::id.eq(unlock_request::lock_id)))
            .filter(unlock_request::decided_at.is_null())
            .order(unlock_request::id)
            .select((UnlockRequestRow::as_select(), RecordLockRow::as_select()))
            .load(self)?;
        rows.into_iter().map(|(request, lock)| Ok((request.try_into()?, lock.try_into()?))).collect()
    }
}

impl ReminderWrites for Conn {
    fn insert_reminder(&mut self, reminder: &Reminder) -> Result<bool, StoreError> {
        let row = ReminderRow::from(reminder);
        Ok(diesel::insert_into(reminder::table).values(row).on_conflict_do_nothing().execute(self)? == 1)
    }

    fn update_reminder(&mut self, before: &Reminder, after: &Reminder) -> Result<bool, StoreError> {
        let target = reminder::table
            .find(Id(before.id))
            .filter(reminder::state.eq(before.state.name()))
            .filter(reminder::attempts.eq(before.attempts));
        let changed = diesel::update(target)
            .set((
                reminder::state.eq(after.state.name()),
                reminder::attempts.eq(after.attempts),
                reminder::next_attempt_at.eq(after.next_attempt_at.map(UtcTime)),
                reminder::ended_at.eq(after.ended_at.map(UtcTime)),
                reminder::failure.eq(after.failure.as_deref()),
            ))
            .execute(self)?;
        Ok(changed == 1)
    }

    fn forget_marks(&mut self, site: &SiteCode) -> Result<(), StoreError> {
        let of_site = reminder::table.filter(reminder::site.eq(site.as_str()));
        diesel::update(of_site).set(reminder::marks.eq(Vec::<u8>::new())).execute(self)?;
        Ok(())
    }

    fn delete_delivered_reminders(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let delivered = reminder::table
            .filter(reminder::state.eq(ReminderState::Delivered.name()))
            .filter(reminder::ended_at.lt(UtcTime(before)));
        Ok(diesel::delete(delivered).execute(self)?)
    }
}
