//! Several statements one after the other: none of them leaves the process.

use super::Conn;
use crate::error::StoreError;
use crate::session::insertion::{InsertionWrites, Insertions};
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
        let Insertions { records, revisions, findings, milestones, findings_due, events, subjects, pending } =
            new;
        self.insert_records(records)?;
        self.insert_revisions(revisions)?;
        self.insert_findings(findings)?;
        self.insert_milestones(milestones)?;
        self.insert_findings_due(findings_due)?;
        self.insert_events(events, subjects, pending)
    }
}
