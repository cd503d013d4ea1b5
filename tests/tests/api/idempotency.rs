//! Safe retries: a key with the same request gives the stored answer.

use std::collections::BTreeSet;

use actix_web::rt::spawn;
use cartotek_domain::audit::Outcome;
use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::Value;

use crate::common::assert_refusal;

async fn enrol(app: &TestApp, site: &str, key: &str, body: &Value) -> TestResponse {
    app.data_manager(site).post("/api/v1/patients").header("Idempotency-Key", key).json(body).send().await
}

fn count(app: &TestApp, table: &str) -> usize {
    app.rows()[table].len()
}

#[rstest]
#[actix_web::test]
async fn the_same_key_and_request_give_the_same_answer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let body = body::enrolment("KAR");
    let first = enrol(&app, "KAR", "k1", &body).await.expect(201);
    let rows = app.rows();
    let (again, events) = app.events_of(enrol(&app, "KAR", "k1", &body)).await;
    let again = again.expect(201);
    assert_eq!(again.text, first.text);
    for header in ["location", "cartotek-receipt", "etag"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(app.rows(), rows);
    let [event] = &events[..] else { panic!("{} events of a replay", events.len()) };
    assert_eq!((event.outcome, event.unit.as_deref()), (Outcome::Read, Some("KAR")));
    let patient = app.patient(first.json["pseudonym"].as_str().unwrap()).await.id;
    assert!(event.subjects.iter().all(|one| one.patient == Some(patient) && one.after.is_none()));
    assert!(!event.subjects.is_empty());
    let other = enrol(&app, "KAR", "k2", &body).await.expect(201);
    assert_ne!(other.json["pseudonym"], first.json["pseudonym"]);
}

#[rstest]
#[actix_web::test]
async fn the_same_key_with_another_request_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let first = enrol(&app, "KAR", "k1", &body::enrolment("KAR")).await.expect(201);
    let rows = app.rows();
    let mut other = body::enrolment("KAR");
    other["from"] = "2026-01-11".into();
    let (answer, events) = app.events_of(enrol(&app, "KAR", "k1", &other)).await;
    answer.problem(422, "idempotency_key_reused");
    assert_refusal(&events, 422, "idempotency_key_reused", "another body");
    let path = format!("/api/v1/patients/{}/consents", first.json["pseudonym"].as_str().unwrap());
    let elsewhere =
        app.data_manager("KAR").post(&path).header("Idempotency-Key", "k1").json(&body::consent());
    elsewhere.send().await.problem(422, "idempotency_key_reused");
    assert_eq!(app.rows(), rows);
}

/// A stored answer shows what the caller may see now, not what it could see then.
#[rstest]
#[actix_web::test]
async fn a_stored_answer_ends_with_the_scope(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::without_course(&app).await;
    let patient = format!("/api/v1/patients/{}", scene.pseudonym);
    let orebro = app.data_manager("ORE");
    let record = || {
        let request = orebro.post(&format!("{patient}/consents")).header("Idempotency-Key", "k1");
        request.json(&body::consent()).send()
    };
    record().await.expect(201);
    let end = orebro.post(&format!("{patient}/participations/{}/end", scene.participation));
    let end = end.header("If-Match", "\"1\"").json(&serde_json::json!({ "to": "2026-03-02" }));
    end.send().await.expect(200);
    record().await.expect(201);
    app.clock.advance(chrono::TimeDelta::days(1));
    let answer = record().await.problem(404, "not_found");
    assert!(!answer.mentions("binder"));
}

#[rstest]
#[actix_web::test]
async fn keys_of_different_callers_are_different(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let karolinska = enrol(&app, "KAR", "k1", &body::enrolment("KAR")).await.expect(201);
    let uppsala = enrol(&app, "UPP", "k1", &body::enrolment("UPP")).await.expect(201);
    assert_ne!(karolinska.json["pseudonym"], uppsala.json["pseudonym"]);
}

#[rstest]
#[actix_web::test]
async fn a_refused_request_does_not_use_up_its_key(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let path = "/api/v1/biobanks/KI-BB/sites/SKA";
    let link = |biobank: &str| {
        let path = path.replace("KI-BB", biobank);
        app.admin().put(&path).header("Idempotency-Key", "k1")
    };
    link("NO-BB").send().await.problem(404, "not_found");
    link("KI-BB").send().await.expect(201);
}

#[rstest]
#[actix_web::test]
async fn malformed_keys_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    for key in ["", " ", "two words", "å", &"k".repeat(201), "tab\there"] {
        let answer = enrol(&app, "KAR", key, &body::enrolment("KAR")).await.problem(400, "invalid_parameter");
        assert_eq!(answer.found(), [("API-HEADER", "")], "{key:?}");
    }
    assert_eq!(app.rows(), rows);
    enrol(&app, "KAR", &"k".repeat(200), &body::enrolment("KAR")).await.expect(201);
}

