//! The database itself.

use super::{Conn, dialect};
use crate::error::StoreError;
use crate::session::{DatabaseReads, DatabaseWrites};

impl DatabaseReads for Conn {
    fn check_integrity(&mut self) -> Result<Vec<String>, StoreError> {
        dialect::check_integrity(self)
    }
}

impl DatabaseWrites for Conn {
    fn probe_writable(&mut self) -> Result<(), StoreError> {
        dialect::probe_writable(self)
    }
}
