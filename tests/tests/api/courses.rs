//! A course that was opened wrongly is corrected; one that was closed by mistake is opened again.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::enrolled;

async fn reopen(client: &Client, scene: &Scene, version: &str, body: &Value) -> TestResponse {
    let path = format!("/api/v1/courses/{}/reopening", scene.course);
    client.post(&path).header("If-Match", version).json(body).send().await
}

async fn correct(client: &Client, scene: &Scene, version: &str, body: &Value) -> TestResponse {
    let path = format!("/api/v1/courses/{}/correction", scene.course);
    client.post(&path).header("If-Match", version).json(body).send().await
}

/// The scene with its course closed.
async fn closed(app: &TestApp) -> Scene {
    Scene::for_operation(app, &Operation::of_id("reopen_course")).await
}

#[rstest]
#[actix_web::test]
async fn the_list_of_patients_names_the_courses_of_each(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (closed(&app).await, app.data_manager("KAR"));
    let path = format!("/api/v1/patients/{}/courses", scene.pseudonym);
    let second = json!({ "indication": "FL", "opened_on": "2026-03-02" });
    let second = manager.post(&path).json(&second).send().await.expect(201).json["id"].clone();
    let other = enrolled(&app, "KAR").await;
    let (answer, events) = app.events_of(manager.get("/api/v1/patients").send()).await;
    let list = answer.expect(200).json;
    let courses = |patient: &str| {
        let items = list["items"].as_array().unwrap();
        items.iter().find(|item| item["pseudonym"] == patient).unwrap()["courses"].clone()
    };
    let named = json!([
        { "id": scene.course, "number": 1, "indication": "LBCL", "status": "closed" },
        { "id": second, "number": 2, "indication": "FL", "status": "open" },
    ]);
    assert_eq!((courses(&scene.pseudonym), courses(&other)), (named, json!([])));
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.subjects.iter().filter(|subject| subject.table == "course").count(), 2);
}

#[rstest]
#[actix_web::test]
async fn a_course_is_as_if_it_had_never_been_closed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (closed(&app).await, app.data_manager("KAR"));
    let path = format!("/api/v1/courses/{}", scene.course);
    let mut expected = manager.get(&path).send().await.expect(200).json;
    assert_eq!((&expected["status"], &expected["closed_on"]), (&json!("closed"), &json!("2026-03-01")));
    let course = expected.as_object_mut().unwrap();
    course.retain(|name, _| !["outcome", "closed_on"].contains(&name.as_str()));
    course.extend([("status".to_owned(), json!("open")), ("version".to_owned(), json!(3))]);

    let reopening = Operation::of_id("reopen_course");
    let keyed = || scene.request(&reopening, &manager).header("Idempotency-Key", "r1").send();
    let (answer, events) = app.events_of(keyed()).await;
    let answer = answer.expect(200);
    assert_eq!((&answer.json, answer.header("etag")), (&expected, Some("\"3\"")));
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.unit.as_deref(), event.reason.as_deref()), (Some("KAR"), Some("data_entry")));
    let again = keyed().await.expect(200);
    assert_eq!((&again.json, again.header("idempotency-replayed")), (&expected, Some("true")));
    assert_eq!(manager.get(&path).send().await.expect(200).json, expected);
    // What R-COURSE-03 refuses in a closed course.
    scene.request(&Operation::of_id("submit"), &manager).send().await.expect(200);
}

