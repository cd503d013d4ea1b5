//! A record in two versions of its form: each content stays readable in its own, and amendable as long as it is the latest.

use std::collections::BTreeMap;

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason, RecordStatus};
use cartotek_persistence::{Engine, Page, StoreError};
use cartotek_service::form_usage::FormUsage;
use cartotek_service::record::{Correction, Version};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::next_version::{next_version, second_version};
use crate::registry::{FORM, Registry, complete, migration_of, site, total, without};

/// The content of a revision.
fn content(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

async fn usage(registry: &Registry) -> Vec<(u32, u64, u64, Vec<u32>)> {
    let (service, act) = (&registry.ground.service, registry.ground.act());
    let usage = service.form_usage(&registry.ground.data_manager("KAR"), &act, FORM.to_owned()).await;
    let told = |one: FormUsage| {
        assert_eq!((one.site, one.left_behind), (site(), Some(0)));
        (one.version, one.drafts.unwrap(), one.submitted.unwrap(), one.leads_to)
    };
    usage.unwrap().value.into_iter().map(told).collect()
}

#[rstest]
#[tokio::test]
async fn a_migrated_record_has_its_answers_in_both_versions(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 3).await;
    let file = registry.registration(0, complete()).await;
    let other = registry.registration(1, without("registration_date")).await;
    let draft = registry.record(2, FORM, json!({ "sex": "male", "region_of_residence": "14" }), None).await;
    assert_eq!(usage(&registry).await, [(1, 1, 2, vec![])]);
    registry.publish_registration().await;
    assert_eq!(usage(&registry).await, [(1, 1, 2, vec![2])]);
    let part = registry.migrate(&Registry::migration(), None).await;
    let outcomes = BTreeMap::from([(MigrationOutcome::Migrated, 2), (MigrationOutcome::Refused, 1)]);
    assert_eq!((part.outcomes, part.next), (outcomes, None));
    assert_eq!(usage(&registry).await, [(1, 0, 1, vec![2]), (2, 1, 1, vec![])]);

    let now = registry.stored(file.record.id, Version::Current).await;
    let expected = json!({
        "registration_date": "2026-01-05", "birth_year_month": "1961-04", "sex": "female", "county": "14",
        "legal_basis": "quality_register", "registered_by": "clinic",
    });
    assert_eq!(content(&now.revision.content), expected);
    assert_eq!(
        (now.revision.number, now.revision.form_version, now.record.status),
        (2, 2, RecordStatus::Submitted)
    );
    let amendment = now.revision.amendment.unwrap();
    assert_eq!(amendment.reason, AmendmentReason::SchemaMigration);
    assert_eq!(amendment.text, "patient_registration 1 → 2");
    let before = registry.stored(file.record.id, Version::Number(1)).await;
    assert_eq!((content(&before.revision.content), before.revision.form_version), (complete(), 1));
    let drafted = registry.stored(draft.record.id, Version::Current).await;
    assert_eq!(
        content(&drafted.revision.content),
        json!({ "sex": "male", "county": "14", "registered_by": "clinic" })
    );
    assert_eq!((drafted.record.status, drafted.revision.form_version), (RecordStatus::Draft, 2));
    assert_eq!(registry.stored(other.record.id, Version::Current).await.revision, other.revision);
    registry.check().await;
}

/// What stays in its version is amended there; once it has what the later one wants, it can come along.
#[rstest]
#[tokio::test]
async fn an_old_version_stays_amendable(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let registry = Registry::start(engine, 1).await;
    let file = registry.registration(0, without("registration_date")).await;
    registry.publish_registration().await;
    let refused = registry.migrate_all(&Registry::migration()).await;
    assert_eq!(total(&refused, MigrationOutcome::Refused), 1);
    let found: Vec<_> =
        refused[0].records[0].findings.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect();
    assert!(found.contains(&("REQUIRED", "/registration_date")), "{found:?}");
    let amendment =
        Amendment { reason: AmendmentReason::SourceUpdate, text: "Found in the chart.".to_owned() };
    let correction = Correction { content: complete(), amendment, acknowledgements: Vec::new() };
    let (granted, act) = (registry.ground.data_manager("KAR"), registry.ground.act());
    let amended =
        registry.ground.service.amend(&granted, &act, file.record.id, 1, correction).await.unwrap().value;
    assert_eq!((amended.revision.form_version, amended.findings), (1, Vec::new()));
    assert_eq!(
        content(&amended.revision.content)["ebmt_uic"],
        "SE-0815-A",
        "a question of the first version alone"
    );
    let migrated = registry.migrate_all(&Registry::migration()).await;
    assert_eq!(total(&migrated, MigrationOutcome::Migrated), 1);
    let now = registry.stored(file.record.id, Version::Current).await.revision;
    assert_eq!((now.number, now.form_version), (3, 2));
    registry.check().await;
}

