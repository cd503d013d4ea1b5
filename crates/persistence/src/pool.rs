//! A bounded pool of connections, fair and with a bounded queue in front.
//!
//! Waiting happens on the async side, so that a database that is down holds no blocking thread.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, TryAcquireError};
use tracing::Span;

use crate::error::StoreError;

/// How long the end waits for running work: longer than a lost connection takes to be noticed.
const LONGEST_END: Duration = Duration::from_secs(30);

type Opener<C> = Box<dyn Fn() -> Result<C, StoreError> + Send + Sync>;

/// Connections of one kind.
pub(crate) struct Pool<C> {
    open: Opener<C>,
    idle: Mutex<Vec<C>>,
    size: u32,
    /// One permit per connection in use.
    slots: Arc<Semaphore>,
    /// One permit per request that runs or waits.
    places: Arc<Semaphore>,
}

impl<C: Send + 'static> Pool<C> {
    /// A pool of at most `size` connections and `queue` waiting requests; opens none yet.
    pub(crate) fn new(
        size: usize,
        queue: usize,
        open: impl Fn() -> Result<C, StoreError> + Send + Sync + 'static,
    ) -> Self {
        let size = u32::try_from(size.max(1)).unwrap_or(u32::MAX);
        let slots = size as usize;
        Self {
            open: Box::new(open),
            idle: Mutex::default(),
            size,
            slots: Arc::new(Semaphore::new(slots)),
            places: Arc::new(Semaphore::new(slots + queue)),
        }
    }

    /// Runs `work` on a blocking thread, with a connection on which `begin` has succeeded.
    pub(crate) async fn run<R: Send + 'static>(
        self: &Arc<Self>,
        begin: impl Fn(&mut C) -> Result<(), StoreError> + Send + 'static,
        work: impl FnOnce(&mut C) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => StoreError::Busy,
            TryAcquireError::Closed => shut_down(),
        })?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| shut_down())?;
        let pool = Arc::clone(self);
        let span = Span::current();
        let task = tokio::task::spawn_blocking(move || {
            // Held here: a caller that gives up must not free the place of work that still runs.
            let _held = (place, slot);
            span.in_scope(|| pool.serve(begin, work))
        });
        task.await.unwrap_or_else(|_| Err(StoreError::Driver("a transaction thread ended early".to_owned())))
    }

    /// Waits for the running work (not for ever), refuses new work, closes the connections.
    pub(crate) async fn shut_down(&self) {
        self.places.close();
        match tokio::time::timeout(LONGEST_END, self.slots.acquire_many(self.size)).await {
            Ok(Ok(all)) => all.forget(),
            Ok(Err(_)) => {}
            Err(_) => tracing::warn!("transactions are still running; the store is closed without them"),
        }
        self.slots.close();
        self.idle().clear();
    }

    fn serve<R>(
        &self,
        begin: impl Fn(&mut C) -> Result<(), StoreError>,
        work: impl FnOnce(&mut C) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let mut connection = self.begun(begin)?;
        let outcome = work(&mut connection);
        match &outcome {
            Ok(_) => self.idle().push(connection),
            // The server is gone or no longer the writable one: the idle connections lead to the same place.
            Err(StoreError::ConnectionLost | StoreError::ReadOnly) => self.idle().clear(),
            Err(_) => drop(connection),
        }
        outcome
    }

    /// An idle connection may have died or lead to a former primary; nothing has run yet, so a fresh one is
    /// tried at once.
    fn begun(&self, begin: impl Fn(&mut C) -> Result<(), StoreError>) -> Result<C, StoreError> {
        let idle = self.idle().pop();
        if let Some(mut connection) = idle {
            match begin(&mut connection) {
                Ok(()) => return Ok(connection),
                Err(StoreError::ConnectionLost | StoreError::ReadOnly) => self.idle().clear(),
                Err(error) => return Err(error),
            }
        }
        let mut connection = (self.open)()?;
        begin(&mut connection)?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to requests that come after the end.
pub(crate) fn shut_down() -> StoreError {
    StoreError::Unavailable("the store is shutting down".to_owned())
}