#[rstest]
#[actix_web::test]
async fn a_refusal_to_open_a_course_again_says_what_to_do(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (Scene::build(&app).await, app.data_manager("KAR"));
    let path = format!("/api/v1/courses/{}/reopening", scene.course);
    let told = async |version: &str, language: &str| {
        let request = manager.post(&path).header("If-Match", version).header("Accept-Language", language);
        let answer = request.json(&json!({ "reason": "data_entry" })).send().await;
        answer.problem(409, "wrong_state").findings()[0]["message"].as_str().unwrap().to_owned()
    };
    let going_on = [("sv", "är inte avslutad. Fortsätt i den"), ("en", "is not closed. Go on in it")];
    for (language, said) in going_on {
        let text = told("\"1\"", language).await;
        assert!(text.contains(said), "{text}");
    }
    scene.request(&Operation::of_id("close_course"), &manager).send().await.expect(200);
    let courses = format!("/api/v1/patients/{}/courses", scene.pseudonym);
    manager.post(&courses).json(&body::course()).send().await.expect(201);
    let rows = app.rows();
    let followed = [("sv", "nummer 2. Fortsätt i den"), ("en", "number 2. Go on in that one")];
    for (language, said) in followed {
        let text = told("\"2\"", language).await;
        assert!(text.contains(said), "{text}");
    }
    assert_eq!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn a_course_is_opened_again_only_by_whoever_may_close_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (closed(&app).await, app.data_manager("KAR"));
    let (rows, good) = (app.rows(), json!({ "reason": "data_entry" }));
    reopen(&app.data_manager("UPP"), &scene, "\"2\"", &good).await.problem(404, "not_found");
    reopen(&app.biobank_staff("KI-BB"), &scene, "\"2\"", &good).await.problem(403, "permission_missing");
    let stale = reopen(&manager, &scene, "\"1\"", &good).await.problem(412, "stale_version");
    assert_eq!(stale.json["current_version"], 2);
    // Two reasons that only the registry gives, and words, which nothing would keep.
    for bad in [
        json!({}),
        json!({ "reason": "schema_migration" }),
        json!({ "reason": "entered_in_error" }),
        json!({ "reason": "data_entry", "text": "The wrong patient." }),
    ] {
        reopen(&manager, &scene, "\"2\"", &bad).await.problem(422, "content_invalid");
    }
    assert_eq!(app.rows(), rows);
    let consents = format!("/api/v1/patients/{}/consents", scene.pseudonym);
    manager.post(&consents).json(&body::objection()).send().await.expect(201);
    let rows = app.rows();
    let objected = reopen(&manager, &scene, "\"2\"", &good).await.problem(422, "content_invalid");
    assert_eq!(objected.found(), [("R-CONS-01", "")]);
    assert_eq!(app.rows(), rows);
}

/// Another site that takes part in the care may: the change is made for it.
#[rstest]
#[actix_web::test]
async fn the_event_names_the_site_that_opens_a_course_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = closed(&app).await;
    let (orebro, body) = (app.data_manager("ORE"), json!({ "reason": "query_resolution" }));
    let (answer, events) = app.events_of(reopen(&orebro, &scene, "\"2\"", &body)).await;
    answer.expect(200);
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.unit.as_deref(), event.reason.as_deref()), (Some("ORE"), Some("query_resolution")));
}

