//! Barcodes: unique in the network, naming nobody to strangers.

use cartotek_domain::problem::Problem;
use cartotek_domain::sample::Tube;
use cartotek_persistence::Engine;
use cartotek_service::sample::{Registration, Scanned};
use rstest::rstest;

use crate::common::TestGround;
use crate::steps::{aliquots, blood, patient, refusal, register, registered, storage_box};

#[rstest]
#[tokio::test]
async fn a_foreign_barcode_names_nobody(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let service = &ground.service;
    registered(&ground, "KIBB-1").await;
    let stranger = patient(&ground, "UPP").await;
    let wanted = || Registration {
        biobank: "UPP-BB".parse().unwrap(),
        collection_site: "UPP".parse().unwrap(),
        ..blood(&stranger, "KIBB-1")
    };
    let staff = ground.staff("UPP-BB");
    for _ in 0..20 {
        let refused = refusal(service.register_sample(&staff, &ground.act(), wanted()).await);
        assert_eq!((refused.problem, refused.detail), (Problem::BarcodeTaken, None));
        assert_eq!(refused.findings[0].message.en, "The barcode is already in use in the network.");
    }
    let refused = service.register_sample(&staff, &ground.dry(), wanted()).await;
    assert_eq!(refusal(refused).problem, Problem::TooManyRequests, "nor by a dry run");
    let fresh = Registration { barcode: "UPP-1".parse().unwrap(), ..wanted() };
    let refused = service.register_sample(&staff, &ground.act(), fresh.clone()).await;
    assert_eq!(refusal(refused).problem, Problem::TooManyRequests, "a free one is not told either");
    ground.clock.advance(chrono::TimeDelta::seconds(60));
    service.register_sample(&staff, &ground.act(), fresh).await.unwrap();
    let own = blood(&patient(&ground, "KAR").await, "KIBB-1");
    for _ in 0..25 {
        let refused = refusal(register(&ground, own.clone()).await);
        assert_eq!(
            refused.problem,
            Problem::BarcodeTaken,
            "one's own barcodes may be scanned as often as needed"
        );
        assert!(refused.findings[0].message.en.contains("look it up"));
    }
}

#[rstest]
#[tokio::test]
async fn a_scanned_barcode_says_what_it_sticks_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (service, staff) = (&ground.service, ground.staff("KI-BB"));
    let slot = storage_box(&ground, "KI-BB", "BOX-1").await;
    let id = registered(&ground, "KIBB-1").await;
    let handler = ground.staff("KI-BB");
    service.aliquot(&handler, &ground.act(), Tube::Sample(id), aliquots(&[("a1-X", 4.0)])).await.unwrap();
    let act = ground.act();
    let scan = |barcode: &str| service.scan(&staff, &act, barcode.parse().unwrap());
    let Scanned::Sample(file) = scan("KIBB-1").await.unwrap().value else { panic!("a sample") };
    assert_eq!((file.sample.id, file.aliquots.len()), (id, 1));
    let done = scan("a1-X").await.unwrap();
    assert!(done.receipt.is_some());
    let Scanned::Aliquot { aliquot, sample, pseudonym } = done.value else { panic!("an aliquot") };
    assert_eq!((aliquot.aliquot.barcode.as_str(), sample.id, &pseudonym), ("a1-X", id, &file.pseudonym));
    let Scanned::StorageBox(storage_box) = scan("BOX-1").await.unwrap().value else { panic!("a box") };
    assert_eq!(storage_box.id, slot);
    assert_eq!(refusal(scan("A1-x").await).problem, Problem::NotFound, "upper and lower case differ");
    let foreign = service.scan(&ground.data_manager("KAR"), &ground.act(), "BOX-1".parse().unwrap()).await;
    assert_eq!(refusal(foreign).problem, Problem::NotFound, "a box is the biobank's");
}
