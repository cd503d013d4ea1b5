//! The identifier guard at every door: refused, pointed at, and repeated nowhere.
//!
//! What the guard finds is tested beside it in `cartotek-domain`; here it is that no door goes round it.

use cartotek_tests::identifier::{DISGUISED, HARMLESS, NUMBERS, OTHERS, disguises};
use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body, observation};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{assert_refusal, enrolled, pointers, with};

#[track_caller]
fn assert_caught(answer: TestResponse, secret: &str, context: &str) {
    assert_eq!((answer.status, answer.code()), (422, "person_id_detected"), "{context}: {}", answer.text);
    let answer = answer.whole_problem();
    assert!(!answer.mentions(secret), "{context}: the answer repeats it");
}

/// The writes that take a JSON body.
fn writes() -> Vec<Operation> {
    let json = |operation: &Operation| operation.body().is_some_and(|(kind, _)| kind == "application/json");
    let writes: Vec<_> = Operation::all().into_iter().filter(|one| one.writes() && json(one)).collect();
    assert!(writes.len() > 10);
    writes
}

/// A number in the place of every value, as text and as number, and as a key of every object.
#[rstest]
#[actix_web::test]
async fn no_place_in_any_body_lets_a_number_through(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    for operation in writes() {
        let scene = Scene::for_operation(&app, &operation).await;
        let client = Scene::caller(&app, &operation);
        let (target, good) = (scene.target(&operation), scene.body(&operation));
        let rows = app.rows();
        for pointer in pointers(&good) {
            let mut spoilt = vec![
                with(&good, &pointer, DISGUISED),
                with(&good, &pointer, 198_501_012_382_i64),
                with(&good, &pointer, json!([[["text", [DISGUISED]]]])),
                with(&good, &pointer, json!({ "new": { DISGUISED: true } })),
            ];
            if good.pointer(&pointer).is_some_and(Value::is_object) {
                let mut keyed = good.clone();
                keyed.pointer_mut(&pointer).unwrap()[DISGUISED] = 1.into();
                spoilt.push(keyed);
            }
            for body in spoilt {
                let context = format!("{} at {pointer:?}: {body}", operation.name());
                let sent = operation.request_with(&client, &target, &body).send();
                let (answer, events) = app.events_of(sent).await;
                assert_caught(answer, DISGUISED, &context);
                assert_refusal(&events, 422, "person_id_detected", &context);
            }
        }
        assert_eq!(app.rows(), rows, "{} kept something", operation.name());
    }
    app.assert_nowhere(DISGUISED);
    assert!(observation::is_logged("enrol patient"), "the log that was searched is empty");
    assert!(observation::measured().contains("enrol patient"), "the metrics that were searched are empty");
}

#[rstest]
#[actix_web::test]
async fn every_kind_and_every_disguise_is_refused_with_its_place(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let good = body::enrolment("KAR");
    let all = NUMBERS.iter().chain(&OTHERS).map(|text| (*text).to_owned()).chain(disguises());
    let (text, code) = ("/consents/0/document_ref", "/consents/0/form_version");
    for secret in all {
        // 10 digits may be an amount and a failed check digit a typing error, in words as in codes.
        for pointer in [text, code] {
            let body = with(&good, pointer, secret.as_str());
            let answer = app.data_manager("KAR").post("/api/v1/patients").json(&body).send().await;
            assert_eq!(answer.found(), [("R-ID-01", pointer)], "{secret}: {}", answer.text);
            assert_caught(answer, &secret, &secret);
        }
        app.assert_nowhere(&secret);
    }
}

#[rstest]
#[actix_web::test]
async fn what_only_looks_like_one_is_let_through(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    for harmless in HARMLESS {
        let body = with(&body::enrolment("KAR"), "/consents/0/document_ref", harmless);
        app.data_manager("KAR").post("/api/v1/patients").json(&body).send().await.expect(201);
    }
}

/// A key is never part of the pointer that names its place.
#[rstest]
#[actix_web::test]
async fn a_key_is_not_repeated_in_the_pointer(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut body = body::enrolment("KAR");
    body["consents"][0]["more"] = json!({ DISGUISED: { "inner": DISGUISED } });
    let answer = app.data_manager("KAR").post("/api/v1/patients").json(&body).send().await;
    let places: Vec<_> = answer.found().into_iter().map(|(_, pointer)| pointer).collect();
    assert_eq!(places, ["/consents/0/more", "/consents/0/more"]);
    assert_caught(answer, DISGUISED, "a key");
}

/// Keys and values may be written with escapes, and the whole may hold a key twice.
#[rstest]
#[actix_web::test]
async fn escapes_do_not_hide_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let escaped = DISGUISED.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<Vec<_>>().concat();
    let text = body::enrolment("KAR").to_string();
    for body in [text.replace("binder 7", &escaped), text.replacen('{', &format!("{{\"{escaped}\":1,"), 1)] {
        let answer =
            app.data_manager("KAR").post("/api/v1/patients").bytes("application/json", body).send().await;
        assert_caught(answer, DISGUISED, "escapes");
    }
    let twice = text.replacen('{', &format!("{{\"{DISGUISED}\":1,\"{DISGUISED}\":2,"), 1);
    let answer =
        app.data_manager("KAR").post("/api/v1/patients").bytes("application/json", twice).send().await;
    assert!(!answer.mentions(DISGUISED));
    answer.problem(400, "malformed_body");
    app.assert_nowhere(DISGUISED);
}

