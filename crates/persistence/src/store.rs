//! The store: the pools of one database, and the only place that asks at run time which engine it is.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Instrument;

use crate::config::{Access, Engine, Limits, Location, Scope, StoreConfig};
use crate::error::StoreError;
use crate::session::{ReadSession, WriteSession};
use crate::transaction::{Answer, Ending};
use crate::{migrate, postgres, sqlite};

/// A handle to the database; clones share it.
///
/// The handle carries the scope and the deadline of its transactions, so that one made for a caller can be
/// passed on whole.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    access: Access,
    limits: Limits,
}

enum Database {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

impl Store {
    /// Opens the database. Blocks; call it at start.
    ///
    /// # Errors
    /// `Configuration` for an unusable URL, an absent SQLite file, a second writer or an unfit server;
    /// `SchemaVersion` if the schema is not this program's; `Unavailable` if the server cannot be reached.
    pub fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let database = match config.location()? {
            Location::Sqlite(path) => Database::Sqlite(sqlite::Database::open(config, &path)?),
            Location::Postgres(url) => Database::Postgres(postgres::Database::open(config, &url)?),
        };
        let limits = Limits { scope: Scope::default(), deadline: config.deadline };
        Ok(Self { database: Arc::new(database), access: config.access, limits })
    }

    /// Brings the schema to this program's version and gives the migrations applied. Blocks. On PostgreSQL the
    /// URL is that of the owner of the tables; servers may do it at the same moment, one of them migrates.
    ///
    /// # Errors
    /// `SchemaVersion` if the database has migrations this program does not know; `Configuration` as in `open`.
    pub fn migrate(config: &StoreConfig) -> Result<Vec<String>, StoreError> {
        migrate::migrate(config)
    }

    /// The engine behind the URL.
    pub fn engine(&self) -> Engine {
        match *self.database {
            Database::Sqlite(_) => Engine::Sqlite,
            Database::Postgres(_) => Engine::Postgres,
        }
    }

    /// What this process may do with the database.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The same store for a caller's sites.
    #[must_use]
    pub fn for_scope(&self, scope: Scope) -> Self {
        Self { limits: Limits { scope, ..self.limits.clone() }, ..self.clone() }
    }

    /// The same store with another time limit per transaction.
    #[must_use]
    pub fn within(&self, deadline: Duration) -> Self {
        Self { limits: Limits { deadline, ..self.limits.clone() }, ..self.clone() }
    }

    /// Runs a named closure on one snapshot of the database.
    ///
    /// # Errors
    /// What the closure says, or `Busy`, `Deadline`, `ConnectionLost`, `Unavailable`.
    pub async fn read<T, E>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut dyn ReadSession) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let transaction = async {
            match &*self.database {
                Database::Sqlite(database) => database.read(work).await,
                Database::Postgres(database) => database.read(self.limits.clone(), work).await,
            }
        };
        self.observe(name, "read", transaction).await
    }

    /// Runs a named closure as one transaction: on disk once this returns `Ok`, without a trace on `Err`
    /// (`Deadline` and `ConnectionLost` leave it open whether it was committed). The closure may run several
    /// times and must be pure but for its session.
    ///
    /// # Errors
    /// What the closure says, or `Busy`, `Deadline`, `ConnectionLost`, `Unavailable`, `Serialization`,
    /// `ReadOnly`; the failure of a statement that the closure passed over.
    pub async fn write<T, E>(
        &self,
        name: &'static str,
        work: impl FnMut(&mut dyn WriteSession) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.observe(name, "committed", self.transact(Ending::Commit, work)).await
    }

    /// A dry run: the real transaction with its real answer, rolled back.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_rolled_back<T, E>(
        &self,
        name: &'static str,
        work: impl FnMut(&mut dyn WriteSession) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.observe(name, "rolled_back", self.transact(Ending::RollBack, work)).await
    }

    /// Whether the database takes writes now.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.write_rolled_back("probe writable", |session| session.probe_writable()).await
    }

    /// Copies a SQLite database into a new file, on disk and checked when this returns; others may go on
    /// reading and writing. Blocks.
    ///
    /// # Errors
    /// `Configuration` when the file exists, cannot be written or is damaged, and on PostgreSQL, which has its
    /// own tools.
    pub fn backup_into(&self, target: &Path) -> Result<(), StoreError> {
        match &*self.database {
            Database::Sqlite(database) => database.backup_into(target),
            Database::Postgres(_) => Err(StoreError::Configuration(
                "a PostgreSQL database is copied with pg_basebackup or pg_dump".to_owned(),
            )),
        }
    }

    /// Sees to it that a SQLite file and its log hold nothing that was deleted: a file that an erasure has marked is
    /// rewritten, the log written back and emptied. Gives whether all of it was possible: not while a long read looks at
    /// an older state. Writers wait meanwhile. On PostgreSQL the files are the server's own affair. Blocks.
    ///
    /// # Errors
    /// When the file cannot be used, `Busy` among them: then try again later.
    pub fn purge(&self) -> Result<bool, StoreError> {
        match &*self.database {
            Database::Sqlite(database) => database.purge(),
            Database::Postgres(_) => Ok(true),
        }
    }

    /// Refuses new transactions, waits for those under way, closes the database.
    pub async fn shutdown(&self) {
        match &*self.database {
            Database::Sqlite(database) => database.shut_down().await,
            Database::Postgres(database) => database.shut_down().await,
        }
    }

    async fn transact<T, E>(
        &self,
        ending: Ending,
        work: impl FnMut(&mut dyn WriteSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        match &*self.database {
            Database::Sqlite(database) => database.write(ending, work).await,
            Database::Postgres(database) => database.write(self.limits.clone(), ending, work).await,
        }
    }

    /// Holds a transaction to its deadline; makes the name a span and a metric label.
    async fn observe<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        success: &'static str,
        transaction: impl Future<Output = Answer<T, E>>,
    ) -> Result<T, E> {
        let engine = self.engine().as_str();
        let span = tracing::info_span!("transaction", name, engine);
        let started = Instant::now();
        let answer = tokio::time::timeout(self.limits.deadline, transaction.instrument(span.clone()))
            .await
            .unwrap_or(Err(StoreError::Deadline));
        let outcome = match &answer {
            Ok(Ok(_)) => success,
            Ok(Err(_)) => "refused",
            Err(error) => {
                span.in_scope(|| tracing::warn!(%error, "transaction failed"));
                "failed"
            }
        };
        metrics::histogram!("cartotek_transaction_seconds", "name" => name, "engine" => engine, "outcome" => outcome)
            .record(started.elapsed());
        answer?
    }
}