#[rstest]
#[actix_web::test]
async fn a_token_text_is_not_in_the_stored_answer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let actor = app.person(cartotek_domain::access::Role::Researcher, "").actor;
    let body = serde_json::json!({ "label": "laptop", "expires_at": "2026-06-01T00:00:00Z" });
    let issue = || {
        let request = app.admin().post(&format!("/api/v1/actors/{actor}/tokens"));
        request.header("Idempotency-Key", "k1").json(&body).send()
    };
    let first = issue().await.expect(201);
    let text = first.json["text"].as_str().unwrap().to_owned();
    app.bearer(&text).get("/api/v1/me").send().await.expect(200);
    let again = issue().await.expect(201);
    assert_eq!(again.json["id"], first.json["id"]);
    assert_eq!(again.json.get("text"), None);
    app.assert_nowhere(text.rsplit('_').next().unwrap());
}

#[rstest]
#[actix_web::test]
async fn sixty_four_parallel_creates_one_row(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let body = body::enrolment("KAR");
    let send = || {
        let request = app.data_manager("KAR").post("/api/v1/patients").header("Idempotency-Key", "k1");
        spawn(request.json(&body).send())
    };
    let running: Vec<_> = (0..64).map(|_| send()).collect();
    let mut answers = Vec::new();
    for answer in running {
        answers.push(answer.await.unwrap().expect(201));
    }
    assert_eq!(count(&app, "patient"), 1);
    assert_eq!(count(&app, "participation"), 1);
    let texts: BTreeSet<_> = answers.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(texts.len(), 1);
    let fresh = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none());
    assert_eq!(fresh.count(), 1);
}

/// The same patient sent by many at once through the linkage value: one patient, one participation.
#[rstest]
#[actix_web::test]
async fn sixty_four_parallel_enrolments_of_one_person_make_one_patient(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let body = body::linked_enrolment("KAR", &body::linkage(7));
    let running: Vec<_> =
        (0..64).map(|_| spawn(app.data_manager("KAR").post("/api/v1/patients").json(&body).send())).collect();
    let mut created = 0;
    for answer in running {
        let answer = answer.await.unwrap();
        if answer.status == 201 {
            created += 1;
        } else {
            answer.problem(409, "already_exists");
        }
    }
    assert_eq!(created, 1);
    assert_eq!((count(&app, "patient"), count(&app, "participation"), count(&app, "consent")), (1, 1, 1));
}

/// Two sites enrol the same person at once: one patient, in whose care both take part.
#[rstest]
#[actix_web::test]
async fn sites_that_enrol_one_person_at_once_meet_in_one_patient(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let send = |number: usize| {
        let site = if number.is_multiple_of(2) { "KAR" } else { "UPP" };
        let body = body::linked_enrolment(site, &body::linkage(9));
        spawn(app.data_manager(site).post("/api/v1/patients").json(&body).send())
    };
    let running: Vec<_> = (0..64).map(send).collect();
    let mut joined = BTreeSet::new();
    let mut created = 0;
    for answer in running {
        let answer = answer.await.unwrap();
        if answer.status == 201 {
            created += 1;
            joined.insert(answer.json["pseudonym"].as_str().unwrap().to_owned());
        } else {
            let answer = answer.problem(409, "already_exists");
            assert!(answer.json["detail"].as_str().unwrap().contains("CT-"), "{}", answer.text);
        }
    }
    assert_eq!((created, joined.len()), (2, 1));
    assert_eq!((count(&app, "patient"), count(&app, "participation")), (1, 2));
}

/// Two people amend one record at once: one wins, the other is told what the first has changed.
#[rstest]
#[actix_web::test]
async fn of_two_amendments_at_once_one_wins(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let amend = Operation::of_id("amend");
    let request = || spawn(scene.request(&amend, &app.data_manager("KAR")).send());
    let (one, other) = (request(), request());
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
    won.expect(200);
    let lost = lost.problem(412, "stale_version");
    assert_eq!(lost.json["current_version"], 2);
    let changes = serde_json::json!([{ "op": "replace", "path": "/sex", "value": "female" }]);
    assert_eq!(lost.json["changes"], changes);
}

/// The natural key decides without any idempotency key.
#[rstest]
#[actix_web::test]
async fn sixty_four_equal_records_without_a_key_are_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::without_course(&app).await;
    let mut body = body::record(&scene.pseudonym, None, "patient_registration", body::registration());
    body["submit"] = true.into();
    let send = |_| spawn(app.data_manager("KAR").post("/api/v1/records").json(&body).send());
    let running: Vec<_> = (0..64).map(send).collect();
    let mut created = 0;
    for answer in running {
        let answer = answer.await.unwrap();
        if answer.status == 201 {
            created += 1;
        } else {
            answer.problem(409, "already_exists");
        }
    }
    assert_eq!((created, count(&app, "record"), count(&app, "revision")), (1, 1, 1));
}
