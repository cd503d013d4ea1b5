//! What is kept, for how long, and what an erasure keeps all the same.

use std::collections::BTreeMap;

use cartotek_domain::access::{Granted, Role, permission};
use cartotek_domain::record::Acknowledgement;
use cartotek_persistence::Engine;
use cartotek_service::check::DiscrepancyClass;
use cartotek_service::forms::SchemaSet;
use cartotek_service::record::NewRecord;
use cartotek_service::report::RetentionLine;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::looking::assert_clean;
use crate::world::{MARK, VIABILITY, World};

/// What is counted of a class: by year, and how much of it is overdue.
async fn line(world: &World, code: &str) -> (BTreeMap<Option<i32>, u64>, u64) {
    let granted: Granted<permission::ReadRetention> = world.ground.network(Role::Auditor);
    let report = world.ground.service.retention_report(&granted).await.unwrap().value;
    let is = |line: &RetentionLine| line.class.code == code;
    let RetentionLine { years, overdue, .. } = report.classes.into_iter().find(is).unwrap();
    (years, overdue)
}

/// What erasures have kept of the patient: form and answers, by form.
async fn kept(world: &World, patient: cartotek_domain::pseudonym::Pseudonym) -> Vec<(String, Value, String)> {
    let id = world.patient_id(patient).await;
    let read = move |session: &mut dyn cartotek_persistence::ReadSession| session.traceability(&[id]);
    let kept = world.ground.database.store.read("look", read).await.unwrap();
    let shown = kept
        .into_iter()
        .map(|one| (one.form, serde_json::from_str(&one.answers).unwrap(), one.removable_from.to_string()));
    shown.collect()
}

#[rstest]
#[tokio::test]
async fn an_erasure_keeps_which_product_came_into_the_patient(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    assert_eq!(line(&world, "atmp_traceability").await.0, BTreeMap::from([(Some(2056), 1)]));
    assert_eq!(line(&world, "clinical_record").await, (BTreeMap::from([(None, 1)]), 0));
    world.opt_out(person.pseudonym).await;
    assert_eq!(line(&world, "clinical_record").await, (BTreeMap::from([(Some(2026), 1)]), 1), "to be erased");
    assert!(!world.tables_with(VIABILITY).is_empty());
    assert_eq!(world.erase(person.pseudonym).await.traceability, 1);

    let answers =
        json!({ "/infusion_date": "2026-02-12", "/batch_id": MARK, "/bag_ids": [format!("{MARK}-1")] });
    assert_eq!(
        kept(&world, person.pseudonym).await,
        [("infusion".to_owned(), answers, "2056-02-13".to_owned())]
    );
    assert_eq!(world.tables_with(MARK), ["traceability"]);
    assert_eq!(world.tables_with(VIABILITY), Vec::<String>::new(), "nothing else of it");
    assert_eq!(line(&world, "atmp_traceability").await.0, BTreeMap::from([(Some(2056), 1)]), "still");
    assert_eq!(line(&world, "clinical_record").await, (BTreeMap::new(), 0));
    let report = world.check().await;
    assert_clean(&report);
}

/// Who was never infused has nothing to be traced, and a draft never counted.
#[rstest]
#[tokio::test]
async fn without_an_infusion_nothing_is_kept(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let act = world.ground.act();
    let enrolment = crate::world::enrolment(None);
    let (service, manager) = (&world.ground.service, world.ground.data_manager("KAR"));
    let patient = service.enrol(&manager, &act, enrolment).await.unwrap().value.patient.pseudonym;
    let course = world.open_course(patient).await.unwrap();
    let draft = NewRecord { submission: None, ..crate::world::infusion(patient, course, MARK) };
    service.create_record(&world.ground.data_manager("KAR"), &world.ground.act(), draft).await.unwrap();
    world.opt_out(patient).await;
    assert_eq!(line(&world, "clinical_record").await, (BTreeMap::from([(Some(2026), 1)]), 1), "to be erased");
    let erased = world.erase(patient).await;
    assert_eq!((erased.records, erased.traceability), (1, 0));
    assert_eq!(world.tables_with(MARK), Vec::<String>::new());
    assert_eq!(line(&world, "clinical_record").await, (BTreeMap::new(), 0));
}

