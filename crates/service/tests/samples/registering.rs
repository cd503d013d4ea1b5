//! Registering samples: who may, with what consent, and what is found.

use cartotek_domain::access::{PatientScope, Scope};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::finding::Severity;
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{SampleUse, TubeStatus};
use cartotek_persistence::{Engine, Page};
use cartotek_service::record::NewRecord;
use cartotek_service::sample::Registration;
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

use crate::common::{TestGround, decision};
use crate::steps::{blood, millilitres, patient, places, refusal, register};

/// A course of the patient with an infusion on 2026-02-12.
async fn infused(ground: &TestGround, patient: &Pseudonym) -> CourseId {
    let opened = "2026-01-12".parse().unwrap();
    let manager = ground.data_manager("KAR");
    let service = &ground.service;
    let course = service.open_course(&manager, &ground.act(), *patient, "LBCL".to_owned(), opened).await;
    let course = course.unwrap().value.id;
    let content = json!({
        "infusion_no": 1, "infusion_date": "2026-02-12", "infusion_started_at": "2026-02-12T10:40:00+01:00",
        "batch_id": "KTE-48213", "bag_ids": ["KTE-48213-1"], "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": 150, "post_thaw_viability_pct": 84,
        "premedication": ["paracetamol", "antihistamine"], "infusion_reaction": "no",
    });
    let explained = Acknowledgement {
        rule: "R-INF-04B".to_owned(),
        pointer: "/batch_id".to_owned(),
        reason: "The product form comes later.".to_owned(),
    };
    let new = NewRecord {
        patient: *patient,
        course: Some(course),
        form: "infusion".to_owned(),
        form_version: None,
        content,
        submission: Some(vec![explained]),
    };
    service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await.unwrap();
    course
}

#[rstest]
#[tokio::test]
async fn no_consent_no_sample(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let patient = patient(&ground, "KAR").await;
    let early = Registration {
        collected_at: "2026-01-09T23:30:00+01:00".parse().unwrap(),
        ..blood(&patient, "KIBB-1")
    };
    let refused = refusal(register(&ground, early).await);
    assert_eq!(
        (refused.problem, places(&refused)),
        (Problem::ContentInvalid, vec![("R-BIO-01", "/taken_for")])
    );
    assert!(refused.findings[0].message.en.contains("biobank_research"));
    let both = Registration { taken_for: SampleUse::Both, ..blood(&patient, "KIBB-1") };
    let refused = refusal(register(&ground, both).await);
    assert!(refused.findings.len() == 1 && refused.findings[0].message.en.contains("biobank_care"));
    register(&ground, blood(&patient, "KIBB-1")).await.unwrap();
    let withdrawn = decision(ConsentPurpose::BiobankResearch, ConsentDecision::Withdrawn, "2026-02-19");
    let manager = ground.data_manager("KAR");
    ground.service.record_consent(&manager, &ground.act(), patient, withdrawn).await.unwrap();
    let refused = refusal(register(&ground, blood(&patient, "KIBB-2")).await);
    assert_eq!(places(&refused), [("R-BIO-01", "/taken_for")], "the day of the withdrawal is not covered");
}

#[rstest]
#[tokio::test]
async fn every_mistake_of_a_registration_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let patient = patient(&ground, "KAR").await;
    let wrong = Registration {
        collected_at: "2026-03-02T11:00:00+01:00".parse().unwrap(),
        material: "DNA".to_owned(),
        time_point: "D7".to_owned(),
        amount: Amount::new(0, AmountUnit::Cell).unwrap(),
        ..blood(&patient, "KIBB-1")
    };
    let expected = [
        ("R-DATE-02", "/collected_at"),
        ("R-BIO-07", "/amount/unit"),
        ("R-BIO-02", "/amount"),
        ("R-BIO-01B", "/course"),
    ];
    assert_eq!(places(&refusal(register(&ground, wrong).await)), expected);
    let unknown = Registration {
        material: "BLOOD".to_owned(),
        time_point: "YEARLY".to_owned(),
        ..blood(&patient, "KIBB-1")
    };
    let refused = refusal(register(&ground, unknown).await);
    assert_eq!(places(&refused), [("CODE-UNKNOWN", "/material"), ("CODE-UNKNOWN", "/time_point")]);
    assert!(refused.findings[0].message.en.contains("WB_EDTA"));
    let elsewhere = Registration {
        collection_site: "UPP".parse().unwrap(),
        course: Some(CourseId::next(ground.service.ids())),
        ..blood(&patient, "KIBB-1")
    };
    let refused = refusal(register(&ground, elsewhere).await);
    assert_eq!(places(&refused), [("R-BIO-09", "/collection_site"), ("R-COURSE-02", "/course")]);
}

