//! Another version of a form over HTTP: what it means for the records that are there, and migrating them.

use cartotek_domain::id::RequestId;
use cartotek_service::Act;
use cartotek_tests::next_version::{next_version, second_version};
use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, TestResponse};
use rstest::rstest;
use serde_json::{Value, json};

const FORM: &str = "patient_registration";
const PATH: &str = "/api/v1/records/migration";

/// The registration gets a second version that asks the same.
async fn publish(app: &TestApp) {
    let set = next_version(FORM, &second_version(FORM), &json!({}), None);
    let act = Act::new(RequestId::next(app.service.ids()));
    app.service.publish_as_system(&act, set).await.unwrap();
}

fn all() -> Value {
    json!({ "form": FORM, "to": 2, "site": "KAR" })
}

async fn send(client: &Client, query: &str, key: &str) -> TestResponse {
    client.post(&format!("{PATH}{query}")).header("Idempotency-Key", key).json(&all()).send().await
}

#[rstest]
#[actix_web::test]
async fn records_are_counted_previewed_and_migrated(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let usage = async |client: &Client| {
        client.get(&format!("/api/v1/forms/{FORM}/usage")).send().await.expect(200).json["items"].clone()
    };
    let count = |version: u32, leads_to: Value| json!({ "version": version, "site": "KAR", "drafts": 0, "submitted": 1, "left_behind": 0, "leads_to": leads_to });
    assert_eq!(usage(&manager).await, json!([count(1, json!([]))]));
    publish(&app).await;
    assert_eq!(usage(&manager).await, json!([count(1, json!([2]))]));
    for client in [&app.coordinator(), &app.admin()] {
        assert_eq!(usage(client).await, json!([]), "of few the network gets no figure");
    }
    assert_eq!(usage(&app.data_manager("UPP")).await, json!([]));
    let migrations = manager.get(&format!("/api/v1/forms/{FORM}/migrations")).send().await.expect(200).json;
    assert_eq!((&migrations["items"][0]["from"], &migrations["items"][0]["to"]), (&json!(1), &json!(2)));

    let preview = manager.post(&format!("{PATH}/preview")).json(&all()).send().await.expect(200);
    let outcomes = json!([{ "outcome": "migrated", "records": 1 }]);
    let record = json!({
        "id": scene.submitted, "patient": scene.pseudonym, "status": "submitted", "from": 1, "outcome": "migrated",
        "findings": [],
    });
    assert_eq!((&preview.json["outcomes"], &preview.json["records"]), (&outcomes, &json!([record])));
    assert!(preview.header("cartotek-receipt").is_some() && preview.json.get("next_cursor").is_none());
    let rows = app.rows();
    let dry = send(&manager, "?dry_run=true", "k1").await.expect(200);
    assert_eq!(dry.json["outcomes"], outcomes);
    assert!(!dry.mentions(&scene.submitted) && !dry.mentions(&scene.pseudonym), "{}", dry.text);
    assert_eq!(app.rows(), rows);

    let real = send(&manager, "", "k1").await.expect(200);
    assert_eq!(real.json, preview.json);
    let read = manager.get(&format!("/api/v1/records/{}", scene.submitted)).send().await.expect(200);
    let amendment = json!({ "reason": "schema_migration", "text": "patient_registration 1 → 2" });
    assert_eq!(
        (&read.json["content"]["form_version"], &read.json["content"]["amendment"]),
        (&json!(2), &amendment)
    );
    assert_eq!(usage(&manager).await, json!([count(2, json!([]))]));
    let before =
        manager.get(&format!("/api/v1/records/{}/revisions/1", scene.submitted)).send().await.expect(200);
    assert_eq!(before.json["content"]["form_version"], 1);
}

/// The answer that is stored for a retry tells of no patient, so that nothing of it need be erased.
#[rstest]
#[actix_web::test]
async fn a_retry_gets_the_counts_and_does_nothing_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scenes = [Scene::build(&app).await, Scene::build(&app).await];
    publish(&app).await;
    let manager = app.data_manager("KAR");
    let first = send(&manager, "", "k1").await.expect(200);
    assert!(scenes.iter().all(|scene| first.mentions(&scene.submitted)), "{}", first.text);
    let rows = app.rows()["revision"].clone();
    let again = send(&manager, "", "k1").await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((&again.json["outcomes"], &again.json["records"]), (&first.json["outcomes"], &json!([])));
    let other = send(&manager, "", "k2").await.expect(200);
    assert_eq!(other.json["outcomes"], json!([]));
    assert_eq!(app.rows()["revision"], rows);
    let stored = app.rows()["idempotent_answer"].concat();
    assert!(
        !scenes.iter().any(|scene| stored.contains(&scene.submitted) || stored.contains(&scene.pseudonym))
    );
}

/// A migration gives its reason by itself; nobody else does.
#[rstest]
#[actix_web::test]
async fn no_amendment_claims_to_be_a_migration(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let amend = Operation::of_id("amend");
    let mut body = scene.body(&amend);
    body["reason"] = "schema_migration".into();
    let answer = amend.request_with(&app.data_manager("KAR"), &scene.target(&amend), &body).send().await;
    assert_eq!(answer.found(), [("API-SHAPE", "/reason")], "{}", answer.text);
    answer.problem(422, "content_invalid");
}