/// Who has objected waits for an erasure as long as it would take anything.
#[rstest]
#[tokio::test]
async fn a_course_or_a_linkage_value_alone_is_to_be_erased_too(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let enrol = async |linkage: Option<&str>| {
        let enrolment = crate::world::enrolment(linkage);
        let done = service.enrol(&ground.data_manager("KAR"), &ground.act(), enrolment).await;
        done.unwrap().value.patient.pseudonym
    };
    let (bare, planned) = (enrol(None).await, enrol(None).await);
    let linked = enrol(Some(&format!("h1.{}", "a7".repeat(32)))).await;
    world.open_course(planned).await.unwrap();
    for patient in [bare, planned, linked] {
        world.opt_out(patient).await;
    }
    assert_eq!(line(&world, "clinical_record").await.1, 2, "of the bare one there is nothing");
    world.erase(planned).await;
    assert_eq!(line(&world, "clinical_record").await.1, 1);

    let sampled = world.treat(MARK, None).await;
    world.draw(&sampled, Some(sampled.course), "KIBB-1").await;
    world.opt_out(sampled.pseudonym).await;
    assert_eq!(line(&world, "clinical_record").await.1, 2);
    assert_eq!(world.erase(sampled.pseudonym).await.courses_kept, 1);
    assert_eq!(line(&world, "clinical_record").await.1, 1, "its course stays with the sample");
}

/// Of an amended record the last content is kept, from the last infusion on.
#[rstest]
#[tokio::test]
async fn the_time_runs_from_the_last_infusion(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let mut second = crate::world::infusion(person.pseudonym, person.course, MARK);
    for (name, value) in [
        ("infusion_no", json!(2)),
        ("infusion_date", json!("2026-02-20")),
        ("infusion_started_at", json!("2026-02-20T10:40:00+01:00")),
    ] {
        second.content[name] = value;
    }
    let writer = world.ground.data_manager("KAR");
    let service = &world.ground.service;
    let warned = service.create_record(&writer, &world.ground.act(), second.clone()).await;
    if warned.is_err() {
        second.submission = Some(explained(warned.unwrap_err()));
        service.create_record(&writer, &world.ground.act(), second).await.unwrap();
    }
    world.opt_out(person.pseudonym).await;
    assert_eq!(world.erase(person.pseudonym).await.traceability, 2);
    let days: Vec<_> = kept(&world, person.pseudonym).await.into_iter().map(|one| one.2).collect();
    assert_eq!(days, ["2056-02-21", "2056-02-21"]);
}

/// The years run from the expiry date of the product when it lies after the infusion, and the date itself is kept.
#[rstest]
#[tokio::test]
async fn the_time_runs_from_an_expiry_that_lies_later(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let content = json!({
        "product_code": "axicabtagene_ciloleucel", "product_category": "commercial", "cell_source": "autologous",
        "batch_id": MARK, "manufacturer": "Kite", "manufacturing_site": "Amsterdam", "release_date": "2026-02-02",
        "receipt_date": "2026-02-05", "expiry_date": "2027-02-05", "release_status": "released",
        "viability_pct": 91.5, "formulation": "cryopreserved", "total_viable_car_e6": 200,
    });
    let infusion = crate::world::infusion(person.pseudonym, person.course, MARK);
    let product = NewRecord { form: "product".to_owned(), content, ..infusion };
    world.ground.submit("KAR", product).await;
    assert_eq!(line(&world, "atmp_traceability").await.0, BTreeMap::from([(Some(2057), 1)]));
    world.opt_out(person.pseudonym).await;
    assert_eq!(world.erase(person.pseudonym).await.traceability, 2);
    let kept = kept(&world, person.pseudonym).await;
    assert!(kept.iter().all(|(.., from)| from == "2057-02-06"), "{kept:?}");
    let (_, answers, _) = kept.iter().find(|(form, ..)| form == "product").unwrap();
    assert_eq!(answers["/expiry_date"], "2027-02-05");
    assert_clean(&world.check().await);
}

