//! Delivering reminders: each attempt is set down before it begins, so that two servers do not try the same one at once and
//! one that dies leaves it to be tried again.

use std::sync::Arc;

use cartotek_domain::id::ReminderId;
use cartotek_domain::reminder::{Reminder, ReminderState};
use cartotek_persistence::WriteSession;
use chrono::TimeDelta;

use crate::Service;
use crate::error::ServiceError;
use crate::reminder::{Courier, Parcel};

/// How long a reminder waits for a server that knows its destination: servers get new settings one after the other.
const UNCONFIGURED: TimeDelta = TimeDelta::days(1);

/// Which of the waiting reminders are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Those whose time has come.
    Now,
    /// All of them: an operator asks. One that a server is just trying may arrive twice; the receiver knows it by its id.
    AtOnce,
}

impl Service {
    /// Tries the reminders that wait; gives those that were tried, as they stand now.
    ///
    /// # Errors
    /// As the store fails; what does not arrive is no error.
    pub async fn deliver_reminders(
        &self,
        courier: &Arc<dyn Courier>,
        due: Due,
    ) -> Result<Vec<Reminder>, ServiceError> {
        let waiting =
            self.store().read("list waiting reminders", |session| session.reminders(ReminderState::Waiting));
        let mut tried = Vec::new();
        for reminder in waiting.await? {
            if due == Due::AtOnce || reminder.is_due(self.now()) {
                tried.extend(self.deliver(courier, reminder).await?);
            }
        }
        Ok(tried)
    }

    /// Tries one; `None` when another server does.
    async fn deliver(
        &self,
        courier: &Arc<dyn Courier>,
        waiting: Reminder,
    ) -> Result<Option<Reminder>, ServiceError> {
        let Some(most) = courier.most_attempts(&waiting.site) else {
            if self.now() - waiting.created_at < UNCONFIGURED {
                return Ok(None);
            }
            let given_up = waiting.failed(self.now(), "no destination is configured for the site", 0);
            return self.end_attempt(waiting, given_up).await;
        };
        if waiting.attempts >= most {
            // The last attempt began and never ended.
            let given_up = waiting.failed(self.now(), "the last attempt did not end", most);
            return self.end_attempt(waiting, given_up).await;
        }
        let trying = waiting.tried(self.now());
        if !self.store_reminder(waiting, trying.clone()).await? {
            return Ok(None);
        }
        let (courier, parcel) = (Arc::clone(courier), self.parcel(&trying));
        let outcome = tokio::task::spawn_blocking(move || courier.deliver(&parcel)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("the attempt panicked".to_owned()));
        match outcome {
            Ok(()) => self.arrived(trying.id).await,
            Err(reason) => {
                let failed = trying.failed(self.now(), &reason, most);
                self.end_attempt(trying, failed).await
            }
        }
    }

    fn parcel(&self, reminder: &Reminder) -> Parcel {
        let Reminder { id, site, day, body, .. } = reminder.clone();
        Parcel { id, site, day, body, sent_at: self.now() }
    }

    /// Sets down that one has arrived, also when somebody else has tried it or given it up meanwhile.
    async fn arrived(&self, id: ReminderId) -> Result<Option<Reminder>, ServiceError> {
        let now = self.now();
        let set_down = move |tx: &mut dyn WriteSession| {
            let Some(before) = tx.reminder(id)?.filter(|one| one.state != ReminderState::Delivered) else {
                return Ok(None);
            };
            let after = before.delivered(now);
            Ok::<_, ServiceError>(tx.update_reminder(&before, &after)?.then_some(after))
        };
        Ok(self.store().write("update reminder", set_down).await?.inspect(tell))
    }

    async fn end_attempt(&self, before: Reminder, after: Reminder) -> Result<Option<Reminder>, ServiceError> {
        let stored = self.store_reminder(before, after.clone()).await?;
        Ok(stored.then_some(after).inspect(tell))
    }

    async fn store_reminder(&self, before: Reminder, after: Reminder) -> Result<bool, ServiceError> {
        let update = move |tx: &mut dyn WriteSession| tx.update_reminder(&before, &after);
        Ok(self.store().write("update reminder", update).await?)
    }
}

/// Counts what has become of an attempt, and logs why it failed.
fn tell(after: &Reminder) {
    let outcome = match after.state {
        ReminderState::Delivered => "delivered",
        ReminderState::Waiting => "failed",
        ReminderState::Dead => "dead",
    };
    metrics::counter!("cartotek_reminders_total", "outcome" => outcome).increment(1);
    if let Some(failure) = &after.failure {
        let Reminder { id, site, attempts, .. } = after;
        tracing::warn!(%id, %site, attempts, outcome, failure, "a reminder did not arrive");
    }
}
