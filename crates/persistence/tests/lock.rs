//! Of the locks over the same thing one holds, and two persons end it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use cartotek_domain::fact::Salt;
use cartotek_domain::id::{ActorId, LockId, PatientId, RecordId, UnlockRequestId};
use cartotek_domain::lock::{LockTarget, RecordLock};
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_domain::time::Timestamp;
use cartotek_domain::unlock::{UnlockRequest, UnlockState};
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Constraint, Engine, StoreError, WriteSession};
use common::insert;
use rstest::rstest;
use uuid::Uuid;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn patient() -> PatientId {
    PatientId::from_uuid(Uuid::from_u128(1))
}

fn record() -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(2))
}

fn of_site(cut_off: &str) -> LockTarget {
    LockTarget::Site { site: "KAR".parse().unwrap(), cut_off: cut_off.parse().unwrap() }
}

fn lock(number: u128, target: LockTarget) -> RecordLock {
    RecordLock {
        id: LockId::from_uuid(Uuid::from_u128(100 + number)),
        target,
        reason: "Frozen.".to_owned(),
        locked_by: ActorId::from_uuid(Uuid::from_u128(3)),
        locked_at: now(),
        ended_at: None,
        version: 1,
        salt: Salt::default(),
    }
}

fn prepare(session: &mut dyn WriteSession) -> Result<(), StoreError> {
    insert(session, &["KAR"])?;
    session.insert_patients(&[Patient {
        id: patient(),
        pseudonym: Pseudonym::from_random([10; 9]).unwrap(),
        created_at: now(),
        salt: Salt::default(),
    }])?;
    session.insert_records(&[Record {
        id: record(),
        patient: patient(),
        course: None,
        form: "patient_registration".to_owned(),
        natural_key: "[]".to_owned(),
        status: RecordStatus::Submitted,
        revision: 1,
        site: "KAR".parse().unwrap(),
        created_at: now(),
        submitted_at: Some(now()),
        salt: Salt::default(),
    }])
}

#[rstest]
#[tokio::test]
async fn the_same_is_locked_once_at_a_time(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let targets = [
        (LockTarget::Record { record: record(), patient: patient() }, Constraint::LiveRecordLock),
        (LockTarget::Patient { patient: patient() }, Constraint::LivePatientLock),
        (of_site("2026-01-31"), Constraint::LiveSiteLock),
    ];
    let all = targets.clone();
    let first = move |session: &mut dyn WriteSession| {
        prepare(session)?;
        session.insert_record_lock(&lock(9, of_site("2026-02-28")))?;
        (0..)
            .zip(&all)
            .try_for_each(|(number, (target, _))| session.insert_record_lock(&lock(number, target.clone())))
    };
    database.store.write::<_, StoreError>("lock", first).await.unwrap();
    for (number, (target, constraint)) in (0..).zip(targets) {
        let again = lock(number + 20, target.clone());
        let work = move |session: &mut dyn WriteSession| session.insert_record_lock(&again);
        let refused = database.store.write::<_, StoreError>("lock", work).await;
        assert_eq!(refused, Err(StoreError::Conflict(constraint)));

        let ended = RecordLock { ended_at: Some(now()), version: 2, ..lock(number, target.clone()) };
        let anew = lock(number + 40, target);
        let work = move |session: &mut dyn WriteSession| {
            assert!(session.update_record_lock(&ended)?);
            session.insert_record_lock(&anew)
        };
        database.store.write::<_, StoreError>("lock anew", work).await.unwrap();
    }
    assert_eq!(database.dump()["record_lock"].len(), 7);
}

/// The database itself asks for the second person.
#[rstest]
#[tokio::test]
async fn nobody_decides_on_their_own_request(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let person = |number: u128| ActorId::from_uuid(Uuid::from_u128(number));
    let locked = lock(1, LockTarget::Patient { patient: patient() });
    let request = UnlockRequest {
        id: UnlockRequestId::from_uuid(Uuid::from_u128(200)),
        lock: locked.id,
        patient: Some(patient()),
        reason: "Mistyped.".to_owned(),
        requested_by: person(3),
        requested_at: now(),
        state: UnlockState::Pending,
        version: 1,
        salt: Salt::default(),
    };
    let asked = request.clone();
    let first = move |session: &mut dyn WriteSession| {
        prepare(session)?;
        session.insert_record_lock(&locked)?;
        session.insert_unlock_request(&asked)
    };
    database.store.write::<_, StoreError>("ask", first).await.unwrap();
    let refused = |by: ActorId| UnlockState::Refused { by, at: now(), reason: "No.".to_owned() };
    for (state, possible) in [
        (UnlockState::Approved { by: person(3), at: now() }, false),
        (refused(person(3)), false),
        (refused(person(4)), true),
    ] {
        let decided = UnlockRequest { state, version: 2, ..request.clone() };
        let work = move |session: &mut dyn WriteSession| session.update_unlock_request(&decided);
        let outcome = database.store.write::<_, StoreError>("decide", work).await;
        assert_eq!(outcome.is_ok(), possible, "{outcome:?}");
    }
}
