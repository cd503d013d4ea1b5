//! Erasure over HTTP: looked at first, done once, and everything afterwards answers as if it had never been.

use cartotek_tests::{Engine, Scene, TestApp, body};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[actix_web::test]
async fn an_objection_is_followed_by_an_erasure(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let patient = format!("/api/v1/patients/{}", scene.pseudonym);
    let path = format!("{patient}/erasure");
    let order = json!({ "reason": "patient_objects" });
    let early = manager.post(&path).json(&order).send().await.problem(409, "wrong_state");
    assert!(early.json["detail"].as_str().unwrap().contains("opted_out"), "{}", early.text);
    manager.post(&format!("{patient}/consents")).json(&body::objection()).send().await.expect(201);

    let rows = app.rows();
    let preview = manager.post(&format!("{path}?dry_run=true")).json(&order).send().await.expect(200);
    assert_eq!(app.rows(), rows);
    assert_eq!((&preview.json["records"], &preview.json["imports"]), (&3.into(), &1.into()));
    assert_eq!((&preview.json["locks"], &preview.json["unlock_requests"]), (&1.into(), &1.into()));
    let erase = || manager.post(&path).header("Idempotency-Key", "erasure").json(&order).send();
    let erased = erase().await.expect(200);
    assert_eq!(erased.json, preview.json);
    assert!(erased.header("cartotek-receipt").is_some());
    let again = erase().await.expect(200);
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &erased.json));

    for record in [&scene.draft, &scene.submitted] {
        manager.get(&format!("/api/v1/records/{record}")).send().await.problem(404, "not_found");
        manager.get(&format!("/api/v1/records/{record}/revisions")).send().await.problem(404, "not_found");
    }
    for gone in [format!("imports/{}", scene.import), format!("clarifications/{}", scene.clarification)] {
        manager.get(&format!("/api/v1/{gone}")).send().await.problem(404, "not_found");
    }
    for list in [format!("/api/v1/records?patient={}", scene.pseudonym), format!("{patient}/courses")] {
        assert_eq!(manager.get(&list).send().await.expect(200).json["items"], json!([]), "{list}");
    }
    let file = manager.get(&patient).send().await.expect(200).json;
    assert_eq!(file["consents"].as_array().unwrap().len(), 3, "{file}");
    manager.get(&format!("/api/v1/samples/{}", scene.sample)).send().await.expect(200);
    let record = body::record(&scene.pseudonym, None, "patient_registration", body::registration());
    let refused = manager.post("/api/v1/records").json(&record).send().await.problem(422, "content_invalid");
    assert_eq!(refused.json["findings"][0]["rule"], "R-CONS-01", "{}", refused.text);
}

#[rstest]
#[actix_web::test]
async fn nobody_else_erases(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let path = format!("/api/v1/patients/{}/erasure", scene.pseudonym);
    let consents = format!("/api/v1/patients/{}/consents", scene.pseudonym);
    app.data_manager("KAR").post(&consents).json(&body::objection()).send().await.expect(201);
    let rows = app.rows();
    let order = json!({ "reason": "patient_objects" });
    app.data_manager("ORE").post(&path).json(&order).send().await.problem(403, "permission_missing");
    app.data_manager("UPP").post(&path).json(&order).send().await.problem(404, "not_found");
    app.biobank_staff("KI-BB").post(&path).json(&order).send().await.problem(403, "permission_missing");
    app.admin().post(&path).json(&order).send().await.problem(403, "permission_missing");
    let manager = app.data_manager("KAR");
    for body in
        [json!({}), json!({ "reason": "tidying" }), json!({ "reason": "patient_objects", "text": "x" })]
    {
        manager.post(&path).json(&body).send().await.problem(422, "content_invalid");
    }
    assert_eq!(app.rows(), rows);
}
