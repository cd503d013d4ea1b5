//! Locks: what they hold, and who ends them.

use std::collections::BTreeSet;
use std::fmt::Debug;

use cartotek_domain::access::{Role, permission};
use cartotek_domain::id::LockId;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_domain::unlock::UnlockStatus;
use cartotek_persistence::Engine;
use cartotek_service::lock::{LockFile, NewTarget};
use cartotek_service::record::{Correction, NewRecord, RecordFile};
use cartotek_service::{Done, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::TestGround;
use crate::judging::{PAIRS, death, explained, infusion, patient, record, submit};

/// A death on that date, known as exactly as it is written.
pub(crate) fn death_on(date: &str) -> Value {
    let mut content = death();
    content["death"]["date"] = date.into();
    content
}

pub(crate) async fn amend(
    ground: &TestGround,
    file: &RecordFile,
    content: Value,
) -> Result<Done<RecordFile>, ServiceError> {
    let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Misread".to_owned() };
    let correction = Correction { content, amendment, acknowledgements: Vec::new() };
    let (writer, act) = (ground.data_manager("KAR"), ground.act());
    ground.service.amend(&writer, &act, file.record.id, file.record.revision, correction).await
}

pub(crate) async fn lock(ground: &TestGround, target: NewTarget) -> Result<Done<LockFile>, ServiceError> {
    let (manager, act) = (ground.data_manager("KAR"), ground.act());
    ground.service.create_lock(&manager, &act, target, "Frozen".to_owned()).await
}

/// Karolinska's records up to a day.
pub(crate) fn up_to(day: &str) -> NewTarget {
    NewTarget::Site("KAR".parse().unwrap(), day.parse().unwrap())
}

/// Gives what the refusal says.
#[track_caller]
pub(crate) fn assert_locked<T: Debug>(outcome: Result<Done<T>, ServiceError>, lock: LockId) -> String {
    let Err(ServiceError::Refused(refusal)) = outcome else { panic!("not refused: {outcome:?}") };
    assert_eq!(refusal.problem, Problem::RecordLocked);
    let detail = refusal.detail.unwrap();
    assert!(detail.en.contains(&lock.to_string()) && detail.sv.contains(&lock.to_string()), "{detail:?}");
    detail.en
}

#[rstest]
#[tokio::test]
async fn a_locked_record_stays_as_it_is(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, writer) = (&ground.service, ground.data_manager("KAR"));
    let patient = patient(&ground).await;
    let file = submit(&ground, patient, "event", death(), Vec::new()).await.unwrap().value;
    let draft =
        service.create_record(&writer, &ground.act(), record(patient, "event", json!({}), None)).await;
    let draft = draft.unwrap().value.record;
    let of_record = lock(&ground, NewTarget::Record(file.record.id)).await.unwrap().value.lock.id;
    let told = assert_locked(amend(&ground, &file, death_on("2026-02-11")).await, of_record);
    assert!(told.contains("the site that owns the record"), "{told}");
    let again = lock(&ground, NewTarget::Record(file.record.id)).await.unwrap_err();
    assert_eq!(again.problem(), Problem::AlreadyExists);

    let of_draft = lock(&ground, NewTarget::Record(draft.id)).await.unwrap().value.lock.id;
    let content = json!({ "kind": "death" });
    assert_locked(
        service.replace_draft(&writer, &ground.act(), draft.id, 1, content.clone()).await,
        of_draft,
    );
    assert_eq!(
        service.submit(&writer, &ground.act(), draft.id, 1, Vec::new()).await.unwrap_err().problem(),
        Problem::RecordLocked
    );
    for id in [of_record, of_draft] {
        ground.unlock(id).await;
    }
    amend(&ground, &file, death_on("2026-02-11")).await.unwrap();
    service.replace_draft(&writer, &ground.act(), draft.id, 1, content).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_locked_patient_gets_nothing_new(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, writer) = (&ground.service, ground.data_manager("KAR"));
    let (locked, free) = (patient(&ground).await, patient(&ground).await);
    let file = submit(&ground, locked, "event", death(), Vec::new()).await.unwrap().value;
    let id = lock(&ground, NewTarget::Patient(locked.0)).await.unwrap().value.lock.id;
    let told = assert_locked(amend(&ground, &file, death_on("2026-02-11")).await, id);
    assert!(told.contains("the patient's responsible site"), "{told}");
    let new = |patient| record(patient, "event", json!({}), None);
    assert_locked(service.create_record(&writer, &ground.act(), new(locked)).await, id);
    assert_locked(service.create_record(&writer, &ground.dry(), new(locked)).await, id);
    service.create_record(&writer, &ground.act(), new(free)).await.unwrap();
    assert_locked(submit(&ground, locked, "infusion", infusion(), explained()).await, id);
    ground.unlock(id).await;
    amend(&ground, &file, death_on("2026-02-11")).await.unwrap();
    service.create_record(&writer, &ground.act(), new(locked)).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_cut_off_holds_what_was_and_what_would_be_before_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (patient, other) = (patient(&ground).await, patient(&ground).await);
    let file = submit(&ground, patient, "event", death_on("2026-02-10"), Vec::new()).await.unwrap().value;
    let early = lock(&ground, up_to("2026-02-09")).await.unwrap().value.lock.id;
    // It may not be moved into what is locked, not even by what may lie there.
    for date in ["2026-02-09", "2026-02", "2026"] {
        assert_locked(amend(&ground, &file, death_on(date)).await, early);
    }
    let file = amend(&ground, &file, death_on("2026-02-11")).await.unwrap().value;
    // And not be moved out of it.
    let late = lock(&ground, up_to("2026-02-11")).await.unwrap().value.lock.id;
    let told = assert_locked(amend(&ground, &file, death_on("2026-02-12")).await, late);
    assert!(told.contains("KAR, which has put it on"), "{told}");
    assert_locked(submit(&ground, other, "event", death_on("2026-02-11"), Vec::new()).await, late);
    submit(&ground, other, "event", death_on("2026-02-12"), Vec::new()).await.unwrap();
    let beyond = lock(&ground, up_to("2026-03-03")).await.unwrap_err();
    assert_eq!(beyond.problem(), Problem::ContentInvalid, "tomorrow cannot be locked yet");
}

