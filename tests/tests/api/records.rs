//! Records over HTTP: as they are, and as they were.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

/// The ETag belongs to the current content: an earlier one has none, or a change made from it would pass for one made
/// from the current.
#[rstest]
#[actix_web::test]
async fn an_earlier_content_has_no_etag(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let path = format!("/api/v1/records/{}", scene.draft);
    app.clock.advance(TimeDelta::hours(1));
    let mut content = body::infusion();
    content["post_thaw_viability_pct"] = 80.into();
    let replace = manager.put(&format!("{path}/draft")).header("If-Match", "\"1\"");
    replace.json(&json!({ "content": content })).send().await.expect(200);

    let now = manager.get(&path).send().await.expect(200);
    assert_eq!(
        (&now.json["content"]["content"]["post_thaw_viability_pct"], now.header("etag")),
        (&json!(80), Some("\"2\""))
    );
    let earlier = manager.get(&format!("{path}?as_of=2026-03-02T09:59:59Z")).send().await.expect(200);
    assert_eq!(
        (&earlier.json["content"]["content"]["post_thaw_viability_pct"], earlier.header("etag")),
        (&json!(84), None)
    );
    let before = format!("{path}?as_of=2026-03-02T08:59:59Z");
    manager.get(&before).send().await.problem(404, "not_found");
}

/// A table of records says what each is about: the key of a form by the names of its columns, nothing where there is one.
#[rstest]
#[actix_web::test]
async fn lists_show_the_keys_of_records(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let path = format!("/api/v1/records/{}", scene.draft);
    let list = format!("/api/v1/records?patient={}", scene.pseudonym);
    let listed = async || {
        let items = manager.get(&list).send().await.expect(200).json["items"].clone();
        let draft = items.as_array().unwrap().iter().find(|one| one["id"] == scene.draft.as_str());
        draft.unwrap().get("key").cloned()
    };
    let key = Some(json!({ "infusion_no": 1 }));
    assert_eq!(listed().await, key);
    assert_eq!(manager.get(&path).send().await.expect(200).json.get("key"), key.as_ref());
    let replace = manager.put(&format!("{path}/draft")).header("If-Match", "\"1\"");
    let replaced = replace.json(&json!({ "content": {} })).send().await.expect(200);
    assert_eq!((replaced.json.get("key"), listed().await), (None, None));
    let earlier = manager.get(&format!("{path}/revisions/1")).send().await.expect(200);
    assert_eq!(earlier.json.get("key"), key.as_ref(), "as the content says that is shown");
}

/// What is said of the record is what was true with the content that is shown.
#[rstest]
#[actix_web::test]
async fn an_earlier_content_has_the_head_of_its_time(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let path = format!("/api/v1/records/{}", scene.draft);
    app.clock.advance(TimeDelta::hours(1));
    let unused = json!({ "rule": "R-INF-99", "pointer": "", "reason": "Nobody asked." });
    let used = json!({ "rule": "R-INF-04B", "pointer": "/batch_id", "reason": "The form follows." });
    let submit = || manager.post(&format!("{path}/submission")).header("If-Match", "\"1\"");
    let refused = submit().json(&json!({ "acknowledgements": [unused] })).send().await;
    let refused = refused.problem(422, "content_invalid");
    for told in [("ACKNOWLEDGE", "/batch_id"), ("ACKNOWLEDGE", "/acknowledgements/0")] {
        assert!(refused.found().contains(&told), "{:?}", refused.found());
    }
    let submitted = submit().json(&json!({ "acknowledgements": [used, unused] })).send().await.expect(200);
    let found = submitted.found();
    assert!(found.contains(&("ACKNOWLEDGE", "/acknowledgements/1")), "{found:?}");
    assert!(!found.contains(&("ACKNOWLEDGE", "/acknowledgements/0")), "{found:?}");
    let head = async |query: &str| {
        let shown = manager.get(&format!("{path}{query}")).send().await.expect(200).json.clone();
        (shown["status"].clone(), shown["revision"].clone(), shown["submitted_at"].is_string())
    };
    assert_eq!(head("").await, (json!("submitted"), json!(2), true));
    assert_eq!(head("?as_of=2026-03-02T09:59:59Z").await, (json!("draft"), json!(1), false));
}

/// No score may be taken for advice (domain brief 3.8).
#[rstest]
#[actix_web::test]
async fn what_a_record_derives_says_what_it_is_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let path = format!("/api/v1/records/{}", scene.draft);
    let validation = json!({ "form": "infusion", "content": body::infusion() });
    for (language, said) in
        [("sv", "inte underlag för enskilda behandlingsbeslut"), ("en", "not for individual")]
    {
        let read = manager.get(&path).header("Accept-Language", language).send().await.expect(200);
        let checked = manager.post("/api/v1/records/validation").header("Accept-Language", language);
        let checked = checked.json(&validation).send().await.expect(200);
        for answer in [read, checked] {
            assert!(answer.json["derived"].is_array(), "{}", answer.text);
            assert!(answer.json["notice"].as_str().unwrap().contains(said), "{}", answer.text);
        }
    }
}

