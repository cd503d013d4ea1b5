//! Reminders: what waits at a site, told to it once a day and without naming anybody.
//!
//! A reminder is composed once per site and day, kept, and brought to the site until that has succeeded or been given up.

mod digest;
mod numbers;
mod words;

pub use digest::{Digest, DigestLine};
pub use numbers::{ESCALATED_AFTER_DAYS, Numbers, OpenClarifications, Waiting};

use chrono::{NaiveDate, TimeDelta};

use crate::code::site::SiteCode;
use crate::id::ReminderId;
use crate::names::named;
use crate::time::Timestamp;

named! {
    /// What has become of a reminder.
    ReminderState {
        /// It is to be brought to its site.
        Waiting = "waiting",
        /// It was.
        Delivered = "delivered",
        /// It was tried as often as it may be; an operator decides.
        Dead = "dead",
    }
}

/// The pause after the first attempt that failed.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(4);

/// A reminder as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Its id, by which a receiver knows one that comes twice.
    pub id: ReminderId,
    /// The site it is for.
    pub site: SiteCode,
    /// The day it is of.
    pub day: NaiveDate,
    /// What is delivered, byte for byte the same in every attempt: a [`Digest`] as JSON.
    pub body: String,
    /// What was listed, eight bytes of a hash per item, so that the next reminder knows what is new. Empty once there is one.
    pub marks: Vec<u8>,
    /// When it was composed.
    pub created_at: Timestamp,
    /// What has become of it.
    pub state: ReminderState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

impl Reminder {
    /// Whether it is to be tried at an instant.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_attempt_at.is_some_and(|at| at <= now)
    }

    /// It is being tried. The next attempt is set down before this one ends, so that one that never ends is followed by
    /// another.
    #[must_use]
    pub fn tried(&self, now: Timestamp) -> Self {
        let attempts = self.attempts + 1;
        Self { attempts, next_attempt_at: Some(now + pause_after(attempts)), ..self.clone() }
    }

    /// It has arrived.
    #[must_use]
    pub fn delivered(&self, now: Timestamp) -> Self {
        let (state, ended_at) = (ReminderState::Delivered, Some(now));
        Self { state, ended_at, next_attempt_at: None, failure: None, ..self.clone() }
    }

    /// It has not, after at most so many attempts.
    #[must_use]
    pub fn failed(&self, now: Timestamp, reason: &str, most: i64) -> Self {
        let failure = Some(reason.to_owned());
        if self.attempts < most {
            return Self { failure, ..self.clone() };
        }
        let (state, ended_at) = (ReminderState::Dead, Some(now));
        Self { state, ended_at, next_attempt_at: None, failure, ..self.clone() }
    }

    /// It is to be tried again from the beginning.
    #[must_use]
    pub fn revived(&self, now: Timestamp) -> Self {
        let (state, next_attempt_at) = (ReminderState::Waiting, Some(now));
        Self { state, next_attempt_at, attempts: 0, ended_at: None, ..self.clone() }
    }
}

/// The pause after so many attempts: one minute, doubled each time, four hours at most.
pub fn pause_after(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or_default();
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn waiting() -> Reminder {
        Reminder {
            id: ReminderId::from_uuid(Uuid::from_u128(1)),
            site: "KAR".parse().unwrap(),
            day: "2026-05-11".parse().unwrap(),
            body: "{}".to_owned(),
            marks: Vec::new(),
            created_at: at("2026-05-11T04:00:00Z"),
            state: ReminderState::Waiting,
            attempts: 0,
            next_attempt_at: Some(at("2026-05-11T04:00:00Z")),
            ended_at: None,
            failure: None,
        }
    }

    #[test]
    fn pauses_double_up_to_four_hours() {
        let minutes = (1..=12).map(|attempts| pause_after(attempts).num_minutes());
        assert_eq!(minutes.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240]);
        assert_eq!(pause_after(i64::MAX), LONGEST_PAUSE);
        assert_eq!(pause_after(i64::MIN), FIRST_PAUSE);
    }

    #[test]
    fn a_reminder_is_tried_as_often_as_it_may_be() {
        let (mut reminder, mut now) = (waiting(), at("2026-05-11T04:00:00Z"));
        for attempt in 1..=3 {
            assert!(reminder.is_due(now), "{attempt}");
            reminder = reminder.tried(now);
            assert!(!reminder.is_due(now) && reminder.is_due(now + pause_after(attempt)));
            reminder = reminder.failed(now, "status 500", 3);
            now += pause_after(attempt);
        }
        assert_eq!((reminder.state, reminder.attempts), (ReminderState::Dead, 3));
        assert!(!reminder.is_due(at("2030-01-01T00:00:00Z")), "nobody but an operator tries it again");
        let revived = reminder.revived(now);
        assert!(revived.is_due(now) && revived.failure.is_some() && revived.ended_at.is_none());
        let delivered = revived.tried(now).delivered(now);
        assert_eq!((delivered.state, delivered.ended_at), (ReminderState::Delivered, Some(now)));
        assert_eq!((delivered.failure, delivered.next_attempt_at), (None, None));
    }

    #[test]
    fn an_attempt_that_never_ends_is_followed_by_another() {
        let now = at("2026-05-11T04:00:00Z");
        let lost = waiting().tried(now);
        assert_eq!((lost.state, lost.is_due(now + FIRST_PAUSE)), (ReminderState::Waiting, true));
    }
}
