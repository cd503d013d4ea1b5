//! What stands in a record after another has changed, and how it goes.

use cartotek_domain::access::permission;
use cartotek_domain::clarification::ClarificationStatus;
use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::course::CourseOutcome;
use cartotek_domain::finding::Severity;
use cartotek_domain::record::AmendmentReason;
use cartotek_domain::time::Clock;
use cartotek_persistence::Engine;
use cartotek_service::Page;
use cartotek_service::clarification::{ClarificationQuery, ClarificationRun};
use cartotek_service::timeline::FindingQuery;
use rstest::rstest;

use crate::common::content::{death, infusion};
use crate::content::{follow_up, product, relapse};
use crate::world::World;

#[rstest]
#[tokio::test]
async fn a_later_event_stands_against_an_earlier_form(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    assert_eq!(world.stands(&patient, seen, "R-FU-07B").await, None);
    world.wait_until("2026-09-03");
    let event = world.submit(&patient, "event", relapse("2026-05-01")).await;
    let known_at = world.ground.clock.read();
    assert!(
        event.findings.iter().all(|one| one.rule != "R-FU-07B"),
        "what it brings about is not part of the answer"
    );
    world.wait_until("2026-09-04");
    assert_eq!(world.judge().await, 1);

    let found = world.stands(&patient, seen, "R-FU-07B").await.unwrap();
    let finding = &found.finding;
    assert_eq!((finding.severity, finding.pointer.as_str()), (Severity::Warning, "/relapse_progression"));
    assert_eq!((finding.site.as_str(), finding.form.as_str(), finding.form_version), ("KAR", "follow_up", 1));
    assert_eq!(
        (finding.since, finding.explained),
        (known_at, false),
        "since it is known, not since it was judged"
    );
    assert_eq!(found.pseudonym, patient.pseudonym);
    let published = world.ground.service.forms().unwrap();
    let form = published.forms.form("follow_up", None).unwrap();
    assert_eq!(Some(&found.message), form.rule_text("R-FU-07B"));
    assert!(world.told_with(seen).await.contains(&"R-FU-07B".to_owned()));
    world.assert_clean().await;

    // The follow-up was wrong: the finding goes with the amendment itself.
    let mut right = follow_up("D100", "2026-05-20");
    (right["relapse_progression"], right["disease_status"]) = ("yes".into(), "PD".into());
    world.amend(seen, 1, right).await;
    assert_eq!(world.stands(&patient, seen, "R-FU-07B").await, None);
    world.judge().await;
    assert_eq!(world.stands(&patient, seen, "R-FU-07B").await, None);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn mending_the_event_clears_the_form(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    let event = world.submit(&patient, "event", relapse("2026-05-01")).await.record.id;
    world.judge().await;
    assert!(world.stands(&patient, seen, "R-FU-07B").await.is_some());
    // It was after the contact.
    world.amend(event, 1, relapse("2026-06-01")).await;
    world.judge().await;
    assert_eq!(world.stands(&patient, seen, "R-FU-07B").await, None);
    // Words that tell rules nothing else make nothing else be found.
    let mut biopsied = relapse("2026-06-01");
    biopsied["relapse_progression"]["biopsy"] = "no".into();
    let before = world.findings(&patient).await;
    world.amend(event, 2, biopsied).await;
    world.judge().await;
    assert_eq!(world.findings(&patient).await, before);
    world.assert_clean().await;
}

/// Judging refuses what contradicts a record; what it lets through stands in the other record.
#[rstest]
#[tokio::test]
async fn a_death_is_refused_or_kept_as_judging_says(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    let before = world.findings(&patient).await;
    let refused = world.try_submit(&patient, "event", death("2026-05-10")).await.unwrap_err();
    assert!(refused.iter().any(|one| one.rule == "R-DATE-03R"), "{refused:#?}");
    assert_eq!(world.judge().await, 0, "a refusal changes nothing");
    assert_eq!(world.findings(&patient).await, before);

    let event = world.submit(&patient, "event", death("2026-05-20")).await.record.id;
    world.judge().await;
    let found = world.stands(&patient, seen, "R-FU-06B").await.unwrap().finding;
    assert_eq!(
        (found.pointer.as_str(), found.explained),
        ("/vital_status", false),
        "alive on the day of death?"
    );
    world.assert_clean().await;
    world.amend(event, 1, death("2026-05-25")).await;
    world.judge().await;
    assert_eq!(world.stands(&patient, seen, "R-FU-06B").await, None);
    world.assert_clean().await;
}

/// An error in another record refuses no amendment that brings it about.
#[rstest]
#[tokio::test]
async fn an_error_stands_and_refuses_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (patient, infused, seen) = world.followed().await;
    // After the day on which the B cells were back.
    world.amend(infused, 1, infusion("2026-03-05")).await;
    world.judge().await;
    let found = world.stands(&patient, seen, "R-BCA-03").await.unwrap().finding;
    assert_eq!(
        (found.severity, found.pointer.as_str()),
        (Severity::Error, "/b_cell_aplasia/loss_of_bca_date")
    );
    let errors = FindingQuery { severity: Some(Severity::Error), ..FindingQuery::default() };
    let errors = world.list(errors).await;
    assert!(
        errors.iter().any(|one| one.finding == found)
            && errors.iter().all(|one| one.finding.severity == Severity::Error)
    );
    world.assert_clean().await;
    world.amend(infused, 2, infusion("2026-02-12")).await;
    world.judge().await;
    assert_eq!(world.stands(&patient, seen, "R-BCA-03").await, None);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn what_was_explained_stands_as_explained_until_it_passes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, infused, _) = world.followed().await;
    let found = world.stands(&patient, infused, "R-INF-04B").await.unwrap();
    assert!(found.finding.explained, "the product was not there yet, and somebody said so");
    let open = FindingQuery {
        explained: Some(false),
        rule: Some("R-INF-04B".to_owned()),
        ..FindingQuery::default()
    };
    assert_eq!(world.list(open).await, []);
    world.submit(&patient, "product", product("2026-02-05")).await;
    world.judge().await;
    assert_eq!(world.stands(&patient, infused, "R-INF-04B").await, None);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_late_import_stands_against_what_was_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    let other = world.followed().await;
    let mut event = relapse("2026-05-01");
    event["relapse_progression"]["type"] = "progression".into();
    let import = world.import(&patient, "event", event).await;
    assert_eq!(import.counts.accepted, 1, "{:#?}", import.findings);
    assert_eq!(world.judge().await, 1);
    assert!(world.stands(&patient, seen, "R-FU-07B").await.is_some());
    assert_eq!(world.stands(&other.0, other.2, "R-FU-07B").await, None, "of another patient");
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_decision_entered_late_stands_against_what_was_collected(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, infused, seen) = world.followed().await;
    world.decide(&patient, ConsentDecision::Withdrawn, "2026-05-01").await;
    world.judge().await;
    let found = world.stands(&patient, seen, "R-FU-03").await.unwrap();
    assert_eq!((found.finding.severity, found.finding.pointer.as_str()), (Severity::Error, ""));
    assert!(found.message.en.contains("had said no"), "{}", found.message.en);
    assert_eq!(world.stands(&patient, infused, "R-FU-03").await, None, "before the withdrawal");
    world.assert_clean().await;
    world.decide(&patient, ConsentDecision::Given, "2026-05-10").await;
    world.judge().await;
    assert_eq!(world.stands(&patient, seen, "R-FU-03").await, None);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_course_that_ended_before_its_product_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let made = world.submit(&patient, "product", product("2026-02-05")).await.record.id;
    world.judge().await;
    assert_eq!(world.stands(&patient, made, "R-COURSE-03").await, None);
    let (ground, service) = (&world.ground, &world.ground.service);
    let (outcome, closed_on) = (CourseOutcome::Progression, "2026-02-01".parse().unwrap());
    let manager = ground.data_manager("KAR");
    service.close_course(&manager, &ground.act(), patient.course, 1, outcome, closed_on).await.unwrap();
    world.judge().await;
    let found = world.stands(&patient, made, "R-COURSE-03").await.unwrap();
    assert!(found.message.sv.contains("avslutades utan infusion"), "{}", found.message.sv);
    world.amend(made, 1, product("2026-01-30")).await;
    world.judge().await;
    assert_eq!(world.stands(&patient, made, "R-COURSE-03").await, None);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_course_that_is_opened_again_has_not_ended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let made = world.submit(&patient, "product", product("2026-02-05")).await.record.id;
    let (ground, service) = (&world.ground, &world.ground.service);
    let (outcome, closed_on) = (CourseOutcome::Progression, "2026-02-01".parse().unwrap());
    let manager = ground.data_manager("KAR");
    service.close_course(&manager, &ground.act(), patient.course, 1, outcome, closed_on).await.unwrap();
    world.judge().await;
    assert!(world.stands(&patient, made, "R-COURSE-03").await.is_some());
    let reason = AmendmentReason::DataEntry;
    service.reopen_course(&manager, &ground.act(), patient.course, 2, reason).await.unwrap();
    assert_eq!(world.judge().await, 1);
    assert_eq!(world.stands(&patient, made, "R-COURSE-03").await, None);
    world.assert_clean().await;
}

