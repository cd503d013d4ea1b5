//! Dry runs: the real transaction rolled back, and an answer that names nothing.

use std::collections::BTreeSet;

use cartotek_domain::access::Role;
use cartotek_domain::audit::Outcome;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_tests::operation::Operation;
use cartotek_tests::redaction::redacted;
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{enrolled, with, without_names};

/// The ids and pseudonyms in an answer.
fn names(answer: &TestResponse) -> BTreeSet<String> {
    let words = answer.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_name = |word: &&str| word.parse::<Uuid>().is_ok() || word.parse::<Pseudonym>().is_ok();
    words.filter(is_name).map(str::to_owned).collect()
}

/// Whether the operation takes a dry run and has something to roll back: questions change nothing either way.
fn changes(operation: &Operation) -> bool {
    let asks = ["count_cohort", "cohort_survival", "validate", "preview_migration"].contains(&operation.id());
    !asks && operation.parameters("query").iter().any(|one| one["name"] == "dry_run")
}

/// Path, query and body with which the operation succeeds.
async fn request(app: &TestApp, scene: &Scene, operation: &Operation) -> (String, Value) {
    let (target, body) = (scene.target(operation), scene.body(operation));
    let actor = app.person(Role::Researcher, "").actor;
    let path = format!("/api/v1/actors/{actor}");
    let file = app.admin().get(&path).send().await.expect(200).json;
    let id = |list: &str| file[list][0]["id"].as_str().unwrap().to_owned();
    match operation.id() {
        "grant_role" => {
            (format!("{path}/roles"), json!({ "role": "coordinator", "scope": { "kind": "network" } }))
        }
        "end_role" => (format!("{path}/roles/{}", id("roles")), body),
        "issue_token" => {
            (format!("{path}/tokens"), json!({ "label": "laptop", "expires_at": "2026-06-01T00:00:00Z" }))
        }
        "revoke_token" => (format!("{path}/tokens/{}", id("tokens")), body),
        "create_site" => (target, with(&body, "/code", "NYT")),
        "create_biobank" => (target, with(&body, "/code", "NY-BB")),
        "link_site" => ("/api/v1/biobanks/KI-BB/sites/SKA".to_owned(), body),
        _ => (target, body),
    }
}

#[rstest]
#[actix_web::test]
async fn no_dry_run_names_anything(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut compared = 0;
    for operation in Operation::all().into_iter().filter(changes) {
        let scene = Scene::for_operation(&app, &operation).await;
        let (client, name) = (Scene::caller(&app, &operation), operation.name());
        let (target, body) = request(&app, &scene, &operation).await;
        let dry = format!("{target}{}dry_run=true", if target.contains('?') { '&' } else { '?' });
        let rows = app.rows();
        let answer = operation.request_with(&client, &dry, &body).send().await;
        assert!((200..300).contains(&answer.status), "{name}: {} {}", answer.status, answer.text);
        for header in ["location", "etag", "cartotek-receipt"] {
            assert!(answer.header(header).is_none(), "{name} has {header}");
        }
        if operation.id() == "run_import" {
            // It keeps its report, and nothing else: that is what it is for.
            let report = format!("/api/v1/imports/{}", answer.json["id"].as_str().unwrap());
            client.get(&report).send().await.expect(200);
            continue;
        }
        assert_eq!(names(&answer), BTreeSet::new(), "{name}: {}", answer.text);
        assert_eq!(answer.json.get("text"), None, "{name}");
        assert_eq!(app.rows(), rows, "{name} kept something");
        let real = operation.request_with(&client, &target, &body).send().await;
        assert_eq!(real.status, answer.status, "{name}: {}", real.text);
        compared += usize::from(!names(&real).is_empty());
    }
    // Not by accident: the same answers name something when they are real.
    assert!(compared > 20, "only {compared} answers name anything");
}

#[rstest]
#[actix_web::test]
async fn a_dry_run_does_not_tell_whether_a_linkage_value_is_known(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let enrol = async |site: &str, query: &str, linkage: u8| {
        let body = body::linked_enrolment(site, &body::linkage(linkage));
        let path = format!("/api/v1/patients{query}");
        app.data_manager(site).post(&path).json(&body).send().await.expect(201)
    };
    enrol("KAR", "", 1).await;
    app.clock.advance(TimeDelta::days(30));
    let (known, unknown) = (enrol("UPP", "?dry_run=true", 1).await, enrol("UPP", "?dry_run=true", 2).await);
    assert_eq!(known.text, unknown.text);
    assert!(known.text.contains("consents"), "{}", known.text);
}

#[rstest]
#[actix_web::test]
async fn a_dry_run_answers_alike_and_keeps_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    let body = body::linked_enrolment("KAR", &body::linkage(1));
    let send = async |query: &str| {
        let request = app.data_manager("KAR").post(&format!("/api/v1/patients{query}")).json(&body);
        request.header("Idempotency-Key", "k1").send().await
    };
    let (dry, events) = app.events_of(send("?dry_run=true")).await;
    let dry = dry.expect(201);
    assert_eq!(events.iter().map(|event| event.outcome).collect::<Vec<_>>(), [Outcome::DryRun]);
    assert_eq!(app.rows(), rows, "a dry run kept something");
    let real = send("").await.expect(201);
    assert_eq!(real.header("idempotency-replayed"), None);
    assert_eq!(redacted(&dry.json), redacted(&without_names(&real.json)));
    assert_ne!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn a_dry_run_finds_what_the_real_one_finds(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let pseudonym = enrolled(&app, "KAR").await;
    let mut body = body::withdrawal();
    body["decided_on"] = "2026-03-03".into();
    let send = async |query: &str| {
        let path = format!("/api/v1/patients/{pseudonym}/consents{query}");
        app.data_manager("KAR").post(&path).json(&body).send().await.problem(422, "content_invalid")
    };
    let (dry, real) = (send("?dry_run=true").await, send("").await);
    assert_eq!(dry.without_request_id(), real.without_request_id());
    assert_eq!(real.found(), [("R-DATE-02", "/decided_on")]);
}
