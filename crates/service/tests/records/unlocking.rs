//! Requests that a lock be ended: taken back by who made them, refused by another person, each once.

use cartotek_domain::id::{LockId, UnlockRequestId};
use cartotek_domain::problem::Problem;
use cartotek_domain::unlock::{UnlockRequest, UnlockState, UnlockStatus};
use cartotek_persistence::Engine;
use cartotek_service::{Done, ServiceError};
use rstest::rstest;

use crate::common::TestGround;
use crate::judging::PAIRS;
use crate::locking::{lock, up_to};

/// A lock over the site's records, and the first data manager's request that it be ended.
async fn asked(ground: &TestGround) -> (LockId, UnlockRequestId) {
    let id = lock(ground, up_to("2026-02-01")).await.unwrap().value.lock.id;
    (id, ask(ground, id).await)
}

async fn ask(ground: &TestGround, id: LockId) -> UnlockRequestId {
    let (manager, reason) = (ground.data_manager("KAR"), "Mistyped".to_owned());
    ground.service.request_unlock(&manager, &ground.act(), id, reason).await.unwrap().value.id
}

async fn withdraw(ground: &TestGround, id: UnlockRequestId) -> Result<Done<UnlockRequest>, ServiceError> {
    ground.service.withdraw_unlock(&ground.data_manager("KAR"), &ground.act(), id).await
}

/// By the second data manager.
async fn refuse(ground: &TestGround, id: UnlockRequestId) -> Result<Done<UnlockRequest>, ServiceError> {
    let reason = "The chart says the same".to_owned();
    ground.service.refuse_unlock(&ground.second_manager(), &ground.act(), id, reason).await
}

async fn approve(ground: &TestGround, id: UnlockRequestId) -> Result<(), ServiceError> {
    ground.service.approve_unlock(&ground.second_manager(), &ground.act(), id).await.map(drop)
}

/// Whether the lock holds, and where the requests about it stand.
async fn standing(ground: &TestGround, id: LockId) -> (bool, Vec<UnlockStatus>) {
    let file = ground.service.lock(&ground.data_manager("KAR"), &ground.act(), id).await.unwrap().value;
    let statuses = file.requests.iter().map(|one| one.state.status()).collect();
    (file.lock.ended_at.is_none(), statuses)
}

/// What the refusal of a late decision says.
#[track_caller]
fn assert_late<T: std::fmt::Debug>(outcome: Result<T, ServiceError>, said: &str) {
    let Err(ServiceError::Refused(refusal)) = outcome else { panic!("not refused: {outcome:?}") };
    assert_eq!(refusal.problem, Problem::WrongState);
    let detail = refusal.detail.unwrap().en;
    assert!(detail.contains(said) && detail.contains("/unlock-requests"), "{detail}");
}

#[rstest]
#[tokio::test]
async fn who_asked_takes_it_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (id, request) = asked(&ground).await;
    let other = ground.service.withdraw_unlock(&ground.second_manager(), &ground.act(), request).await;
    assert_eq!(other.unwrap_err().problem(), Problem::PermissionMissing, "somebody else has asked");
    let withdrawn = withdraw(&ground, request).await.unwrap().value;
    assert_eq!(withdrawn.state, UnlockState::Withdrawn { at: ground.service.now() });
    assert_eq!(standing(&ground, id).await, (true, vec![UnlockStatus::Withdrawn]));
    assert_late(withdraw(&ground, request).await, "was taken back");
    assert_late(approve(&ground, request).await, "was taken back");
    assert_late(refuse(&ground, request).await, "was taken back");

    approve(&ground, ask(&ground, id).await).await.unwrap();
    assert_eq!(standing(&ground, id).await, (false, vec![UnlockStatus::Withdrawn, UnlockStatus::Approved]));
}

#[rstest]
#[tokio::test]
async fn another_person_refuses_with_a_reason(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (id, request) = asked(&ground).await;
    let (own, reason) = (ground.data_manager("KAR"), "I was wrong".to_owned());
    let own = ground.service.refuse_unlock(&own, &ground.act(), request, reason).await;
    assert_eq!(own.unwrap_err().problem(), Problem::PermissionMissing, "it is their own");
    let (stranger, reason) = (ground.data_manager("UPP"), "No".to_owned());
    let stranger = ground.service.refuse_unlock(&stranger, &ground.act(), request, reason).await;
    assert_eq!(stranger.unwrap_err().problem(), Problem::NotFound);
    let UnlockState::Refused { reason, .. } = refuse(&ground, request).await.unwrap().value.state else {
        panic!("it was refused")
    };
    assert_eq!(reason, "The chart says the same");
    assert_late(approve(&ground, request).await, "was refused");
    assert_late(withdraw(&ground, request).await, "was refused");
    assert_eq!(standing(&ground, id).await, (true, vec![UnlockStatus::Refused]));
}

/// The lock has ended exactly when the approval came first.
#[rstest]
#[tokio::test]
async fn of_two_decisions_at_once_one_holds(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(UnlockStatus::Withdrawn, UnlockStatus::Refused)] against: UnlockStatus,
) {
    let ground = TestGround::start(engine).await;
    for _ in 0..PAIRS {
        let (id, request) = asked(&ground).await;
        let decide = async {
            match against {
                UnlockStatus::Withdrawn => withdraw(&ground, request).await,
                _ => refuse(&ground, request).await,
            }
        };
        let (decided, approved) = tokio::join!(decide, approve(&ground, request));
        let (holds, statuses) = standing(&ground, id).await;
        match (decided, approved) {
            (Ok(_), Err(late)) => {
                assert_eq!(late.problem(), Problem::WrongState);
                assert_eq!((holds, statuses), (true, vec![against]));
                approve(&ground, ask(&ground, id).await).await.unwrap();
            }
            (Err(late), Ok(())) => {
                assert_eq!(late.problem(), Problem::WrongState);
                assert_eq!((holds, statuses), (false, vec![UnlockStatus::Approved]));
            }
            both => panic!("{both:?}"),
        }
    }
}
