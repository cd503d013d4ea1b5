//! Several statements one after the other: none of them leaves the process.

use super::Conn;
use crate::error::StoreError;
use crate::session::insertion::{Insertions, InsertionWrites};
use crate::session::{AuditWrites, FindingWrites, RecordWrites};

/// Loads the rows of several queries, each in its own order.
macro_rules! load_together {
    ($conn:expr, $($query:ident as $row:ty),+) => {
        ($($query.load::<$row>($conn)?,)+)
    };
}
pub(crate) use load_together;

impl InsertionWrites for Conn {
    fn insert_together(&mut self, new: &Insertions) -> Result<(), StoreError> {
        self.insert_records(&new.records)?;
        self.insert_revisions(&new.revisions)?;
        self.insert_findings(&new.findings)?;
        self.insert_milestones(&new.milestones)?;
        self.insert_findings_due(&new.findings_due)?;
        self.insert_events(&new.events, &new.subjects, &new.pending)
    }
}
