//! A request to import may be repeated, at once, later, and after a server has died in the middle.

use cartotek_domain::id::ImportId;
use cartotek_domain::problem::Problem;
use cartotek_persistence::session::job::ImportJob;
use cartotek_persistence::{Engine, StoreError, WriteSession};
use cartotek_service::import::Atomicity;
use cartotek_service::{Act, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;

use crate::world::{World, csv, table};

#[rstest]
#[tokio::test]
async fn an_equal_request_gets_the_stored_answer(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let file = table(&[world.row(0, "D100", "2024-05-01")]);
    let first = world.try_import(&world.keyed("k", &file), csv(&file, Atomicity::All)).await.unwrap();
    let events = world.count("audit_event");
    let again = world.try_import(&world.keyed("k", &file), csv(&file, Atomicity::All)).await.unwrap();
    assert!(again.replayed);
    assert_eq!((&again.value, &again.receipt), (&first.value, &first.receipt));
    assert_eq!(world.count("audit_event"), events + 1, "giving it again is a look at the patients in it");
    let other = world.try_import(&world.keyed("k", "other"), csv(&file, Atomicity::All)).await;
    assert_eq!(other, Err(ServiceError::refused(Problem::IdempotencyKeyReused)));
}

#[rstest]
#[tokio::test]
async fn a_key_is_needed_and_a_dry_run_leaves_it_free(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let file = table(&[world.row(0, "D100", "2024-05-01")]);
    let without = world.try_import(&world.ground.act(), csv(&file, Atomicity::All)).await;
    assert_eq!(without.map_err(|error| error.problem()), Err(Problem::InvalidParameter));
    let dry = Act { dry_run: true, ..world.keyed("k", "dry") };
    let dry = world.try_import(&dry, csv(&file, Atomicity::All)).await.unwrap();
    assert_eq!(dry.receipt, None);
    let real = world.try_import(&world.keyed("k", &file), csv(&file, Atomicity::All)).await.unwrap();
    assert_eq!((real.replayed, real.value.counts.accepted), (false, 1));
}

/// Another server works on the key, then dies.
#[rstest]
#[tokio::test]
async fn a_dead_import_is_taken_over(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let rows = [world.row(0, "D100", "2024-05-01"), world.row(1, "D100", "2024-05-01")];
    let file = table(&rows);
    let act = world.keyed("k", &file);
    world.import(&table(&rows[..1]), Atomicity::Row).await;
    let now = world.ground.service.now();
    let dead = ImportJob {
        id: ImportId::next(world.ground.service.ids()),
        actor: world.granted().caller().actor,
        site: "KAR".parse().unwrap(),
        form: Some("follow_up".to_owned()),
        format: "csv".to_owned(),
        atomicity: "row".to_owned(),
        dry_run: false,
        state: "running".to_owned(),
        rows_total: 2,
        rows_accepted: 1,
        rows_refused: 0,
        rows_done: 1,
        mapping: None,
        started_at: now,
        finished_at: None,
        expires_at: now + TimeDelta::minutes(2),
    };
    let (key, id) = (act.key.clone().unwrap(), dead.id);
    let work = move |tx: &mut dyn WriteSession| {
        tx.claim_answer(dead.actor, &key.key, *key.fingerprint.as_bytes(), now)?;
        tx.store_answer(dead.actor, &key.key, &format!("{{\"running\":\"{id}\"}}"), None)?;
        tx.insert_import_job(&dead)
    };
    world.ground.database.store.write::<_, StoreError>("die", work).await.unwrap();

    let running = world.try_import(&act, csv(&file, Atomicity::Row)).await;
    assert_eq!(running, Err(ServiceError::refused(Problem::ImportRunning)));
    let status = world.ground.service.import_status(&world.granted(), &world.ground.act(), id).await;
    assert_eq!(status.unwrap().value.state.name(), "running");

    world.ground.clock.advance(TimeDelta::minutes(3));
    let status = world.ground.service.import_status(&world.granted(), &world.ground.act(), id).await;
    assert_eq!(status.unwrap().value.state.name(), "interrupted");
    let taken = world.try_import(&act, csv(&file, Atomicity::Row)).await.unwrap();
    assert_eq!((taken.value.counts.accepted, taken.value.counts.already_there), (1, 1));
    assert_eq!(world.count("record"), 2);
    assert!(world.try_import(&act, csv(&file, Atomicity::Row)).await.unwrap().replayed);
}

#[rstest]
#[tokio::test]
async fn equal_requests_at_once_make_one_import(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 8).await;
    let rows: Vec<_> = (0..8).map(|patient| world.row(patient, "D100", "2024-05-01")).collect();
    let file = table(&rows);
    let act = world.keyed("k", &file);
    let one = || world.try_import(&act, csv(&file, Atomicity::Row));
    let answers = tokio::join!(one(), one(), one(), one());
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        match answer {
            Ok(done) => assert_eq!(done.value.counts.accepted, 8),
            Err(error) => assert_eq!(error.problem(), Problem::ImportRunning),
        }
    }
    assert_eq!(world.count("record"), 8);
    assert_eq!(world.count("import_job"), 1);
}

/// Different keys, one file: nobody's row is doubled, whoever comes first.
#[rstest]
#[tokio::test]
async fn two_imports_of_one_file_at_once_write_it_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Atomicity::All, Atomicity::Row)] atomicity: Atomicity,
) {
    let world = World::start(engine, 20).await;
    let rows: Vec<_> = (0..20).map(|patient| world.row(patient, "D100", "2024-05-01")).collect();
    let file = table(&rows);
    let (a, b, c) = tokio::join!(
        world.import(&file, atomicity),
        world.import(&file, atomicity),
        world.import(&file, atomicity)
    );
    let total = |count: fn(&cartotek_service::import::Counts) -> i64| -> i64 {
        [&a, &b, &c].iter().map(|import| count(&import.counts)).sum()
    };
    assert_eq!((total(|counts| counts.accepted), total(|counts| counts.already_there)), (20, 40));
    assert_eq!(world.count("record"), 20);
}