/// A reason for every warning of a refusal.
fn explained(error: cartotek_service::ServiceError) -> Vec<Acknowledgement> {
    let cartotek_service::ServiceError::Refused(refusal) = error else { panic!("{error:?}") };
    let warnings = refusal.findings.into_iter().filter(|one| !one.is_error());
    let reason = "Planned dose.".to_owned();
    warnings
        .map(|one| Acknowledgement { rule: one.rule, pointer: one.pointer, reason: reason.clone() })
        .collect()
}

/// The published table decides, also about what the software deletes by itself.
#[rstest]
#[tokio::test]
async fn another_version_of_the_table_is_obeyed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let mut table: Value =
        serde_json::from_str(include_str!("../../../../schemas/retention/1.json")).unwrap();
    table["version"] = 2.into();
    let classes = table["classes"].as_array_mut().unwrap();
    let files = classes.iter_mut().find(|class| class["code"] == "import_files").unwrap();
    files["kept"]["days"] = 14.into();
    let mut set = SchemaSet::default();
    set.documents.insert("retention/2.json".to_owned(), serde_json::to_vec(&table).unwrap());
    world.ground.service.publish_as_system(&world.ground.act(), set).await.unwrap();
    let person = world.treat(MARK, None).await;
    let row = [(person.pseudonym, "1943-07;male;quality_register")];
    let import = world.import("KAR", &world.keyed("i"), &row).await.unwrap().value;
    assert_eq!(import.expires_at - import.started_at, TimeDelta::days(14));
    world.ground.clock.advance(TimeDelta::days(13));
    assert_eq!(line(&world, "import_files").await.1, 0);
    world.ground.clock.advance(TimeDelta::days(2));
    assert_eq!(line(&world, "import_files").await.1, 1);
    assert_eq!(line(&world, "idempotent_answers").await.1, 3, "these after a week, as before");
}

#[rstest]
#[tokio::test]
async fn what_the_software_deletes_is_counted_and_told_when_it_is_late(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world
        .import("KAR", &world.keyed("i"), &[(person.pseudonym, "1943-07;male;quality_register")])
        .await
        .unwrap();
    let events = |years: &BTreeMap<Option<i32>, u64>| years[&Some(2031)];
    let (years, overdue) = line(&world, "audit_log").await;
    assert!(events(&years) > 5 && years.len() == 1 && overdue == 0, "{years:?}");

    world.ground.service.seal_all().await.unwrap();
    world.ground.clock.advance(TimeDelta::days(7) + TimeDelta::hours(1));
    let old = (line(&world, "idempotent_answers").await.1, line(&world, "import_files").await.1);
    assert_eq!(old, (3, 1));
    // On PostgreSQL events may still wait for the sealer, which waits for the transactions of other databases.
    let late =
        |one: &&cartotek_service::check::Discrepancy| one.class == DiscrepancyClass::HousekeepingOverdue;
    let report = world.check().await;
    let in_time = report.findings.iter().filter(late).count() == 0;
    assert!(report.is_clean() && in_time, "a day of grace: {:?}", report.findings);

    world.ground.clock.advance(TimeDelta::days(1));
    let report = world.check().await;
    assert!(report.is_clean(), "a notice");
    let mut tables: Vec<_> = report.findings.iter().filter(late).map(|one| one.table.as_str()).collect();
    tables.sort_unstable();
    assert_eq!(tables, ["idempotent_answer", "import_chunk", "import_job", "import_patient"]);
}
