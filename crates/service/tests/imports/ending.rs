//! An import that ends before its file: because somebody cancels it, or because its server stops.

use std::sync::{Arc, Mutex};
use std::thread;

use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, Page};
use cartotek_service::import::{Atomicity, Import, ImportState};
use cartotek_service::{Act, Done, Service, ServiceError};
use rstest::rstest;

use crate::world::{World, csv, statuses, table};

/// More than are written at once.
const ROWS: usize = 1_200;
/// As many as are.
const CHUNK: usize = 500;

fn file(world: &World) -> String {
    let time_points = ["D100", "M6", "M12", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y8"];
    let row = |row: usize| {
        let (patient, visit) = (row / 10, row % 10);
        world.row(patient, time_points[visit], &format!("{}-05-01", 2010 + visit))
    };
    table(&(0..ROWS).map(row).collect::<Vec<_>>())
}

/// Imports the file; when its first rows have been written, does something before the next.
async fn import(
    world: &World,
    act: &Act,
    text: &str,
    atomicity: Atomicity,
    then: impl Fn(&Service) + Send + Sync + 'static,
) -> Result<Done<Import>, ServiceError> {
    let service = world.ground.service.clone();
    let progress = Arc::new(move |done: usize, of: usize| {
        assert!(done <= of && of == ROWS);
        if done <= CHUNK {
            then(&service);
        }
    });
    world.ground.service.import(&world.granted(), act, csv(text, atomicity), progress).await
}

#[rstest]
#[tokio::test]
async fn a_cancelled_import_keeps_what_it_has_and_tells_of_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, ROWS / 10).await;
    let text = file(&world);
    let act = world.keyed("k", &text);
    let (granted, cancelling) = (world.granted(), world.ground.act());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let answers = Arc::clone(&asked);
    let job = Arc::new(Mutex::new(None));
    let known = Arc::clone(&job);
    let cancel = move |service: &Service| {
        let (service, granted, act) = (service.clone(), granted.clone(), cancelling.clone());
        // On a thread and runtime of its own: this one waits here.
        let ended = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listed = service.imports(&granted, &act, Page::first(10)).await.unwrap().value.items;
                let id = listed[0].id;
                let twice = [
                    service.cancel_import(&granted, &act, id).await.map(|done| done.value),
                    service.cancel_import(&granted, &act, id).await.map(|done| done.value),
                ];
                let other = service.import_status(&granted, &act, id).await.unwrap().value;
                (id, twice, other)
            })
        });
        let (id, twice, other) = ended.join().unwrap();
        *known.lock().unwrap() = Some(id);
        answers.lock().unwrap().push((twice, other));
    };
    let import = import(&world, &act, &text, Atomicity::Row, cancel).await.unwrap().value;
    let id = job.lock().unwrap().unwrap();
    assert_eq!((import.id, import.state), (id, ImportState::Cancelled));
    let expected = i64::try_from(CHUNK).unwrap();
    assert_eq!((import.done, import.counts.accepted, world.count("record")), (expected, expected, CHUNK));
    assert_eq!(import.rows, i64::try_from(ROWS).unwrap());
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    let [(twice, seen)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(twice[0].as_ref().unwrap().state, ImportState::Cancelling);
    assert_eq!(twice[1].as_ref().map_err(ServiceError::problem), Err(Problem::WrongState));
    assert_eq!((seen.state, seen.done), (ImportState::Cancelling, expected));
    // What nobody has looked at does not come back, and is not kept.
    assert_eq!(statuses(&world.file(&import).await).len(), CHUNK);

    let again = world.try_import(&act, csv(&text, Atomicity::Row)).await.unwrap();
    assert!(again.replayed);
    let on = world.import(&text, Atomicity::Row).await;
    assert_eq!((on.state, on.counts.already_there), (ImportState::Done, expected));
    assert_eq!(world.count("record"), ROWS);
    let late = world.ground.service.cancel_import(&world.granted(), &world.ground.act(), on.id).await;
    assert_eq!(late.map_err(|error| error.problem()), Err(Problem::WrongState));
    let uppsala = world.ground.data_manager("UPP");
    let foreign = world.ground.service.cancel_import(&uppsala, &world.ground.act(), on.id).await;
    assert_eq!(foreign.map_err(|error| error.problem()), Err(Problem::NotFound));
}

#[rstest]
#[tokio::test]
async fn an_import_whose_server_stops_says_so_and_goes_on_with_its_key(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::start(engine, ROWS / 10).await;
    let text = file(&world);
    let act = world.keyed("k", &text);
    let stopped = import(&world, &act, &text, Atomicity::Row, Service::interrupt_imports).await;
    assert_eq!(stopped.map_err(|error| error.problem()), Err(Problem::Unavailable));
    assert_eq!(world.count("record"), CHUNK);

    world.ground.restart().await;
    let (service, act_of_list) = (&world.ground.service, world.ground.act());
    let listed = service.imports(&world.granted(), &act_of_list, Page::first(10)).await.unwrap().value.items;
    let [interrupted] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((interrupted.state, interrupted.done), (ImportState::Interrupted, 500));
    let resumed = world.try_import(&act, csv(&text, Atomicity::Row)).await.unwrap();
    let counts = resumed.value.counts;
    assert_eq!((resumed.replayed, resumed.value.state), (false, ImportState::Done));
    assert_eq!((counts.already_there, counts.accepted), (500, 700));
    assert_eq!(world.count("record"), ROWS);
}
