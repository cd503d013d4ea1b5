//! Waiting for another process. The only place where a test pauses.

use std::thread;
use std::time::{Duration, Instant};

/// How long another process may take for what it owes; generous, because the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within a minute; `what` says what was waited for.
#[track_caller]
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// As [`eventually`], with the time that the other process has.
#[track_caller]
pub fn within<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(PAUSE);
    }
}

/// Lets a moment pass, at the end of which another process is killed.
pub fn pass(moment: Duration) {
    thread::sleep(moment);
}
