//! Questions of rules go along with the answer to its place in a later version of the form.

use cartotek_domain::record::Acknowledgement;
use cartotek_forms::SchemaSet;
use cartotek_persistence::Engine;
use cartotek_service::record::migrate::RecordMigration;
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{FORM, World, counts, no_men};

/// The third version of the registration calls the sex otherwise, also where the rule looks at it; with what leads there.
async fn publish_third(world: &World) {
    let published = world.ground.service.forms().unwrap();
    let second = published.forms.form(FORM, Some(2)).unwrap().bytes();
    let mut third: Value = serde_json::from_slice(second).unwrap();
    third["$id"] = format!("https://cartotek.example/schemas/forms/{FORM}/3").into();
    let properties = third["properties"].as_object_mut().unwrap();
    let sex = properties.remove("sex").unwrap();
    properties.insert("recorded_sex".to_owned(), sex);
    let names = properties["missing"]["propertyNames"]["enum"].as_array_mut().unwrap();
    *names.iter_mut().find(|name| **name == "sex").unwrap() = "recorded_sex".into();
    let rules = third["x-rules"].as_array_mut().unwrap();
    let rule = rules.iter_mut().find(|rule| rule["id"] == "R-TEST-01").unwrap();
    for (name, value) in [
        ("at", json!("/recorded_sex")),
        ("needs", json!(["/recorded_sex"])),
        ("check", json!("f.recorded_sex != 'male'")),
    ] {
        rule[name] = value;
    }
    let text = json!({ "sv": "Steg", "en": "Step" });
    let step = |from: u32, moved: Value| json!({ "form": FORM, "from": from, "to": from + 1, "title": text, "note": text, "moved": moved });
    let example = |version: u32| {
        let content =
            json!({ "birth_year_month": "1961-04", "sex": "female", "legal_basis": "research_consent" });
        json!({ "title": "Earlier", "version": version, "content": content, "today": "2026-11-20" })
    };
    let table = include_str!("../../../../schemas/exchange/ebmt/patient_registration/1.json");
    let mut table: Value = serde_json::from_str(&table.replace("\"/sex\"", "\"/recorded_sex\"")).unwrap();
    table["version"] = 2.into();
    let documents = [
        (format!("exchange/ebmt/{FORM}/2.json"), table),
        (format!("forms/{FORM}/3.json"), third),
        (format!("forms/{FORM}/examples/valid/first.json"), example(1)),
        (format!("forms/{FORM}/examples/valid/second.json"), example(2)),
        (format!("migrations/{FORM}/1-2.json"), step(1, json!([]))),
        (format!("migrations/{FORM}/2-3.json"), step(2, json!([{ "from": "/sex", "to": "/recorded_sex" }]))),
    ];
    let documents = documents.map(|(path, document)| (path, document.to_string().into_bytes())).into();
    world.ground.service.publish_as_system(&world.ground.act(), SchemaSet { documents }).await.unwrap();
}

async fn migrate(world: &World) -> usize {
    let migration = RecordMigration {
        form: FORM.to_owned(),
        to: 3,
        from: None,
        site: "KAR".parse().unwrap(),
        status: None,
        records: Vec::new(),
        acknowledgement: Some("Confirmed against the source.".to_owned()),
        void_marks: false,
        previewed: None,
    };
    let (service, act) = (&world.ground.service, world.ground.act());
    let done = service.migrate_records(&world.manager("KAR"), &act, migration, None).await.unwrap();
    world.judge().await;
    done.value.records.len()
}

#[rstest]
#[tokio::test]
async fn a_question_moves_with_its_answer_and_closes_when_that_is_mended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.publish(&[no_men()]).await;
    assert_eq!(counts(&world.run("KAR").await), [("KAR", "R-TEST-01", 1, 0)]);
    let other = world.enrol("KAR").await;
    let (rule, pointer, reason) = ("R-TEST-01".to_owned(), "/sex".to_owned(), "He is one.".to_owned());
    world.register("KAR", other, vec![Acknowledgement { rule, pointer, reason }]).await;

    publish_third(&world).await;
    let asked = [("KAR", "R-TEST-01", 0, 1)];
    assert_eq!(counts(&world.run("KAR").await), asked, "asked already, and explained already");
    assert_eq!(migrate(&world).await, 2);
    let live = world.live().await;
    assert_eq!(live.len(), 1, "the rule finds the same man in another place");
    assert_eq!((live[0].clarification.form_version, live[0].clarification.pointer.as_str()), (2, "/sex"));
    assert_eq!(counts(&world.run("KAR").await), asked);

    let mended = json!({
        "birth_year_month": "1961-04", "recorded_sex": "female", "legal_basis": "research_consent",
    });
    world.amend(patient.record, 2, mended).await;
    assert_eq!(world.live().await.len(), 0);
    world.assert_clean().await;
}
