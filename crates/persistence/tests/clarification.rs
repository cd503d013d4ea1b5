//! A rule asks once at a time: of those who open a second question at the same moment, one is kept.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Barrier};

use cartotek_domain::clarification::{
    Clarification, ClarificationEvent, ClarificationEventKind, ClarificationState, ClarificationStatus, state,
};
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{ActorId, ClarificationEventId, ClarificationId, PatientId, RecordId};
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_domain::time::Timestamp;
use cartotek_persistence::session::clarification::ClarificationStanding;
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Constraint, Engine, StoreError, WriteSession};
use rstest::rstest;
use uuid::Uuid;

const OPENERS: u128 = 8;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn record() -> Record {
    Record {
        id: RecordId::from_uuid(Uuid::from_u128(2)),
        patient: PatientId::from_uuid(Uuid::from_u128(1)),
        course: None,
        form: "patient_registration".to_owned(),
        natural_key: "[]".to_owned(),
        status: RecordStatus::Submitted,
        revision: 1,
        site: "KAR".parse().unwrap(),
        created_at: now(),
        submitted_at: Some(now()),
        salt: Salt::default(),
    }
}

fn clarification(number: u128, rule: Option<&str>) -> Clarification {
    let record = record();
    Clarification {
        id: ClarificationId::from_uuid(Uuid::from_u128(100 + number)),
        patient: record.patient,
        record: record.id,
        revision: 1,
        form: record.form,
        form_version: 1,
        pointer: "/sex".to_owned(),
        rule: rule.map(str::to_owned),
        site: record.site,
        opened_by: ActorId::from_uuid(Uuid::from_u128(3)),
        opened_for: None,
        opened_at: now(),
        salt: Salt::default(),
    }
}

fn opened(clarification: &Clarification) -> ClarificationState {
    state(&[ClarificationEvent {
        id: ClarificationEventId::from_uuid(clarification.id.uuid()),
        clarification: clarification.id,
        patient: clarification.patient,
        number: 1,
        kind: ClarificationEventKind::Opened,
        text: None,
        assignee: None,
        actor: None,
        occurred_at: now(),
        salt: Salt::default(),
    }])
}

fn open(session: &mut dyn WriteSession, number: u128, rule: Option<&str>) -> Result<(), StoreError> {
    let clarification = clarification(number, rule);
    session.insert_clarifications(std::slice::from_ref(&clarification))?;
    session.put_clarification_standing(&ClarificationStanding::of(&clarification, &opened(&clarification)))
}

async fn prepared(engine: Engine) -> TestDatabase {
    let database = TestDatabase::new(engine);
    let patient = Patient {
        id: record().patient,
        pseudonym: Pseudonym::from_random([10; 9]).unwrap(),
        created_at: now(),
        salt: Salt::default(),
    };
    let prepare = move |session: &mut dyn WriteSession| {
        session.insert_patients(std::slice::from_ref(&patient))?;
        session.insert_records(&[record()])
    };
    database.store.write::<_, StoreError>("prepare", prepare).await.unwrap();
    database
}

#[rstest]
#[tokio::test]
async fn of_parallel_openers_one_is_kept(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = prepared(engine).await;
    let running: Vec<_> = (0..OPENERS)
        .map(|number| {
            let store = database.store.clone();
            tokio::spawn(async move {
                store.write("open", move |session| open(session, number, Some("R-TEST-01"))).await
            })
        })
        .collect();
    let mut kept = 0;
    for one in running {
        match one.await.unwrap() {
            Ok(()) => kept += 1,
            Err(error) => assert_eq!(error, StoreError::Conflict(Constraint::LiveClarification)),
        }
    }
    assert_eq!(kept, 1);
    assert_eq!(database.dump()["clarification"].len(), 1, "what was refused left something");
}

/// Two transactions that both think they are alone: the second waits for the first and is refused.
#[tokio::test]
async fn who_waits_for_another_opener_is_refused() {
    let database = prepared(Engine::Postgres).await;
    let barrier = Arc::new(Barrier::new(2));
    let running = [0, 1].map(|number| {
        let (store, barrier) = (database.store.clone(), Arc::clone(&barrier));
        tokio::spawn(async move {
            let work = move |session: &mut dyn WriteSession| {
                let known = session.clarifications_of(&[record().patient])?.len();
                barrier.wait();
                open(session, number, Some("R-TEST-01")).map(|()| known)
            };
            store.write("open", work).await
        })
    });
    let mut outcomes = Vec::new();
    for one in running {
        outcomes.push(one.await.unwrap());
    }
    outcomes.sort_by_key(Result::is_err);
    assert_eq!(outcomes, [Ok(0), Err(StoreError::Conflict(Constraint::LiveClarification))]);
}

#[rstest]
#[tokio::test]
async fn what_is_closed_or_asked_by_a_person_stands_in_nobodys_way(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = prepared(engine).await;
    let work = move |session: &mut dyn WriteSession| {
        open(session, 0, None)?;
        open(session, 1, None)?;
        open(session, 2, Some("R-TEST-01"))?;
        open(session, 3, Some("R-TEST-02"))?;
        let first = clarification(2, Some("R-TEST-01"));
        let closed = ClarificationState { status: ClarificationStatus::Closed, ..opened(&first) };
        session.put_clarification_standing(&ClarificationStanding::of(&first, &closed))?;
        open(session, 4, Some("R-TEST-01"))?;
        let nobody = PatientId::from_uuid(Uuid::nil());
        Ok((
            session.live_clarifications_of_rules(&[record().patient])?,
            session.live_clarifications_of_rules(&[nobody, record().patient])?,
            session.live_clarifications_of_rules(&[nobody])?,
        ))
    };
    let (live, among_others, none) = database.store.write::<_, StoreError>("open", work).await.unwrap();
    assert_eq!(database.dump()["clarification_state"].len(), 5);
    assert_eq!(live, [clarification(3, Some("R-TEST-02")), clarification(4, Some("R-TEST-01"))]);
    assert_eq!((among_others, none), (live, Vec::new()));
}

#[rstest]
#[tokio::test]
async fn every_clarification_about_a_record_is_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = prepared(engine).await;
    let work = move |session: &mut dyn WriteSession| {
        open(session, 1, Some("R-TEST-01"))?;
        open(session, 0, None)?;
        let nothing = RecordId::from_uuid(Uuid::nil());
        Ok((
            session.clarifications_about(&[record().id])?,
            session.clarifications_about(&[nothing, record().id])?,
            session.clarifications_about(&[nothing])?,
        ))
    };
    let (found, among_others, none) = database.store.write::<_, StoreError>("open", work).await.unwrap();
    assert_eq!(found, [clarification(0, None), clarification(1, Some("R-TEST-01"))]);
    assert_eq!((among_others, none), (found, Vec::new()));
}
