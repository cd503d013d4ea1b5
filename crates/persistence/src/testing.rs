//! Throw-away databases for tests, migrated and open, on either engine.
//!
//! PostgreSQL databases are made in the cluster that `CARTOTEK_TEST_POSTGRES` names; without it such a test
//! fails rather than passing unseen. Each is a copy of one template, migrated once per test process.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot have its database must fail")]

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;

use crate::config::{Engine, StoreConfig};
use crate::store::Store;

/// A database of its own for one test; removed when dropped.
pub struct TestDatabase {
    /// The open store.
    pub store: Store,
    /// How it was opened; `url` is that of the service.
    pub config: StoreConfig,
    place: EmptyDatabase,
}

impl TestDatabase {
    /// A migrated database with the ordinary settings.
    pub fn new(engine: Engine) -> Self {
        Self::with(engine, |_| ())
    }

    /// A migrated database whose settings the test adjusts.
    pub fn with(engine: Engine, adjust: impl FnOnce(&mut StoreConfig)) -> Self {
        let place = EmptyDatabase::migrated(engine);
        let mut config = StoreConfig::new(&place.service_url);
        adjust(&mut config);
        let store = Store::open(&config).expect("the test database opens");
        Self { store, config, place }
    }

    /// The URL of the owner of the tables, for what the service may not do.
    pub fn owner_url(&self) -> &str {
        &self.place.owner_url
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
    File { _folder: TempDir },
    Server { name: String },
}

impl EmptyDatabase {
    /// A place without tables; on SQLite without a file.
    pub fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::file(),
            Engine::Postgres => Self::server("template0"),
        }
    }

    fn migrated(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let place = Self::file();
                migrate(&place.owner_url);
                place
            }
            Engine::Postgres => {
                // Asked before the template, so that every test says what it lacks, not only the first.
                cluster();
                // One at a time: a template in use by another copy may be refused.
                let template = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
                Self::server(&template)
            }
        }
    }

    fn file() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("cartotek.db").display());
        Self { owner_url: url.clone(), service_url: url, keeper: Keeper::File { _folder: folder } }
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

/// The name of this process's template; dies with the cluster.
static TEMPLATE: LazyLock<Mutex<String>> = LazyLock::new(|| {
    let name = format!("cartotek_template_{}", process::id());
    administer(&format!("CREATE DATABASE {name} TEMPLATE template0 OWNER cartotek_owner"));
    let owner_url = server_url("cartotek_owner", &name);
    PgConnection::establish(&owner_url)
        .expect("the template accepts connections")
        .batch_execute(
            "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cartotek_app",
        )
        .expect("the owner grants privileges");
    migrate(&owner_url);
    Mutex::new(name)
});

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
