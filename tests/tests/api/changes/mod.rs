//! The change feed: whoever may read a fact is told that it has changed, nobody else, and nobody what stands in it.

mod reach;

use std::collections::BTreeSet;

use cartotek_tests::{Client, Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

/// What is told, event by event.
fn changes(feed: &Value) -> Vec<Value> {
    let events = feed["items"].as_array().unwrap().iter();
    events.flat_map(|event| event["changes"].as_array().unwrap().clone()).collect()
}

fn kinds(changes: &[Value]) -> BTreeSet<&str> {
    changes.iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

/// The feed from a cursor.
async fn since(client: &Client, cursor: &str) -> Value {
    client.get(&format!("/api/v1/changes?since={cursor}&limit=500")).send().await.expect(200).json
}

/// Seals what has happened; gives the cursor behind it.
async fn settle(app: &TestApp) -> String {
    // Until the lease of the server that prepared the database has ended.
    app.clock.advance(TimeDelta::seconds(11));
    app.service.seal_all().await.unwrap();
    since(&app.data_manager("KAR"), "latest").await["cursor"].as_str().unwrap().to_owned()
}

#[rstest]
#[actix_web::test]
async fn each_is_told_of_what_it_may_read(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let start = settle(&app).await;
    let scene = Scene::build(&app).await;
    assert_eq!(since(&app.data_manager("KAR"), &start).await["items"], json!([]), "nothing is sealed yet");
    settle(&app).await;

    let feed = since(&app.data_manager("KAR"), &start).await;
    let told = changes(&feed);
    let expected = [
        "aliquot",
        "clarification",
        "consent",
        "course",
        "import_mapping",
        "lock",
        "participation",
        "patient",
        "record",
        "sample",
    ];
    assert_eq!(kinds(&told), BTreeSet::from(expected));
    let record = json!({
        "kind": "record", "id": scene.submitted, "patient": scene.pseudonym, "version": 1, "change": "created",
    });
    assert!(told.contains(&record), "{told:#?}");
    let patient = json!({
        "kind": "patient", "id": scene.pseudonym, "patient": scene.pseudonym, "change": "created",
    });
    assert!(told.contains(&patient), "{told:#?}");
    let asked = json!({
        "kind": "clarification", "id": scene.clarification, "patient": scene.pseudonym, "version": 1,
        "change": "created",
    });
    assert!(told.contains(&asked), "{told:#?}");
    let placed = json!({
        "kind": "aliquot", "id": scene.aliquot, "patient": scene.pseudonym, "version": 5, "change": "changed",
    });
    assert!(told.contains(&placed), "the version is that of now: {told:#?}");

    let staff = changes(&since(&app.biobank_staff("KI-BB"), &start).await);
    assert_eq!(kinds(&staff), BTreeSet::from(["aliquot", "box", "donor", "sample", "storage_unit"]));
    let following = changes(&since(&app.data_manager("ORE"), &start).await);
    assert!(following.contains(&record), "{following:#?}");
    let not_told = ["import_mapping", "patient"].map(|kind| kinds(&following).contains(kind));
    assert_eq!(not_told, [false; 2], "another site's, and what was before it took part: {following:#?}");

    for stranger in [app.data_manager("UPP"), app.biobank_staff("UPP-BB")] {
        let answer = stranger.get(&format!("/api/v1/changes?since={start}")).send().await.expect(200);
        assert_eq!(answer.json, json!({ "items": [], "cursor": start, "more": false }));
        assert_eq!(answer.header("cartotek-receipt"), None, "nobody is shown");
    }
    for client in [app.admin(), app.auditor(), app.researcher(), app.coordinator()] {
        client.get("/api/v1/changes").send().await.problem(403, "permission_missing");
    }
}

/// The scene's records, locks, samples and boxes say much that the feed does not.
#[rstest]
#[actix_web::test]
async fn no_content_is_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let start = settle(&app).await;
    let scene = Scene::build(&app).await;
    settle(&app).await;
    for client in [app.data_manager("KAR"), app.biobank_staff("KI-BB")] {
        let feed = since(&client, &start).await;
        let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        for event in feed["items"].as_array().unwrap() {
            assert_eq!(members(event), ["changes", "event", "number", "occurred_at"]);
        }
        for change in changes(&feed) {
            let known = ["change", "id", "kind", "patient", "version"];
            assert!(members(&change).iter().all(|name| known.contains(&name.as_str())), "{change}");
        }
        let internal = app.patient(&scene.pseudonym).await.id.to_string();
        for content in ["KTE-", "1961-04", "event is known", "WB_EDTA", "LBCL", &internal, "linkage"] {
            assert!(!feed.to_string().contains(content), "{content}: {feed}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn parts_add_up_and_a_cursor_stays_valid(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let start = settle(&app).await;
    Scene::build(&app).await;
    settle(&app).await;
    let manager = app.data_manager("KAR");
    let whole = since(&manager, &start).await;
    let (mut parts, mut cursor) = (Vec::new(), start.clone());
    loop {
        let path = format!("/api/v1/changes?since={cursor}&limit=3");
        let part = manager.get(&path).send().await.expect(200).json;
        let events = part["items"].as_array().unwrap().clone();
        assert!(events.len() <= 3, "{part}");
        cursor = part["cursor"].as_str().unwrap().to_owned();
        let more = part["more"].as_bool().unwrap();
        parts.extend(events);
        if !more {
            break;
        }
    }
    assert_eq!(json!(parts), whole["items"]);
    let numbers: Vec<_> = parts.iter().map(|event| event["number"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    assert_eq!(since(&manager, &cursor).await, json!({ "items": [], "cursor": cursor, "more": false }));

    // Reading leaves events of its own, which are no changes.
    settle(&app).await;
    assert_eq!(since(&manager, &cursor).await["items"], json!([]));
    let patient = manager.post("/api/v1/patients").json(&body::enrolment("KAR")).send().await.expect(201);
    settle(&app).await;
    let news = since(&manager, &cursor).await;
    assert_eq!(news["items"].as_array().unwrap().len(), 1, "{news}");
    assert_eq!(changes(&news)[0]["id"], patient.json["pseudonym"], "{news}");
    let receipt = patient.header("cartotek-receipt").unwrap();
    assert!(receipt.starts_with(news["items"][0]["event"].as_str().unwrap()), "one's own change is known");
    // From where it once began, the feed tells all of it again.
    let again = since(&manager, &start).await;
    assert_eq!(again["items"].as_array().unwrap().len(), parts.len() + 1);
}

#[rstest]
#[actix_web::test]
async fn a_cursor_of_another_history_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let cursor = settle(&app).await;
    let (number, hash) = cursor.split_at(16);
    let other = if hash.starts_with('0') { "1" } else { "0" };
    let beyond = u64::from_str_radix(number, 16).unwrap() + 1;
    for strange in [
        format!("{number}{other}{}", &hash[1..]),
        format!("{beyond:016x}{hash}"),
        format!("{}{hash}", "f".repeat(16)),
        cursor[1..].to_owned(),
        "0".to_owned(),
        String::new(),
        "LATEST".to_owned(),
    ] {
        let answer = app.data_manager("KAR").get(&format!("/api/v1/changes?since={strange}")).send().await;
        let answer = answer.problem(400, "invalid_parameter");
        assert!(answer.findings()[0]["message"].as_str().unwrap().contains("latest"), "{}", answer.text);
    }
    for limit in [0, 501] {
        let answer = app.data_manager("KAR").get(&format!("/api/v1/changes?limit={limit}")).send().await;
        answer.problem(400, "invalid_parameter");
    }
    since(&app.data_manager("KAR"), &cursor).await;
}

/// Forms, lists and sites belong to everybody.
#[rstest]
#[actix_web::test]
async fn the_network_is_told_of_too(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    settle(&app).await;
    let from_the_beginning = app.biobank_staff("UPP-BB").get("/api/v1/changes").send().await.expect(200).json;
    let told = changes(&from_the_beginning);
    assert_eq!(kinds(&told), BTreeSet::from(["biobank", "code_list", "form", "site"]));
    let form = json!({ "kind": "form", "id": "follow_up", "version": 1, "change": "created" });
    let site = json!({ "kind": "site", "id": "KAR", "change": "created" });
    let linked = json!({ "kind": "biobank", "id": "KI-BB", "change": "changed" });
    for expected in [form, site, linked] {
        assert!(told.contains(&expected), "{expected}");
    }
}
