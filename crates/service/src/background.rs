//! What a server does by itself, beside its requests: seal the log, judge what is due, notice what is new, tidy up.

use std::time::Duration;

use cartotek_domain::retention::{ANSWERS, IMPORTS};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::Service;
use crate::error::ServiceError;

/// How often events are sealed: an event is in a checkpoint within about this time.
const SEALING: Duration = Duration::from_millis(200);

/// How often what changes have made due is judged: often enough that a data manager sees it with the next look, rarely
/// enough that many changes of a patient are judged together.
const JUDGING: Duration = Duration::from_secs(2);

/// How often the server looks for what other servers have done: published forms, changes that cohorts rest on.
const NEWS: Duration = Duration::from_secs(3);

/// How often the last uses of tokens are stored.
const TOKEN_USES: Duration = Duration::from_mins(1);

/// How often expired answers and import files are deleted.
const TIDYING: Duration = Duration::from_hours(1);

/// The running background work. Dropping it ends the work as well, without waiting for it.
pub struct Background {
    stop: watch::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Background {
    /// Ends the work and seals what is left. Call it before the service is shut down.
    pub async fn stop(self) {
        drop(self.stop);
        for task in self.tasks {
            if task.await.is_err() {
                tracing::error!("a background task panicked");
            }
        }
    }
}

impl Service {
    /// Starts the background work on the current tokio runtime. What fails is logged and tried again.
    pub fn run_background(&self) -> Background {
        let (stop, stopped) = watch::channel(());
        let repeat =
            |name, period, work| tokio::spawn(repeat(self.clone(), stopped.clone(), name, period, work));
        let tasks = vec![
            tokio::spawn(keep_sealing(self.clone(), stopped.clone())),
            tokio::spawn(keep_judging(self.clone(), stopped.clone())),
            repeat("refresh forms", NEWS, |service| Box::pin(async move { service.refresh_forms().await })),
            repeat("refresh cohorts", NEWS, |service| {
                Box::pin(async move { service.refresh_cohorts().await })
            }),
            repeat("store token uses", TOKEN_USES, |service| {
                Box::pin(async move { service.store_token_uses().await })
            }),
            repeat("tidy up", TIDYING, |service| Box::pin(async move { service.tidy_up().await })),
        ];
        Background { stop, tasks }
    }

    /// Deletes stored answers and import files whose time has passed, by the published retention table; does what could
    /// not be done of a purge.
    async fn tidy_up(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let (answers, imports) = (now - self.kept(ANSWERS), now - self.kept(IMPORTS));
        self.store()
            .write("tidy up", move |tx| {
                tx.delete_answers(answers)?;
                tx.delete_expired_imports(now, imports)?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        self.purge().await;
        Ok(())
    }

    /// Seals batch after batch while there is more than one.
    async fn catch_up(&self) -> Result<(), ServiceError> {
        while self.seal().await?.more {}
        Ok(())
    }
}

type Work = fn(Service) -> std::pin::Pin<Box<dyn Future<Output = Result<(), ServiceError>> + Send>>;

async fn repeat(
    service: Service,
    mut stopped: watch::Receiver<()>,
    name: &'static str,
    period: Duration,
    work: Work,
) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // The sender never sends: it is dropped.
            _ = stopped.changed() => return,
        }
        if let Err(error) = work(service.clone()).await {
            tracing::warn!(%error, work = name, "background work failed");
        }
    }
}

async fn keep_sealing(service: Service, stopped: watch::Receiver<()>) {
    let work: Work = |service| Box::pin(async move { service.catch_up().await });
    repeat(service.clone(), stopped, "seal", SEALING, work).await;
    if let Err(error) = service.seal_all().await {
        tracing::warn!(%error, "the last events stay unsealed until the next start");
    }
}

/// Judging may take minutes after a list was published. It is given up when the server stops: what waits stays in the
/// database for the next one.
async fn keep_judging(service: Service, mut stopped: watch::Receiver<()>) {
    let work: Work = |service| Box::pin(async move { service.judge_timelines().await.map(drop) });
    let judging = repeat(service, stopped.clone(), "judge timelines", JUDGING, work);
    tokio::select! {
        () = judging => {}
        _ = stopped.changed() => {}
    }
}
