//! Use cases: authorise, validate, write the facts and their audit event in one transaction.
//!
//! One file per process. A use case is *prepared* outside the writer (guard, parsing, schema, form-local rules) and
//! *decided* inside a closure that only locks, checks what others may have changed, and writes. No HTTP and no SQL
//! here: the layers above and below are free to change.

pub mod access;
pub mod act;
mod authenticate;
mod background;
mod bootstrap;
pub mod check;
pub mod clarification;
pub mod cohort;
mod commit;
pub mod completeness;
pub mod content;
pub mod course;
mod decision;
pub mod donor;
pub mod enrol;
pub mod erase;
pub mod error;
pub mod export;
pub mod extract;
pub mod feed;
pub mod form_usage;
mod health;
pub mod import;
mod journal;
pub mod lock;
mod network;
pub mod participation;
pub mod patient;
mod person;
pub mod proof;
pub mod publish;
pub mod recognise;
pub mod reconsent;
pub mod record;
pub mod reminder;
pub mod replay;
pub mod report;
mod retain;
pub mod sample;
pub mod schedule;
mod seal;
pub mod storage;
mod stored_answer;
mod system;
pub mod timeline;
pub mod transfer;
mod tree;
mod unlock;
pub mod unlock_list;
pub mod withdraw;
mod witness;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};

use cartotek_crypto::keys::KeyRing;
use cartotek_crypto::random::{RandomSource, bytes};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::IdSource;
use cartotek_domain::time::{Clock, Timestamp, swedish_day};
use cartotek_persistence::{Access, Appender};
pub use cartotek_persistence::{Page, PageOf, Store};
use chrono::NaiveDate;
use uuid::Uuid;

/// What a form says of itself, for the layers above.
pub mod forms {
    pub use cartotek_forms::{
        Code, CodeList, CsvColumn, DerivedValue, Form, FormMigration, Forms, LoadError, SchemaSet, Subject,
        Wording,
    };
}

pub use crate::act::{Act, Done, IdempotencyKey, Receipt};
use crate::authenticate::Callers;
pub use crate::background::Background;
use crate::cohort::Cohorts;
pub use crate::commit::Concerned;
pub use crate::error::{Refusal, ServiceError};
pub use crate::publish::PublishedForms;
use crate::sample::Clashes;
pub use crate::seal::Sealed;
pub use crate::system::{SystemClock, SystemIds};
use crate::witness::{Witnessed, append};

/// Events of reads and refusals that may wait for the disk.
const APPENDER_QUEUE: usize = 4096;

/// What the use cases stand on; tests inject fixed ones.
#[derive(Clone)]
pub struct Ground {
    /// The database.
    pub store: Store,
    /// The server's keys.
    pub keys: Arc<KeyRing>,
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
    appender: Arc<Appender<Witnessed>>,
    callers: Callers,
    /// Names this process as holder of the sealer's lease.
    sealer: Uuid,
    cohorts: Cohorts,
    clashes: Clashes,
    forms: RwLock<Option<Arc<PublishedForms>>>,
    /// Whether imports are to stop, because the server does.
    stopping: AtomicBool,
}

impl Service {
    /// Starts the service on the current tokio runtime, with the forms that the database holds.
    ///
    /// # Errors
    /// When the published forms cannot be read or compiled.
    pub async fn start(ground: Ground) -> Result<Self, ServiceError> {
        let appender = Appender::start(ground.store.clone(), "append events", APPENDER_QUEUE, append);
        let service = Self::on(ground, Arc::new(appender), None);
        service.refresh_forms().await?;
        Ok(service)
    }

    /// The same registry at another clock and with other sources, for the demo network, whose patients live at
    /// different times at once. Database, keys, appender and forms are shared; shut down the first one only.
    #[must_use]
    pub fn elsewhen(
        &self,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        random: Arc<dyn RandomSource + Send + Sync>,
    ) -> Self {
        let ground = Ground { clock, ids, random, ..self.0.ground.clone() };
        Self::on(ground, Arc::clone(&self.0.appender), self.forms().ok())
    }

    fn on(ground: Ground, appender: Arc<Appender<Witnessed>>, forms: Option<Arc<PublishedForms>>) -> Self {
        let sealer = ground.ids.next();
        Self(Arc::new(Inner {
            ground,
            appender,
            sealer,
            callers: Callers::default(),
            cohorts: Cohorts::default(),
            clashes: Clashes::default(),
            forms: RwLock::new(forms),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Stores and seals the events that wait, then closes the database. One that may only be read is left as it is.
    pub async fn shutdown(&self) {
        self.0.appender.shutdown().await;
        if self.store().access() == Access::ReadWrite
            && let Err(error) = self.seal_all().await
        {
            tracing::warn!(%error, "the last events stay unsealed until the next start");
        }
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

    pub(crate) fn sealer(&self) -> Uuid {
        self.0.sealer
    }

    pub(crate) fn appender(&self) -> &Appender<Witnessed> {
        &self.0.appender
    }

    pub(crate) fn clashes(&self) -> &Clashes {
        &self.0.clashes
    }

    pub(crate) fn cohorts(&self) -> &Cohorts {
        &self.0.cohorts
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
