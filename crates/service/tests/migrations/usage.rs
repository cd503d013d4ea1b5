//! How many records have which version: exactly for the site, and nothing of few for the network.

use std::slice;

use cartotek_domain::access::Role;
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::patient::ParticipationRole;
use cartotek_persistence::Engine;
use cartotek_service::form_usage::FormUsage;
use cartotek_service::record::migrate::RecordMigration;
use cartotek_service::transfer::Transfer;
use rstest::rstest;
use serde_json::json;

use crate::registry::{FORM, Registry, complete, site, total};

async fn of_network(registry: &Registry, role: Role) -> Vec<FormUsage> {
    let (service, act) = (&registry.ground.service, registry.ground.act());
    service.form_usage(&registry.ground.network(role), &act, FORM.to_owned()).await.unwrap().value
}

async fn of_site(registry: &Registry, site: &str) -> Vec<FormUsage> {
    let (service, act) = (&registry.ground.service, registry.ground.act());
    service.form_usage(&registry.ground.data_manager(site), &act, FORM.to_owned()).await.unwrap().value
}

#[rstest]
#[tokio::test]
async fn the_network_gets_tens_and_no_figure_of_few(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 13).await;
    for patient in 0..9 {
        registry.registration(patient, complete()).await;
    }
    registry.record(9, FORM, complete(), None).await;
    for role in [Role::Coordinator, Role::Admin] {
        assert_eq!(of_network(&registry, role).await, [], "nine and one");
    }
    for patient in 10..13 {
        registry.registration(patient, complete()).await;
    }
    let told = FormUsage {
        version: 1,
        site: site(),
        drafts: None,
        submitted: Some(10),
        left_behind: None,
        leads_to: Vec::new(),
    };
    for role in [Role::Coordinator, Role::Admin] {
        assert_eq!(of_network(&registry, role).await, slice::from_ref(&told), "twelve, and one draft");
    }
    let exact = FormUsage { drafts: Some(1), submitted: Some(12), left_behind: Some(0), ..told };
    assert_eq!(of_site(&registry, "KAR").await, [exact]);
    assert_eq!(of_site(&registry, "UPP").await, []);
}

/// What a site has left behind is told as such; a draft among it comes along from whoever goes on with it.
#[rstest]
#[tokio::test]
async fn a_draft_that_was_left_behind_comes_along_once_it_is_taken_over(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 2).await;
    let draft = registry.record(0, FORM, json!({ "sex": "male" }), None).await.record.id;
    registry.registration(1, complete()).await;
    let (service, ground) = (&registry.ground.service, &registry.ground);
    let (to_site, on) = ("UPP".parse().unwrap(), "2026-03-01".parse().unwrap());
    let transfer = Transfer { to_site, role: ParticipationRole::Treating, on, keep_role: None };
    let patient = registry.patients[0].0;
    service.transfer(&ground.data_manager("KAR"), &ground.act(), patient, transfer).await.unwrap();
    registry.publish_registration().await;

    let [usage] = &of_site(&registry, "KAR").await[..] else { panic!("one version") };
    assert_eq!((usage.drafts, usage.submitted, usage.left_behind), (Some(1), Some(1), Some(1)));
    let here = registry.migrate_all(&Registry::migration()).await;
    assert_eq!((here[0].records.len(), total(&here, MigrationOutcome::Migrated)), (1, 1));
    let there = RecordMigration { site: "UPP".parse().unwrap(), ..Registry::migration() };
    let migrate = async || {
        let (granted, act) = (ground.data_manager("UPP"), ground.act());
        service.migrate_records(&granted, &act, there.clone(), None).await.unwrap().value
    };
    assert_eq!(migrate().await.records, [], "it is not the site's yet");
    let content = json!({ "sex": "male", "region_of_residence": "14" });
    service.replace_draft(&ground.data_manager("UPP"), &ground.act(), draft, 1, content).await.unwrap();
    let part = migrate().await;
    assert_eq!(
        part.records.iter().map(|one| (one.id, one.outcome)).collect::<Vec<_>>(),
        [(draft, MigrationOutcome::Migrated)]
    );
    let [usage] = &of_site(&registry, "UPP").await[..] else { panic!("one version") };
    assert_eq!((usage.version, usage.drafts, usage.left_behind), (2, Some(1), Some(0)));
    registry.check().await;
}
