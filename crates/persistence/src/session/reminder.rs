//! Reminders to the sites, and what they tell beside the worklist.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::ReminderId;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::reminder::{Reminder, ReminderState};
use cartotek_domain::time::Timestamp;
use cartotek_domain::unlock::UnlockRequest;

use crate::error::StoreError;

/// Reads reminders.
pub trait ReminderReads {
    /// The reminder of that id.
    fn reminder(&mut self, id: ReminderId) -> Result<Option<Reminder>, StoreError>;

    /// The reminder of the latest day that a site has had.
    fn last_reminder(&mut self, site: &SiteCode) -> Result<Option<Reminder>, StoreError>;

    /// The reminders in a state, by day and site.
    fn reminders(&mut self, state: ReminderState) -> Result<Vec<Reminder>, StoreError>;

    /// The pending requests that a lock be ended, with their locks; by id.
    fn open_unlock_requests(&mut self) -> Result<Vec<(UnlockRequest, RecordLock)>, StoreError>;
}

/// Writes reminders.
pub trait ReminderWrites: ReminderReads {
    /// Adds a reminder; `false` when the site has one of that day.
    fn insert_reminder(&mut self, reminder: &Reminder) -> Result<bool, StoreError>;

    /// Puts a reminder in the place of the one before it; `false` when somebody else has tried or ended that since.
    fn update_reminder(&mut self, before: &Reminder, after: &Reminder) -> Result<bool, StoreError>;

    /// Forgets what the reminders of a site have listed.
    fn forget_marks(&mut self, site: &SiteCode) -> Result<(), StoreError>;

    /// Deletes reminders that were delivered before an instant; returns how many.
    fn delete_delivered_reminders(&mut self, before: Timestamp) -> Result<usize, StoreError>;
}
