//! A migration and a lock at once: the record was migrated first, or is left as it is.

use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::lock::LockKind;
use cartotek_persistence::Engine;
use cartotek_service::lock::NewTarget;
use cartotek_service::record::migrate::RecordMigration;
use rstest::rstest;

use crate::common::added_at;
use crate::registry::{Registry, complete, site};

#[rstest]
#[tokio::test]
async fn no_migration_slips_past_a_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(LockKind::Record, LockKind::Patient, LockKind::Site)] kind: LockKind,
) {
    let registry = Registry::start(engine, 8).await;
    let mut ids = Vec::new();
    for patient in 0..registry.patients.len() {
        ids.push(registry.registration(patient, complete()).await.record.id);
    }
    registry.publish_registration().await;
    let ground = &registry.ground;
    for (id, (patient, _)) in ids.into_iter().zip(&registry.patients) {
        let target = match kind {
            LockKind::Record => NewTarget::Record(id),
            LockKind::Patient => NewTarget::Patient(*patient),
            LockKind::Site => NewTarget::Site(site(), ground.service.today()),
        };
        let migration = RecordMigration { records: vec![id], ..Registry::migration() };
        let (manager, act) = (ground.data_manager("KAR"), ground.act());
        ground.database.statements();
        let (part, locked) = tokio::join!(
            registry.migrate(&migration, None),
            ground.service.create_lock(&manager, &act, target, "Frozen".to_owned()),
        );
        let statements = ground.database.statements();
        let revision = added_at(&statements, "revision");
        match part.records[0].outcome {
            MigrationOutcome::Migrated => assert!(
                revision.is_some() && revision < added_at(&statements, "record_lock"),
                "{statements:#?}"
            ),
            outcome => assert_eq!((outcome, revision), (MigrationOutcome::Locked, None), "{statements:#?}"),
        }
        ground.unlock(locked.unwrap().value.lock.id).await;
    }
    registry.check().await;
}
