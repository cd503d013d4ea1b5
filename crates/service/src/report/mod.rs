//! Reports: who has met one patient, how the whole network was used, what is kept for how long.

mod access;
mod retention;
mod review;
mod tally;

pub use access::AccessEntry;
pub(crate) use access::accesses;
pub(crate) use retention::rows;
pub use retention::{Counted, RetentionLine, RetentionReport};
pub use review::{ActionTotals, ActorTotals, RefusalTotals, Review, UnitTotals};
pub use tally::OutcomeTotals;

use cartotek_domain::audit::AuditEvent;
use cartotek_persistence::StoreError;
use cartotek_persistence::session::audit::StoredEvent;

/// The event that its canonical bytes hold.
fn read(stored: &StoredEvent) -> Result<AuditEvent, StoreError> {
    AuditEvent::from_canonical(&stored.canonical)
        .map_err(|_| StoreError::inconsistent("audit_event", "canonical", stored.id))
}