/// Nothing that is sent is passed over in silence.
#[rstest]
#[actix_web::test]
async fn what_belongs_nowhere_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let reason = json!([{ "rule": "R", "pointer": "", "reason": "A draft is asked for none." }]);
    let mut draft = body::record(&scene.pseudonym, Some(&scene.course), "event", json!({}));
    draft["acknowledgements"] = reason;
    let answer = manager.post("/api/v1/records").json(&draft).send().await.problem(422, "content_invalid");
    assert_eq!(answer.found(), [("API-SHAPE", "/acknowledgements")]);
    let validation = json!({ "form": "infusion", "content": body::infusion(), "course": scene.course });
    let answer = manager.post("/api/v1/records/validation").json(&validation).send().await;
    assert_eq!(answer.problem(422, "content_invalid").found(), [("API-SHAPE", "/course")]);
    let answer = manager.get("/api/v1/records?form=nonsense").send().await.problem(422, "content_invalid");
    assert_eq!(answer.found(), [("FORM-UNKNOWN", "/form")]);
}

/// Answers and reasons together: another reason for a warning is a change.
#[rstest]
#[actix_web::test]
async fn an_amendment_that_changes_nothing_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (Scene::build(&app).await, app.data_manager("KAR"));
    scene.request(&Operation::of_id("submit"), &manager).send().await.expect(200);
    let amend = async |id: &str, version: &str, content: &Value, reason: &str| {
        let explained = json!([{ "rule": "R-INF-04B", "pointer": "/batch_id", "reason": reason }]);
        let body = json!({
            "content": content, "acknowledgements": explained, "reason": "data_entry", "text": "Typed wrong."
        });
        let request = manager.post(&format!("/api/v1/records/{id}/amendments")).header("If-Match", version);
        request.json(&body).send().await
    };
    let (rows, as_before) = (app.rows(), "The product form follows.");
    for (id, version, content) in
        [(&scene.submitted, "\"1\"", body::registration()), (&scene.draft, "\"2\"", body::infusion())]
    {
        let refused = amend(id, version, &content, as_before).await.problem(422, "content_invalid");
        assert_eq!(refused.found(), [("AMEND-UNCHANGED", "/content")]);
    }
    assert_eq!(app.rows()["revision"], rows["revision"]);
    let other = amend(&scene.draft, "\"2\"", &body::infusion(), "It came with the product.").await;
    assert_eq!(other.expect(200).json["revision"], 3);
    let mut content = body::infusion();
    content["post_thaw_viability_pct"] = 85.into();
    let other = amend(&scene.draft, "\"3\"", &content, "It came with the product.").await;
    assert_eq!(other.expect(200).json["revision"], 4);
}

/// Its rules would tell of the order of the two, as of two infusions of the patient.
#[rstest]
#[actix_web::test]
async fn what_is_sent_again_with_another_date_is_told_that_it_is_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (Scene::build(&app).await, app.data_manager("KAR"));
    scene.request(&Operation::of_id("submit"), &manager).send().await.expect(200);
    let mut content = body::infusion();
    content["infusion_date"] = "2026-02-20".into();
    content["infusion_started_at"] = "2026-02-20T10:40:00+01:00".into();
    let mut again = body::record(&scene.pseudonym, Some(&scene.course), "infusion", content.clone());
    again["submit"] = true.into();
    let refused = manager.post("/api/v1/records").json(&again).send().await.problem(409, "already_exists");
    assert!(refused.mentions(&scene.draft), "{}", refused.text);
    let row = json!({ "patient": scene.pseudonym, "course": 1, "content": content }).to_string();
    let import = manager.post("/api/v1/imports?form=infusion&site=KAR").header("Idempotency-Key", "again");
    let report = import.bytes("application/x-ndjson", row).send().await.expect(201);
    assert!(report.mentions("IMPORT-EXISTS") && report.mentions(&scene.draft), "{}", report.text);
    assert!(!report.mentions("R-INF-03B"), "{}", report.text);
}

/// Revisions, custody events and boxes grow without end: they come in pages, which together are the whole list.
#[rstest]
#[actix_web::test]
async fn lists_that_grow_come_in_pages(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, staff) = (app.data_manager("KAR"), app.biobank_staff("KI-BB"));
    let draft = format!("/api/v1/records/{}", scene.draft);
    let replace = manager.put(&format!("{draft}/draft")).header("If-Match", "\"1\"");
    replace.json(&json!({ "content": {} })).send().await.expect(200);
    let boxes = format!("/api/v1/storage-units/{}/boxes", scene.unit);
    staff.post(&boxes).json(&body::storage_box("KIBB-BOX-2")).send().await.expect(201);
    let custody = format!("/api/v1/samples/{}/custody-events", scene.sample);
    for (client, path) in [(&manager, format!("{draft}/revisions")), (&staff, custody), (&staff, boxes)] {
        let whole = client.get(&path).send().await.expect(200).json["items"].as_array().unwrap().clone();
        assert!(whole.len() > 1, "{path}");
        let (mut items, mut query) = (Vec::new(), "?limit=1".to_owned());
        for _ in &whole {
            let page = client.get(&format!("{path}{query}")).send().await.expect(200).json;
            items.extend(page["items"].as_array().unwrap().clone());
            assert_eq!(page["next_cursor"].is_string(), items.len() < whole.len(), "{path}{query}");
            query = format!("?limit=1&cursor={}", page["next_cursor"].as_str().unwrap_or_default());
        }
        assert_eq!(items, whole, "{path}");
    }
}
