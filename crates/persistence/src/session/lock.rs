//! Locks over records, and the requests to end them.

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{LockId, PatientId, UnlockRequestId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::unlock::{UnlockRequest, UnlockStatus};

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// Reads locks. A lock lies in a scope when its patient does; one over a site, when the scope is that site's.
pub trait LockReads {
    /// The lock of that id, when it lies in the scope.
    fn record_lock(&mut self, id: LockId, scope: &PatientScope) -> Result<Option<RecordLock>, StoreError>;

    /// The locks of the scope by id: those that hold or those that have ended, both when neither is asked for.
    fn record_locks(
        &mut self,
        holds: Option<bool>,
        scope: &PatientScope,
        page: &Page<LockId>,
    ) -> Result<PageOf<RecordLock, LockId>, StoreError>;

    /// The locks that hold and are put on the patient, a record of the patient, or the site, by id: all that may cover
    /// such a record, in one statement.
    fn locks_over(&mut self, patient: PatientId, site: &SiteCode) -> Result<Vec<RecordLock>, StoreError>;

    /// The same for several patients and sites: those of the patients before those of the sites, each by id.
    fn locks_over_any(
        &mut self,
        patients: &[PatientId],
        sites: &[SiteCode],
    ) -> Result<Vec<RecordLock>, StoreError>;

    /// The request of that id, when its lock lies in the scope.
    fn unlock_request(
        &mut self,
        id: UnlockRequestId,
        scope: &PatientScope,
    ) -> Result<Option<UnlockRequest>, StoreError>;

    /// The requests whose locks lie in the scope, with these, by id; only those with a status when one is given.
    fn unlock_requests(
        &mut self,
        status: Option<UnlockStatus>,
        scope: &PatientScope,
        page: &Page<UnlockRequestId>,
    ) -> Result<PageOf<(UnlockRequest, RecordLock), UnlockRequestId>, StoreError>;

    /// Every request that one of the locks be ended, by id.
    fn unlock_requests_of(&mut self, locks: &[LockId]) -> Result<Vec<UnlockRequest>, StoreError>;
}

/// Writes locks.
pub trait LockWrites: LockReads {
    /// Puts on a lock.
    fn insert_record_lock(&mut self, lock: &RecordLock) -> Result<(), StoreError>;

    /// Stores a lock that has ended over the version before it; `false` when that version is no longer there.
    fn update_record_lock(&mut self, lock: &RecordLock) -> Result<bool, StoreError>;

    /// Stores a request that a lock be ended.
    fn insert_unlock_request(&mut self, request: &UnlockRequest) -> Result<(), StoreError>;

    /// Stores a request that is pending no more over the version before it; `false` when that version is no longer there.
    fn update_unlock_request(&mut self, request: &UnlockRequest) -> Result<bool, StoreError>;
}
