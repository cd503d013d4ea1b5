//! A schedule is laid over every patient when it was published, though the server stopped half-way, and not in a dry run.

use cartotek_forms::SchemaSet;
use cartotek_persistence::{Engine, StoreError, WriteSession};
use cartotek_service::Act;
use rstest::rstest;

use crate::patient::Treated;

/// A list that decides what is expected, one space longer than the one that is published.
fn revised() -> SchemaSet {
    let mut bytes = include_bytes!("../../../../schemas/codelists/indication_group.json").to_vec();
    bytes.push(b' ');
    SchemaSet { documents: [("codelists/indication_group.json".to_owned(), bytes)].into() }
}

fn nothing() -> SchemaSet {
    SchemaSet { documents: [].into() }
}

async fn publish(patient: &Treated, act: &Act, set: SchemaSet) {
    patient.ground.service.publish_as_system(act, set).await.unwrap();
}

/// Takes the items of the patient away; `due`: as if a schedule had been published that is not laid yet.
async fn lose_items(patient: &Treated, due: bool) {
    let id = patient.schedule().await[0].entry.patient;
    let lose = move |tx: &mut dyn WriteSession| {
        if due {
            tx.bump_generation("schedules_due")?;
        }
        tx.put_schedule(id, &[])?;
        Ok::<_, StoreError>(())
    };
    patient.ground.database.store.write("lose items", lose).await.unwrap();
    assert_eq!(patient.schedule().await, []);
}

#[rstest]
#[tokio::test]
async fn a_publication_lays_what_another_left(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let schedule = patient.schedule().await;
    lose_items(&patient, true).await;
    publish(&patient, &patient.ground.dry(), nothing()).await;
    assert_eq!(patient.schedule().await, [], "a dry run writes nothing");
    publish(&patient, &patient.ground.act(), nothing()).await;
    assert_eq!(patient.schedule().await, schedule);
    // Laid once, it is not laid again for nothing.
    what_is_not_due_is_not_laid(&patient).await;
}

/// With nothing due, a publication of nothing changes nothing; one of what shapes schedules lays them.
async fn what_is_not_due_is_not_laid(patient: &Treated) {
    let schedule = patient.schedule().await;
    lose_items(patient, false).await;
    publish(patient, &patient.ground.act(), nothing()).await;
    let due = || patient.ground.database.dump()["finding_due"].len();
    let before = due();
    publish(patient, &patient.ground.dry(), revised()).await;
    assert_eq!((patient.schedule().await, due()), (Vec::new(), before));
    publish(patient, &patient.ground.act(), revised()).await;
    assert_eq!(patient.schedule().await, schedule);
    patient.check().await;
}
