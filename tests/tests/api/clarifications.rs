//! Clarifications over HTTP.

use cartotek_domain::access::Role;
use cartotek_service::Act;
use cartotek_service::forms::SchemaSet;
use cartotek_tests::network::SECOND;
use cartotek_tests::{Engine, Scene, TestApp, body};
use rstest::rstest;
use serde_json::{Value, json};

/// Publishes the next version of the registration, with a rule that finds every man.
async fn publish_rule(app: &TestApp) {
    let published = app.service.forms().unwrap();
    let form = published.forms.form("patient_registration", None).unwrap();
    let name = |version: u32| format!("forms/patient_registration/{version}");
    let rule = json!({
        "id": "R-TEST-01", "severity": "warning", "at": "/sex", "needs": ["/sex"], "check": "f.sex != 'male'",
        "sv": "En man?", "en": "A man?",
    });
    let text = String::from_utf8(form.bytes().to_vec()).unwrap();
    let text = text
        .replace(&format!("{}\"", name(form.version())), &format!("{}\"", name(form.version() + 1)))
        .replace("\"x-rules\": [", &format!("\"x-rules\": [{rule},"));
    let documents = [(format!("{}.json", name(form.version() + 1)), text.into_bytes())].into();
    let act = Act::new(cartotek_domain::id::RequestId::next(app.service.ids()));
    app.service.publish_as_system(&act, SchemaSet { documents }).await.unwrap();
}

#[rstest]
#[actix_web::test]
async fn a_question_is_answered_and_closed_version_by_version(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (karolinska, orebro) = (app.data_manager("KAR"), app.data_manager("ORE"));
    let path = format!("/api/v1/records/{}/clarifications", scene.submitted);
    let asked = orebro.post(&path).json(&body::clarification()).send().await.expect(201);
    let place = asked.header("location").unwrap().to_owned();
    assert_eq!(asked.header("etag"), Some("\"1\""));
    assert_eq!((&asked.json["status"], &asked.json["site"]), (&json!("open"), &json!("KAR")));
    let answer = karolinska.post(&format!("{place}/answer")).header("If-Match", "\"1\"");
    let answered = answer.json(&body::clarification_answer()).send().await.expect(200);
    assert_eq!((answered.header("etag"), &answered.json["status"]), (Some("\"2\""), &json!("answered")));
    let close =
        |version: &str| orebro.post(&format!("{place}/closure")).header("If-Match", version).json(&json!({}));
    let stale = close("\"1\"").send().await.problem(412, "stale_version");
    assert_eq!(stale.json["current_version"], 2);
    close("\"2\"").send().await.expect(200);

    let read = karolinska.get(&place).send().await.expect(200);
    let kinds: Vec<_> = read.json["events"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["opened", "answered", "closed"]);
    assert_eq!(read.json["events"][0]["text"], body::clarification()["text"]);
    let closed = karolinska.get("/api/v1/clarifications?status=closed").send().await.expect(200).json;
    assert_eq!(closed["items"].as_array().unwrap().len(), 1);
    assert_eq!((&closed["items"][0]["version"], closed["items"][0].get("events")), (&json!(3), None));
}

