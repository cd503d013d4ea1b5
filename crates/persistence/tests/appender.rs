//! The shared durable append.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, Mutex};

use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Appender, Constraint, Engine, StoreError};
use common::{codes, insert, numbered};
use rstest::rstest;

/// An appender of site codes that notes the size of each batch.
fn appender(database: &TestDatabase, queue: usize) -> (Arc<Appender<String>>, Arc<Mutex<Vec<usize>>>) {
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sizes);
    let appender =
        Appender::start(database.store.clone(), "append", queue, move |session, items: &[String]| {
            noted.lock().unwrap().push(items.len());
            insert(session, &items.iter().map(String::as_str).collect::<Vec<_>>())
        });
    (Arc::new(appender), sizes)
}

async fn append_all(
    appender: &Arc<Appender<String>>,
    items: impl IntoIterator<Item = String>,
) -> Vec<Result<(), StoreError>> {
    let tasks: Vec<_> = items
        .into_iter()
        .map(|item| {
            let appender = Arc::clone(appender);
            tokio::spawn(async move { appender.append(item).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

#[rstest]
#[tokio::test]
async fn items_that_wait_together_are_stored_together(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let (appender, sizes) = appender(&database, 1000);
    let outcomes = append_all(&appender, (0..300).map(numbered)).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(codes(&database.store).await.len(), 300);
    let sizes = sizes.lock().unwrap().clone();
    assert_eq!(sizes.iter().sum::<usize>(), 300);
    assert!(sizes.len() < 10, "{sizes:?}");
}

#[rstest]
#[tokio::test]
async fn a_failed_append_is_told_to_everyone_in_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let (appender, _) = appender(&database, 1000);
    let outcomes = append_all(&appender, ["KAR", "SUS", "KAR"].map(str::to_owned)).await;
    assert!(
        outcomes.iter().all(|outcome| *outcome == Err(StoreError::Conflict(Constraint::SiteCode))),
        "{outcomes:?}"
    );
    assert!(codes(&database.store).await.is_empty());
    assert_eq!(appender.append("KAR".to_owned()).await, Ok(()));
}

#[tokio::test]
async fn more_than_the_queue_holds_is_refused() {
    let database = TestDatabase::new(Engine::Sqlite);
    let (appender, _) = appender(&database, 2);
    let outcomes = append_all(&appender, ["KAR", "SUS", "SAH"].map(str::to_owned)).await;
    assert_eq!(outcomes, [Ok(()), Ok(()), Err(StoreError::Busy)]);
}

#[tokio::test]
async fn shutdown_stores_what_waits() {
    let database = TestDatabase::new(Engine::Sqlite);
    let (appender, _) = appender(&database, 10);
    let (outcome, ()) = tokio::join!(appender.append("KAR".to_owned()), appender.shutdown());
    assert_eq!(outcome, Ok(()));
    assert!(matches!(appender.append("SUS".to_owned()).await, Err(StoreError::Unavailable(_))));
    assert_eq!(codes(&database.store).await, ["KAR"]);
}
