//! Locks over records, and the requests to end them.

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{LockId, PatientId, UnlockRequestId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::unlock::{UnlockRequest, UnlockStatus};
use diesel::prelude::*;

use super::care::{care, cared_for};
use super::{Conn, Db, IN_LIST, among};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::lock::{RecordLockRow, UnlockRequestRow};
use crate::schema::{participation, record_lock, unlock_request};
use crate::session::lock::{LockReads, LockWrites};
use crate::sql_type::{Id, UtcTime};

/// Narrows a boxed query to the locks of a scope: of its patients, and of its sites themselves.
macro_rules! within_scope {
    ($query:expr, $scope:expr) => {
        match care($scope) {
            None => $query,
            Some((codes, day)) => {
                let codes = || codes.iter().map(ToString::to_string).collect::<Vec<_>>();
                let patient = record_lock::patient_id.assume_not_null();
                let cared_for = cared_for!(patient, participation::site.eq_any(codes()), day);
                $query.filter(record_lock::site.eq_any(codes()).or(cared_for))
            }
        }
    };
}

impl LockReads for Conn {
    fn record_lock(&mut self, id: LockId, scope: &PatientScope) -> Result<Option<RecordLock>, StoreError> {
        let mut query = record_lock::table.select(RecordLockRow::as_select()).into_boxed();
        query = query.filter(record_lock::id.eq(Id(id)));
        query = within_scope!(query, scope);
        query.first(self).optional()?.map(RecordLock::try_from).transpose()
    }

    fn record_locks(
        &mut self,
        holds: Option<bool>,
        scope: &PatientScope,
        page: &Page<LockId>,
    ) -> Result<PageOf<RecordLock, LockId>, StoreError> {
        let mut query = record_lock::table.select(RecordLockRow::as_select()).into_boxed();
        query = within_scope!(query, scope);
        if let Some(after) = page.after {
            query = query.filter(record_lock::id.gt(Id(after)));
        }
        query = match holds {
            None => query,
            Some(true) => query.filter(record_lock::ended_at.is_null()),
            Some(false) => query.filter(record_lock::ended_at.is_not_null()),
        };
        let locks = believe(query.order(record_lock::id).limit(page.rows()).load(self)?)?;
        Ok(page.cut(locks, |lock: &RecordLock| lock.id))
    }

    fn locks_over(&mut self, patient: PatientId, site: &SiteCode) -> Result<Vec<RecordLock>, StoreError> {
        let reaching = record_lock::patient_id.eq(Id(patient)).or(record_lock::site.eq(site.as_str()));
        let query = record_lock::table.filter(reaching).filter(record_lock::ended_at.is_null());
        believe(query.order(record_lock::id).select(RecordLockRow::as_select()).load(self)?)
    }

    fn locks_over_any(
        &mut self,
        patients: &[PatientId],
        sites: &[SiteCode],
    ) -> Result<Vec<RecordLock>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = record_lock::table.select(RecordLockRow::as_select()).into_boxed();
            let query = among!(query, record_lock::patient_id, chunk).order(record_lock::id);
            found.extend(believe(query.filter(record_lock::ended_at.is_null()).load(self)?)?);
        }
        let codes: Vec<_> = sites.iter().map(SiteCode::as_str).collect();
        let query = record_lock::table.filter(record_lock::site.eq_any(codes)).order(record_lock::id);
        let query = query.filter(record_lock::ended_at.is_null()).select(RecordLockRow::as_select());
        found.extend(believe(query.load(self)?)?);
        Ok(found)
    }

    fn unlock_request(
        &mut self,
        id: UnlockRequestId,
        scope: &PatientScope,
    ) -> Result<Option<UnlockRequest>, StoreError> {
        let locks = within_scope!(record_lock::table.select(record_lock::id).into_boxed::<Db>(), scope);
        let query = unlock_request::table
            .filter(unlock_request::id.eq(Id(id)))
            .filter(unlock_request::lock_id.eq_any(locks))
            .select(UnlockRequestRow::as_select());
        query.first(self).optional()?.map(UnlockRequest::try_from).transpose()
    }

    fn unlock_requests(
        &mut self,
        status: Option<UnlockStatus>,
        scope: &PatientScope,
        page: &Page<UnlockRequestId>,
    ) -> Result<PageOf<(UnlockRequest, RecordLock), UnlockRequestId>, StoreError> {
        let mut query = unlock_request::table
            .inner_join(record_lock::table.on(record_lock::id.eq(unlock_request::lock_id)))
            .select((UnlockRequestRow::as_select(), RecordLockRow::as_select()))
            .into_boxed();
        query = within_scope!(query, scope);
        query = match status {
            None => query,
            // As the index of the pending ones says it.
            Some(UnlockStatus::Pending) => query.filter(unlock_request::decided_at.is_null()),
            Some(status) => query.filter(unlock_request::status.eq(status.name())),
        };
        if let Some(after) = page.after {
            query = query.filter(unlock_request::id.gt(Id(after)));
        }
        let rows: Vec<(UnlockRequestRow, RecordLockRow)> =
            query.order(unlock_request::id).limit(page.rows()).load(self)?;
        let mut found = Vec::with_capacity(rows.len());
        for (request, lock) in rows {
            found.push((UnlockRequest::try_from(request)?, RecordLock::try_from(lock)?));
        }
        Ok(page.cut(found, |(request, _)| request.id))
    }

    fn unlock_requests_of(&mut self, locks: &[LockId]) -> Result<Vec<UnlockRequest>, StoreError> {
        let mut found = Vec::new();
        for chunk in locks.chunks(IN_LIST) {
            let query = unlock_request::table.select(UnlockRequestRow::as_select()).into_boxed();
            let query = among!(query, unlock_request::lock_id, chunk).order(unlock_request::id);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }
}

impl LockWrites for Conn {
    fn insert_record_lock(&mut self, lock: &RecordLock) -> Result<(), StoreError> {
        diesel::insert_into(record_lock::table).values(RecordLockRow::from(lock)).execute(self)?;
        Ok(())
    }

    fn update_record_lock(&mut self, lock: &RecordLock) -> Result<bool, StoreError> {
        let target = record_lock::table.find(Id(lock.id)).filter(record_lock::version.eq(lock.version - 1));
        let changed = diesel::update(target)
            .set((
                record_lock::ended_at.eq(lock.ended_at.map(UtcTime)),
                record_lock::version.eq(lock.version),
            ))
            .execute(self)?;
        Ok(changed == 1)
    }

    fn insert_unlock_request(&mut self, request: &UnlockRequest) -> Result<(), StoreError> {
        diesel::insert_into(unlock_request::table).values(UnlockRequestRow::from(request)).execute(self)?;
        Ok(())
    }

    fn update_unlock_request(&mut self, request: &UnlockRequest) -> Result<bool, StoreError> {
        let target = unlock_request::table
            .find(Id(request.id))
            .filter(unlock_request::version.eq(request.version - 1));
        let changed = diesel::update(target)
            .set((
                unlock_request::status.eq(request.state.status().name()),
                unlock_request::decided_by.eq(request.state.decided_by().map(Id)),
                unlock_request::decided_at.eq(request.state.decided_at().map(UtcTime)),
                unlock_request::refusal.eq(request.state.refusal()),
                unlock_request::version.eq(request.version),
            ))
            .execute(self)?;
        Ok(changed == 1)
    }
}
