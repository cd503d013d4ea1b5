//! A database restored from an older copy erases again what was erased since.

use cartotek_domain::audit::AuditEvent;
use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_persistence::testing::{Template, TestDatabase};
use cartotek_service::ServiceError;
use cartotek_service::replay::Replayed;
use chrono::TimeDelta;
use rstest::rstest;

use crate::looking::assert_clean;
use crate::world::{MARK, Person, World, problem};

/// A registry as it was when the backup was made.
async fn backup(engine: Engine) -> (Template, Person) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.treat("KTE-48111", None).await;
    world.ground.service.shutdown().await;
    (world.ground.database.into_template(), person)
}

async fn copy(template: &Template, round: u64) -> World {
    World::on(TestDatabase::copy(template), round).await
}

#[rstest]
#[tokio::test]
async fn an_older_copy_forgets_again(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (template, person) = backup(engine).await;
    let living = copy(&template, 3).await;
    living.opt_out(person.pseudonym).await;
    living.erase(person.pseudonym).await;
    let late = living.treat("KTE-48222", None).await;
    living.opt_out(late.pseudonym).await;
    living.erase(late.pseudonym).await;
    let list = living.ground.service.erasure_list().await.unwrap();
    assert_eq!(list.lines().count(), 3, "two and the MAC");
    let originals: Vec<_> = [person, late].map(|one| one.pseudonym).to_vec();
    let mut events = Vec::new();
    for pseudonym in originals {
        events.extend(living.events(pseudonym).await.into_iter().filter(AuditEvent::erases));
    }

    let restored = copy(&template, 4).await;
    assert_eq!(restored.tables_with(MARK), ["idempotent_answer", "milestone", "revision"]);
    let replayed = restored.ground.service.replay_erasures(&list).await.unwrap();
    assert_eq!(replayed.iter().map(|(event, _)| *event).collect::<Vec<_>>(), [events[0].id, events[1].id]);
    assert!(matches!(replayed[0].1, Replayed::Erased(erased) if erased.records == 1 && erased.courses == 1));
    assert_eq!(replayed[1].1, Replayed::NoSuchPatient);
    assert_eq!(restored.tables_with(MARK), ["traceability"]);
    assert_eq!(restored.count("traceability"), 1);
    assert_eq!(restored.tables_with("KTE-48111"), ["idempotent_answer", "milestone", "revision"]);
    assert_eq!(
        problem(restored.draft(person.pseudonym).await),
        Problem::ContentInvalid,
        "the objection came along"
    );
    let event = restored.events(person.pseudonym).await.into_iter().rfind(AuditEvent::erases).unwrap();
    assert_eq!(
        (event.action.as_str(), event.reason.as_deref()),
        ("erasures.replay", Some("patient_objects"))
    );
    let names = |subject: &cartotek_domain::audit::Subject| {
        subject.table == "audit_event" && subject.row == events[0].id.to_string()
    };
    assert!(event.subjects.iter().any(names), "{:?}", event.subjects);
    let report = restored.check().await;
    assert_clean(&report);

    // Once is enough, there and where it was erased first; also after the patient has come back.
    restored.ground.clock.advance(TimeDelta::minutes(1));
    restored.decide(person.pseudonym, ConsentDecision::Given).await;
    restored.draft(person.pseudonym).await.unwrap();
    for world in [&restored, &living] {
        let again = world.ground.service.replay_erasures(&list).await.unwrap();
        assert_eq!(again[0].1, Replayed::AlreadyErased);
    }
    assert_eq!(restored.count("record"), 2, "the new draft stays, and the other's record");

    // The restored one lists the original, for yet another copy.
    let second = restored.ground.service.erasure_list().await.unwrap();
    let another = copy(&template, 5).await;
    let replayed = another.ground.service.replay_erasures(&second).await.unwrap();
    assert!(matches!(replayed[..], [(event, Replayed::Erased(_))] if event == events[0].id));
    assert_eq!(problem(another.draft(person.pseudonym).await), Problem::ContentInvalid);
}

#[rstest]
#[tokio::test]
async fn a_list_that_was_touched_erases_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (template, person) = backup(engine).await;
    let living = copy(&template, 3).await;
    living.opt_out(person.pseudonym).await;
    living.erase(person.pseudonym).await;
    let list = living.ground.service.erasure_list().await.unwrap();
    let (first, seal) = list.split_once('\n').unwrap();
    let restored = copy(&template, 4).await;
    for forged in [
        String::new(),
        format!("{first}\n"),
        seal.to_owned(),
        format!("{first}\n{first}\n{seal}"),
        list.replace("patient_objects", "guardian_objects"),
        list.replace("\"mac\":\"", "\"mac\":\"0"),
        format!("{list}{first}\n"),
        "{}".to_owned(),
        "é".to_owned(),
    ] {
        let refused = restored.ground.service.replay_erasures(&forged).await;
        assert_eq!(problem(refused), Problem::ContentInvalid, "{forged}");
    }
    assert_eq!(restored.tables_with(MARK).len(), 3);
    restored.ground.service.replay_erasures(&list).await.unwrap();
}

/// Who can write to the database alone cannot have an erasure listed that never was.
#[rstest]
#[tokio::test]
async fn an_event_of_another_hand_is_not_listed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (template, _) = backup(engine).await;
    let world = copy(&template, 3).await;
    let forgery =
        "UPDATE audit_event SET canonical = replace(canonical, '\"patients.enrol\"', '\"patients.erase\"')";
    world.ground.database.tamper(forgery);
    let refused = world.ground.service.erasure_list().await;
    assert!(matches!(refused, Err(ServiceError::Store(_))), "{refused:?}");
}
