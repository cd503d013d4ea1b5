//! An erasure and a lock at once: a lock holds up no erasure, and none is left over a record that is gone.

use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::lock::NewTarget;
use rstest::rstest;

use crate::looking::assert_clean;
use crate::world::{World, problem};

#[rstest]
#[tokio::test]
async fn no_lock_outlives_its_record(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let ground = &world.ground;
    for number in 0..8 {
        let person = world.treat(&format!("KTE-4811{number}"), None).await;
        world.opt_out(person.pseudonym).await;
        let (manager, acts) = (ground.data_manager("KAR"), [ground.act(), ground.act()]);
        let target = NewTarget::Record(person.infusion);
        let (erased, locked) = tokio::join!(
            world.try_erase("KAR", &acts[0], person.pseudonym),
            ground.service.create_lock(&manager, &acts[1], target, "Frozen".to_owned()),
        );
        let erased = erased.unwrap().value;
        assert_eq!((erased.records, erased.locks), (1, usize::from(locked.is_ok())));
        if locked.is_err() {
            assert_eq!(problem(locked), Problem::NotFound, "the record is gone");
        }
        assert!(ground.database.dump()["record_lock"].is_empty());
    }
    assert_clean(&world.check().await);
}