#[rstest]
#[actix_web::test]
async fn query_strings_are_screened(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let encoded = DISGUISED.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    for operation in Operation::all().into_iter().filter(|operation| !operation.is_open()) {
        let target = scene.target(&operation);
        let joint = if target.contains('?') { '&' } else { '?' };
        for query in [
            format!("cursor={DISGUISED}"),
            format!("{DISGUISED}=1"),
            format!("x=19850101-2382&{encoded}"),
            format!("x={encoded}"),
            "x=19850101+2382".to_owned(),
        ] {
            let request = operation.request_with(
                &Scene::caller(&app, &operation),
                &format!("{target}{joint}{query}"),
                &scene.body(&operation),
            );
            let context = format!("{} with {query}", operation.name());
            assert_caught(request.send().await, DISGUISED, &context);
        }
    }
    app.assert_nowhere(DISGUISED);
    app.assert_nowhere("19850101-2382");
    app.assert_nowhere(&encoded);
}

/// A path with an identifier names nothing or is refused, and leaves no trace of what it held.
#[rstest]
#[actix_web::test]
async fn paths_with_an_identifier_name_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let mut screened = 0;
    let with_parameters = |operation: &Operation| !operation.parameters("path").is_empty();
    for operation in Operation::all().into_iter().filter(|one| with_parameters(one) && !one.is_open()) {
        let client = Scene::caller(&app, &operation);
        for secret in ["198501012382", "850101-2382", "anna.andersson@example.com"] {
            let target = operation.target_with(&|_| Some(secret.to_owned()));
            let (answer, events) =
                app.events_of(operation.request_with(&client, &target, &scene.body(&operation)).send()).await;
            let seen = (answer.status, answer.code());
            assert!(
                [(404, "not_found"), (422, "person_id_detected")].contains(&seen),
                "{} {}",
                operation.name(),
                answer.text
            );
            screened += usize::from(seen.0 == 422);
            assert!(!answer.mentions(secret));
            assert_refusal(&events, seen.0, seen.1, &operation.name());
        }
    }
    assert!(screened > 60, "only {screened} were screened");
    app.data_manager("KAR").get("/api/v1/198501012382").send().await.problem(404, "not_found");
    for secret in ["198501012382", "850101-2382", "anna.andersson@example.com"] {
        app.assert_nowhere(secret);
    }
}

#[rstest]
#[actix_web::test]
async fn headers_are_screened_or_left_alone(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let good = body::enrolment("KAR");
    let send = |name: &str, value: &str| {
        app.data_manager("KAR").post("/api/v1/patients").json(&good).header(name, value).send()
    };
    let rows = app.rows();
    for key in [DISGUISED, "import-19850101-2382", "anna.andersson@example.com"] {
        assert_caught(send("Idempotency-Key", key).await, key, "Idempotency-Key");
    }
    assert_eq!(app.rows(), rows);
    for name in [
        "User-Agent",
        "Referer",
        "X-Request-Id",
        "Accept-Language",
        "X-Forwarded-For",
        "Cookie",
        "If-Match",
        DISGUISED,
    ] {
        let answer = send(name, DISGUISED).await;
        assert!(answer.status < 500 && !answer.mentions(DISGUISED), "{name}");
    }
    let named = format!("attachment; filename=\"{DISGUISED}.csv\"");
    let file = app.data_manager("KAR").post("/api/v1/imports?form=patient_registration&site=KAR");
    let file = file.header("Content-Disposition", &named).header("Idempotency-Key", "named");
    let answer = file.bytes("text/csv", "patient\nCT-NONSENSE\n").send().await;
    assert!(answer.status < 500 && !answer.mentions(DISGUISED), "{}", answer.text);
    app.assert_nowhere(DISGUISED);
}

/// A method may be any word.
#[rstest]
#[actix_web::test]
async fn a_method_is_not_repeated(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    for path in ["/api/v1/patients", "/api/v1/courses/01980000-0000-7000-8000-000000000000", "/nowhere"] {
        let (answer, events) = app.events_of(app.data_manager("KAR").request(DISGUISED, path).send()).await;
        assert!(
            [404, 405].contains(&answer.status) && !answer.mentions(DISGUISED),
            "{path}: {}",
            answer.text
        );
        assert_refusal(&events, answer.status, answer.code(), path);
        assert!(events[0].action.starts_with("other "), "{path}: {}", events[0].action);
    }
    app.assert_nowhere(DISGUISED);
}

/// A token that is no token must not end in the log either.
#[rstest]
#[actix_web::test]
async fn a_malformed_token_is_not_repeated(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let answer = app.bearer(DISGUISED).get("/api/v1/me").send().await.problem(401, "unauthenticated");
    assert!(!answer.mentions(DISGUISED));
    app.assert_nowhere(DISGUISED);
}

/// The control: what is not refused does stand in the database, so that the search would have found it.
#[rstest]
#[actix_web::test]
async fn the_search_finds_what_is_stored(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    enrolled(&app, "KAR").await;
    assert!(app.rows()["consent"].iter().any(|row| row.contains("binder 7, page 12")));
    let stored =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| app.assert_nowhere("binder 7, page 12")));
    assert!(stored.is_err());
}
