//! One door: a record that comes from the version before is judged as one that is sent by itself.

use std::sync::Arc;

use cartotek_domain::access::PatientScope;
use cartotek_domain::fact::Salt;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{RecordId, RevisionId};
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_forms::{Form, SchemaSet, canonical};
use cartotek_persistence::{Engine, StoreError, WriteSession};
use cartotek_service::ServiceError;
use cartotek_service::forms::Subject;
use cartotek_service::record::NewRecord;
use cartotek_service::record::migrate::RecordMigration;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::next_version::{next_version, second_version};
use crate::registry::migration_of;
use crate::world::World;

/// Every example of every form, as a record and as a record that is migrated from the version before, which asked the same,
/// among the milestones it names: both get the same findings, byte for byte. What a file of them gets is shown in the tests of
/// imports.
#[rstest]
#[tokio::test]
async fn a_migrated_record_is_judged_as_a_single_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1000).await;
    world.ground.clock.advance(TimeDelta::days(263));
    let first = Arc::clone(&world.ground.service.forms().unwrap().forms);
    let mut set = SchemaSet::default();
    for form in first.latest() {
        let second = second_version(form.code());
        set.documents.extend(next_version(form.code(), &second, &json!({}), None).documents);
    }
    world.ground.service.publish_as_system(&world.ground.act(), set).await.unwrap();
    let published = world.ground.service.forms().unwrap();
    let (mut judged, mut found) = (0, 0);
    for form in published.forms.latest() {
        assert_eq!(form.version(), 2, "{}", form.code());
        for example in form.examples() {
            let (name, content) = (format!("{} {}", form.code(), example.name), &example.content);
            world.seed(judged, &example.milestones).await;
            let single = single(&world, judged, form, content).await;
            let migrated = migrated(&world, judged, form, content).await;
            assert_eq!(bytes_of(&migrated), bytes_of(&single), "{name}: {migrated:?} {single:?}");
            found += usize::from(!single.is_empty());
            judged += 1;
        }
    }
    assert!(judged > 100 && found > 50, "{judged} examples, {found} with findings");
}

fn bytes_of(findings: &[Finding]) -> Vec<u8> {
    serde_json::to_vec(findings).unwrap()
}

/// What the API finds.
async fn single(world: &World, patient: usize, form: &Form, content: &Value) -> Vec<Finding> {
    let new = NewRecord {
        patient: world.patients[patient],
        course: (form.subject() == Subject::Course).then_some(world.courses[patient]),
        form: form.code().to_owned(),
        form_version: None,
        content: content.clone(),
        submission: Some(Vec::new()),
    };
    let granted = world.ground.data_manager("KAR");
    match world.ground.service.create_record(&granted, &world.ground.dry(), new).await {
        Ok(done) => done.value.findings,
        Err(ServiceError::Refused(refusal)) => refusal.findings,
        Err(other) => panic!("{other}"),
    }
}

/// What migrating a record of the version before finds.
async fn migrated(world: &World, patient: usize, form: &Form, content: &Value) -> Vec<Finding> {
    let id = submitted_before(world, patient, form, content).await;
    let migration = RecordMigration { records: vec![id], ..migration_of(form.code()) };
    let (granted, act) = (world.ground.data_manager("KAR"), world.ground.act());
    let part = world.ground.service.preview_migration(&granted, &act, migration, None).await.unwrap().value;
    let [record] = &part.records[..] else { panic!("{} records", part.records.len()) };
    record.findings.clone()
}

/// A submitted record of version 1 with any content, as if that version had asked for less.
async fn submitted_before(world: &World, patient: usize, form: &Form, content: &Value) -> RecordId {
    let (service, pseudonym) = (&world.ground.service, world.patients[patient]);
    let find = move |session: &mut dyn cartotek_persistence::ReadSession| {
        session.patient(&pseudonym, &PatientScope::Every)
    };
    let found = world.ground.database.store.read::<_, StoreError>("find patient", find).await.unwrap();
    let (id, now, salt) = (RecordId::next(service.ids()), service.now(), Salt::default());
    let record = Record {
        id,
        patient: found.unwrap().id,
        course: (form.subject() == Subject::Course).then_some(world.courses[patient]),
        form: form.code().to_owned(),
        natural_key: "of version 1".to_owned(),
        status: RecordStatus::Submitted,
        revision: 1,
        site: "KAR".parse().unwrap(),
        created_at: now,
        submitted_at: Some(now),
        salt,
    };
    let revision = Revision {
        id: RevisionId::next(service.ids()),
        record: id,
        patient: record.patient,
        number: 1,
        status: RecordStatus::Submitted,
        form_version: 1,
        form_sha256: "0".repeat(64),
        content: canonical(content),
        acknowledgements: Vec::new(),
        amendment: None,
        author: world.granted().caller().actor,
        created_at: now,
        salt,
    };
    let work = move |tx: &mut dyn WriteSession| {
        tx.insert_records(std::slice::from_ref(&record))?;
        tx.insert_revisions(std::slice::from_ref(&revision))
    };
    world.ground.database.store.write::<_, StoreError>("submit before", work).await.unwrap();
    id
}