#[rstest]
#[actix_web::test]
async fn a_question_is_assigned_to_one_of_the_data_managers_that_are_listed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (Scene::build(&app).await, app.data_manager("KAR"));
    let listed = async || {
        let list = manager.get("/api/v1/sites/KAR/data-managers").send().await.expect(200).json;
        let people = list["items"].as_array().unwrap().clone();
        assert!(people.iter().all(|one| one["kind"] == "person" && one["hsa_id"].is_string()), "{list}");
        people.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let second = app.person(Role::DataManager, SECOND).actor.to_string();
    let mut both = vec![scene.assignee.clone(), second.clone()];
    both.sort_unstable();
    assert_eq!(listed().await, both);
    let path = format!("/api/v1/clarifications/{}/assignment", scene.clarification);
    let assign = |version: &str| {
        let request = manager.post(&path).header("If-Match", version);
        request.json(&json!({ "assignee": second })).send()
    };
    assert_eq!(assign("\"1\"").await.expect(200).json["assignee"], second);

    // Who has left is named no more, neither there nor in a question.
    let person = format!("/api/v1/actors/{second}");
    let roles = app.admin().get(&person).send().await.expect(200).json["roles"].clone();
    let role = format!("{person}/roles/{}", roles[0]["id"].as_str().unwrap());
    app.admin().request("DELETE", &role).send().await.expect(200);
    assert_eq!(listed().await, std::slice::from_ref(&scene.assignee));
    let refused = assign("\"2\"").await.problem(422, "content_invalid");
    assert_eq!(refused.found(), [("ASSIGNEE-UNKNOWN", "/assignee")]);

    let foreign = async |site: &str| {
        let path = format!("/api/v1/sites/{site}/data-managers");
        manager.get(&path).send().await.problem(404, "not_found").without_request_id()
    };
    assert_eq!(foreign("UPP").await, foreign("NYA").await, "another site, and none");
}

#[rstest]
#[actix_web::test]
async fn the_coordinator_gets_figures_and_no_patient(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    publish_rule(&app).await;
    let coordinator = app.coordinator();
    let run = async |query: &str| {
        let order = json!({ "rule": "R-TEST-01" });
        coordinator.post(&format!("/api/v1/clarifications/runs{query}")).json(&order).send().await.expect(200)
    };
    let (dry, real) = (run("?dry_run=true").await, run("").await);
    assert_eq!(dry.json, real.json);
    assert_eq!(real.json, json!({ "records": null, "counts": [] }), "one patient is too few");
    assert!(!real.mentions(&scene.pseudonym) && !real.mentions(&scene.submitted));
    assert_eq!(run("").await.json, real.json);
    coordinator.get("/api/v1/clarifications").send().await.problem(403, "permission_missing");

    let list = "/api/v1/clarifications?rule=R-TEST-01";
    for (language, text) in [("sv", "En man?"), ("en", "A man?")] {
        let read = app.data_manager("KAR").get(list).header("Accept-Language", language).send().await;
        assert_eq!(read.expect(200).json["items"][0]["rule_text"], text);
    }
}

#[rstest]
#[actix_web::test]
async fn a_second_question_of_a_rule_is_a_conflict(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    publish_rule(&app).await;
    let manager = app.data_manager("KAR");
    let run = async || {
        manager.post("/api/v1/clarifications/runs").json(&json!({})).send().await.expect(200);
        let live = "/api/v1/clarifications?rule=R-TEST-01&status=open";
        let listed = manager.get(live).send().await.expect(200).json;
        format!("/api/v1/clarifications/{}", listed["items"][0]["id"].as_str().unwrap())
    };
    let first = run().await;
    let close = |text: Value| {
        manager.post(&format!("{first}/closure")).header("If-Match", "\"1\"").json(&text).send()
    };
    let refused = close(json!({})).await.problem(422, "content_invalid");
    assert_eq!(refused.found(), [("ACKNOWLEDGE", "/text")]);
    close(json!({ "text": "Confirmed against the source." })).await.expect(200);
    app.clock.advance(chrono::TimeDelta::hours(1));
    let mut content = body::registration();
    content["birth_year_month"] = "1961-05".into();
    let amendment = json!({ "content": content, "reason": "source_update", "text": "Born in May." });
    let amend = manager.post(&format!("/api/v1/records/{}/amendments", scene.submitted));
    amend.header("If-Match", "\"1\"").json(&amendment).send().await.expect(200);
    assert_ne!(run().await, first);
    let reopen = manager.post(&format!("{first}/reopening")).header("If-Match", "\"2\"");
    let conflict = reopen.json(&json!({ "text": "After all." })).send().await.problem(409, "already_exists");
    let said = conflict.findings()[0]["message"].as_str().unwrap();
    assert!(said.contains("Go on in that one instead"), "{said}");
}
