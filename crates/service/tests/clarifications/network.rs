//! What the network is told of a run.

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_persistence::{Engine, ReadSession};
use cartotek_service::clarification::{ClarificationRun, RuleCount};
use rstest::rstest;

use crate::world::{World, no_men};

fn figures(count: &RuleCount) -> [Option<u64>; 3] {
    [count.opened, count.already_open, count.closed]
}

/// Patients of Karolinska and one of Uppsala whom a later rule asks about.
async fn world(engine: Engine, patients: usize) -> World {
    let world = World::start(engine).await;
    for _ in 0..patients {
        world.patient().await;
    }
    let small = world.enrol("UPP").await;
    world.register("UPP", small, Vec::new()).await;
    world.publish(&[no_men()]).await;
    world
}

#[rstest]
#[tokio::test]
async fn the_network_sees_no_count_of_few(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(4, 5, 10, 13)] patients: usize,
) {
    let world = world(engine, patients).await;
    let (by, act) = (world.coordinator(), world.ground.dry());
    let dry = world.run_as(&by, &act, ClarificationRun::default()).await.unwrap().value;
    match patients {
        4 => assert_eq!((dry.records, dry.counts), (None, vec![]), "four patients"),
        5 => assert_eq!((dry.records, dry.counts), (None, vec![]), "five questions are fewer than ten"),
        _ => {
            assert_eq!(dry.records, Some(10), "in tens; the form of the small site is in no figure");
            assert_eq!(figures(&dry.counts[0]), [Some(10), None, None]);
        }
    }
}

#[rstest]
#[tokio::test]
async fn what_the_network_asks_is_told_by_its_event(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = world(engine, 1).await;
    let (by, act) = (world.coordinator(), world.ground.act());
    let run = world.run_as(&by, &act, ClarificationRun::default()).await.unwrap();
    assert_eq!((run.value.counts, world.count("clarification")), (vec![], 2));
    let id = run.receipt.unwrap().event;
    let find = move |session: &mut dyn ReadSession| session.event(id);
    let stored = world.ground.database.store.read("find event", find).await.unwrap().unwrap();
    let event = AuditEvent::from_canonical(&stored.canonical).unwrap();
    assert_eq!((event.action.as_str(), event.outcome), ("clarifications.run", Outcome::Changed));
    assert!(event.reason.is_some_and(|hash| hash.len() == 64), "the hash of what was asked");
}
