//! About a patient who has opted out nothing is collected, by whatever door.

use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::import::{Format, Import};
use cartotek_service::record::{Correction, NewRecord, Version};
use rstest::rstest;
use serde_json::json;

use crate::looking::assert_clean;
use crate::world::{MARK, World, content, infusion, problem};

#[rstest]
#[tokio::test]
async fn no_record_and_no_course_while_the_objection_holds(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let draft = world.draft(person.pseudonym).await.unwrap();
    world.opt_out(person.pseudonym).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let writer = ground.data_manager("KAR");
    let correction = Correction {
        content: content(MARK),
        amendment: Amendment { reason: AmendmentReason::DataEntry, text: "Wrong dose.".to_owned() },
        acknowledgements: Vec::new(),
    };
    assert_eq!(problem(world.draft(person.pseudonym).await), Problem::ContentInvalid);
    let mut submission = infusion(person.pseudonym, person.course, "KTE-48112");
    submission.content["infusion_no"] = json!(2);
    assert_eq!(
        problem(service.create_record(&writer, &ground.act(), submission).await),
        Problem::ContentInvalid
    );
    let replaced = service.replace_draft(&writer, &ground.act(), draft, 1, json!({"sex": "male"})).await;
    assert_eq!(problem(replaced), Problem::ContentInvalid);
    let submitted = service.submit(&writer, &ground.act(), draft, 1, Vec::new()).await;
    assert_eq!(problem(submitted), Problem::ContentInvalid);
    let amended = service.amend(&writer, &ground.act(), person.infusion, 1, correction).await;
    assert_eq!(problem(amended), Problem::ContentInvalid);
    assert_eq!(problem(world.open_course(person.pseudonym).await), Problem::ContentInvalid);

    world.decide(person.pseudonym, ConsentDecision::Given).await;
    service.replace_draft(&writer, &ground.act(), draft, 1, json!({"sex": "male"})).await.unwrap();
}

/// After an erasure the records are missing like any others, and the patient may come back.
#[rstest]
#[tokio::test]
async fn what_was_erased_is_missing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.opt_out(person.pseudonym).await;
    world.erase(person.pseudonym).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let reader = ground.data_manager("KAR");
    let read = service.record(&reader, &ground.act(), person.infusion, Version::Current).await;
    assert_eq!(problem(read), Problem::NotFound);
    assert_eq!(
        problem(service.course(&ground.data_manager("KAR"), &ground.act(), person.course).await),
        Problem::NotFound
    );
    let writer = ground.data_manager("KAR");
    let submitted = service.submit(&writer, &ground.act(), person.infusion, 1, Vec::new()).await;
    assert_eq!(problem(submitted), Problem::NotFound);
    assert_eq!(problem(world.draft(person.pseudonym).await), Problem::ContentInvalid);
    world.decide(person.pseudonym, ConsentDecision::Given).await;
    world.draft(person.pseudonym).await.unwrap();
    world.open_course(person.pseudonym).await.unwrap();
    let report = world.check().await;
    assert_clean(&report);
}

#[rstest]
#[tokio::test]
async fn a_row_about_the_patient_is_refused_and_not_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (gone, other) = (world.treat(MARK, None).await, world.treat("KTE-48111", None).await);
    world.opt_out(gone.pseudonym).await;
    let rows = [
        (gone.pseudonym, "1943-07;male;quality_register"),
        (other.pseudonym, "1944-08;male;quality_register"),
    ];
    let import = world.import("KAR", &world.keyed("table"), &rows).await.unwrap().value;
    assert_refused_alone(&import);
    assert_eq!(world.tables_with("1943-07"), Vec::<String>::new());
    let text = file(&world, &import).await;
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[1].starts_with(";;;;;refused;"), "{text}");
    assert!(lines[2].starts_with(&format!("{};;1944-08;", other.pseudonym)), "{text}");

    let line = |patient, month: &str| {
        let content = json!({"birth_year_month": month, "sex": "male", "legal_basis": "quality_register"});
        json!({ "patient": patient, "content": content }).to_string()
    };
    let third = world.treat("KTE-48113", None).await;
    let lines = format!("{}\n{}\n", line(gone.pseudonym, "1943-07"), line(third.pseudonym, "1945-09"));
    let import = world.import_file("KAR", &world.keyed("lines"), Format::Ndjson, &lines).await.unwrap().value;
    assert_refused_alone(&import);
    assert_eq!(world.tables_with("1943-07"), Vec::<String>::new());

    // A single record of the same content is told the same.
    let content = json!({ "birth_year_month": "1943-07", "sex": "male", "legal_basis": "quality_register" });
    let (form, submission) = ("patient_registration".to_owned(), Some(Vec::new()));
    let (patient, course, form_version) = (gone.pseudonym, None, None);
    let single = NewRecord { patient, course, form, form_version, content, submission };
    let (writer, act) = (world.ground.data_manager("KAR"), world.ground.act());
    let refused = world.ground.service.create_record(&writer, &act, single).await;
    let Err(ServiceError::Refused(refusal)) = refused else { unreachable!("it is refused") };
    assert_eq!(refusal.findings, [import.findings[0].finding.clone()]);
}

async fn file(world: &World, import: &Import) -> String {
    let granted = world.ground.data_manager("KAR");
    let service = &world.ground.service;
    let file = service.import_file(&granted, &world.ground.act(), import.id).await.unwrap().value;
    let mut bytes = Vec::new();
    while let Some(part) = service.import_file_part(file, bytes.len().try_into().unwrap()).await.unwrap() {
        bytes.push(part);
    }
    String::from_utf8(bytes.concat()).unwrap()
}

#[track_caller]
fn assert_refused_alone(import: &Import) {
    assert_eq!((import.counts.accepted, import.counts.refused), (1, 1));
    let found: Vec<_> = import.findings.iter().map(|one| one.finding.rule.as_str()).collect();
    assert_eq!(found, ["R-CONS-01"]);
}
