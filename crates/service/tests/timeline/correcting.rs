//! A course that was opened for another indication than the right one: what rules find by it.

use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::Engine;
use cartotek_service::course::CourseCorrection;
use rstest::rstest;

use crate::common::content::lymphodepleted;
use crate::world::{Patient, World};

impl World {
    async fn correct_indication(&self, patient: &Patient, expected: i64, indication: &str) {
        let (service, manager) = (&self.ground.service, self.ground.data_manager("KAR"));
        let correction =
            CourseCorrection { indication: Some(indication.to_owned()), ..CourseCorrection::default() };
        let (act, reason) = (self.ground.act(), AmendmentReason::QueryResolution);
        service.correct_course(&manager, &act, patient.course, expected, correction, reason).await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn a_corrected_indication_is_what_rules_look_at(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let diagnosed = world.submit(&patient, "pre_infusion", lymphodepleted("2026-02-05")).await.record.id;
    world.judge().await;
    let found = world.stands(&patient, diagnosed, "R-DIAG-02").await.unwrap();
    assert!(found.message.en.contains("the one for which the course was opened"), "{}", found.message.en);

    world.correct_indication(&patient, 1, "CLL").await;
    assert_eq!(world.judge().await, 1);
    assert_eq!(world.stands(&patient, diagnosed, "R-DIAG-02").await, None);
    world.assert_clean().await;

    world.correct_indication(&patient, 2, "MM").await;
    assert_eq!(world.judge().await, 1);
    assert!(world.stands(&patient, diagnosed, "R-DIAG-02").await.is_some());
    world.assert_clean().await;
}