/// What tells what stands in a record also tells that a question about it is answered.
#[rstest]
#[tokio::test]
async fn one_judgement_clears_the_finding_and_closes_its_question(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (patient, _, seen) = world.followed().await;
    let event = world.submit(&patient, "event", relapse("2026-05-01")).await.record.id;
    world.judge().await;
    let (ground, service) = (&world.ground, &world.ground.service);
    let run = ClarificationRun { rule: Some("R-FU-07B".to_owned()), ..ClarificationRun::default() };
    let manager = ground.data_manager::<permission::RunClarifications>("KAR");
    service.run_clarifications(&manager, &ground.act(), run).await.unwrap();
    let asked = async || {
        let query = ClarificationQuery { record: Some(seen), ..ClarificationQuery::default() };
        let reader = ground.data_manager::<permission::ReadClarification>("KAR");
        let page = service.clarifications(&reader, &ground.act(), query, Page::first(10)).await;
        let found = page.unwrap().value.items;
        found
            .iter()
            .map(|one| (one.clarification.rule.clone().unwrap(), one.state.status))
            .collect::<Vec<_>>()
    };
    assert_eq!(asked().await, [("R-FU-07B".to_owned(), ClarificationStatus::Open)]);
    world.amend(event, 1, relapse("2026-06-01")).await;
    assert_eq!(asked().await[0].1, ClarificationStatus::Open, "right after the commit, not with it");
    world.judge().await;
    assert_eq!(asked().await[0].1, ClarificationStatus::Closed);
    assert_eq!(world.stands(&patient, seen, "R-FU-07B").await, None);
    world.assert_clean().await;
}
