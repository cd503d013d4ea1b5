//! A change and a lock at once, through every door of a record: the change comes first and is under the lock, or it is refused.

use cartotek_domain::id::CourseId;
use cartotek_domain::lock::LockKind;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::Engine;
use cartotek_service::lock::NewTarget;
use cartotek_service::record::RecordFile;
use cartotek_service::{Done, ServiceError};
use rstest::rstest;

use crate::common::{TestGround, added_at};
use crate::judging::{death, patient, record, submit};
use crate::locking::{amend, assert_locked, death_on, lock, up_to};

/// Pairs of requests: a single pair might miss each other.
const PAIRS: usize = 8;

/// A way by which a content comes into a record.
#[derive(Debug, Clone, Copy)]
enum Door {
    /// A new draft.
    Begin,
    /// A new record, submitted at once.
    Create,
    /// Another content of a draft.
    Replace,
    /// The submission of a draft.
    Submit,
    /// The amendment of what was submitted.
    Amend,
}

impl Door {
    /// The record that is changed, as it is before; none where it is new.
    async fn before(self, ground: &TestGround, patient: (Pseudonym, CourseId)) -> Option<RecordFile> {
        let submission = match self {
            Self::Begin | Self::Create => return None,
            Self::Replace | Self::Submit => None,
            Self::Amend => Some(Vec::new()),
        };
        let new = record(patient, "event", death(), submission);
        let writer = ground.data_manager("KAR");
        Some(ground.service.create_record(&writer, &ground.act(), new).await.unwrap().value)
    }

    async fn go(
        self,
        ground: &TestGround,
        patient: (Pseudonym, CourseId),
        before: Option<&RecordFile>,
    ) -> Result<Done<RecordFile>, ServiceError> {
        let (service, writer, act) = (&ground.service, ground.data_manager("KAR"), ground.act());
        let id = before.map(|file| file.record.id);
        match self {
            Self::Begin => {
                service.create_record(&writer, &act, record(patient, "event", death(), None)).await
            }
            Self::Create => submit(ground, patient, "event", death(), Vec::new()).await,
            Self::Replace => {
                service.replace_draft(&writer, &act, id.unwrap(), 1, death_on("2026-02-11")).await
            }
            Self::Submit => service.submit(&writer, &act, id.unwrap(), 1, Vec::new()).await,
            Self::Amend => amend(ground, before.unwrap(), death_on("2026-02-11")).await,
        }
    }
}

async fn race(engine: Engine, door: Door, kind: LockKind) {
    let ground = TestGround::start(engine).await;
    for _ in 0..PAIRS {
        let patient = patient(&ground).await;
        let before = door.before(&ground, patient).await;
        let target = match kind {
            LockKind::Record => NewTarget::Record(before.as_ref().unwrap().record.id),
            LockKind::Patient => NewTarget::Patient(patient.0),
            LockKind::Site => up_to("2026-02-28"),
        };
        ground.database.statements();
        let (changed, locked) =
            tokio::join!(door.go(&ground, patient, before.as_ref()), lock(&ground, target));
        let (statements, locked) = (ground.database.statements(), locked.unwrap().value.lock.id);
        let revision = added_at(&statements, "revision");
        if changed.is_ok() {
            assert!(revision.is_some() && revision < added_at(&statements, "record_lock"), "{statements:#?}");
        } else {
            assert_locked(changed, locked);
            assert_eq!(revision, None, "{statements:#?}");
        }
        ground.unlock(locked).await;
    }
}

#[rstest]
#[tokio::test]
async fn no_new_record_slips_past_a_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Door::Begin, Door::Create)] door: Door,
    #[values(LockKind::Patient, LockKind::Site)] kind: LockKind,
) {
    Box::pin(race(engine, door, kind)).await;
}

#[rstest]
#[tokio::test]
async fn no_change_of_a_record_slips_past_a_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Door::Replace, Door::Submit, Door::Amend)] door: Door,
    #[values(LockKind::Record, LockKind::Patient, LockKind::Site)] kind: LockKind,
) {
    Box::pin(race(engine, door, kind)).await;
}
