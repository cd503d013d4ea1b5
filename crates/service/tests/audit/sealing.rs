//! Sealing, proofs and the sealer's lease.

use cartotek_crypto::checkpoint::{Checkpoint, VerifierKey, note_hash, parse_and_verify};
use cartotek_crypto::merkle::{verify_consistency, verify_inclusion};
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::AuditEventId;
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::{Sealed, Service};
use chrono::TimeDelta;
use rstest::rstest;
use uuid::Uuid;

use crate::registry::{Registry, act, auditor, data_manager, granted};

fn prover() -> Granted<permission::ProveAudit> {
    granted(&auditor())
}

/// A note as somebody outside reads it: with the published key alone.
fn read(service: &Service, note: &str) -> Checkpoint {
    let key: VerifierKey = service.verifier_key(&prover()).parse().unwrap();
    parse_and_verify(note, &key).unwrap()
}

async fn latest(service: &Service) -> String {
    service.checkpoint(&prover(), &act(service), None).await.unwrap().value.note
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn a_receipt_is_proved_by_the_log(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let service = &registry.service;
    let reader = granted::<permission::ReadPatient>(&data_manager("KAR"));
    let done = service.patient(&reader, &act(service), Registry::patient(engine)).await.unwrap();
    let receipt = done.receipt.unwrap();
    let early = service.inclusion(&prover(), &act(service), receipt.event).await.unwrap_err();
    assert_eq!(early.problem(), Problem::WrongState, "not sealed yet");
    service.seal_all().await.unwrap();
    let proof = service.inclusion(&prover(), &act(service), receipt.event).await.unwrap().value;
    let checkpoint = read(service, &proof.checkpoint.note);
    assert_eq!(proof.leaf_hash, receipt.leaf_hash);
    assert!(verify_inclusion(
        &receipt.leaf_hash,
        proof.leaf_index,
        checkpoint.size,
        &proof.proof,
        &checkpoint.root
    ));
    let unknown = AuditEventId::from_uuid(Uuid::from_u128(1));
    let error = service.inclusion(&prover(), &act(service), unknown).await.unwrap_err();
    assert_eq!(error.problem(), Problem::NotFound);
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn each_checkpoint_continues_the_one_before(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let service = &registry.service;
    let kept = Registry::kept_note(engine);
    registry.refuse(3).await;
    assert_eq!(service.seal_all().await.unwrap(), 5, "two were waiting");
    let note = latest(service).await;
    let (old, new) = (read(service, &kept), read(service, &note));
    assert_eq!(new.size, old.size + 5);
    assert_eq!(new.previous, Some(note_hash(&kept)));
    let asked = service.consistency(&prover(), &act(service), old.size, None).await.unwrap().value;
    assert_eq!((asked.from.note, asked.to.note), (kept, note));
    assert!(verify_consistency(old.size, new.size, &asked.proof, &old.root, &new.root));
    for (from, to, problem) in [
        (old.size + 1, None, Problem::NotFound),
        (old.size, Some(u64::MAX), Problem::NotFound),
        (new.size, Some(old.size), Problem::InvalidParameter),
    ] {
        let error = service.consistency(&prover(), &act(service), from, to).await.unwrap_err();
        assert_eq!(error.problem(), problem, "{from} {to:?}");
    }
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn nothing_is_written_while_nothing_waits(#[case] engine: Engine) {
    let registry = Registry::empty(engine).await;
    assert_eq!(registry.service.seal().await.unwrap(), Sealed::default());
    assert_eq!(registry.database.dump()["lease"], Vec::<String>::new());
    let error = registry.service.checkpoint(&prover(), &act(&registry.service), None).await.unwrap_err();
    assert_eq!(error.problem(), Problem::NotFound);
    registry.refuse(1).await;
    assert_eq!(registry.service.seal().await.unwrap().events, 1);
    let before = registry.database.dump();
    assert_eq!(registry.service.seal().await.unwrap(), Sealed::default());
    assert_eq!(registry.database.dump(), before);
}

/// The lock of the file lets nobody in before the last server is gone: there is nobody to wait for.
#[tokio::test]
async fn on_sqlite_the_next_server_takes_over_at_once() {
    let registry = Registry::open(Engine::Sqlite).await;
    let (first, second) = (&registry.service, registry.second_server().await);
    first.seal_all().await.unwrap();
    let epoch = read(first, &latest(first).await).epoch.unwrap();
    registry.refuse(1).await;
    assert_eq!(second.seal().await.unwrap(), Sealed { events: 1, more: false, held_elsewhere: false });
    assert_eq!(read(&second, &latest(&second).await).epoch, Some(epoch + 1));
    assert!(registry.check().await.is_clean());
}

#[tokio::test]
async fn another_server_takes_over_when_the_lease_ends() {
    let registry = Registry::open(Engine::Postgres).await;
    let (first, second) = (&registry.service, registry.second_server().await);
    registry.clock.advance(TimeDelta::seconds(20));
    assert_eq!(first.seal().await.unwrap().events, 2, "the lease of the time of preparation has ended");
    let epoch = read(first, &latest(first).await).epoch.unwrap();
    registry.refuse(1).await;
    registry.clock.advance(TimeDelta::milliseconds(9_999));
    assert!(second.seal().await.unwrap().held_elsewhere);
    assert_eq!(second.seal_all().await.unwrap(), 0, "it does not wait for the other");
    registry.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(second.seal().await.unwrap().events, 1);
    assert_eq!(read(first, &latest(first).await).epoch, Some(epoch + 1));
    registry.refuse(1).await;
    assert!(first.seal().await.unwrap().held_elsewhere, "the first has lost it");
    assert!(registry.check().await.is_clean());
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn a_log_that_nobody_seals_makes_the_server_unready(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    registry.service.seal_all().await.unwrap();
    registry.service.ready().await.unwrap();
    registry.refuse(1).await;
    registry.clock.advance(TimeDelta::seconds(30));
    registry.service.ready().await.unwrap();
    registry.clock.advance(TimeDelta::seconds(1));
    assert_eq!(registry.service.ready().await.unwrap_err().problem(), Problem::Unavailable);
    registry.service.seal_all().await.unwrap();
    registry.service.ready().await.unwrap();
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn the_background_work_seals_what_is_left_when_it_stops(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let background = registry.service.run_background();
    registry.refuse(5).await;
    background.stop().await;
    assert_eq!(registry.database.dump()["audit_pending"], Vec::<String>::new());
    assert!(registry.check().await.is_clean());
}
