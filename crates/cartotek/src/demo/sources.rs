//! Time and ids of one patient of the demo network: they follow from the seed and the story alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use cartotek_crypto::random::SeededRandom;
use cartotek_domain::id::IdSource;
use cartotek_domain::time::{Clock, Timestamp};
use cartotek_service::Service;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use uuid::Uuid;

use super::random::Dice;

/// A clock that stands where the story is.
#[derive(Debug, Default)]
pub(super) struct StoryClock(AtomicI64);

impl StoryClock {
    /// Goes to noon (UTC) of a day, or on by a minute where it stands there or later already.
    pub(super) fn go_to(&self, day: NaiveDate) {
        let noon = day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
        let after = self.read() + TimeDelta::minutes(1);
        self.0.store(noon.max(after).timestamp_micros(), Ordering::Relaxed);
    }

    /// Goes on by some minutes.
    pub(super) fn advance(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60_000_000, Ordering::Relaxed);
    }
}

impl Clock for StoryClock {
    fn read(&self) -> Timestamp {
        DateTime::from_timestamp_micros(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// UUIDv7 from the story's clock, a counter and the number of the story: unique and in the order drawn.
#[derive(Debug)]
struct StoryIds {
    clock: Arc<StoryClock>,
    story: u32,
    drawn: AtomicU32,
}

impl IdSource for StoryIds {
    fn next(&self) -> Uuid {
        let milliseconds = u128::try_from(self.clock.read().timestamp_millis()).unwrap_or_default();
        let drawn = u128::from(self.drawn.fetch_add(1, Ordering::Relaxed));
        let (high, low) = (drawn >> 20, drawn & 0xf_ffff);
        let story = u128::from(self.story);
        Uuid::from_u128(milliseconds << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low << 42 | story << 10)
    }
}

/// The registry as one story sees it, with the clock that the story moves.
pub(super) fn story(service: &Service, seed: u64, story: u32) -> (Service, Arc<StoryClock>) {
    let clock = Arc::new(StoryClock::default());
    let ids = StoryIds { clock: Arc::clone(&clock), story, drawn: AtomicU32::new(0) };
    // Another stream than that of the story's own draws, so that salts tell nothing about them.
    let random = SeededRandom::new(Dice::new(!seed, u64::from(story)).number());
    let service = service.elsewhen(Arc::<StoryClock>::clone(&clock), Arc::new(ids), Arc::new(random));
    (service, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_the_order_drawn() {
        let ids = |story| {
            let clock = Arc::new(StoryClock::default());
            clock.go_to("2021-03-04".parse().unwrap());
            let ids = StoryIds { clock, story, drawn: AtomicU32::new(0xf_fffe) };
            (0..4).map(|_| ids.next()).collect::<Vec<_>>()
        };
        let (one, other) = (ids(1), ids(2));
        assert!(one.is_sorted_by(|a, b| a < b));
        assert!(one.iter().all(|id| !other.contains(id) && id.get_version_num() == 7));
    }

    #[test]
    fn the_clock_never_goes_back() {
        let clock = StoryClock::default();
        let day = "2021-03-04".parse().unwrap();
        clock.go_to(day);
        let noon = clock.now();
        clock.go_to(day);
        assert_eq!(clock.now() - noon, TimeDelta::minutes(1));
    }
}
