//! The life of a record: a draft that says what it lacks, a verification and signatures that an amendment takes away.

use cartotek_crypto::hash::sha256;
use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[actix_web::test]
async fn a_draft_that_is_read_says_what_it_lacks(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let mut content = body::infusion();
    content.as_object_mut().unwrap().remove("route");
    let draft = format!("/api/v1/records/{}", scene.draft);
    let replace = manager.put(&format!("{draft}/draft")).header("If-Match", "\"1\"");
    let replaced = replace.json(&json!({ "content": content })).send().await.expect(200);
    assert_eq!(replaced.json["unanswered"], json!(["/route"]));
    assert_eq!(manager.get(&draft).send().await.expect(200).json["unanswered"], json!(["/route"]));
    let first = manager.get(&format!("{draft}/revisions/1")).send().await.expect(200);
    assert_eq!(first.json["unanswered"], json!([]));
    let submitted = format!("/api/v1/records/{}", scene.submitted);
    assert_eq!(manager.get(&submitted).send().await.expect(200).json.get("unanswered"), None);
}

/// The second data manager has submitted the record.
#[rstest]
#[actix_web::test]
async fn a_record_is_verified_by_another_person_until_it_is_amended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, second) = (app.data_manager("KAR"), app.second_manager());
    let record = format!("/api/v1/records/{}", scene.submitted);
    let verified = async |query: &str| {
        let read = manager.get(&format!("{record}{query}")).send().await.expect(200);
        read.json.get("verified").cloned()
    };
    let verify = |client: &cartotek_tests::Client, version: &str| {
        client.post(&format!("{record}/verification")).header("If-Match", version).send()
    };
    assert_eq!(verified("").await, Some(json!(false)));
    let own = verify(&second, "\"1\"").await.problem(403, "permission_missing");
    assert!(own.json["detail"].as_str().unwrap().contains("another person"), "{}", own.text);
    app.clock.advance(TimeDelta::hours(1));
    let awaiting = async || {
        let list = manager.get("/api/v1/records?verified=false").send().await.expect(200);
        list.json["items"].as_array().unwrap().iter().any(|one| one["id"] == scene.submitted.as_str())
    };
    assert!(awaiting().await);
    let done = verify(&manager, "\"1\"").await.expect(201);
    assert_eq!((&done.json["valid"], awaiting().await), (&json!(true), false));
    assert_eq!((&done.json["revision"], &done.json["record"]), (&json!(1), &json!(scene.submitted)));
    verify(&manager, "\"1\"").await.problem(409, "already_exists");
    assert_eq!(verified("").await, Some(json!(true)));
    assert_eq!(verified("?as_of=2026-03-02T09:30:00Z").await, Some(json!(false)), "not yet then");
    let list = manager.get(&format!("/api/v1/records?patient={}", scene.pseudonym)).send().await.expect(200);
    for item in list.json["items"].as_array().unwrap() {
        let expected = (item["status"] == "submitted").then_some(json!(true));
        assert_eq!(item.get("verified").cloned(), expected, "a draft is neither verified nor not");
    }

    let amended = scene.request(&Operation::of_id("amend"), &manager).send().await.expect(200);
    assert_eq!(amended.json["verified"], false);
    assert_eq!(verified("").await, Some(json!(false)));
    assert_eq!(verified("/revisions/1").await, Some(json!(true)), "that content was verified");
    verify(&second, "\"1\"").await.problem(412, "stale_version");
    assert!(awaiting().await, "an amendment awaits it again");
    verify(&second, "\"2\"").await.expect(201);
    let list = manager.get(&format!("{record}/verifications")).send().await.expect(200);
    let told = |one: &Value| (one["revision"].clone(), one["valid"].clone());
    let told: Vec<_> = list.json["items"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, [(json!(1), json!(false)), (json!(2), json!(true))]);
    let draft = format!("/api/v1/records/{}/verification", scene.draft);
    second.post(&draft).header("If-Match", "\"1\"").send().await.problem(409, "wrong_state");
    app.data_manager("ORE")
        .post(&format!("{record}/verification"))
        .header("If-Match", "\"2\"")
        .send()
        .await
        .problem(403, "permission_missing");
}

