//! A reason explains what was known when it was given: it silences a rule no longer than that.

use cartotek_domain::access::permission;
use cartotek_persistence::Engine;
use cartotek_service::Page;
use cartotek_service::clarification::{ClarificationQuery, ClarificationRun};
use rstest::rstest;

use crate::common::content::infusion;
use crate::content::{follow_up, relapse};
use crate::world::World;

/// The rule that a follow-up without relapse breaks while an event tells of one.
const RULE: &str = "R-FU-07B";

/// Lets the rule ask; gives how many questions it has asked by then.
async fn ask(world: &World) -> usize {
    let (ground, service) = (&world.ground, &world.ground.service);
    let run = ClarificationRun { rule: Some(RULE.to_owned()), ..ClarificationRun::default() };
    let manager = ground.data_manager::<permission::RunClarifications>("KAR");
    service.run_clarifications(&manager, &ground.act(), run).await.unwrap();
    world.count("clarification")
}

/// Closes the question that is open, saying why the content is right.
async fn close(world: &World) {
    let (ground, service) = (&world.ground, &world.ground.service);
    let reader = ground.data_manager::<permission::ReadClarification>("KAR");
    let query = ClarificationQuery::default();
    let asked = service.clarifications(&reader, &ground.act(), query, Page::first(10)).await.unwrap();
    let open = asked.value.items.into_iter().find(|one| one.state.closed_at.is_none()).unwrap();
    let manager = ground.data_manager::<permission::OpenClarification>("KAR");
    let (id, version) = (open.clarification.id, open.state.version);
    let why = Some("It was seen after the contact.".to_owned());
    service.close_clarification(&manager, &ground.act(), id, version, why).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_reason_explains_what_was_known_when_it_was_given(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.submit(&patient, "infusion", infusion("2026-02-12")).await;
    let event = world.submit(&patient, "event", relapse("2026-05-01")).await.record.id;
    let seen = world.submit(&patient, "follow_up", follow_up("D100", "2026-05-20")).await.record.id;
    world.judge().await;
    let explained = async || world.stands(&patient, seen, RULE).await.unwrap().finding.explained;
    assert!(explained().await);

    world.wait_until("2026-09-02");
    world.submit(&patient, "follow_up", follow_up("M6", "2026-08-12")).await;
    world.judge().await;
    assert!(explained().await, "the next follow-up says nothing new of that relapse");
    assert_eq!(ask(&world).await, 0);
    world.assert_clean().await;

    world.amend(event, 1, relapse("2026-05-03")).await;
    world.judge().await;
    assert!(!explained().await, "whoever gave the reason knew another day");
    world.assert_clean().await;
    assert_eq!(ask(&world).await, 1);
    close(&world).await;
    world.wait_until("2026-09-03");
    assert_eq!(ask(&world).await, 1, "that was answered");
    world.amend(event, 2, relapse("2026-05-04")).await;
    world.judge().await;
    assert_eq!(ask(&world).await, 2, "that answer did not know this day");
    world.assert_clean().await;

    // The same answers with the same reason, which still holds.
    world.amend(seen, 1, follow_up("D100", "2026-05-20")).await;
    world.judge().await;
    assert!(explained().await);
    let again = world.try_amend(seen, 2, follow_up("D100", "2026-05-20")).await;
    assert_eq!(again.unwrap_err()[0].rule, "AMEND-UNCHANGED", "nothing has opened since");
    world.assert_clean().await;
}
