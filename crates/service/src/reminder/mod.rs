//! Reminders: once a day each site is told in numbers what waits there, and nobody is named.
//!
//! A reminder is composed from the worklist and kept before it is delivered, so that it is there once per site and day
//! whatever happens on its way. How it travels is the business of a [`Courier`].

mod compose;
mod deliver;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::ReminderId;
use cartotek_domain::reminder::{Reminder, ReminderState};
use cartotek_domain::time::{Timestamp, swedish_hour};
use cartotek_persistence::WriteSession;
use chrono::NaiveDate;
use tokio::time::{MissedTickBehavior, interval};

pub use crate::reminder::compose::Composed;
pub use crate::reminder::deliver::Due;

use crate::Service;
use crate::error::ServiceError;

/// How often a server looks whether a reminder is to be composed or tried again.
const LOOKING: Duration = Duration::from_mins(1);

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its id: the same in every attempt.
    pub id: ReminderId,
    /// The site it is for.
    pub site: SiteCode,
    /// The day it is of.
    pub day: NaiveDate,
    /// The JSON of the digest.
    pub body: String,
    /// The time of this attempt.
    pub sent_at: Timestamp,
}

/// Who brings reminders to the sites.
pub trait Courier: Send + Sync + 'static {
    /// The sites that are to be reminded.
    fn sites(&self) -> Vec<SiteCode>;

    /// How often a reminder to the site may be tried; `None` when the site is not to be reminded.
    fn most_attempts(&self, site: &SiteCode) -> Option<i64>;

    /// Delivers a parcel; may take its time, and may be called again with the same one.
    ///
    /// # Errors
    /// Why it did not arrive, in a few English words that hold nothing of the parcel, of an address or of a secret.
    fn deliver(&self, parcel: &Parcel) -> Result<(), String>;
}

impl Service {
    /// Composes the reminders of each day from an hour of the Swedish clock on, and delivers what is due, for as long as it
    /// is polled. What fails is logged and tried again.
    pub async fn keep_reminding(self, courier: Arc<dyn Courier>, hour: u32) {
        let mut ticks = interval(LOOKING);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unknown = BTreeSet::new();
        loop {
            ticks.tick().await;
            match self.remind(&courier, hour).await {
                Ok(sites) => {
                    for site in sites.into_iter().filter(|site| unknown.insert(site.clone())) {
                        tracing::warn!(%site, "reminders are configured for a site that the registry does not have");
                    }
                }
                Err(error) => tracing::warn!(%error, work = "remind", "background work failed"),
            }
        }
    }

    /// One turn of it; gives the sites that the registry does not have. What waits is delivered although one could not be
    /// composed.
    ///
    /// # Errors
    /// As the store fails; `wrong_state` while no schedule is published.
    pub async fn remind(&self, courier: &Arc<dyn Courier>, hour: u32) -> Result<Vec<SiteCode>, ServiceError> {
        let composed = if swedish_hour(self.now()) >= hour {
            self.compose_reminders(&courier.sites()).await
        } else {
            Ok(Composed::default())
        };
        self.deliver_reminders(courier, Due::Now).await?;
        Ok(composed?.unknown)
    }

    /// The reminders that were given up, by day and site.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn dead_reminders(&self) -> Result<Vec<Reminder>, ServiceError> {
        let dead = self.store().read("list dead reminders", |session| session.reminders(ReminderState::Dead));
        Ok(dead.await?)
    }

    /// Lets a reminder that was given up be tried again from the beginning; `false` when it is not such a one.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn revive_reminder(&self, id: ReminderId) -> Result<bool, ServiceError> {
        let now = self.now();
        let revive = move |tx: &mut dyn WriteSession| {
            let Some(dead) = tx.reminder(id)?.filter(|one| one.state == ReminderState::Dead) else {
                return Ok::<_, ServiceError>(false);
            };
            Ok(tx.update_reminder(&dead, &dead.revived(now))?)
        };
        self.store().write("revive reminder", revive).await
    }
}
