//! Locks over HTTP: what they refuse, who puts them on, and the two persons who end them.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::assert_refusal;

fn id_of(answer: &TestResponse) -> String {
    answer.json["id"].as_str().unwrap().to_owned()
}

#[rstest]
#[actix_web::test]
async fn a_locked_record_is_changed_once_two_persons_have_ended_the_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, second) = (app.data_manager("KAR"), app.second_manager());
    let record = format!("/api/v1/records/{}", scene.submitted);
    let locked_by = async || manager.get(&record).send().await.expect(200).json["locked_by"].clone();
    assert_eq!(locked_by().await, Value::Null);
    let lock =
        manager.post("/api/v1/locks").json(&body::record_lock(&scene.submitted)).send().await.expect(201);
    let id = id_of(&lock);
    assert_eq!((&lock.json["kind"], &lock.json["patient"]), (&json!("record"), &json!(scene.pseudonym)));
    assert_eq!(lock.header("location"), Some(format!("/api/v1/locks/{id}").as_str()));
    assert_eq!(locked_by().await, json!(id));
    let list = format!("/api/v1/records?patient={}", scene.pseudonym);
    let items = manager.get(&list).send().await.expect(200).json["items"].clone();
    let listed =
        items.as_array().unwrap().iter().find(|item| item["id"] == scene.submitted.as_str()).unwrap();
    assert_eq!(listed["locked_by"], json!(id));
    let earlier = manager.get(&format!("{record}/revisions/1")).send().await.expect(200);
    assert_eq!(earlier.json.get("locked_by"), None, "an earlier content is not changed anyway");

    let amend = || scene.request(&Operation::of_id("amend"), &manager).send();
    let (refused, events) = app.events_of(amend()).await;
    let refused = refused.problem(409, "record_locked");
    assert!(refused.json["detail"].as_str().unwrap().contains(&id), "{}", refused.text);
    assert_refusal(&events, 409, "record_locked", "an amendment");
    let patient = app.patient(&scene.pseudonym).await.id;
    assert!(events[0].subjects.iter().any(|subject| subject.patient == Some(patient)));
    let again = manager.post("/api/v1/locks").json(&body::record_lock(&scene.submitted)).send().await;
    assert!(again.problem(409, "already_exists").mentions(&id));

    let path = format!("/api/v1/locks/{id}");
    let ask =
        || manager.post(&format!("{path}/unlock-requests")).json(&json!({ "reason": "A slip." })).send();
    let asked = ask().await.expect(201);
    let approval = format!("/api/v1/unlock-requests/{}/approval", id_of(&asked));
    assert_says_what_it_holds(&app, &second, &asked, &scene).await;
    amend().await.problem(409, "record_locked");
    let own = manager.post(&approval).send().await.problem(403, "permission_missing");
    assert!(own.json["detail"].as_str().unwrap().contains("another person"), "{}", own.text);
    for stranger in [app.data_manager("UPP"), app.data_manager("SKA")] {
        stranger.post(&approval).send().await.problem(404, "not_found");
        stranger.get(&path).send().await.problem(404, "not_found");
    }
    let ended = second.post(&approval).send().await.expect(200);
    assert!(ended.json["ended_at"].is_string(), "{}", ended.text);
    assert_eq!(ended.json["unlock_requests"][0]["decided_at"], ended.json["ended_at"]);
    assert_eq!(ended.json["unlock_requests"][0]["status"], "approved");
    assert_eq!(manager.get(&path).send().await.expect(200).json, ended.json);
    second.post(&approval).send().await.problem(409, "wrong_state");
    ask().await.problem(409, "wrong_state");
    assert_eq!(locked_by().await, Value::Null);
    amend().await.expect(200);
}

/// A listed request names its record, and so does the log of who has seen it.
async fn assert_says_what_it_holds(app: &TestApp, reader: &Client, asked: &TestResponse, scene: &Scene) {
    let (listed, events) = app.events_of(reader.get("/api/v1/unlock-requests?status=pending").send()).await;
    let listed = listed.expect(200).json["items"].clone();
    let listed = listed.as_array().unwrap().iter().find(|one| one["id"] == asked.json["id"]).unwrap();
    let record = reader.get(&format!("/api/v1/records/{}", scene.submitted)).send().await.expect(200);
    assert_eq!((&listed["kind"], &listed["record"]), (&json!("record"), &json!(scene.submitted)));
    for part in ["form", "course", "key", "patient"] {
        assert_eq!(listed.get(part), record.json.get(part), "{part}");
    }
    assert!(listed["form"].is_string() && listed["patient"].is_string(), "{listed}");
    assert_eq!((listed.get("site"), listed.get("cut_off")), (None, None));
    assert!(events[0].subjects.iter().any(|subject| subject.table == "record"), "{:?}", events[0].subjects);
}

