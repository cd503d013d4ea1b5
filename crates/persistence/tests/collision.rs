//! Writes that collide on PostgreSQL, and connections that are lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, Barrier};

use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Engine, Store, StoreError};
use common::{add, code, codes};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// Locks one site, waits for the other transaction to hold its own, then locks that one too. The second
/// attempt of the loser does not wait.
async fn lock_both(store: Store, barrier: Arc<Barrier>, order: [&'static str; 2]) -> Result<u32, StoreError> {
    let mut attempts = 0;
    store
        .write("lock both", move |session| {
            attempts += 1;
            session.lock_site(&code(order[0]))?;
            if attempts == 1 {
                barrier.wait();
            }
            session.lock_site(&code(order[1]))?;
            Ok(attempts)
        })
        .await
}

#[tokio::test]
async fn the_loser_of_a_deadlock_is_run_again() {
    let database = TestDatabase::new(Engine::Postgres);
    add(&database.store, &["KAR", "SUS"]).await.unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let one = tokio::spawn(lock_both(database.store.clone(), Arc::clone(&barrier), ["KAR", "SUS"]));
    let other = tokio::spawn(lock_both(database.store.clone(), barrier, ["SUS", "KAR"]));
    let mut attempts = [one.await.unwrap().unwrap(), other.await.unwrap().unwrap()];
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn connections_lost_while_idle_are_replaced_unseen() {
    let database = TestDatabase::new(Engine::Postgres);
    add(&database.store, &["KAR"]).await.unwrap();
    terminate_service_connections(&database);
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

#[tokio::test]
async fn a_connection_lost_in_a_transaction_is_told_and_the_next_one_works() {
    let database = Arc::new(TestDatabase::new(Engine::Postgres));
    add(&database.store, &["KAR"]).await.unwrap();
    let inside = Arc::clone(&database);
    let outcome = database
        .store
        .write("lose", move |session| {
            session.lock_site(&code("KAR"))?;
            terminate_service_connections(&inside);
            session.lock_site(&code("KAR"))
        })
        .await;
    assert_eq!(outcome, Err(StoreError::ConnectionLost));
    assert_eq!(codes(&database.store).await, ["KAR"]);
}

fn terminate_service_connections(database: &TestDatabase) {
    let cluster = std::env::var("CARTOTEK_TEST_POSTGRES").unwrap();
    let name = database.owner_url().rsplit('/').next().unwrap().to_owned();
    PgConnection::establish(&cluster)
        .unwrap()
        .batch_execute(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = '{name}' AND usename = 'cartotek_app'"
        ))
        .unwrap();
}