#[rstest]
#[actix_web::test]
async fn a_signature_is_voided_by_whatever_comes_after(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, second) = (app.data_manager("KAR"), app.second_manager());
    let record = format!("/api/v1/records/{}", scene.submitted);
    let sign = |client: &cartotek_tests::Client, version: &str, meaning: &str| {
        let request = client.post(&format!("{record}/signatures")).header("If-Match", version);
        request.json(&json!({ "meaning": meaning })).send()
    };
    let stranger = sign(&manager, "\"1\"", "entered").await.problem(403, "permission_missing");
    assert!(stranger.json["detail"].as_str().unwrap().contains("reviewed or approved"), "{}", stranger.text);
    let entered = sign(&second, "\"1\"", "entered").await.expect(201);
    let canonical = r#"{"birth_year_month":"1961-04","legal_basis":"research_consent","sex":"male"}"#;
    assert_eq!(entered.json["content_sha256"], sha256(&[canonical.as_bytes()]).to_string());
    assert_eq!((&entered.json["valid"], entered.json.get("voided_by")), (&json!(true), None));
    sign(&second, "\"1\"", "entered").await.problem(409, "already_exists");
    let (approved, events) = app.events_of(sign(&manager, "\"1\"", "approved")).await;
    approved.expect(201);
    assert_eq!(events[0].reason.as_deref(), Some("approved"));
    let list = async || {
        let list =
            manager.get(&format!("{record}/signatures")).send().await.expect(200).json["items"].clone();
        let told = |one: &Value| (one["meaning"].clone(), one["valid"].clone(), one["voided_by"].clone());
        list.as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    let told = |meaning: &str, valid: bool, voided_by: Value| (json!(meaning), json!(valid), voided_by);
    let both = [told("entered", true, Value::Null), told("approved", true, Value::Null)];
    assert_eq!(list().await, both);

    scene.request(&Operation::of_id("amend"), &manager).send().await.expect(200);
    let both = [told("entered", false, json!(2)), told("approved", false, json!(2))];
    assert_eq!(list().await, both);
    sign(&manager, "\"1\"", "approved").await.problem(412, "stale_version");
    sign(&manager, "\"2\"", "approved").await.expect(201);
    assert_eq!(list().await[2], told("approved", true, Value::Null));
    // Who changes the content behind the record's back voids it too.
    app.database.tamper("UPDATE revision SET content = replace(content, 'female', 'male') WHERE number = 2");
    assert_eq!(list().await[2], told("approved", false, Value::Null));
}

/// The second data manager has submitted the record; the first of the same hospital annuls it.
#[rstest]
#[actix_web::test]
async fn a_record_entered_in_error_is_annulled_for_good(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let (record, annul) = (format!("/api/v1/records/{}", scene.submitted), Operation::of_id("annul"));
    let amend = Operation::of_id("amend");
    scene.request(&annul, &app.data_manager("UPP")).send().await.problem(404, "not_found");
    let annulled = scene.request(&annul, &manager).send().await.expect(200);
    assert_eq!((&annulled.json["status"], &annulled.json["revision"]), (&json!("annulled"), &json!(2)));
    let read = manager.get(&record).send().await.expect(200);
    assert_eq!(read.json["content"]["amendment"]["reason"], "entered_in_error");
    assert_eq!(read.json["content"]["content"], body::registration(), "it stays readable");
    let extract =
        manager.get(&format!("/api/v1/patients/{}/extract", scene.pseudonym)).send().await.expect(200);
    let named = extract.json["records"].as_array().unwrap().iter().find(|one| one["id"] == scene.submitted);
    let named = named.unwrap();
    assert_eq!((&named["annulled"]["reason"], &named["revisions"]), (&json!("entered_in_error"), &json!([])));
    assert!(read.json.get("submitted_at").is_some() && read.json.get("verified").is_none());
    // Nobody corrects, verifies, signs or annuls it any more, and another may take its place.
    let at_two = |path: &str| manager.post(&format!("{record}/{path}")).header("If-Match", "\"2\"");
    at_two("amendments").json(&scene.body(&amend)).send().await.problem(409, "wrong_state");
    at_two("annulment").json(&scene.body(&annul)).send().await.problem(409, "wrong_state");
    at_two("verification").send().await.problem(409, "wrong_state");
    at_two("signatures").json(&json!({ "meaning": "approved" })).send().await.problem(409, "wrong_state");
    let mut again = body::record(&scene.pseudonym, None, "patient_registration", body::registration());
    again["submit"] = true.into();
    manager.post("/api/v1/records").json(&again).send().await.expect(201);
}

#[rstest]
#[actix_web::test]
async fn a_record_of_another_patient_is_read_without_content(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, second) = (app.data_manager("KAR"), app.second_manager());
    let (record, rows) = (format!("/api/v1/records/{}", scene.submitted), app.rows());
    let annul = |body: Value| {
        manager.post(&format!("{record}/annulment")).header("If-Match", "\"1\"").json(&body).send()
    };
    let text = "It was somebody else's.";
    // A reason is asked for, one of an annulment, and words.
    for bad in [
        json!({ "text": text }),
        json!({ "reason": "data_entry", "text": text }),
        json!({ "reason": "schema_migration", "text": text }),
        json!({ "reason": "other", "text": text }),
        json!({ "reason": "other_patient" }),
        json!({ "reason": "other_patient", "text": " " }),
    ] {
        annul(bad).await.problem(422, "content_invalid");
    }
    assert_eq!(app.rows(), rows);
    // What was submitted takes two persons.
    annul(json!({ "reason": "other_patient", "text": text })).await.problem(409, "wrong_state");
    annul(json!({ "reason": "entered_in_error", "text": text })).await.expect(200);
    let destroy = json!({ "reason": "other_patient", "text": text });
    let [alone, other] = [&manager, &second]
        .map(|person| person.post(&format!("{record}/annulment")).header("If-Match", "\"2\"").json(&destroy));
    alone.send().await.problem(403, "permission_missing");
    let (annulled, events) = app.events_of(other.send()).await;
    assert_eq!(annulled.expect(200).json["content"]["content"], json!({}));
    assert_eq!(events[0].reason.as_deref(), Some("other_patient"));
    for (path, number, said) in [("", 3, text), ("/revisions/1", 1, "")] {
        let read = manager.get(&format!("{record}{path}")).send().await.expect(200);
        assert_eq!((&read.json["revision"], &read.json["content"]["content"]), (&json!(number), &json!({})));
        let why = json!({ "reason": "other_patient", "text": said });
        assert_eq!(read.json["content"]["amendment"], why);
    }
}
