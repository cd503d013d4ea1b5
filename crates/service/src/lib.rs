//! Use cases: authorise, validate, write the facts and their audit event in one transaction.
//!
//! One file per process. A use case is *prepared* outside the writer (guard, parsing, schema, form-local rules) and
//! *decided* inside a closure that only locks, checks what others may have changed, and writes. No HTTP and no SQL
//! here: the layers above and below are free to change.

pub mod access;
pub mod act;
mod authenticate;
mod bootstrap;
mod commit;
pub mod content;
pub mod course;
pub mod enrol;
pub mod error;
mod health;
mod journal;
mod network;
pub mod participation;
pub mod patient;
pub mod publish;
pub mod record;
mod system;
mod witness;

use std::sync::{Arc, RwLock};

use cartotek_crypto::keys::KeyRing;
use cartotek_crypto::random::{RandomSource, bytes};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::IdSource;
use cartotek_domain::time::{Clock, Timestamp, swedish_day};
use cartotek_persistence::Appender;
pub use cartotek_persistence::{Page, PageOf, Store};
use chrono::NaiveDate;

/// What a form says of itself, for the layers above.
pub mod forms {
    pub use cartotek_forms::{Code, CodeList, CsvColumn, DerivedValue, Form, Forms, LoadError, SchemaSet, Subject};
}

pub use crate::act::{Act, Done, IdempotencyKey, Receipt};
use crate::authenticate::Callers;
pub use crate::error::{Refusal, ServiceError};
pub use crate::publish::PublishedForms;
pub use crate::system::{SystemClock, SystemIds};
use crate::witness::{Witnessed, append};

/// Events of reads and refusals that may wait for the disk.
const APPENDER_QUEUE: usize = 4096;

/// What the use cases stand on; tests inject fixed ones.
pub struct Ground {
    /// The database.
    pub store: Store,
    /// The server's keys.
    pub keys: KeyRing,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn IdSource>,
    /// The source of salts, pseudonyms and secrets.
    pub random: Arc<dyn RandomSource + Send + Sync>,
}

/// All use cases; clones share one state.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    ground: Ground,
    appender: Appender<Witnessed>,
    callers: Callers,
    forms: RwLock<Option<Arc<PublishedForms>>>,
}

impl Service {
    /// Starts the service on the current tokio runtime, with the forms that the database holds.
    ///
    /// # Errors
    /// When the published forms cannot be read or compiled.
    pub async fn start(ground: Ground) -> Result<Self, ServiceError> {
        let appender = Appender::start(ground.store.clone(), "append events", APPENDER_QUEUE, append);
        let service =
            Self(Arc::new(Inner { ground, appender, callers: Callers::default(), forms: RwLock::default() }));
        service.refresh_forms().await?;
        Ok(service)
    }

    /// Stores the events that wait, then closes the database.
    pub async fn shutdown(&self) {
        self.0.appender.shutdown().await;
        self.store().shutdown().await;
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.0.ground.clock.now()
    }

    /// Today in Sweden.
    pub fn today(&self) -> NaiveDate {
        swedish_day(self.now())
    }

    /// The source of ids.
    pub fn ids(&self) -> &dyn IdSource {
        self.0.ground.ids.as_ref()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.ground.store
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.0.ground.keys
    }

    pub(crate) fn appender(&self) -> &Appender<Witnessed> {
        &self.0.appender
    }

    pub(crate) fn callers(&self) -> &Callers {
        &self.0.callers
    }

    pub(crate) fn random(&self) -> &(dyn RandomSource + Send + Sync) {
        self.0.ground.random.as_ref()
    }

    pub(crate) fn salt(&self) -> Result<Salt, ServiceError> {
        Ok(Salt::new(bytes(self.random())?))
    }
}
