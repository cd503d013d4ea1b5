//! Whether the service can do its work.

use cartotek_persistence::StoreError;
use chrono::TimeDelta;

use crate::Service;
use crate::error::ServiceError;

/// An event that waits longer than this means that no server seals.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(30);

impl Service {
    /// Succeeds when the database takes writes and the log is sealed in time.
    ///
    /// # Errors
    /// Why not; `Unavailable` when events wait too long for the sealer.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        self.store().health().await?;
        let oldest = self.waiting().await?.oldest;
        if oldest.is_some_and(|oldest| self.now() - oldest > LONGEST_WAIT) {
            let message = "events wait for the sealer for more than 30 seconds";
            return Err(StoreError::Unavailable(message.to_owned()).into());
        }
        Ok(())
    }
}
