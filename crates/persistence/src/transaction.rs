//! What both engines share in running one closure as one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::config::Listener;
use crate::error::StoreError;

/// The answer of a transaction: outside, whether the machinery worked; inside, what the closure said.
pub(crate) type Answer<T, E> = Result<Result<T, E>, StoreError>;

/// What becomes of the changes of a closure that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Commit,
    /// A dry run: the answer is kept, the changes are not.
    RollBack,
}

/// Remembers the first statement that failed, whatever the closure makes of it.
///
/// PostgreSQL turns the COMMIT after a failed statement into a rollback without an error; only this tells, and
/// it makes SQLite behave alike.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    first: Arc<Mutex<Option<StoreError>>>,
    listener: Option<Listener>,
}

impl Watch {
    /// A watch that passes on what it hears.
    pub(crate) fn for_listener(listener: Option<Listener>) -> Self {
        Self { listener, ..Self::default() }
    }

    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match (event, &self.listener) {
            (InstrumentationEvent::FinishQuery { error: Some(error), .. }, _) => {
                let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| StoreError::of_driver(error));
            }
            (InstrumentationEvent::StartQuery { query, .. }, Some(listener)) => listener(query),
            _ => {}
        }
    }
}

/// Calls the closure; a panic in it becomes an error of the machinery.
pub(crate) fn guarded<T, E>(work: impl FnOnce() -> Result<T, E>) -> Answer<T, E> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| StoreError::Driver("a transaction panicked and was rolled back".to_owned()))
}