/// The scene's request is the second data manager's.
#[rstest]
#[actix_web::test]
async fn a_request_is_refused_or_taken_back_and_the_log_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, second) = (app.data_manager("KAR"), app.second_manager());
    let lock = format!("/api/v1/locks/{}", scene.lock);
    let end = |client: &Client, request: &str, how: &str| {
        client.post(&format!("/api/v1/unlock-requests/{request}/{how}"))
    };
    let no = json!({ "reason": "The chart says the same." });
    end(&second, &scene.unlock_request, "refusal").json(&no).send().await.problem(403, "permission_missing");
    end(&manager, &scene.unlock_request, "withdrawal").send().await.problem(403, "permission_missing");
    let (refused, events) =
        app.events_of(end(&manager, &scene.unlock_request, "refusal").json(&no).send()).await;
    let refused = refused.expect(200);
    assert_eq!((&refused.json["status"], &refused.json["refusal"]), (&json!("refused"), &no["reason"]));
    assert_eq!((events.len(), events[0].reason.as_deref()), (1, Some("refused")));
    let changed = events[0].subjects.iter().find(|one| one.table == "unlock_request").unwrap();
    assert!(changed.before.is_some() && changed.after.is_some(), "{changed:?}");
    let late = end(&manager, &scene.unlock_request, "approval").send().await.problem(409, "wrong_state");
    assert!(late.json["detail"].as_str().unwrap().contains("was refused"), "{}", late.text);

    let ask = second.post(&format!("{lock}/unlock-requests")).json(&json!({ "reason": "A slip." }));
    let again = id_of(&ask.send().await.expect(201));
    let (withdrawn, events) = app.events_of(end(&second, &again, "withdrawal").send()).await;
    assert_eq!(withdrawn.expect(200).json["status"], "withdrawn");
    assert_eq!(events[0].reason.as_deref(), Some("withdrawn"));
    let read = manager.get(&lock).send().await.expect(200);
    assert_eq!(read.json.get("ended_at"), None, "the lock holds on");
    let statuses = read.json["unlock_requests"].as_array().unwrap();
    assert_eq!(statuses.iter().map(|one| &one["status"]).collect::<Vec<_>>(), ["refused", "withdrawn"]);
}