/// Reasons given for warnings go along; for others one is given, or the record stays.
#[rstest]
#[tokio::test]
async fn warnings_keep_their_reasons(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let registry = Registry::start(engine, 2).await;
    let reason = |rule: &str, pointer: &str, reason: &str| Acknowledgement {
        rule: rule.to_owned(),
        pointer: pointer.to_owned(),
        reason: reason.to_owned(),
    };
    let infusion = json!({
        "infusion_no": 1, "infusion_date": "2026-02-12", "infusion_started_at": "2026-02-12T10:40:00+01:00",
        "batch_id": "KTE-48112", "bag_ids": ["KTE-48112-1"], "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": 150, "post_thaw_viability_pct": 84,
        "premedication": ["paracetamol", "antihistamine"], "infusion_reaction": "no",
    });
    let explained = vec![reason("R-INF-04B", "/batch_id", "The product form comes later.")];
    let infused = registry.record(0, "infusion", infusion, Some(explained.clone())).await;
    let unknown = registry.registration(1, without("region_of_residence")).await;
    registry.publish(next_version("infusion", &second_version("infusion"), &json!({}), None)).await;
    registry.publish_registration().await;
    let part = registry.migrate(&migration_of("infusion"), None).await;
    assert_eq!(total(&[part], MigrationOutcome::Migrated), 1);
    let now = registry.stored(infused.record.id, Version::Current).await;
    assert_eq!((now.revision.form_version, now.revision.acknowledgements), (2, explained));
    let standing: Vec<_> = now.findings.unwrap().into_iter().map(|one| one.rule).collect();
    assert_eq!(standing, ["R-INF-04B"], "it goes on standing in the record");

    let part = registry.migrate(&Registry::migration(), None).await;
    let rules: Vec<_> = part.findings.iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(rules, ["ACKNOWLEDGE", "R-PAT-90"]);
    let mut migration = Registry::migration();
    migration.acknowledgement = Some("Asked from version 2 on.".to_owned());
    let part = registry.migrate(&migration, None).await;
    assert_eq!(total(&[part], MigrationOutcome::Migrated), 1);
    let now = registry.stored(unknown.record.id, Version::Current).await.revision;
    assert_eq!(now.acknowledgements, [reason("R-PAT-90", "/county", "Asked from version 2 on.")]);
    registry.check().await;
}

/// One event per part: it names what was changed, and whom was looked at.
#[rstest]
#[tokio::test]
async fn a_part_leaves_one_event_that_names_every_record(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 3).await;
    let first = registry.registration(0, complete()).await.record.id;
    let second = registry.registration(1, complete()).await.record.id;
    let third = registry.registration(2, without("registration_date")).await.record.id;
    registry.publish_registration().await;
    let before = events(&registry).await.len();
    registry.preview(&Registry::migration(), None).await;
    let (service, ground) = (&registry.ground.service, &registry.ground);
    let (granted, act) = (ground.data_manager("KAR"), ground.act());
    let done = service.migrate_records(&granted, &act, Registry::migration(), None).await.unwrap();
    let receipt = done.receipt.unwrap();
    let events = events(&registry).await.split_off(before);
    let [preview, change] = &events[..] else { panic!("{} events", events.len()) };
    assert_eq!(
        (preview.outcome, change.outcome, change.id),
        (Outcome::Read, Outcome::Changed, receipt.event)
    );
    assert_eq!(change.reason.as_deref(), Some("schema_migration"));
    for event in [preview, change] {
        assert_eq!((event.action.as_str(), event.unit.as_deref()), ("records.migrate", Some("KAR")));
        let named = |id: &cartotek_domain::id::RecordId| {
            event.subjects.iter().any(|one| one.table == "record" && one.row == id.to_string())
        };
        assert!([first, second, third].iter().all(named), "{:?}", event.subjects);
    }
    assert!(preview.subjects.iter().all(|one| one.after.is_none()));
    let changed: Vec<_> = change.subjects.iter().filter(|one| one.after.is_some()).collect();
    assert_eq!(changed.len(), 4, "two records with a revision each");
    assert!(changed.iter().all(|one| one.row != third.to_string()));
}

async fn events(registry: &Registry) -> Vec<AuditEvent> {
    let stored = registry
        .ground
        .database
        .store
        .read::<_, StoreError>("read events", |session| session.events(&Page::first(u16::MAX)));
    let stored = stored.await.unwrap().items;
    stored.iter().map(|event| AuditEvent::from_canonical(&event.canonical).unwrap()).collect()
}
