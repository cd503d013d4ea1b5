//! A form may say as what a site takes part that writes it (rule R-PART-01).

use std::sync::Arc;

use cartotek_domain::id::RecordId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::forms::SchemaSet;
use cartotek_service::import::{Format, NewImport};
use cartotek_service::participation::Joining;
use cartotek_service::record::{Correction, NewRecord};
use cartotek_service::transfer::Transfer;
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{MARK, World, new_import};

/// A form that treating sites write.
const FORM: &str = "treatment_note";

fn form() -> Value {
    let titled = |text: &str| json!({ "title": text, "description": text });
    let property = json!({
        "type": "integer", "minimum": 1, "title": "Number", "x-sv": { "title": "Nummer" }, "x-required": true,
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("https://cartotek.example/schemas/forms/{FORM}/1"),
        "title": "Note", "description": "A note of the treating site.", "x-sv": titled("Anteckning"),
        "type": "object", "unevaluatedProperties": false, "properties": { "number": property },
        "x-subject": "patient", "x-key": ["/number"], "x-written-by": ["treating"],
    })
}

/// A patient of KAR, which treats; UPP follows.
async fn world(engine: Engine) -> (World, Pseudonym) {
    let world = World::start(engine).await;
    let mut set = SchemaSet::default();
    set.documents.insert(format!("forms/{FORM}/1.json"), serde_json::to_vec(&form()).unwrap());
    let (service, ground) = (&world.ground.service, &world.ground);
    service.publish_as_system(&ground.act(), set).await.unwrap();
    let patient = world.treat(MARK, None).await.pseudonym;
    let joining = Joining {
        site: "UPP".parse().unwrap(),
        role: ParticipationRole::Following,
        from: "2026-02-01".parse().unwrap(),
    };
    service.add_participation(&ground.data_manager("KAR"), &ground.act(), patient, joining).await.unwrap();
    (world, patient)
}

fn draft(patient: Pseudonym) -> NewRecord {
    NewRecord {
        patient,
        course: None,
        form: FORM.to_owned(),
        form_version: None,
        content: json!({}),
        submission: None,
    }
}

async fn write(
    world: &World,
    site: &str,
    patient: Pseudonym,
    number: u32,
    submit: bool,
) -> Result<RecordId, ServiceError> {
    let (content, submission) = (json!({ "number": number }), submit.then(Vec::new));
    let new = NewRecord { content, submission, ..draft(patient) };
    let writer = world.ground.data_manager(site);
    Ok(world.ground.service.create_record(&writer, &world.ground.act(), new).await?.value.record.id)
}

/// The patient moves to UPP, which takes part as `role`; KAR goes on as `keep_role`, or leaves.
async fn hand_over(
    world: &World,
    patient: Pseudonym,
    role: ParticipationRole,
    keep_role: Option<ParticipationRole>,
) {
    let (to_site, on) = ("UPP".parse().unwrap(), "2026-03-02".parse().unwrap());
    let transfer = Transfer { to_site, role, on, keep_role };
    let (service, ground) = (&world.ground.service, &world.ground);
    service.transfer(&ground.data_manager("KAR"), &ground.act(), patient, transfer).await.unwrap();
}

#[track_caller]
fn assert_not_its_part<T: std::fmt::Debug>(outcome: Result<T, ServiceError>) {
    let ServiceError::Refused(refusal) = outcome.unwrap_err() else { panic!("not refused") };
    let found: Vec<_> =
        refusal.findings.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect();
    assert_eq!((refusal.problem, &found[..]), (Problem::ContentInvalid, &[("R-PART-01", "/form")][..]));
}

