//! Whether the service can do its work.

use crate::Service;
use crate::error::ServiceError;

impl Service {
    /// Succeeds when the database takes writes.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        Ok(self.store().health().await?)
    }
}