#[rstest]
#[tokio::test]
async fn only_those_concerned_register(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, patient) = (&ground.service, patient(&ground, "KAR").await);
    let uppsala = Registration { biobank: "UPP-BB".parse().unwrap(), ..blood(&patient, "KIBB-1") };
    let refused =
        refusal(service.register_sample(&ground.data_manager("KAR"), &ground.act(), uppsala.clone()).await);
    assert_eq!(places(&refused), [("R-BIO-08", "/biobank")]);
    for wanted in [uppsala, blood(&patient, "KIBB-1")] {
        let staff = service.register_sample(&ground.staff("UPP-BB"), &ground.act(), wanted.clone()).await;
        assert_eq!(refusal(staff).problem, Problem::NotFound);
        let manager = service.register_sample(&ground.data_manager("UPP"), &ground.act(), wanted).await;
        assert_eq!(refusal(manager).problem, Problem::NotFound);
    }
    let manager = ground.data_manager("KAR");
    let done = service.register_sample(&manager, &ground.act(), blood(&patient, "KIBB-1")).await.unwrap();
    let file = done.value.file;
    assert_eq!(file.miabis_type.as_deref(), Some("Whole blood"));
    assert_eq!(file.purposes, [ConsentPurpose::BiobankResearch]);
    assert_eq!((file.state.remaining, file.state.status), (millilitres(10.0), TubeStatus::InHand));
    let id = file.sample.id;
    assert_eq!(service.sample(&ground.staff("KI-BB"), &ground.act(), id).await.unwrap().value, file);
    for stranger in [ground.staff("UPP-BB"), ground.data_manager("UPP")] {
        assert_eq!(refusal(service.sample(&stranger, &ground.act(), id).await).problem, Problem::NotFound);
        let events = service.custody_events(&stranger, &ground.act(), id, Page::first(500)).await;
        assert_eq!(refusal(events).problem, Problem::NotFound);
        let scanned = service.scan(&stranger, &ground.act(), "KIBB-1".parse().unwrap()).await;
        assert_eq!(refusal(scanned).problem, Problem::NotFound);
        let listed = service.samples(&stranger, &ground.act(), Some(patient), Page::first(10)).await;
        assert_eq!(refusal(listed).problem, Problem::NotFound);
    }
    let mine = service.samples(&ground.staff("KI-BB"), &ground.act(), Some(patient), Page::first(10)).await;
    let mine = mine.unwrap();
    assert_eq!(mine.value.items.len(), 1);
    assert!(mine.receipt.is_some(), "who saw it is in the log");
}

#[rstest]
#[tokio::test]
async fn a_tube_outside_its_window_is_taken_with_a_warning(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let patient = patient(&ground, "KAR").await;
    let course = infused(&ground, &patient).await;
    let on = |day: &str, barcode: &str| Registration {
        course: Some(course),
        time_point: "D7".to_owned(),
        collected_at: format!("{day}T08:30:00+01:00").parse().unwrap(),
        ..blood(&patient, barcode)
    };
    for (number, (day, warned)) in
        [("2026-02-17", false), ("2026-02-21", false), ("2026-02-22", true)].into_iter().enumerate()
    {
        let done = register(&ground, on(day, &format!("KIBB-{number}"))).await.unwrap().value;
        let found: Vec<_> = done.findings.iter().map(|one| (one.rule.as_str(), one.severity)).collect();
        assert_eq!(found, if warned { vec![("R-BIO-06", Severity::Warning)] } else { vec![] }, "{day}");
        let course = done.file.course.unwrap();
        assert_eq!((course.number, course.day0), (1, Some("2026-02-12".parse().unwrap())));
    }
    let years = Registration { time_point: "M24".to_owned(), ..on("2026-02-22", "KIBB-Y") };
    let done = register(&ground, years).await.unwrap().value;
    assert_eq!(done.file.sample.time_point, "Y2");
}

#[rstest]
#[tokio::test]
async fn sixty_four_parallel_creates_one_row(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let patient = patient(&ground, "KAR").await;
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (service, staff, act) = (ground.service.clone(), ground.staff("KI-BB"), ground.act());
        let wanted = blood(&patient, "KIBB-1");
        tasks.spawn(async move { service.register_sample(&staff, &act, wanted).await });
    }
    let mut won = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(_) => won += 1,
            lost => assert_eq!(refusal(lost).problem, Problem::BarcodeTaken),
        }
    }
    assert_eq!(won, 1);
    let listed = ground.service.samples(&ground.staff("KI-BB"), &ground.act(), None, Page::first(500)).await;
    assert_eq!(listed.unwrap().value.items.len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_fact_reads_back_as_it_was_hashed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let patient = patient(&ground, "KAR").await;
    let precise = Registration {
        collected_at: "2026-02-19T08:30:00.123456789+01:00".parse().unwrap(),
        ..blood(&patient, "KIBB-1")
    };
    let told = register(&ground, precise).await.unwrap().value.file.sample;
    let id = told.id;
    let scope = cartotek_persistence::session::sample::SampleScope {
        biobanks: Scope::Every,
        patients: PatientScope::Every,
    };
    let stored = ground.database.store.read("look", move |session| session.sample(id, &scope)).await.unwrap();
    assert_eq!(stored, Some(told.clone()));
    assert_eq!(told.collected().to_rfc3339(), "2026-02-19T08:30:00.123456+01:00");
}
