//! Throw-away databases for tests, migrated and open, on either engine.
//!
//! PostgreSQL databases are made in the cluster that `CARTOTEK_TEST_POSTGRES` names; without it such a test
//! fails rather than passing unseen. Each is a copy of one template, migrated once per test process.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot have its database must fail")]

mod bare;
mod dump;
mod tamper;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::{fmt, fs, process};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;

use crate::config::{Engine, Listener, StoreConfig};
use crate::store::Store;

pub use self::bare::BareConnection;

/// A database of its own for one test; removed when dropped.
pub struct TestDatabase {
    /// The open store.
    pub store: Store,
    /// How it was opened; `url` is that of the service.
    pub config: StoreConfig,
    heard: Arc<Heard>,
    place: EmptyDatabase,
}

/// The statements that a store has run, since somebody listens.
#[derive(Default)]
struct Heard {
    listening: AtomicBool,
    statements: Mutex<Vec<String>>,
}

impl Heard {
    fn hear(&self, statement: &dyn fmt::Display) {
        if self.listening.load(Ordering::Relaxed) {
            let text = statement.to_string();
            let text = text.split(" -- binds:").next().unwrap_or_default().to_owned();
            self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
    }
}

impl TestDatabase {
    /// A migrated database with the ordinary settings.
    pub fn new(engine: Engine) -> Self {
        Self::with(engine, |_| ())
    }

    /// A migrated database whose settings the test adjusts.
    pub fn with(engine: Engine, adjust: impl FnOnce(&mut StoreConfig)) -> Self {
        Self::open(EmptyDatabase::migrated(engine), adjust)
    }

    /// A copy of a prepared database.
    pub fn copy(template: &Template) -> Self {
        Self::copy_with(template, |_| ())
    }

    /// A copy of a prepared database, opened with settings of its own.
    pub fn copy_with(template: &Template, adjust: impl FnOnce(&mut StoreConfig)) -> Self {
        let place = match &template.0 {
            Source::File(bytes) => EmptyDatabase::file(Some(bytes)),
            Source::Server { name, .. } => {
                let _one_at_a_time = COPYING.lock().unwrap_or_else(PoisonError::into_inner);
                EmptyDatabase::server(name)
            }
        };
        Self::open(place, adjust)
    }

    fn open(place: EmptyDatabase, adjust: impl FnOnce(&mut StoreConfig)) -> Self {
        let heard = Arc::new(Heard::default());
        let told = Arc::clone(&heard);
        let listener: Listener = Arc::new(move |statement| told.hear(statement));
        let mut config = StoreConfig { listener: Some(listener), ..StoreConfig::new(&place.service_url) };
        adjust(&mut config);
        let store = Store::open(&config).expect("the test database opens");
        Self { store, config, heard, place }
    }

    /// The statements, without their values, that the store has run since the last call; none the first time.
    pub fn statements(&self) -> Vec<String> {
        self.heard.listening.store(true, Ordering::Relaxed);
        std::mem::take(&mut self.heard.statements.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is in the database now, as something to copy. The store must have been shut down.
    pub fn into_template(self) -> Template {
        let Self { store, place, .. } = self;
        drop(store);
        Template(match &place.keeper {
            Keeper::File { folder } => {
                let file = database_file(folder.path());
                connect_file(&file)
                    .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    .expect("the log is written back");
                Source::File(fs::read(file).expect("the database file is readable"))
            }
            Keeper::Server { name } => Source::Server { name: name.clone(), _place: place },
        })
    }

    /// Every row of every table as text, in order, bytes as hexadecimal digits: to see that nothing has changed,
    /// or that something stands nowhere.
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        match &self.place.keeper {
            Keeper::File { folder } => dump::of_file(&mut connect_file(&database_file(folder.path()))),
            Keeper::Server { .. } => dump::of_server(
                &mut PgConnection::establish(self.owner_url()).expect("the database accepts connections"),
            ),
        }
    }

    /// The URL of the owner of the tables, for what the service may not do.
    pub fn owner_url(&self) -> &str {
        &self.place.owner_url
    }

    /// A connection beside the store.
    pub fn bare_connection(&self) -> BareConnection {
        match &self.place.keeper {
            Keeper::File { folder } => BareConnection::to_file(&database_file(folder.path())),
            Keeper::Server { .. } => BareConnection::to_server(&self.config.url),
        }
    }
}

/// A prepared database that others are copied from.
pub struct Template(Source);

enum Source {
    File(Vec<u8>),
    Server { name: String, _place: EmptyDatabase },
}

/// Fails unless databases of that engine can be made, saying what is missing. For statics, whose own failure only
/// the first test would explain.
pub fn require(engine: Engine) {
    if engine == Engine::Postgres {
        cluster();
    }
}

/// A database without a schema; removed when dropped.
pub struct EmptyDatabase {
    /// The URL of the owner of the tables-to-be; on SQLite the same as the service's.
    pub owner_url: String,
    /// The URL of the service.
    pub service_url: String,
    keeper: Keeper,
}

enum Keeper {
    File { folder: TempDir },
    Server { name: String },
}

impl EmptyDatabase {
    /// A place without tables; on SQLite without a file.
    pub fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::file(None),
            Engine::Postgres => Self::server("template0"),
        }
    }