#[rstest]
#[tokio::test]
async fn a_site_writes_the_forms_of_its_part(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, patient) = world(engine).await;
    write(&world, "KAR", patient, 1, true).await.unwrap();
    for submit in [true, false] {
        assert_not_its_part(write(&world, "UPP", patient, 2, submit).await);
    }
    let validate = async |site: &str| {
        let subject = Some((patient, None));
        let (content, writer) = (json!({ "number": 3 }), world.ground.data_manager(site));
        world.ground.service.validate(&writer, &world.ground.act(), FORM, None, content, subject).await
    };
    assert_not_its_part(validate("UPP").await);
    validate("KAR").await.unwrap();
    // Forms that say nothing are everybody's.
    let registration = json!({ "sex": "female" });
    let new = NewRecord { form: "patient_registration".to_owned(), content: registration, ..draft(patient) };
    let writer = world.ground.data_manager("UPP");
    world.ground.service.create_record(&writer, &world.ground.act(), new).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn an_import_is_no_other_door(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, patient) = world(engine).await;
    for (site, accepted) in [("UPP", 0), ("KAR", 1)] {
        let row = json!({ "patient": patient, "content": { "number": 4 } }).to_string();
        let new = NewImport { form: Some(FORM.to_owned()), ..new_import(site, Format::Ndjson, &row) };
        let (granted, act) = (world.ground.data_manager(site), world.keyed(site));
        let import = world.ground.service.import(&granted, &act, new, Arc::new(|_, _| ())).await;
        let import = import.unwrap().value;
        assert_eq!(import.counts.accepted, accepted, "{site}");
        let found: Vec<_> = import.findings.iter().map(|one| one.finding.rule.as_str()).collect();
        let expected: &[&str] = if accepted == 0 { &["R-PART-01"] } else { &[] };
        assert_eq!(found, expected);
    }
}

/// The worklist stands with the responsible site: whatever its part, it can answer what is on it.
#[rstest]
#[tokio::test]
async fn the_responsible_site_writes_every_form(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, patient) = world(engine).await;
    assert_not_its_part(write(&world, "UPP", patient, 1, true).await);
    hand_over(&world, patient, ParticipationRole::Following, None).await;
    write(&world, "UPP", patient, 1, true).await.unwrap();
    let row = json!({ "patient": patient, "content": { "number": 2 } }).to_string();
    let new = NewImport { form: Some(FORM.to_owned()), ..new_import("UPP", Format::Ndjson, &row) };
    let (granted, act) = (world.ground.data_manager("UPP"), world.keyed("UPP"));
    let import = world.ground.service.import(&granted, &act, new, Arc::new(|_, _| ())).await.unwrap();
    assert_eq!(import.value.counts.accepted, 1, "{:?}", import.value.findings);
}

/// What a site has entered in an earlier part may stand in its file again.
#[rstest]
#[tokio::test]
async fn a_row_that_is_there_already_is_not_written_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, patient) = world(engine).await;
    write(&world, "KAR", patient, 1, true).await.unwrap();
    hand_over(&world, patient, ParticipationRole::Treating, Some(ParticipationRole::Following)).await;
    let row = |number: u32| json!({ "patient": patient, "content": { "number": number } }).to_string();
    let file = format!("{}\n{}", row(1), row(2));
    let new = NewImport { form: Some(FORM.to_owned()), ..new_import("KAR", Format::Ndjson, &file) };
    let (granted, act) = (world.ground.data_manager("KAR"), world.keyed("again"));
    let import = world.ground.service.import(&granted, &act, new, Arc::new(|_, _| ())).await.unwrap().value;
    let counts = import.counts;
    assert_eq!((counts.already_there, counts.refused, counts.accepted), (1, 1, 0), "{:?}", import.findings);
}

/// Whose part has changed writes nothing new of the form, and amends what it wrote before.
#[rstest]
#[tokio::test]
async fn what_was_written_is_amended_in_another_part(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, patient) = world(engine).await;
    let submitted = write(&world, "KAR", patient, 1, true).await.unwrap();
    let draft = write(&world, "KAR", patient, 2, false).await.unwrap();
    hand_over(&world, patient, ParticipationRole::Treating, Some(ParticipationRole::Following)).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    assert_not_its_part(write(&world, "KAR", patient, 3, true).await);
    let writer = ground.data_manager("KAR");
    let replaced = service.replace_draft(&writer, &ground.act(), draft, 1, json!({ "number": 5 })).await;
    assert_not_its_part(replaced);
    assert_not_its_part(service.submit(&writer, &ground.act(), draft, 1, Vec::new()).await);
    let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Counted again.".to_owned() };
    let correction = Correction { content: json!({ "number": 6 }), amendment, acknowledgements: Vec::new() };
    service.amend(&writer, &ground.act(), submitted, 1, correction).await.unwrap();
    write(&world, "UPP", patient, 3, true).await.unwrap();
}
