//! Locks hold courses as they hold records.

use cartotek_domain::course::{Course, CourseOutcome};
use cartotek_domain::id::CourseId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::AmendmentReason;
use cartotek_persistence::Engine;
use cartotek_service::course::{CourseCorrection, CourseFile};
use cartotek_service::lock::NewTarget;
use cartotek_service::{Done, ServiceError};
use rstest::rstest;
use serde_json::json;

use crate::common::TestGround;
use crate::judging::{patient, record};
use crate::locking::{assert_locked, lock, up_to};

type Outcome<T> = Result<Done<T>, ServiceError>;

async fn open(ground: &TestGround, pseudonym: Pseudonym, on: &str) -> Outcome<Course> {
    let (manager, act, on) = (ground.data_manager("KAR"), ground.act(), on.parse().unwrap());
    ground.service.open_course(&manager, &act, pseudonym, "LBCL".to_owned(), on).await
}

async fn close(ground: &TestGround, id: CourseId, expected: i64, on: &str) -> Outcome<Course> {
    let (manager, act, on) = (ground.data_manager("KAR"), ground.act(), on.parse().unwrap());
    ground.service.close_course(&manager, &act, id, expected, CourseOutcome::Other, on).await
}

async fn reopen(ground: &TestGround, id: CourseId, expected: i64) -> Outcome<Course> {
    let (manager, act, reason) = (ground.data_manager("KAR"), ground.act(), AmendmentReason::DataEntry);
    ground.service.reopen_course(&manager, &act, id, expected, reason).await
}

async fn correct(
    ground: &TestGround,
    id: CourseId,
    expected: i64,
    correction: CourseCorrection,
) -> Outcome<CourseFile> {
    let (manager, act, reason) = (ground.data_manager("KAR"), ground.act(), AmendmentReason::DataEntry);
    ground.service.correct_course(&manager, &act, id, expected, correction, reason).await
}

fn indicated(code: &str) -> CourseCorrection {
    CourseCorrection { indication: Some(code.to_owned()), ..CourseCorrection::default() }
}

/// A lock over one record holds none of them.
#[rstest]
#[tokio::test]
async fn the_courses_of_a_locked_patient_stay_as_they_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (pseudonym, course) = patient(&ground).await;
    let (writer, act) = (ground.data_manager("KAR"), ground.act());
    let draft = record((pseudonym, course), "event", json!({}), None);
    let draft = ground.service.create_record(&writer, &act, draft).await.unwrap().value.record.id;
    lock(&ground, NewTarget::Record(draft)).await.unwrap();
    close(&ground, course, 1, "2026-02-01").await.unwrap();

    let id = lock(&ground, NewTarget::Patient(pseudonym)).await.unwrap().value.lock.id;
    let told = assert_locked(reopen(&ground, course, 2).await, id);
    assert!(told.contains("keeps the patient's courses as they are"), "{told}");
    assert!(told.contains("the patient's responsible site"), "{told}");
    assert_locked(correct(&ground, course, 2, indicated("FL")).await, id);
    assert_locked(open(&ground, pseudonym, "2026-03-01").await, id);
    ground.unlock(id).await;
    reopen(&ground, course, 2).await.unwrap();
    let id = lock(&ground, NewTarget::Patient(pseudonym)).await.unwrap().value.lock.id;
    assert_locked(close(&ground, course, 3, "2026-02-01").await, id);
    ground.unlock(id).await;
    correct(&ground, course, 3, indicated("FL")).await.unwrap();
}

/// The days that a change states or takes back decide.
#[rstest]
#[tokio::test]
async fn a_cut_off_holds_what_courses_say_of_the_days_before_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    // Opened on 12 January.
    let (pseudonym, course) = patient(&ground).await;
    let early = lock(&ground, up_to("2026-01-11")).await.unwrap().value.lock.id;
    let moved = CourseCorrection { opened_on: Some("2026-01-11".parse().unwrap()), ..indicated("FL") };
    assert_locked(correct(&ground, course, 1, moved).await, early);
    correct(&ground, course, 1, indicated("FL")).await.unwrap();

    let late = lock(&ground, up_to("2026-01-20")).await.unwrap().value.lock.id;
    let told = assert_locked(close(&ground, course, 2, "2026-01-20").await, late);
    assert!(told.contains("KAR, which has put it on"), "{told}");
    assert_locked(correct(&ground, course, 2, indicated("MM")).await, late);
    ground.unlock(late).await;
    close(&ground, course, 2, "2026-01-20").await.unwrap();
    let late = lock(&ground, up_to("2026-01-20")).await.unwrap().value.lock.id;
    assert_locked(reopen(&ground, course, 3).await, late);
    assert_locked(open(&ground, pseudonym, "2026-01-20").await, late);
    let second = open(&ground, pseudonym, "2026-01-21").await.unwrap().value.id;
    close(&ground, second, 1, "2026-02-01").await.unwrap();
}
