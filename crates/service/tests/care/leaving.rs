//! What a site leaves behind when its patient moves on: locks and questions that nobody else could end, and drafts that
//! two sites' locks are about.

use cartotek_domain::clarification::ClarificationEventKind::{Answered, Closed, Opened};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::Engine;
use cartotek_service::clarification::ClarificationQuery;
use cartotek_service::lock::NewTarget;
use cartotek_service::transfer::Transfer;
use cartotek_service::{Page, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::looking::assert_clean;
use crate::world::{MARK, World, problem};

const YESTERDAY: &str = "2026-03-01";
const TODAY: &str = "2026-03-02";

/// The one site leaves the care, the other one is responsible from a day on.
async fn move_on(world: &World, patient: Pseudonym, (from, to): (&str, &str), on: &str) {
    let (role, on) = (ParticipationRole::Treating, on.parse().unwrap());
    let transfer = Transfer { to_site: to.parse().unwrap(), role, on, keep_role: None };
    let (manager, act) = (world.ground.data_manager(from), world.ground.act());
    world.ground.service.transfer(&manager, &act, patient, transfer).await.unwrap();
}

/// A lock over all records of a patient is the responsible site's, whoever has put it on.
#[rstest]
#[tokio::test]
async fn whoever_is_responsible_ends_a_lock_over_the_patient(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let patient = world.treat(MARK, None).await.pseudonym;
    move_on(&world, patient, ("KAR", "UPP"), YESTERDAY).await;
    let reason = || "Monitored.".to_owned();
    let target = || NewTarget::Patient(patient);
    let put_on = async |site: &str| {
        service.create_lock(&ground.data_manager(site), &ground.act(), target(), reason()).await
    };
    assert_eq!(problem(put_on("KAR").await), Problem::NotFound, "it has left");
    let lock = put_on("UPP").await.unwrap().value.lock.id;
    assert_eq!(problem(put_on("UPP").await), Problem::AlreadyExists);
    let ask = async |site: &str| {
        service.request_unlock(&ground.data_manager(site), &ground.act(), lock, reason()).await
    };
    let earlier = ask("UPP").await.unwrap().value.id;
    move_on(&world, patient, ("UPP", "KAR"), TODAY).await;

    assert_eq!(problem(world.draft(patient).await), Problem::RecordLocked, "it goes with the patient");
    assert_eq!(problem(ask("UPP").await), Problem::NotFound);
    let late = service.approve_unlock(&ground.second_manager(), &ground.act(), earlier).await;
    assert_eq!(problem(late), Problem::WrongState, "who asked it may ask no more");
    let request = ask("KAR").await.unwrap().value.id;
    service.approve_unlock(&ground.second_manager(), &ground.act(), request).await.unwrap();
    world.draft(patient).await.unwrap();
    assert_clean(&world.check().await);
}

/// The draft is the responsible site's, and neither its own lock nor that of the site that left is got round by it.
#[rstest]
#[tokio::test]
async fn a_draft_that_is_taken_over_meets_the_locks_of_both_sites(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("KAR", "UPP")] locked: &str,
) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let patient = world.treat(MARK, None).await.pseudonym;
    let draft = world.draft(patient).await.unwrap();
    let target = NewTarget::Site(locked.parse().unwrap(), TODAY.parse().unwrap());
    let (manager, reason) = (ground.data_manager(locked), "Frozen.".to_owned());
    let lock = service.create_lock(&manager, &ground.act(), target, reason).await.unwrap().value.lock.id;
    move_on(&world, patient, ("KAR", "UPP"), YESTERDAY).await;
    let content = json!({ "birth_year_month": "1943-07", "sex": "male", "legal_basis": "quality_register" });
    let replace = async || {
        let (writer, content) = (ground.data_manager("UPP"), content.clone());
        service.replace_draft(&writer, &ground.act(), draft, 1, content).await
    };
    let submit = async |version: i64| {
        service.submit(&ground.data_manager("UPP"), &ground.act(), draft, version, Vec::new()).await
    };
    for refused in [replace().await, submit(1).await] {
        let Err(ServiceError::Refused(refusal)) = refused else { panic!("not refused: {refused:?}") };
        assert_eq!(refusal.problem, Problem::RecordLocked);
        assert!(refusal.detail.unwrap().en.contains(&lock.to_string()));
    }
    // Without a clinical date a draft counts as of the day on which it would be submitted.
    ground.clock.advance(TimeDelta::days(1));
    assert_eq!(replace().await.unwrap().value.record.site.as_str(), "UPP");
    submit(2).await.unwrap();
    assert_clean(&world.check().await);
}

/// A record of its own stays as the site left it, and its lock with it; a draft that it left is locked by whoever has it.
#[rstest]
#[tokio::test]
async fn a_lock_over_a_record_is_its_owners(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let person = world.treat(MARK, None).await;
    let draft = world.draft(person.pseudonym).await.unwrap();
    move_on(&world, person.pseudonym, ("KAR", "UPP"), YESTERDAY).await;
    let lock = async |record| {
        let (manager, reason) = (ground.data_manager("UPP"), "Monitored.".to_owned());
        service.create_lock(&manager, &ground.act(), NewTarget::Record(record), reason).await
    };
    assert_eq!(problem(lock(person.infusion).await), Problem::PermissionMissing, "not its own");
    lock(draft).await.unwrap();
    let event = world.events(person.pseudonym).await.pop().unwrap();
    assert_eq!((event.action.as_str(), event.unit.as_deref()), ("records.lock", Some("UPP")));
}

#[rstest]
#[tokio::test]
async fn a_question_is_answered_and_closed_by_whoever_is_responsible(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let person = world.treat(MARK, None).await;
    world.ask(&person, "Is this the right batch?").await;
    move_on(&world, person.pseudonym, ("KAR", "UPP"), YESTERDAY).await;
    let query = ClarificationQuery { patient: Some(person.pseudonym), ..ClarificationQuery::default() };
    let reader = ground.data_manager("UPP");
    let listed = service.clarifications(&reader, &ground.act(), query, Page::first(2)).await;
    let listed = listed.unwrap().value.items;
    assert_eq!(listed.len(), 1);
    let id = listed[0].clarification.id;
    let answer = async |site: &str, version: i64| {
        let text = "It is.".to_owned();
        service.answer_clarification(&ground.data_manager(site), &ground.act(), id, version, text).await
    };
    assert_eq!(problem(answer("KAR", 1).await), Problem::NotFound, "it has left");
    answer("UPP", 1).await.unwrap();
    let closer = ground.data_manager("UPP");
    let closed = service.close_clarification(&closer, &ground.act(), id, 2, None).await.unwrap().value;
    let kinds: Vec<_> = closed.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Opened, Answered, Closed]);
    // With the patient it comes back.
    move_on(&world, person.pseudonym, ("UPP", "KAR"), TODAY).await;
    let (manager, text) = (ground.data_manager("KAR"), "It is not.".to_owned());
    service.reopen_clarification(&manager, &ground.act(), id, 3, text).await.unwrap();
    answer("KAR", 4).await.unwrap();
    assert_clean(&world.check().await);
}
