//! Box positions: one tube each.

use cartotek_domain::id::BoxId;
use cartotek_domain::problem::Problem;
use cartotek_domain::sample::CustodyKind::{Moved, Placed, Registered, TakenOut};
use cartotek_domain::sample::{Tube, TubeStatus};
use cartotek_domain::storage::TemperatureClass;
use cartotek_persistence::{Engine, Page};
use cartotek_service::storage::NewStorageUnit;
use rstest::rstest;
use tokio::task::JoinSet;

use crate::common::TestGround;
use crate::steps::{aliquots, at, places, refusal, registered, storage_box};

#[rstest]
#[tokio::test]
async fn two_boxes_one_slot(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, staff) = (&ground.service, ground.staff("KI-BB"));
    let (one, other) =
        (storage_box(&ground, "KI-BB", "BOX-1").await, storage_box(&ground, "KI-BB", "BOX-2").await);
    let first = Tube::Sample(registered(&ground, "KIBB-1").await);
    let second = Tube::Sample(registered(&ground, "KIBB-2").await);
    let placed = service.place_tube(&staff, &ground.act(), first, 1, at(one, "a1")).await.unwrap().value;
    assert_eq!(placed.state.status, TubeStatus::Stored);
    assert_eq!(placed.state.place.as_ref().unwrap().place.position, "A1");
    let again = service.place_tube(&staff, &ground.act(), first, 2, at(one, "A1")).await.unwrap().value;
    assert_eq!(again, placed, "it lies there already");
    let refused = refusal(service.place_tube(&staff, &ground.act(), second, 1, at(one, "A1")).await);
    assert_eq!(refused.problem, Problem::PositionTaken);
    let detail = refused.detail.unwrap().en;
    assert_eq!(detail, "Position A1 is occupied by KIBB-1. Next free: A2, A3, A4, A5, A6.");
    service.place_tube(&staff, &ground.act(), second, 1, at(other, "A1")).await.unwrap();
    let late = refusal(service.place_tube(&staff, &ground.act(), first, 1, at(other, "I9")).await);
    assert_eq!((late.problem, late.current.unwrap().version), (Problem::StaleVersion, 2));
    assert_eq!(
        late.detail.unwrap().en,
        "Something has happened to the tube since you read it. It lies in BOX-1 A1 now. Read the tube again and repeat."
    );
    service.place_tube(&staff, &ground.act(), first, 2, at(other, "I9")).await.unwrap();
    let left = service.storage_box(&ground.staff("KI-BB"), &ground.act(), one).await.unwrap().value;
    assert_eq!((left.occupants.len(), left.free), (0, 81), "a moved tube leaves its slot");
    let full = service.storage_box(&ground.staff("KI-BB"), &ground.act(), other).await.unwrap().value;
    let grid: Vec<_> =
        full.occupants.iter().map(|one| (one.position.as_str(), one.barcode.as_str())).collect();
    assert_eq!((grid, full.free), (vec![("A1", "KIBB-2"), ("I9", "KIBB-1")], 79));
    let late = refusal(service.take_out_tube(&staff, &ground.act(), first, 2).await);
    assert_eq!(late.problem, Problem::StaleVersion);
    let out = service.take_out_tube(&staff, &ground.act(), first, 3).await.unwrap().value;
    assert_eq!((out.state.status, out.state.place), (TubeStatus::InHand, None));
    let twice = service.take_out_tube(&staff, &ground.act(), first, 4).await;
    assert_eq!(refusal(twice).problem, Problem::WrongState);
    let Tube::Sample(id) = first else { unreachable!() };
    let events = service
        .custody_events(&ground.staff("KI-BB"), &ground.act(), id, Page::first(500))
        .await
        .unwrap()
        .value
        .items;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Registered, Placed, Moved, TakenOut]);
    let numbers: Vec<_> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[rstest]