#[rstest]
#[actix_web::test]
async fn only_whose_it_is_locks_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let lock = |site: &str, what: Value| {
        let mut body = what;
        body["reason"] = "Frozen.".into();
        app.data_manager(site).post("/api/v1/locks").json(&body).send()
    };
    let (record, patient) = (json!({ "record": scene.submitted }), json!({ "patient": scene.pseudonym }));
    let site = json!({ "site": "KAR", "cut_off": "2026-01-31" });
    let rows = app.rows();
    // Örebro follows the patient, Uppsala does not know it.
    lock("ORE", record.clone()).await.problem(403, "permission_missing");
    lock("ORE", patient.clone()).await.problem(403, "permission_missing");
    lock("ORE", site.clone()).await.problem(404, "not_found");
    for what in [record.clone(), patient.clone(), site.clone()] {
        lock("UPP", what).await.problem(404, "not_found");
    }
    for what in [
        json!({}),
        json!({ "site": "KAR" }),
        json!({ "cut_off": "2026-01-31" }),
        json!({ "record": scene.submitted, "patient": scene.pseudonym }),
        json!({ "patient": scene.pseudonym, "cut_off": "2026-01-31" }),
    ] {
        let answer = lock("KAR", what).await.problem(422, "content_invalid");
        assert_eq!(answer.found(), [("API-SHAPE", "")]);
    }
    let tomorrow = lock("KAR", json!({ "site": "KAR", "cut_off": "2026-03-03" })).await;
    assert_eq!(tomorrow.problem(422, "content_invalid").found(), [("R-DATE-02", "/cut_off")]);
    assert_eq!(app.rows(), rows);
    for (what, kind) in [(record, "record"), (patient, "patient"), (site, "site")] {
        assert_eq!(lock("KAR", what).await.expect(201).json["kind"], kind);
    }
    // Whoever takes part in the care is held by the patient's lock, and may read it; the site's is its own.
    let event = body::record(&scene.pseudonym, Some(&scene.course), "event", json!({}));
    let held = app.data_manager("ORE").post("/api/v1/records").json(&event).send().await;
    held.problem(409, "record_locked");
    for id in ["open_course", "correct_course", "close_course"] {
        let held = scene.request(&Operation::of_id(id), &app.data_manager("ORE")).send().await;
        held.problem(409, "record_locked");
    }
    let kinds = async |site: &str| {
        let locks =
            app.data_manager(site).get("/api/v1/locks").send().await.expect(200).json["items"].clone();
        locks.as_array().unwrap().iter().map(|lock| lock["kind"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("KAR").await, ["record", "record", "patient", "site"]);
    assert_eq!(kinds("ORE").await, ["record", "record", "patient"]);
    assert_eq!(kinds("UPP").await, Vec::<Value>::new());
}

/// What holds and what waits is a list of its own; a list of requests names the patients it tells of.
#[rstest]
#[actix_web::test]
async fn lists_show_what_holds_and_what_waits(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, second) = (app.data_manager("KAR"), app.second_manager());
    let ids = async |client: &Client, list: &str| {
        let items = client.get(&format!("/api/v1/{list}")).send().await.expect(200).json["items"].clone();
        items.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    let (pending, lock) = (vec![json!(scene.unlock_request)], vec![json!(scene.lock)]);
    assert_eq!(ids(&manager, "unlock-requests?status=pending").await, pending);
    assert_eq!(ids(&manager, "locks?holds=true").await, lock);
    assert_eq!(ids(&manager, "locks?holds=false").await, Vec::<Value>::new());
    assert_eq!(ids(&app.data_manager("UPP"), "unlock-requests").await, Vec::<Value>::new());
    let (_, events) = app.events_of(manager.get("/api/v1/unlock-requests").send()).await;
    let patient = app.patient(&scene.pseudonym).await.id;
    assert!(events[0].subjects.iter().any(|one| one.patient == Some(patient)), "{events:?}");
    for query in ["unlock-requests?status=open", "locks?holds=yes", "records?verified=1"] {
        manager.get(&format!("/api/v1/{query}")).send().await.problem(400, "invalid_parameter");
    }
    let approval = format!("/api/v1/unlock-requests/{}/approval", scene.unlock_request);
    second.post(&approval).send().await.problem(403, "permission_missing");
    manager.post(&approval).send().await.expect(200);
    assert_eq!(ids(&manager, "unlock-requests?status=pending").await, Vec::<Value>::new());
    assert_eq!(ids(&manager, "unlock-requests?status=approved").await, pending);
    assert_eq!(ids(&manager, "locks?holds=true").await, Vec::<Value>::new());
    assert_eq!(ids(&manager, "locks?holds=false").await, lock);
}

/// A lock over a site's time shows on its records, in lists too, by the dates of their contents.
#[rstest]
#[actix_web::test]
async fn a_cut_off_shows_on_the_records_before_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    // The infusion is of 12 February; the registration has no date and was submitted on 2 March.
    let body = json!({ "site": "KAR", "cut_off": "2026-02-12", "reason": "Frozen." });
    let lock = id_of(&manager.post("/api/v1/locks").json(&body).send().await.expect(201));
    let list = format!("/api/v1/records?patient={}", scene.pseudonym);
    let items = manager.get(&list).send().await.expect(200).json["items"].clone();
    let locked_by = |id: &str| {
        let items = items.as_array().unwrap();
        items.iter().find(|item| item["id"] == id).unwrap().get("locked_by").cloned()
    };
    assert_eq!((locked_by(&scene.draft), locked_by(&scene.submitted)), (Some(json!(lock)), None));
    for (id, expected) in [(&scene.draft, json!(lock)), (&scene.submitted, Value::Null)] {
        let read = manager.get(&format!("/api/v1/records/{id}")).send().await.expect(200);
        assert_eq!(read.json["locked_by"], expected);
    }
}

#[rstest]
#[actix_web::test]
async fn a_system_may_lock_but_not_unlock(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let admin = app.admin();
    let actor = json!({ "kind": "system", "hsa_id": "SE2321000016-SYSTEM" });
    let actor = id_of(&admin.post("/api/v1/actors").json(&actor).send().await.expect(201));
    let role = json!({ "role": "data_manager", "scope": { "kind": "site", "code": "KAR" } });
    admin.post(&format!("/api/v1/actors/{actor}/roles")).json(&role).send().await.expect(201);
    let token = json!({ "label": "integration", "expires_at": "2026-06-01T00:00:00Z" });
    let token = admin.post(&format!("/api/v1/actors/{actor}/tokens")).json(&token).send().await.expect(201);
    let system = app.bearer(token.json["text"].as_str().unwrap());
    for id in ["verify", "sign", "request_unlock", "approve_unlock", "refuse_unlock", "withdraw_unlock"] {
        let answer = scene.request(&Operation::of_id(id), &system).send().await;
        let answer = answer.problem(403, "permission_missing");
        assert!(
            answer.json["detail"].as_str().unwrap().contains("belongs to a person"),
            "{id}: {}",
            answer.text
        );
    }
    scene.request(&Operation::of_id("create_lock"), &system).send().await.expect(201);
}
