//! A lock holds at the door of imports too.

use cartotek_domain::id::LockId;
use cartotek_domain::lock::LockKind;
use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, ImportState};
use cartotek_service::lock::NewTarget;
use rstest::rstest;

use crate::common::added_at;
use crate::world::{ACCEPTED, REFUSED, World, errors, statuses, table};

pub(crate) async fn lock(world: &World, target: NewTarget) -> LockId {
    let (manager, act) = (world.ground.data_manager("KAR"), world.ground.act());
    let locked = world.ground.service.create_lock(&manager, &act, target, "Frozen".to_owned()).await;
    locked.unwrap().value.lock.id
}

/// Karolinska's records up to the middle of 2024.
fn first_half() -> NewTarget {
    NewTarget::Site("KAR".parse().unwrap(), "2024-06-30".parse().unwrap())
}

#[rstest]
#[tokio::test]
async fn a_row_below_a_lock_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 3).await;
    let known = table(&[world.row(0, "D100", "2024-05-01")]);
    assert_eq!(world.import(&known, Atomicity::Row).await.counts.accepted, 1);
    let site = lock(&world, first_half()).await.to_string();
    let patient = lock(&world, NewTarget::Patient(world.patients[2])).await.to_string();
    let rows = table(&[
        world.row(1, "D100", "2024-05-01"),
        world.row(1, "M6", "2024-08-01"),
        world.row(2, "M6", "2024-08-01"),
    ]);
    let whole = world.import(&rows, Atomicity::All).await;
    assert_eq!((whole.state, whole.counts.not_kept, world.count("record")), (ImportState::Refused, 1, 1));
    let dry = world.dry(&rows, Atomicity::Row).await;
    let import = world.import(&rows, Atomicity::Row).await;
    assert_eq!(import.findings, dry.findings);
    assert_eq!(errors(&import.findings), [(2, "", "IMPORT-LOCKED"), (4, "", "IMPORT-LOCKED")]);
    let file = world.file(&import).await;
    assert_eq!(statuses(&file), [REFUSED, ACCEPTED, REFUSED]);
    assert!(file.contains(&site) && file.contains(&patient), "the row says which lock it is: {file}");
    // What is there already changes nothing.
    assert_eq!(world.import(&known, Atomicity::Row).await.counts.already_there, 1);
}

/// What was decided before the lock was there is decided anew: the row was written first, or is refused.
#[rstest]
#[tokio::test]
async fn no_row_slips_past_a_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(LockKind::Patient, LockKind::Site)] kind: LockKind,
) {
    let world = World::start(engine, 8).await;
    for (number, patient) in world.patients.iter().enumerate() {
        let rows = table(&[world.row(number, "D100", "2024-05-01")]);
        let target = if kind == LockKind::Site { first_half() } else { NewTarget::Patient(*patient) };
        world.ground.database.statements();
        let (import, locked) = tokio::join!(world.import(&rows, Atomicity::Row), lock(&world, target));
        let statements = world.ground.database.statements();
        let revision = added_at(&statements, "revision");
        if import.counts.accepted == 1 {
            assert!(revision.is_some() && revision < added_at(&statements, "record_lock"), "{statements:#?}");
        } else {
            assert_eq!(errors(&import.findings), [(2, "", "IMPORT-LOCKED")]);
            assert_eq!(revision, None, "{statements:#?}");
        }
        world.ground.unlock(locked).await;
    }
}
