//! Files of size: many short transactions, and a limit on what is kept all or none.

use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, MOST_ATOMIC_ROWS};
use rstest::rstest;

use crate::world::{World, csv, statuses, table};

const TIME_POINTS: [&str; 10] = ["D100", "M6", "M12", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y8"];

fn file(world: &World, rows: usize) -> String {
    let rows: Vec<String> = (0..rows)
        .map(|row| {
            let (patient, visit) = (row / 10, row % 10);
            world.row(patient, TIME_POINTS[visit], &format!("{}-05-01", 2010 + visit))
        })
        .collect();
    table(&rows)
}

#[rstest]
#[tokio::test]
async fn ten_thousand_rows(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let rows = if cfg!(debug_assertions) { 3_000 } else { 10_000 };
    let world = World::start(engine, rows / 10).await;
    let file = file(&world, rows);
    let started = std::time::Instant::now();
    let import = world.import(&file, Atomicity::Row).await;
    println!("{engine:?}: {rows} rows in {:?}", started.elapsed());
    assert_eq!(import.counts.accepted, i64::try_from(rows).unwrap(), "{:?}", import.findings.first());
    assert_eq!((world.count("record"), world.count("revision")), (rows, rows));
    let returned = statuses(&world.file(&import).await);
    assert_eq!(returned.len(), rows);
    assert!(returned.iter().all(|status| status == "accepted"));
}

#[rstest]
#[tokio::test]
async fn more_than_one_transaction_can_hold_is_not_kept_all_or_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, MOST_ATOMIC_ROWS / 10 + 1).await;
    let refusal = world.refusal(csv(&file(&world, MOST_ATOMIC_ROWS + 1), Atomicity::All)).await;
    assert_eq!(refusal.findings[0].rule, "IMPORT-SIZE");
    let import = world.import(&file(&world, MOST_ATOMIC_ROWS), Atomicity::All).await;
    assert_eq!(import.counts.accepted, i64::try_from(MOST_ATOMIC_ROWS).unwrap());
}
