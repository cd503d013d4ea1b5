//! The real clock and the real source of ids; everything else gets them injected.

use cartotek_domain::id::IdSource;
use cartotek_domain::time::{Clock, Timestamp};
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the injected clock")]
    fn read(&self) -> Timestamp {
        chrono::Utc::now()
    }
}

/// UUIDv7 from the machine's clock and random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the injected source of ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
