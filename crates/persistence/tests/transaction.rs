//! What a transaction promises, on both engines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::mpsc;
use std::time::Duration;

use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Access, Constraint, Engine, Scope, Store, StoreConfig, StoreError};
use common::{add, code, codes, codes_in, insert, numbered, site};
use rstest::rstest;

/// Occupies the only connection until the sender is dropped.
async fn blocked(
    store: Store,
    started: tokio::sync::oneshot::Sender<()>,
    gate: mpsc::Receiver<()>,
) -> Result<(), StoreError> {
    let mut started = Some(started);
    store
        .write("hold", move |_| {
            if let Some(started) = started.take() {
                started.send(()).unwrap();
            }
            let _opened = gate.recv();
            Ok(())
        })
        .await
}

#[rstest]
#[tokio::test]
async fn a_written_row_is_read_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    assert_eq!(database.store.engine(), engine);
    add(&database.store, &["KAR"]).await.unwrap();
    let found = database.store.read("find", |session| session.site(&code("KAR"))).await;
    assert_eq!(found, Ok(Some(site("KAR"))));
    let absent = database.store.read("find", |session| session.site(&code("SUS"))).await;
    assert_eq!(absent, Ok(None));
}

#[rstest]
#[tokio::test]
async fn a_used_key_is_a_named_conflict(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    add(&database.store, &["KAR"]).await.unwrap();
    assert_eq!(add(&database.store, &["SUS", "KAR"]).await, Err(StoreError::Conflict(Constraint::SiteCode)));
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn a_batch_larger_than_a_statement_is_written_whole(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let sites: Vec<_> = (0..12_000).map(|number| site(&numbered(number))).collect();
    database.store.write("add many", move |session| session.insert_sites(&sites)).await.unwrap();
    assert_eq!(codes(&database.store).await.len(), 12_000);
}

#[rstest]
#[tokio::test]
async fn a_refusing_closure_leaves_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let refused: Result<(), StoreError> = database
        .store
        .write("refuse", |session| {
            insert(session, &["KAR"])?;
            Err(StoreError::inconsistent("site", "code", "KAR"))
        })
        .await;
    assert_eq!(refused, Err(StoreError::inconsistent("site", "code", "KAR")));
    assert!(codes(&database.store).await.is_empty());
}

#[rstest]
#[tokio::test]
async fn a_panic_is_undone_and_the_store_goes_on(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::with(engine, |config| config.connections = 1);
    let outcome: Result<(), StoreError> = database
        .store
        .write("panic", |session| {
            insert(session, &["KAR"])?;
            panic!("wanted by the test")
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Driver(_))), "{outcome:?}");
    let outcome: Result<(), StoreError> =
        database.store.read("panic", |_| panic!("wanted by the test")).await;
    assert!(matches!(outcome, Err(StoreError::Driver(_))), "{outcome:?}");
    add(&database.store, &["SUS"]).await.unwrap();
    assert_eq!(codes(&database.store).await, ["SUS"]);
}

#[rstest]
#[tokio::test]
async fn a_dry_run_answers_truly_and_leaves_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    add(&database.store, &["KAR"]).await.unwrap();
    let seen = database
        .store
        .write_rolled_back("dry run", |session| {
            insert(session, &["SUS"])?;
            codes_in(session)
        })
        .await;
    assert_eq!(seen, Ok(vec!["KAR".to_owned(), "SUS".to_owned()]));
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn a_failed_statement_cannot_be_passed_over(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    add(&database.store, &["KAR"]).await.unwrap();
    let outcome: Result<(), StoreError> = database
        .store
        .write("pass over", |session| {
            insert(session, &["SUS"])?;
            let _ignored = insert(session, &["KAR"]);
            Ok(())
        })
        .await;
    assert_eq!(outcome, Err(StoreError::Conflict(Constraint::SiteCode)));
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn a_write_past_its_deadline_is_reported_and_the_store_goes_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::with(engine, |config| config.connections = 1);
    let (open, gate) = mpsc::channel();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let outcome = blocked(database.store.within(Duration::from_millis(200)), started, gate).await;
    assert_eq!(outcome, Err(StoreError::Deadline));
    has_started.await.unwrap();
    drop(open);
    add(&database.store, &["KAR"]).await.unwrap();
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn a_write_given_up_while_it_waits_never_happens(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::with(engine, |config| config.connections = 1);
    let (open, gate) = mpsc::channel();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let holder = tokio::spawn(blocked(database.store.clone(), started, gate));
    has_started.await.unwrap();
    let hasty = database.store.within(Duration::from_millis(1));
    assert_eq!(add(&hasty, &["KAR"]).await, Err(StoreError::Deadline));
    drop(open);
    holder.await.unwrap().unwrap();
    add(&database.store, &["SUS"]).await.unwrap();
    assert_eq!(codes(&database.store).await, ["SUS"]);
}

#[rstest]
#[tokio::test]
async fn a_full_queue_refuses_at_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::with(engine, |config| {
        config.connections = 1;
        config.queue = 1;
    });
    let (open, gate) = mpsc::channel();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let holder = tokio::spawn(blocked(database.store.clone(), started, gate));
    has_started.await.unwrap();
    let refused = async {
        let refused = add(&database.store, &["SUS"]).await;
        drop(open);
        refused
    };
    let (waiting, refused) = tokio::join!(add(&database.store, &["KAR"]), refused);
    assert_eq!((waiting, refused), (Ok(()), Err(StoreError::Busy)));
    holder.await.unwrap().unwrap();
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn shutdown_answers_what_waits_and_refuses_the_rest(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let (added, ()) = tokio::join!(add(&database.store, &["KAR"]), database.store.shutdown());
    assert_eq!(added, Ok(()));
    assert!(matches!(add(&database.store, &["SUS"]).await, Err(StoreError::Unavailable(_))));
    // The lock is given up: the next process may open the database.
    let next = Store::open(&database.config).unwrap();
    assert_eq!(codes(&next).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn a_read_only_store_reads_beside_the_writer_and_never_writes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    add(&database.store, &["KAR"]).await.unwrap();
    let config = StoreConfig { access: Access::ReadOnly, ..database.config.clone() };
    let store = Store::open(&config).unwrap();
    assert_eq!(codes(&store).await, ["KAR"]);
    assert_eq!(add(&store, &["SUS"]).await, Err(StoreError::ReadOnly));
    assert_eq!(store.health().await, Err(StoreError::ReadOnly));
}

#[rstest]
#[tokio::test]
async fn a_fresh_database_is_healthy_and_whole(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    assert_eq!(database.store.health().await, Ok(()));
    let findings = database.store.read("check", |session| session.check_integrity()).await;
    assert_eq!(findings, Ok(Vec::new()));
}

#[rstest]
#[tokio::test]
async fn a_scoped_handle_works_like_any_other(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let scoped = database.store.for_scope(Scope::of_units(["KAR", "SUS"]).unwrap());
    add(&scoped, &["KAR"]).await.unwrap();
    assert_eq!(codes(&scoped).await, ["KAR"]);
}

#[rstest]
#[tokio::test]
async fn sixty_four_writers_of_one_key_make_one_row(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let store = database.store.clone();
            tokio::spawn(async move { add(&store, &["KAR"]).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let conflicts =
        outcomes.iter().filter(|outcome| **outcome == Err(StoreError::Conflict(Constraint::SiteCode)));
    assert_eq!(conflicts.count(), 63);
    assert_eq!(codes(&database.store).await, ["KAR"]);
}