    fn migrated(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let place = Self::file(None);
                migrate(&place.owner_url);
                place
            }
            Engine::Postgres => {
                // Asked before the template, so that every test says what it lacks, not only the first.
                require(engine);
                let _one_at_a_time = COPYING.lock().unwrap_or_else(PoisonError::into_inner);
                Self::server(&TEMPLATE)
            }
        }
    }

    fn file(content: Option<&[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = database_file(folder.path());
        if let Some(content) = content {
            fs::write(&file, content).expect("the temporary folder is writable");
        }
        let url = format!("sqlite:{}", file.display());
        Self { owner_url: url.clone(), service_url: url, keeper: Keeper::File { folder } }
    }

    fn server(template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("cartotek_test_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template} OWNER cartotek_owner"));
        Self {
            owner_url: server_url("cartotek_owner", &name),
            service_url: server_url("cartotek_app", &name),
            keeper: Keeper::Server { name },
        }
    }
}

impl Drop for EmptyDatabase {
    fn drop(&mut self) {
        if let Keeper::Server { name } = &self.keeper {
            administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// Held while a template is copied: one in use by another copy may be refused.
static COPYING: Mutex<()> = Mutex::new(());

/// The name of this process's template of a migrated database; dies with the cluster.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let name = format!("cartotek_template_{}", process::id());
    administer(&format!("CREATE DATABASE {name} TEMPLATE template0 OWNER cartotek_owner"));
    let owner_url = server_url("cartotek_owner", &name);
    let mut owner = PgConnection::establish(&owner_url).expect("the template accepts connections");
    let [before, after] = GRANTS;
    owner.batch_execute(before).expect("the owner grants privileges");
    migrate(&owner_url);
    owner.batch_execute(after).expect("the owner takes privileges back");
    name
});

/// What docs/operations.md has the owner of the tables say before and after `migrate`.
pub const GRANTS: [&str; 2] = [
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cartotek_app;",
    "REVOKE UPDATE, DELETE ON audit_event, audit_subject, audit_leaf, audit_tile, audit_checkpoint FROM cartotek_app;",
];

fn database_file(folder: &Path) -> PathBuf {
    folder.join("cartotek.db")
}

fn connect_file(file: &Path) -> SqliteConnection {
    SqliteConnection::establish(&file.display().to_string()).expect("the database file opens")
}

fn migrate(url: &str) {
    let config = StoreConfig { create: true, ..StoreConfig::new(url) };
    Store::migrate(&config).expect("the migrations apply");
}

fn administer(statement: &str) {
    PgConnection::establish(&cluster())
        .expect("the cluster of CARTOTEK_TEST_POSTGRES accepts connections")
        .batch_execute(statement)
        .expect("a superuser manages databases");
}

fn cluster() -> String {
    std::env::var("CARTOTEK_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("this test needs PostgreSQL: run `make test`, or `tests/with-postgres cargo test …`")
    })
}

/// The cluster's URL for another role and database.
fn server_url(role: &str, database: &str) -> String {
    let cluster = cluster();
    let (_, rest) = cluster.split_once("://").expect("CARTOTEK_TEST_POSTGRES is a URL");
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("postgres://{role}@{host}/{database}")
}