#[rstest]
#[actix_web::test]
async fn what_a_course_says_is_corrected_and_the_rest_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (Scene::build(&app).await, app.data_manager("KAR"));
    let path = format!("/api/v1/courses/{}", scene.course);
    let mut expected = manager.get(&path).send().await.expect(200).json;
    let body = json!({ "indication": "FL", "reason": "query_resolution" });
    let rows = app.rows();
    let dry = manager.post(&format!("{path}/correction?dry_run=true")).header("If-Match", "\"1\"");
    assert_eq!(dry.json(&body).send().await.expect(200).json["indication"], "FL");
    assert_eq!(app.rows(), rows);

    let course = expected.as_object_mut().unwrap();
    course.extend([("indication".to_owned(), json!("FL")), ("version".to_owned(), json!(2))]);
    let keyed = || {
        let request = manager.post(&format!("{path}/correction")).header("If-Match", "\"1\"");
        request.header("Idempotency-Key", "c1").json(&body).send()
    };
    let (answer, events) = app.events_of(keyed()).await;
    let answer = answer.expect(200);
    assert_eq!((&answer.json, answer.header("etag")), (&expected, Some("\"2\"")));
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.unit.as_deref(), event.reason.as_deref()), (Some("KAR"), Some("query_resolution")));
    let again = keyed().await.expect(200);
    assert_eq!((&again.json, again.header("idempotency-replayed")), (&expected, Some("true")));
    assert_eq!(manager.get(&path).send().await.expect(200).json, expected);

    // Not beyond what begins it, nor is that entered before it.
    let later = json!({ "opened_on": "2026-02-13", "reason": "data_entry" });
    let submitting = Operation::of_id("submit");
    correct(&manager, &scene, "\"2\"", &later).await.expect(200);
    let early = scene.request(&submitting, &manager).send().await.problem(422, "content_invalid");
    assert!(early.found().contains(&("R-DATE-01", "/infusion_date")), "{}", early.text);
    let back = json!({ "opened_on": "2026-01-12", "reason": "data_entry" });
    correct(&manager, &scene, "\"3\"", &back).await.expect(200);
    scene.request(&submitting, &manager).send().await.expect(200);
    let late = correct(&manager, &scene, "\"4\"", &later).await.problem(422, "content_invalid");
    assert_eq!(late.found(), [("R-DATE-01", "/opened_on")]);

    // An infused course too: Örebro takes part in the care.
    let moved = json!({ "opened_on": "2026-01-09", "reason": "data_entry" });
    let moved = correct(&app.data_manager("ORE"), &scene, "\"4\"", &moved).await.expect(200);
    assert_eq!((&moved.json["opened_on"], &moved.json["day0"]), (&json!("2026-01-09"), &json!("2026-02-12")));
    assert_eq!((&moved.json["indication"], &moved.json["version"]), (&json!("FL"), &json!(5)));
}

#[rstest]
#[actix_web::test]
async fn a_course_is_corrected_only_to_what_may_be_opened(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (Scene::build(&app).await, app.data_manager("KAR"));
    let (rows, good) = (app.rows(), json!({ "indication": "FL", "reason": "data_entry" }));
    correct(&app.data_manager("UPP"), &scene, "\"1\"", &good).await.problem(404, "not_found");
    correct(&app.biobank_staff("KI-BB"), &scene, "\"1\"", &good).await.problem(403, "permission_missing");
    let stale = correct(&manager, &scene, "\"2\"", &good).await.problem(412, "stale_version");
    assert_eq!(stale.json["current_version"], 1);
    for same in [json!({}), json!({ "indication": "LBCL" }), json!({ "opened_on": "2026-01-12" })] {
        let mut body = same;
        body["reason"] = "data_entry".into();
        let same = correct(&manager, &scene, "\"1\"", &body).await.problem(409, "wrong_state");
        assert!(same.json["detail"].as_str().unwrap().contains("that indication and opening day already"));
    }
    for (what, value, rule) in [
        ("indication", "LYMPHOMA", "CODE-UNKNOWN"),
        ("opened_on", "2026-03-03", "R-DATE-02"),
        // The list of indications begins with the year 2010.
        ("opened_on", "2009-12-31", "CODE-UNKNOWN"),
    ] {
        let body = json!({ what: value, "reason": "data_entry" });
        let answer = correct(&manager, &scene, "\"1\"", &body).await.problem(422, "content_invalid");
        assert_eq!(answer.found(), [(rule, format!("/{what}").as_str())]);
        assert!(!answer.json.to_string().contains("one of ."), "{}", answer.json);
    }
    for bad in [
        json!({ "indication": "FL" }),
        json!({ "indication": "FL", "reason": "schema_migration" }),
        json!({ "indication": "FL", "reason": "data_entry", "text": "The referral says so." }),
        json!({ "number": 2, "reason": "data_entry" }),
    ] {
        correct(&manager, &scene, "\"1\"", &bad).await.problem(422, "content_invalid");
    }
    assert_eq!(app.rows(), rows);
}