/// Without a clinical date the day of the first submission decides.
#[rstest]
#[tokio::test]
async fn a_record_without_a_date_counts_as_of_its_submission(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (patient, _) = patient(&ground).await;
    let content =
        |sex: &str| json!({ "birth_year_month": "1961-04", "sex": sex, "legal_basis": "quality_register" });
    let new = NewRecord {
        patient,
        course: None,
        form: "patient_registration".to_owned(),
        form_version: None,
        content: content("male"),
        submission: Some(Vec::new()),
    };
    let file =
        ground.service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await.unwrap().value;
    ground.clock.advance(TimeDelta::days(30));
    lock(&ground, up_to("2026-03-01")).await.unwrap();
    let file = amend(&ground, &file, content("female")).await.unwrap().value;
    let id = lock(&ground, up_to("2026-03-02")).await.unwrap().value.lock.id;
    assert_locked(amend(&ground, &file, content("male")).await, id);
}

#[rstest]
#[tokio::test]
async fn a_lock_is_ended_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, reason) = (&ground.service, || "Mistyped".to_owned());
    for _ in 0..PAIRS {
        let id = lock(&ground, up_to("2026-02-01")).await.unwrap().value.lock.id;
        let first = service.request_unlock(&ground.data_manager("KAR"), &ground.act(), id, reason()).await;
        let second = service.request_unlock(&ground.second_manager(), &ground.act(), id, reason()).await;
        let (first, second) = (first.unwrap().value.id, second.unwrap().value.id);
        let own = service.approve_unlock(&ground.data_manager("KAR"), &ground.act(), first).await;
        assert_eq!(own.unwrap_err().problem(), Problem::PermissionMissing);
        let (one, other) = (ground.second_manager(), ground.data_manager("KAR"));
        let acts = [ground.act(), ground.act()];
        let (one, other) = tokio::join!(
            service.approve_unlock(&one, &acts[0], first),
            service.approve_unlock(&other, &acts[1], second),
        );
        let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
        let file = won.unwrap().value;
        assert_eq!((file.lock.ended_at.is_some(), file.requests.len()), (true, 2));
        let ends: BTreeSet<_> = file.requests.iter().map(|one| one.state.status()).collect();
        assert_eq!(ends, BTreeSet::from([UnlockStatus::Approved, UnlockStatus::Lapsed]));
        assert_eq!(lost.unwrap_err().problem(), Problem::WrongState);
        let late = service.request_unlock(&ground.second_manager(), &ground.act(), id, reason()).await;
        assert_eq!(late.unwrap_err().problem(), Problem::WrongState);
    }
}

/// A request counts only while who made it could still make it.
#[rstest]
#[tokio::test]
async fn nobody_approves_what_a_person_asked_who_has_left(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (service, reason) = (&ground.service, "Mistyped".to_owned());
    let id = lock(&ground, up_to("2026-02-01")).await.unwrap().value.lock.id;
    let requester = ground.second_manager::<permission::LockRecord>();
    let asked = service.request_unlock(&requester, &ground.act(), id, reason).await.unwrap().value.id;
    let (admin, actor) = (ground.network(Role::Admin), requester.caller().actor);
    for grant in &requester.caller().grants {
        service.end_role(&admin, &ground.act(), actor, grant.id).await.unwrap();
    }
    let refused = service.approve_unlock(&ground.data_manager("KAR"), &ground.act(), asked).await;
    let Err(ServiceError::Refused(refusal)) = refused else { panic!("not refused: {refused:?}") };
    assert_eq!(refusal.problem, Problem::WrongState);
    assert!(refusal.detail.unwrap().en.contains(&format!("/locks/{id}/unlock-requests")));
    let reader = ground.data_manager("KAR");
    let lock = service.lock(&reader, &ground.act(), id).await.unwrap().value.lock;
    assert_eq!((lock.ended_at, lock.version), (None, 1));
}

/// Locks cost a submission one statement.
#[rstest]
#[tokio::test]
async fn locks_are_asked_for_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let patient = patient(&ground).await;
    ground.database.statements();
    submit(&ground, patient, "infusion", infusion(), explained()).await.unwrap();
    let statements = ground.database.statements();
    let about_locks = statements.iter().filter(|text| text.contains("record_lock"));
    assert_eq!(about_locks.count(), 1, "{statements:#?}");
}
