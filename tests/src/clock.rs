//! A clock that moves only when told to, and ids that follow from it and a counter.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cartotek_domain::id::IdSource;
use cartotek_domain::time::{Clock, Timestamp};
use chrono::TimeDelta;
use uuid::Uuid;

/// The instant at which every test begins.
pub const START: &str = "2026-03-02T09:00:00Z";

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new(START.parse().unwrap()))
    }
}

impl TestClock {
    /// Moves on.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn read(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// UUIDv7 from the test's clock and a counter: every one is greater than those before.
#[derive(Debug)]
pub struct TestIds {
    clock: Arc<TestClock>,
    counter: AtomicU64,
}

impl TestIds {
    /// Ids whose counter starts at `first`.
    pub fn new(clock: Arc<TestClock>, first: u64) -> Self {
        Self { clock, counter: AtomicU64::new(first) }
    }
}

impl IdSource for TestIds {
    fn next(&self) -> Uuid {
        let milliseconds = u128::try_from(self.clock.read().timestamp_millis()).unwrap();
        let counter = u128::from(self.counter.fetch_add(1, Ordering::Relaxed));
        Uuid::from_u128(milliseconds << 80 | 7 << 76 | 0b10 << 62 | counter)
    }
}
