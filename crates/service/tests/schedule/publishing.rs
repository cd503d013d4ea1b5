//! A schedule is laid over every patient when it was published, though the server stopped half-way, and not in a dry run.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::problem::Problem;
use cartotek_forms::SchemaSet;
use cartotek_persistence::{Engine, StoreError, WriteSession};
use cartotek_service::Act;
use rstest::rstest;

use crate::common::{decision, revised};
use crate::patient::Treated;

fn nothing() -> SchemaSet {
    SchemaSet { documents: [].into() }
}

async fn publish(patient: &Treated, act: &Act, set: SchemaSet) {
    patient.ground.service.publish_as_system(act, set).await.unwrap();
}

/// Takes the items of the patient away; `due`: as if a schedule had been published that is not laid yet.
pub(crate) async fn lose_items(patient: &Treated, due: bool) {
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

/// What it would lay by the schedule that it knows would stand until the patient changes again.
#[rstest]
#[tokio::test]
async fn a_server_that_is_behind_lays_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let patient = Treated::infused(engine, "2026-02-12").await;
    let ground = &patient.ground;
    let (service, other) = (&ground.service, ground.another_server().await);
    other.publish_as_system(&ground.act(), revised()).await.unwrap();
    let yes = decision(ConsentPurpose::BiobankCare, ConsentDecision::Given, "2026-03-01");
    let decide = async || {
        let granted = ground.data_manager("KAR");
        service.record_consent(&granted, &ground.act(), patient.pseudonym, yes.clone()).await
    };
    let refused = decide().await.unwrap_err();
    assert_eq!(refused.problem(), Problem::Unavailable);
    service.refresh_forms().await.unwrap();
    decide().await.unwrap();
    patient.check().await;
}