#[tokio::test]
async fn a_tube_goes_only_where_there_is_a_place(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, staff) = (&ground.service, ground.staff("KI-BB"));
    let (own, foreign) =
        (storage_box(&ground, "KI-BB", "BOX-1").await, storage_box(&ground, "UPP-BB", "BOX-2").await);
    let tube = Tube::Sample(registered(&ground, "KIBB-1").await);
    for (placement, pointer) in [
        (at(foreign, "A1"), "/box"),
        (at(BoxId::next(service.ids()), "A1"), "/box"),
        (at(own, "J1"), "/position"),
        (at(own, "1A"), "/position"),
    ] {
        let refused = refusal(service.place_tube(&staff, &ground.act(), tube, 1, placement).await);
        assert_eq!(
            (refused.problem, places(&refused)),
            (Problem::ContentInvalid, vec![("R-BIO-03", pointer)])
        );
    }
    let stranger =
        service.place_tube(&ground.staff("UPP-BB"), &ground.act(), tube, 1, at(foreign, "A1")).await;
    assert_eq!(refusal(stranger).problem, Problem::NotFound);
    service.aliquot(&staff, &ground.act(), tube, aliquots(&[("A1-x", 10.0)])).await.unwrap();
    let empty = service.place_tube(&staff, &ground.act(), tube, 2, at(own, "A1")).await;
    assert_eq!(refusal(empty).problem, Problem::WrongState);
    let taken = NewStorageUnit {
        biobank: "KI-BB".parse().unwrap(),
        name: " BOX-1 ".to_owned(),
        temperature: TemperatureClass::Cool,
    };
    let refused = service.create_storage_unit(&ground.staff("KI-BB"), &ground.act(), taken).await;
    assert_eq!(refusal(refused).problem, Problem::AlreadyExists);
    let grid = service.storage_box(&ground.staff("KI-BB"), &ground.act(), foreign).await;
    assert_eq!(refusal(grid).problem, Problem::NotFound);
}

#[rstest]
#[tokio::test]
async fn sixty_four_tubes_one_slot(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let slot = storage_box(&ground, "KI-BB", "BOX-1").await;
    let id = registered(&ground, "KIBB-1").await;
    let names: Vec<_> = (0..64).map(|number| format!("A-{number:02}")).collect();
    let parts: Vec<_> = names.iter().map(|name| (name.as_str(), 0.1)).collect();
    let staff = ground.staff("KI-BB");
    let made =
        ground.service.aliquot(&staff, &ground.act(), Tube::Sample(id), aliquots(&parts)).await.unwrap();
    let mut tasks = JoinSet::new();
    for one in made.value.aliquots {
        let (service, staff, act) = (ground.service.clone(), staff.clone(), ground.act());
        let (tube, version) = (Tube::Aliquot(one.aliquot.id), one.state.version);
        tasks.spawn(async move { service.place_tube(&staff, &act, tube, version, at(slot, "E5")).await });
    }
    let mut won = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(_) => won += 1,
            lost => assert_eq!(refusal(lost).problem, Problem::PositionTaken),
        }
    }
    assert_eq!(won, 1);
    let grid = ground.service.storage_box(&ground.staff("KI-BB"), &ground.act(), slot).await.unwrap().value;
    assert_eq!((grid.occupants.len(), grid.free), (1, 80));
}

/// Two who move one tube at once: one does, the other learns where it lies.
#[rstest]
#[tokio::test]
async fn a_tube_is_moved_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let slot = storage_box(&ground, "KI-BB", "BOX-1").await;
    let tube = Tube::Sample(registered(&ground, "KIBB-1").await);
    let mut tasks = JoinSet::new();
    for column in 1..=8 {
        let (service, staff, act) = (ground.service.clone(), ground.staff("KI-BB"), ground.act());
        let placement = at(slot, &format!("A{column}"));
        tasks.spawn(async move { service.place_tube(&staff, &act, tube, 1, placement).await });
    }
    let outcomes = tasks.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for late in lost {
        assert_eq!(refusal(late).problem, Problem::StaleVersion);
    }
}
