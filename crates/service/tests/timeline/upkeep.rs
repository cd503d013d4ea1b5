//! What keeps findings true: restarts, new versions, erasures, and the check.

use cartotek_domain::access::permission;
use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::erasure::ErasureReason;
use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::Engine;
use cartotek_service::check::{CheckOptions, DiscrepancyClass};
use cartotek_service::clarification::ClarificationRun;
use chrono::TimeDelta;
use rstest::rstest;

use crate::common::annulment;
use crate::common::content::death;
use crate::content::{follow_up, relapse};
use crate::world::World;

/// What a server has not judged yet when it stops, the next one judges.
#[rstest]
#[tokio::test]
async fn what_waits_outlives_the_server(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    world.submit(&patient, "event", relapse("2026-05-01")).await;
    assert_eq!(world.count("finding_due"), 1, "one row, however many records it may concern");
    assert_eq!(world.stands(&patient, seen, "R-FU-07B").await, None);
    let report = world.check().await;
    assert!(report.is_clean(), "of what waits nobody can tell: {:#?}", report.findings);

    let next = World::on(world.ground.database).await;
    next.ground.clock.advance(TimeDelta::minutes(10));
    let report = next.check().await;
    assert!(report.is_clean(), "it is no damage: {:#?}", report.findings);
    assert_eq!(report.counts[&DiscrepancyClass::JudgementOverdue], 1);
    // What a restoration verifies may have waited for ever.
    let options = CheckOptions { longest_wait: TimeDelta::MAX, ..CheckOptions::default() };
    let report = next.ground.service.check(options).await.unwrap();
    assert!(!report.counts.contains_key(&DiscrepancyClass::JudgementOverdue), "{:#?}", report.findings);
    assert_eq!(next.judge().await, 1);
    assert_eq!(next.judge().await, 0, "nothing is left");
    assert!(next.stands(&patient, seen, "R-FU-07B").await.is_some());
    next.assert_clean().await;
}

/// A record is judged by the version under which it was accepted, as an amendment of it would be.
#[rstest]
#[tokio::test]
async fn a_rule_of_an_older_version_goes_on_finding(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (early, _, first) = world.followed().await;
    world.revise("follow_up", "\"R-FU-06B\"", "\"R-FU-96B\"").await;
    let (late, _, second) = world.followed().await;
    for patient in [&early, &late] {
        world.submit(patient, "event", death("2026-05-20")).await;
    }
    world.judge().await;
    let found = world.stands(&early, first, "R-FU-06B").await.unwrap();
    assert_eq!(found.finding.form_version, 1);
    assert!(!found.message.en.is_empty());
    assert_eq!(world.stands(&early, first, "R-FU-96B").await, None);
    let found = world.stands(&late, second, "R-FU-96B").await.unwrap();
    assert_eq!(found.finding.form_version, 2);
    world.assert_clean().await;
    // A change of another form is judged by the older version as well.
    let mut mended = follow_up("D100", "2026-05-19");
    mended["b_cell_aplasia"]["date"] = "2026-05-19".into();
    world.amend(first, 1, mended).await;
    world.judge().await;
    assert_eq!(world.stands(&early, first, "R-FU-06B").await, None);
    world.assert_clean().await;
}

