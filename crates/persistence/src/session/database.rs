//! The database itself as an object: is it whole, does it accept writes.

use crate::error::StoreError;

/// Questions about the database.
pub trait DatabaseReads {
    /// What the engine finds wrong with its own structures; empty when all is well. Reads every page of a
    /// SQLite file: for `check` and backups, not for requests.
    ///
    /// # Errors
    /// Only those of the driver.
    fn check_integrity(&mut self) -> Result<Vec<String>, StoreError>;
}

/// Probes of the database.
pub trait DatabaseWrites {
    /// Proves that the session may write; readiness stands on it.
    ///
    /// # Errors
    /// `ReadOnly` on a standby or a read-only file.
    fn probe_writable(&mut self) -> Result<(), StoreError>;
}
