//! What is refused when a store is opened or migrated.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::process::Command;

use cartotek_persistence::testing::{EmptyDatabase, GRANTS, TestDatabase};
use cartotek_persistence::{Engine, Store, StoreConfig, StoreError};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rstest::rstest;

fn creating(url: &str) -> StoreConfig {
    StoreConfig { create: true, ..StoreConfig::new(url) }
}

fn execute(url: &str, statement: &str) {
    if let Some(path) = url.strip_prefix("sqlite:") {
        SqliteConnection::establish(path).unwrap().batch_execute(statement).unwrap();
    } else {
        PgConnection::establish(url).unwrap().batch_execute(statement).unwrap();
    }
}

#[test]
fn an_absent_file_is_not_created_unasked() {
    let place = EmptyDatabase::new(Engine::Sqlite);
    let config = StoreConfig::new(&place.service_url);
    assert!(matches!(Store::open(&config), Err(StoreError::Configuration(_))));
    assert!(matches!(Store::migrate(&config), Err(StoreError::Configuration(_))));
    let path = place.service_url.strip_prefix("sqlite:").unwrap();
    assert!(!std::path::Path::new(path).exists());
}

#[rstest]
fn a_database_without_schema_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let place = EmptyDatabase::new(engine);
    let Err(StoreError::SchemaVersion { found, .. }) = Store::open(&creating(&place.service_url)) else {
        panic!("an empty database was opened");
    };
    assert_eq!(found, "none");
}

#[rstest]
fn migrating_twice_changes_nothing_more(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let place = EmptyDatabase::new(engine);
    let config = creating(&place.owner_url);
    let applied = Store::migrate(&config).unwrap();
    assert_eq!(applied.first().map(String::as_str), Some("0001"));
    assert_eq!(Store::migrate(&config), Ok(Vec::new()));
}

#[test]
fn two_servers_that_migrate_at_once_migrate_once() {
    let place = EmptyDatabase::new(Engine::Postgres);
    let config = creating(&place.owner_url);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| Store::migrate(&config))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|applied| !applied.is_empty()).count(), 1, "{outcomes:?}");
}

#[rstest]
fn a_newer_schema_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let place = EmptyDatabase::new(engine);
    let config = creating(&place.owner_url);
    Store::migrate(&config).unwrap();
    execute(&place.owner_url, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    for outcome in [Store::migrate(&config).map(|_| ()), Store::open(&config).map(|_| ())] {
        let Err(error @ StoreError::SchemaVersion { .. }) = outcome else {
            panic!("a newer schema was accepted");
        };
        assert!(error.to_string().contains("newer version of the program"), "{error}");
    }
}

#[rstest]
fn an_unknown_migration_in_the_middle_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let place = EmptyDatabase::new(engine);
    let config = creating(&place.owner_url);
    Store::migrate(&config).unwrap();
    execute(&place.owner_url, "INSERT INTO __diesel_schema_migrations (version) VALUES ('00005')");
    assert!(matches!(Store::open(&config), Err(StoreError::SchemaVersion { .. })));
}

#[test]
fn a_second_writer_is_refused_and_told_what_to_do() {
    let database = TestDatabase::new(Engine::Sqlite);
    for outcome in [Store::open(&database.config).map(|_| ()), Store::migrate(&database.config).map(|_| ())] {
        let Err(StoreError::Configuration(text)) = outcome else {
            panic!("a second writer was let in");
        };
        assert!(text.contains("another process writes"), "{text}");
    }
}

/// The same across processes: this test binary runs itself.
#[test]
fn a_second_writer_process_is_refused() {
    let database = TestDatabase::new(Engine::Sqlite);
    let child = |url: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "second_process", "--ignored"])
            .env("CARTOTEK_TEST_SECOND_PROCESS", url)
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(child(&database.config.url), "the second process was not refused");
    let free = EmptyDatabase::new(Engine::Sqlite);
    Store::migrate(&creating(&free.owner_url)).unwrap();
    assert!(!child(&free.service_url), "the child cannot tell a free database from a held one");
}

/// Succeeds if the database of the environment is held by another process.
#[test]
#[ignore = "run by a_second_writer_process_is_refused"]
fn second_process() {
    let url = std::env::var("CARTOTEK_TEST_SECOND_PROCESS").unwrap();
    let Err(StoreError::Configuration(text)) = Store::open(&StoreConfig::new(url)) else {
        panic!("opened");
    };
    assert!(text.contains("another process writes"));
}

#[rstest]
#[tokio::test]
async fn the_service_cannot_change_the_schema(#[values(Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let mut service = PgConnection::establish(&database.config.url).unwrap();
    assert!(service.batch_execute("DROP TABLE site").is_err());
    assert!(service.batch_execute("CREATE TABLE other (id int)").is_err());
    common::add(&database.store, &["KAR"]).await.unwrap();
}

#[test]
fn tests_run_with_the_grants_that_are_documented() {
    let documented = include_str!("../../../docs/operations.md");
    for grant in GRANTS {
        assert!(documented.contains(grant), "docs/operations.md lacks: {grant}");
    }
}

#[test]
fn the_service_adds_to_the_log_and_changes_nothing_of_it() {
    let database = TestDatabase::new(Engine::Postgres);
    let mut service = PgConnection::establish(&database.config.url).unwrap();
    for (table, column) in [
        ("audit_event", "canonical"),
        ("audit_subject", "row_id"),
        ("audit_leaf", "leaf_hash"),
        ("audit_tile", "hash"),
        ("audit_checkpoint", "note"),
    ] {
        for statement in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET {column} = {column}")] {
            let refusal = service.batch_execute(&statement).unwrap_err().to_string();
            assert!(refusal.contains("permission denied"), "{statement}: {refusal}");
        }
    }
}