/// A rule that fails on what others tell is told once, whatever more they tell, and goes when it can be run again.
#[rstest]
#[tokio::test]
async fn a_rule_that_cannot_be_run_is_told_until_it_can(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    // Tried with one relapse when it is loaded, it is not found out.
    let (sound, failing) = (
        "f.disease_status != 'PD' || size(m.relapse_date) > 0",
        "size(m.relapse_date) < 2 || m.relapse_date[7] == null",
    );
    world.revise("follow_up", sound, failing).await;
    let (patient, _, seen) = world.followed().await;
    let mut events = Vec::new();
    for (number, day, fails) in [(1, "2026-05-01", false), (2, "2026-05-08", true), (3, "2026-05-15", true)] {
        let mut event = relapse(day);
        event["event_no"] = number.into();
        events.push(world.submit(&patient, "event", event).await.record.id);
        world.judge().await;
        assert_eq!(world.stands(&patient, seen, "RULE-DEFECT").await.is_some(), fails, "{number}");
        world.assert_clean().await;
    }
    let (ground, service) = (&world.ground, &world.ground.service);
    for event in events.into_iter().skip(1) {
        let (manager, why) = (ground.data_manager("KAR"), annulment(AmendmentReason::EnteredInError));
        service.annul_record(&manager, &ground.act(), event, 1, why).await.unwrap();
    }
    world.judge().await;
    assert_eq!(world.stands(&patient, seen, "RULE-DEFECT").await, None);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn an_erasure_takes_findings_and_what_waits(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    let (other, ..) = world.followed().await;
    let kept = world.findings(&other).await;
    world.submit(&patient, "event", relapse("2026-05-01")).await;
    world.judge().await;
    assert!(world.stands(&patient, seen, "R-FU-07B").await.is_some());
    world.decide(&patient, ConsentDecision::OptedOut, "2026-08-31").await;
    assert_eq!(world.count("finding_due"), 1);
    let stood = world.findings(&patient).await.len();
    let (ground, service) = (&world.ground, &world.ground.service);
    let manager = ground.data_manager("KAR");
    let erased =
        service.erase(&manager, &ground.act(), patient.pseudonym, ErasureReason::PatientObjects).await;
    assert_eq!(erased.unwrap().value.findings, stood);
    assert_eq!(world.findings(&patient).await, []);
    assert_eq!(world.count("record_finding"), kept.len());
    assert_eq!(world.judge().await, 0, "nothing of the patient waits");
    assert_eq!(world.findings(&other).await, kept);
    world.assert_clean().await;
}

/// What cannot be read of one patient keeps nobody else waiting, and is judged once it can be.
#[rstest]
#[tokio::test]
async fn one_patient_keeps_no_other_waiting(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (one, other) = (world.followed().await, world.followed().await);
    for (patient, ..) in [&one, &other] {
        world.submit(patient, "event", relapse("2026-05-01")).await;
    }
    let last = "record_id = (SELECT record_id FROM milestone ORDER BY record_id DESC LIMIT 1)";
    world.ground.database.tamper(&format!("UPDATE milestone SET kind = 'x' WHERE {last}"));
    assert!(world.ground.service.judge_timelines().await.is_err());
    assert!(world.stands(&one.0, one.2, "R-FU-07B").await.is_some());
    assert_eq!(world.stands(&other.0, other.2, "R-FU-07B").await, None);
    assert_eq!(world.count("finding_due"), 1, "it is tried again");
    world.ground.database.tamper(&format!("UPDATE milestone SET kind = 'date' WHERE {last}"));
    assert_eq!(world.judge().await, 1);
    assert!(world.stands(&other.0, other.2, "R-FU-07B").await.is_some());
    world.assert_clean().await;
}

/// What cannot be written of one patient keeps nobody else waiting either.
#[rstest]
#[tokio::test]
async fn a_question_that_cannot_be_closed_keeps_no_other_waiting(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patients = [world.followed().await, world.followed().await];
    let mut events = Vec::new();
    for (patient, ..) in &patients {
        events.push(world.submit(patient, "event", relapse("2026-05-01")).await.record.id);
    }
    world.judge().await;
    let run = ClarificationRun { rule: Some("R-FU-07B".to_owned()), ..ClarificationRun::default() };
    let (ground, service) = (&world.ground, &world.ground.service);
    let manager = ground.data_manager::<permission::RunClarifications>("KAR");
    service.run_clarifications(&manager, &ground.act(), run).await.unwrap();
    assert_eq!(world.count("clarification"), 2);
    for event in events {
        world.amend(event, 1, relapse("2026-06-01")).await;
    }
    let first = "id = (SELECT id FROM clarification_event ORDER BY id LIMIT 1)";
    ground.database.tamper(&format!("UPDATE clarification_event SET kind = 'x' WHERE {first}"));
    assert!(service.judge_timelines().await.is_err());
    let mut standing = Vec::new();
    for (patient, _, seen) in &patients {
        standing.extend(world.stands(patient, *seen, "R-FU-07B").await);
    }
    assert_eq!((standing.len(), world.count("finding_due")), (1, 1), "{standing:#?}");
    ground.database.tamper(&format!("UPDATE clarification_event SET kind = 'opened' WHERE {first}"));
    assert_eq!(world.judge().await, 1);
    world.assert_clean().await;
}

/// A projection is believed no further than it can be recomputed.
#[rstest]
#[tokio::test]
async fn a_finding_that_was_tampered_with_is_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for statement in [
        "DELETE FROM record_finding WHERE rule = 'R-FU-07B'",
        "UPDATE record_finding SET severity = 'notice' WHERE rule = 'R-FU-07B'",
        "UPDATE record_finding SET explained = (1 = 1)",
        "UPDATE record_finding SET pointer = '/sex' WHERE rule = 'R-FU-07B'",
    ] {
        let world = World::start(engine).await;
        let (patient, ..) = world.followed().await;
        world.submit(&patient, "event", relapse("2026-05-01")).await;
        world.judge().await;
        world.assert_clean().await;
        world.ground.database.tamper(statement);
        let report = world.check().await;
        let differs = |one: &&cartotek_service::check::Discrepancy| {
            one.class == DiscrepancyClass::ProjectionDiffers && one.table == "record_finding"
        };
        assert!(report.findings.iter().any(|one| differs(&one)), "{statement}: {:#?}", report.findings);
    }
}
