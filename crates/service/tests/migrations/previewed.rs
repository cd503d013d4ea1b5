//! A preview tells what the migration then does; one that was interrupted goes on.

use std::slice;

use cartotek_crypto::random::{SeededRandom, bytes};
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::record::Correction;
use cartotek_service::record::migrate::RecordMigration;
use rstest::rstest;

use crate::network::{any_migration, any_record};
use crate::registry::{Registry, complete, total, without};

/// Registries of random records, locks and marks: every part of the preview is the part that follows.
#[rstest]
#[tokio::test]
async fn a_preview_is_the_real_run(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(1, 2, 3, 4, 5, 6)] seed: u64,
) {
    let registry = Registry::start(engine, 23).await;
    let random = SeededRandom::new(seed);
    // One that comes along in any case.
    registry.registration(0, complete()).await;
    for patient in 1..registry.patients.len() {
        any_record(&registry, patient, bytes(&random).unwrap()).await;
    }
    registry.publish_registration().await;
    let migration = any_migration(bytes(&random).unwrap());
    let rows = |table: &str| registry.ground.database.dump()[table].clone();
    let (records, revisions) = (rows("record"), rows("revision"));
    let preview = registry.preview_all(&migration).await;
    assert_eq!((rows("record"), rows("revision")), (records, revisions), "a preview keeps nothing");
    let run = registry.migrate_all(&migration).await;
    assert_eq!(run, preview);
    let migrated = usize::try_from(total(&run, MigrationOutcome::Migrated)).unwrap();
    assert!(migrated > 0);
    assert_eq!(registry.count("record") + migrated, registry.count("revision"));

    let again = registry.migrate_all(&migration).await;
    assert_eq!(total(&again, MigrationOutcome::Migrated), 0);
    for outcome in [MigrationOutcome::Refused, MigrationOutcome::Locked, MigrationOutcome::Marked] {
        assert_eq!(total(&again, outcome), total(&run, outcome), "{outcome:?}");
    }
    registry.check().await;
}

/// What somebody has changed since the preview is not migrated unseen, nor is anything else of the part.
#[rstest]
#[tokio::test]
async fn what_was_previewed_is_done_or_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let registry = Registry::start(engine, 2).await;
    registry.registration(0, complete()).await;
    let record = registry.registration(1, complete()).await.record.id;
    registry.publish_registration().await;
    let previewed = async || {
        let digest = registry.preview(&Registry::migration(), None).await.digest;
        RecordMigration { previewed: Some(digest), ..Registry::migration() }
    };
    let stale = previewed().await;
    let amendment =
        Amendment { reason: AmendmentReason::SourceUpdate, text: "Found in the chart.".to_owned() };
    let correction = Correction { content: without("ebmt_uic"), amendment, acknowledgements: Vec::new() };
    let (service, granted) = (&registry.ground.service, registry.ground.data_manager("KAR"));
    service.amend(&granted, &registry.ground.act(), record, 1, correction).await.unwrap();

    let granted = registry.ground.data_manager("KAR");
    let answer = service.migrate_records(&granted, &registry.ground.act(), stale, None).await;
    let Err(ServiceError::Refused(refusal)) = answer else { panic!("not refused: {answer:?}") };
    assert_eq!(refusal.problem, Problem::WrongState);
    assert!(refusal.detail.unwrap().en.contains("preview it again"));
    assert_eq!(registry.count("revision"), 3, "two registrations and the amendment");

    let fresh = previewed().await;
    let part = registry.migrate(&fresh, None).await;
    assert_eq!(
        (total(slice::from_ref(&part), MigrationOutcome::Migrated), Some(part.digest)),
        (2, fresh.previewed)
    );
    registry.check().await;
}

#[rstest]
#[tokio::test]
async fn an_interrupted_migration_begins_again_and_does_nothing_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut registry = Registry::start(engine, 23).await;
    for patient in 0..registry.patients.len() {
        registry.registration(patient, complete()).await;
    }
    registry.publish_registration().await;
    let migration = Registry::migration();
    let first = registry.migrate(&migration, None).await;
    assert!(first.next.is_some());
    let done = total(&[first], MigrationOutcome::Migrated);
    registry.ground.restart().await;
    let rest = registry.migrate_all(&migration).await;
    assert_eq!(done + total(&rest, MigrationOutcome::Migrated), 23);
    assert_eq!((registry.count("record"), registry.count("revision")), (23, 46));
    let again = registry.migrate_all(&RecordMigration { from: Some(1), ..migration }).await;
    assert_eq!((again.len(), again[0].records.len(), again[0].next), (1, 0, None));
    registry.check().await;
}
