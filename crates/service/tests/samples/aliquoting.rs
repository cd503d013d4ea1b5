//! Splitting: what goes in must come out, all or nothing.

use cartotek_domain::problem::Problem;
use cartotek_domain::sample::CustodyKind::{Aliquoted, Created, Registered};
use cartotek_domain::sample::{LedgerKind, Tube, TubeStatus};
use cartotek_persistence::{Engine, Page};
use cartotek_service::sample::Splitting;
use rstest::rstest;
use tokio::task::JoinSet;

use crate::common::TestGround;
use crate::steps::{aliquots, millilitres, places, refusal, registered};

#[rstest]
#[tokio::test]
async fn what_goes_in_comes_out(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, staff) = (&ground.service, ground.staff("KI-BB"));
    let id = registered(&ground, "KIBB-1").await;
    let split = Splitting { loss: Some(millilitres(0.5)), ..aliquots(&[("A1-x", 4.0), ("A2-x", 4.0)]) };
    let made = service.aliquot(&staff, &ground.act(), Tube::Sample(id), split).await.unwrap().value;
    assert_eq!(made.remaining, millilitres(1.5));
    let first = made.aliquots[0].aliquot.id;
    let again = aliquots(&[("A11-x", 2.0), ("A12-x", 2.2)]);
    let made = service.aliquot(&staff, &ground.act(), Tube::Aliquot(first), again).await.unwrap().value;
    assert_eq!((made.remaining, made.findings[0].rule.as_str()), (millilitres(0.0), "R-BIO-02"));
    let refused = service.aliquot(&staff, &ground.act(), Tube::Sample(id), aliquots(&[("A3-x", 1.6)])).await;
    assert_eq!(places(&refusal(refused)), [("R-BIO-02", "/aliquots")]);
    let ledger = ground.database.store.read("ledger", move |session| session.ledger(id)).await.unwrap();
    let total =
        |kind| -> i64 { ledger.iter().filter(|one| one.kind == kind).map(|one| one.amount.quantity()).sum() };
    let file = service.sample(&ground.staff("KI-BB"), &ground.act(), id).await.unwrap().value;
    let left: i64 = file.aliquots.iter().map(|one| one.state.remaining.quantity()).sum::<i64>()
        + file.state.remaining.quantity();
    assert_eq!(total(LedgerKind::Surplus), 200_000);
    assert_eq!(total(LedgerKind::Collection) + total(LedgerKind::Surplus) - total(LedgerKind::Loss), left);
    let emptied = file.aliquots.iter().find(|one| one.aliquot.id == first).unwrap();
    assert_eq!(emptied.state.status, TubeStatus::Exhausted);
    let events = service
        .custody_events(&ground.staff("KI-BB"), &ground.act(), id, Page::first(500))
        .await
        .unwrap()
        .value
        .items;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Registered, Aliquoted, Created, Created, Aliquoted, Created, Created]);
}

#[rstest]
#[tokio::test]
async fn half_a_split_is_no_split(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, staff) = (&ground.service, ground.staff("KI-BB"));
    let id = registered(&ground, "KIBB-1").await;
    let twice = aliquots(&[("A1-x", 1.0), ("A1-x", 1.0)]);
    let refused = refusal(service.aliquot(&staff, &ground.act(), Tube::Sample(id), twice).await);
    assert_eq!(
        (refused.problem, places(&refused)),
        (Problem::ContentInvalid, vec![("R-BIO-10", "/aliquots/1/barcode")])
    );
    let clash = aliquots(&[("A1-x", 1.0), ("KIBB-1", 1.0)]);
    let refused = refusal(service.aliquot(&staff, &ground.act(), Tube::Sample(id), clash).await);
    assert_eq!(
        (refused.problem, places(&refused)),
        (Problem::BarcodeTaken, vec![("R-BIO-10", "/aliquots/1/barcode")])
    );
    let rehearsed =
        service.aliquot(&staff, &ground.dry(), Tube::Sample(id), aliquots(&[("A1-x", 1.0)])).await;
    assert_eq!(rehearsed.unwrap().value.remaining, millilitres(9.0));
    let file = service.sample(&ground.staff("KI-BB"), &ground.act(), id).await.unwrap().value;
    assert_eq!((file.aliquots.len(), file.state.remaining), (0, millilitres(10.0)));
    let many: Vec<_> = (0..201).map(|number| (format!("M-{number:03}"), 0.01)).collect();
    let many: Vec<_> = many.iter().map(|(barcode, amount)| (barcode.as_str(), *amount)).collect();
    let refused = service.aliquot(&staff, &ground.act(), Tube::Sample(id), aliquots(&many)).await;
    assert_eq!(places(&refusal(refused)), [("R-BIO-02", "/aliquots")]);
    let made =
        service.aliquot(&staff, &ground.act(), Tube::Sample(id), aliquots(&many[..200])).await.unwrap();
    assert_eq!(made.value.aliquots.len(), 200);
}

#[rstest]
#[tokio::test]
async fn two_hands_cannot_empty_one_tube_twice(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let id = registered(&ground, "KIBB-1").await;
    let mut tasks = JoinSet::new();
    for number in 0..16 {
        let (service, staff, act) = (ground.service.clone(), ground.staff("KI-BB"), ground.act());
        let split = aliquots(&[(format!("A-{number:02}").as_str(), 3.0)]);
        tasks.spawn(async move { service.aliquot(&staff, &act, Tube::Sample(id), split).await });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3, "10 mL hold three times 3 mL");
    let file = ground.service.sample(&ground.staff("KI-BB"), &ground.act(), id).await.unwrap().value;
    assert_eq!((file.aliquots.len(), file.state.remaining), (3, millilitres(1.0)));
}
