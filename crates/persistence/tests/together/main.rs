//! What travels together arrives as it would alone, on both engines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod rows;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::RecordId;
use cartotek_domain::lock::RecordLock;
use cartotek_domain::record::Record;
use cartotek_persistence::session::finding::FindingFilter;
use cartotek_persistence::session::known::{Known, KnownQuestion};
use cartotek_persistence::session::together::Together;
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Constraint, Engine, Page, ReadSession, StoreError, WriteSession};
use rstest::rstest;
use uuid::Uuid;

use crate::rows::{ODD, course, patient, prepare, rows};

async fn database(engine: Engine) -> TestDatabase {
    let database = TestDatabase::new(engine);
    database.store.write::<_, StoreError>("prepare", prepare).await.unwrap();
    database
}

fn insert(session: &mut dyn WriteSession) -> Result<(), StoreError> {
    session.write_together(&rows())
}

#[rstest]
#[tokio::test]
async fn rows_that_are_written_together_are_read_one_by_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = database(engine).await;
    database.store.write::<_, StoreError>("insert", insert).await.unwrap();
    let look = move |session: &mut dyn ReadSession| {
        let new = rows();
        let records: Vec<RecordId> = new.records.iter().map(|record| record.id).collect();
        let mut found = session.latest_revisions(&records)?;
        found.sort_by_key(|(record, _)| record.id);
        assert_eq!(found, new.records.into_iter().zip(new.revisions).collect::<Vec<_>>());
        assert_eq!(session.milestones(&[patient()])?, new.milestones);
        let mut contents = session.submitted_contents(&[patient()])?;
        contents.sort_by_key(|one| one.record);
        assert_eq!(contents, rows::contents());
        let findings = session.findings(&FindingFilter::default(), &PatientScope::Every, &Page::first(10))?;
        assert_eq!(findings.items, new.findings);
        assert_eq!(session.findings_due(&Page::first(10))?.items, new.findings_due);
        let event = new.events[0].id;
        assert_eq!(session.event(event)?.as_ref(), new.events.first());
        assert_eq!(session.subjects(event)?, new.subjects);
        assert_eq!(session.pending(10)?, new.pending);
        assert_eq!(session.schedule_of(patient())?, new.answers);
        Ok::<_, StoreError>(())
    };
    database.store.read("look", look).await.unwrap();
}

/// Both engines say alike what refuses them.
#[rstest]
#[tokio::test]
async fn rows_that_are_refused_together_are_refused_as_they_would_be_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = database(engine).await;
    let orphaned =
        |session: &mut dyn WriteSession| session.write_together(&Together { records: Vec::new(), ..rows() });
    let refused = database.store.write::<_, StoreError>("orphaned", orphaned).await;
    assert_eq!(refused, Err(StoreError::MissingReference));
    database.store.write::<_, StoreError>("insert", insert).await.unwrap();
    let taken = |session: &mut dyn WriteSession| {
        let other = Record { id: RecordId::from_uuid(Uuid::from_u128(99)), ..rows().records.swap_remove(0) };
        session.write_together(&Together { records: vec![other], ..Together::default() })
    };
    let refused = database.store.write::<_, StoreError>("taken key", taken).await;
    assert_eq!(refused, Err(StoreError::Conflict(Constraint::RecordKey)));
    let nothing = |session: &mut dyn WriteSession| session.write_together(&Together::default());
    database.store.write::<_, StoreError>("nothing", nothing).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn what_is_known_is_what_is_asked_one_by_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = database(engine).await;
    database.store.write::<_, StoreError>("insert", insert).await.unwrap();
    let look = move |session: &mut dyn ReadSession| {
        let names = ["batch_id", "weight"];
        for (sites, subject, key) in [
            (&["KAR", "SUS"][..], course().uuid(), "[\"M6\"]"),
            (&["KAR"][..], patient().uuid(), ODD),
            (&[][..], course().uuid(), ODD),
        ] {
            let sites: Vec<SiteCode> = sites.iter().map(|site| common::code(site)).collect();
            let question = KnownQuestion {
                patient: patient(),
                subject,
                form: "follow_up",
                natural_key: key,
                milestones: &names,
                sites: &sites.iter().collect::<Vec<_>>(),
                generation: "schemas",
            };
            let known = session.known(&question)?;
            let Known {
                participations,
                consents,
                courses,
                milestones,
                locks,
                same_key,
                expected,
                generation,
            } = known;
            assert_eq!(participations, session.participations(&[patient()])?);
            assert_eq!(consents, session.consents(patient())?);
            assert_eq!(courses, session.courses(&[patient()])?);
            assert_eq!(milestones, session.milestones_named(patient(), &names)?);
            assert_eq!(same_key, session.record_by_key(subject, "follow_up", key)?);
            assert_eq!(expected, session.expected_forms(&[subject], "follow_up")?);
            assert_eq!(generation, session.generation("schemas")?);
            let mut over: Vec<RecordLock> = session.locks_over_any(&[patient()], &sites)?;
            over.sort_by_key(|lock| lock.id);
            assert_eq!(locks, over);
            assert_eq!((participations.len(), consents.len(), courses.len(), milestones.len()), (2, 1, 1, 3));
            assert_eq!((expected.is_empty(), generation), (subject != course().uuid(), 2));
            assert_eq!(
                (locks.len(), same_key.is_some()),
                (1 + usize::from(sites.len() == 2), !(sites.is_empty()))
            );
        }
        Ok::<_, StoreError>(())
    };
    database.store.read("look", look).await.unwrap();
}
