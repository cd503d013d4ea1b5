//! `cartotek remind`: tells the sites what waits there, and deals with what could not be delivered.

use std::sync::Arc;

use cartotek_domain::id::ReminderId;
use cartotek_domain::reminder::{Reminder, ReminderState};
use cartotek_persistence::Access;
use cartotek_service::reminder::{Courier, Due};

use super::print;
use crate::config::Config;
use crate::courier::Post;
use crate::failure::Failure;
use crate::registry::Registry;

/// Composes today's reminders of the sites of `reminders.sites`, and tries all that wait at once. A server does the same by
/// itself, at its hours.
#[derive(clap::Args)]
pub(crate) struct Remind {
    /// List the reminders that were tried as often as they may be; do nothing else.
    #[arg(long, conflicts_with = "resend")]
    dead_letters: bool,
    /// Try such a reminder again from the beginning; may be given several times.
    #[arg(long, value_name = "ID")]
    resend: Vec<ReminderId>,
}

impl Remind {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        if self.dead_letters {
            let registry = Registry::open(config, Access::ReadOnly).await?;
            let dead = registry.service.dead_reminders().await;
            registry.close().await;
            return dead?.iter().try_for_each(|reminder| print(line(reminder)));
        }
        if config.reminders.sites.is_empty() {
            return Err(Failure::usage(
                "no site is to be reminded; give each a table [reminders.sites.CODE] in the file of --config",
            ));
        }
        let post: Arc<dyn Courier> = Arc::new(Post::open(&config.reminders)?);
        let registry = Registry::open(config, Access::ReadWrite).await?;
        let outcome = self.remind(&registry, &post).await;
        registry.close().await;
        outcome
    }

    async fn remind(&self, registry: &Registry, post: &Arc<dyn Courier>) -> Result<(), Failure> {
        let service = &registry.service;
        for id in &self.resend {
            if !service.revive_reminder(*id).await? {
                return Err(Failure::new(format!(
                    "{id} is no reminder that was given up; `cartotek remind --dead-letters` lists those"
                )));
            }
        }
        let composed = service.compose_reminders(&post.sites()).await;
        let tried = service.deliver_reminders(post, Due::AtOnce).await?;
        for reminder in &tried {
            print(line(reminder))?;
        }
        let composed = composed?;
        if let [first, ..] = &composed.unknown[..] {
            return Err(Failure::new(format!("the registry has no site {first}; see [reminders.sites]")));
        }
        let missing = tried.iter().filter(|one| one.state != ReminderState::Delivered).count();
        if missing > 0 {
            return Err(Failure::new(format!("{missing} of {} reminders did not arrive", tried.len())));
        }
        print(format_args!("{} reminders delivered", tried.len()))
    }
}

fn line(reminder: &Reminder) -> String {
    let Reminder { id, site, day, state, attempts, failure, .. } = reminder;
    let failure = failure.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default();
    let next = reminder.next_attempt_at.map(|at| format!("; next at {at}")).unwrap_or_default();
    format!("{id} {site} {day} {} after {attempts} attempts{failure}{next}", state.name())
}
