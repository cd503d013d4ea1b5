//! Bad input of every class: a documented refusal that changes nothing and is witnessed, never a defect.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{assert_refusal, with};

const PATH: &str = "/api/v1/patients";

/// Sends bytes as an enrolment.
async fn enrol(app: &TestApp, body: impl Into<Vec<u8>>) -> TestResponse {
    app.data_manager("KAR").post(PATH).bytes("application/json", body).send().await
}

fn good() -> String {
    body::enrolment("KAR").to_string()
}

/// `{"a":{"a":…}}` with so many levels.
fn nested(depth: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))
}

#[rstest]
#[actix_web::test]
async fn bodies_that_are_no_json_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let utf16: Vec<u8> = good().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let swedish = good().replace("binder", "pärm");
    let latin1 = swedish.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("blank", b"  \n".to_vec()),
        ("cut off", good()[..good().len() - 1].into()),
        ("half a string", b"{\"site\": \"KA".to_vec()),
        ("trailing comma", good().replace('}', ",}").into()),
        ("two values", format!("{} {}", good(), good()).into()),
        ("words", b"site=KAR".to_vec()),
        ("comment", format!("// patient\n{}", good()).into()),
        ("single quotes", good().replace('"', "'").into()),
        ("NaN", b"{\"site\": NaN}".to_vec()),
        ("infinity", b"{\"site\": 1e999}".to_vec()),
        ("leading zero", b"{\"site\": 01}".to_vec()),
        ("hexadecimal", b"{\"site\": 0x1}".to_vec()),
        ("lone surrogate", b"{\"site\": \"\\ud800\"}".to_vec()),
        ("raw newline in a string", b"{\"site\": \"K\nR\"}".to_vec()),
        ("raw NUL", b"{\"site\": \"K\0R\"}".to_vec()),
        ("escaped NUL", b"{\"site\": \"K\\u0000R\"}".to_vec()),
        ("NUL in a key", b"{\"si\\u0000te\": \"KAR\"}".to_vec()),
        ("duplicate keys", good().replacen('{', "{\"site\":\"KAR\",", 1).into()),
        ("nested duplicate keys", good().replacen("[{", "[{\"purpose\":\"biobank_care\",", 1).into()),
        ("integer beyond 2^53", b"{\"site\": 9007199254740993}".to_vec()),
        ("huge number", format!("{{\"site\": {}}}", "9".repeat(400)).into()),
        ("depth of 10 000", nested(10_000).into()),
        ("array depth of 10 000", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into()),
        ("open depth of 100 000", "[".repeat(100_000).into()),
        ("Latin-1", latin1.collect()),
        ("UTF-16", utf16),
        ("byte order mark", [b"\xef\xbb\xbf", good().as_bytes()].concat()),
        ("invalid UTF-8", b"{\"site\": \"\xff\xfe\"}".to_vec()),
        ("overlong UTF-8", b"{\"site\": \"\xc0\x80\"}".to_vec()),
        ("gzip without saying so", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0".to_vec()),
    ];
    let rows = app.rows();
    for (name, body) in cases {
        let (answer, events) = app.events_of(enrol(&app, body)).await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_body"), "{name}: {}", answer.text);
        assert!(!answer.findings().is_empty(), "{name} has no finding");
        answer.whole_problem();
        assert_refusal(&events, 400, "malformed_body", name);
    }
    assert_eq!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn bodies_of_another_shape_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let good = body::enrolment("KAR");
    let mut unknown = good.clone();
    unknown["surname"] = "kept by nobody".into();
    let mut nested = good.clone();
    nested["consents"][0]["colour"] = 1.into();
    let cases = [
        (Value::Null, "API-SHAPE", ""),
        (json!([good.clone()]), "API-SHAPE", ""),
        (json!("KAR"), "API-SHAPE", ""),
        (json!(5), "API-SHAPE", ""),
        (json!({}), "API-MISSING-FIELD", ""),
        (unknown, "API-UNKNOWN-FIELD", ""),
        (nested, "API-UNKNOWN-FIELD", "/consents/0"),
        (with(&good, "/site", Value::Null), "API-SHAPE", "/site"),
        (with(&good, "/site", 7), "API-SHAPE", "/site"),
        (with(&good, "/site", "kar"), "API-SHAPE", "/site"),
        (with(&good, "/site", "K".repeat(70_000)), "API-SHAPE", "/site"),
        (with(&good, "/from", true), "API-SHAPE", "/from"),
        (with(&good, "/from", "10/1/2026"), "API-SHAPE", "/from"),
        (with(&good, "/consents", json!({})), "API-SHAPE", "/consents"),
        (with(&good, "/consents/0", json!([])), "API-SHAPE", "/consents/0"),
        (with(&good, "/consents/0/purpose", "other"), "API-SHAPE", "/consents/0/purpose"),
    ];
    let rows = app.rows();
    for (body, rule, pointer) in cases {
        let context = body.to_string().chars().take(200).collect::<String>();
        let (answer, events) = app.events_of(enrol(&app, body.to_string())).await;
        assert_eq!((answer.status, answer.code()), (422, "content_invalid"), "{context}: {}", answer.text);
        assert_eq!(answer.found(), [(rule, pointer)], "{context}: {}", answer.text);
        assert!(!answer.mentions("surname") && !answer.mentions("nobody") && !answer.mentions("colour"));
        assert_refusal(&events, 422, "content_invalid", &context);
    }
    assert_eq!(app.rows(), rows);
}

/// A few megabytes are refused at the door, with the caller known.
#[rstest]
#[actix_web::test]
async fn large_bodies_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    for size in [(1 << 20) + 1, 10_000_000] {
        let body = format!("{}{}", good(), " ".repeat(size - good().len()));
        let (answer, events) = app.events_of(enrol(&app, body)).await;
        answer.problem(413, "body_too_large");
        assert_refusal(&events, 413, "body_too_large", "a large body");
    }
    assert_eq!(app.rows(), rows);
    enrol(&app, format!("{}{}", good(), " ".repeat((1 << 20) - good().len()))).await.expect(201);
}

#[rstest]
#[actix_web::test]
async fn other_content_types_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    let post = || app.data_manager("KAR").post(PATH);
    for kind in ["", "text/plain", "text/json", "application/xml", "application/json5", "json", "*/*", "å/ä"]
    {
        let (answer, events) = app.events_of(post().bytes(kind, good()).send()).await;
        answer.problem(415, "unsupported_media_type");
        assert_refusal(&events, 415, "unsupported_media_type", kind);
    }
    for encoding in ["gzip", "br", "deflate", "identity, gzip", "x"] {
        let request = post().bytes("application/json", good()).header("Content-Encoding", encoding);
        request.send().await.problem(415, "unsupported_media_type");
    }
    assert_eq!(app.rows(), rows);
    for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json "] {
        post().bytes(kind, good()).send().await.expect(201);
    }
}

/// Where no body is expected one is refused, not ignored.
#[rstest]
#[actix_web::test]
async fn a_body_where_none_belongs_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let bare = |operation: &Operation| operation.writes() && operation.body().is_none();
    let operations: Vec<_> = Operation::all().into_iter().filter(bare).collect();
    assert!(!operations.is_empty());
    for operation in operations {
        let client = app.with_role(operation.permitted_role());
        let request = client.request(&operation.method, &operation.target()).header("If-Match", "\"1\"");
        let answer = request.json(&json!({ "a": 1 })).send().await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_body"), "{}", operation.name());
    }
}

#[rstest]
#[actix_web::test]
async fn malformed_paths_name_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::of_nothing();
    let values =
        ["0", "-1", "%00", "%FF", "%2e%2e%2f", "..%2F", "a%20b", "%C3%A5", "'", "%25", "null", "%0A"];
    let with_parameters = |operation: &Operation| !operation.parameters("path").is_empty();
    for operation in Operation::all().into_iter().filter(|one| with_parameters(one) && !one.is_open()) {
        let client = Scene::caller(&app, &operation);
        for value in values.iter().copied().chain(std::iter::once(&*"x".repeat(5000))) {
            let target = operation.target_with(&|_| Some(value.to_owned()));
            let answer = operation.request_with(&client, &target, &scene.body(&operation)).send().await;
            let name = format!("{} with {value:.20}: {}", operation.name(), answer.text);
            assert_eq!((answer.status, answer.code()), (404, "not_found"), "{name}");
            answer.whole_problem();
        }
    }
}

#[rstest]
#[actix_web::test]
async fn malformed_queries_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let manager = app.data_manager("KAR");
    for query in
        ["limit", "limit=", "limit=1&limit=2", "=", "&&x", "cursor=%FF", "dry_run=true", "%00=1", "limit=1;2"]
    {
        let answer = manager.get(&format!("{PATH}?{query}")).send().await.whole_problem();
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    for query in ["form=%00", "form=infusion%00", "%00"] {
        manager.get(&format!("/api/v1/records?{query}")).send().await.problem(400, "invalid_parameter");
    }
    for query in ["dry_run=yes", "dry_run=", "dry_run", "dry_run=1", "dry_run=true&dry_run=false", "limit=1"]
    {
        let answer = manager.post(&format!("{PATH}?{query}")).bytes("application/json", good()).send().await;
        assert_eq!(answer.whole_problem().status, 400, "{query}");
    }
    assert!(app.rows()["patient"].is_empty());
}

/// What a writer read in the meantime is missing, malformed or stale.
#[rstest]
#[actix_web::test]
async fn versions_are_asked_for_and_checked(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let conditional = |operation: &Operation| {
        operation.parameters("header").iter().any(|parameter| parameter["name"] == "If-Match")
    };
    let operations: Vec<_> = Operation::all().into_iter().filter(conditional).collect();
    assert!(operations.len() > 3);
    for operation in operations {
        let scene = Scene::for_operation(&app, &operation).await;
        let client = Scene::caller(&app, &operation);
        let rows = app.rows();
        let send = |version: Option<&str>| {
            let mut request = client.request(&operation.method, &scene.target(&operation));
            if operation.body().is_some() {
                request = request.json(&scene.body(&operation));
            }
            match version {
                Some(version) => request.header("If-Match", version).send(),
                None => request.send(),
            }
        };
        let name = operation.name();
        let absent = send(None).await;
        assert_eq!((absent.status, absent.code()), (428, "precondition_required"), "{name}");
        for version in
            ["1", "\"\"", "*", "W/\"1\"", "\"1\", \"2\"", "\"one\"", "\"99999999999999999999\"", "å"]
        {
            let answer = send(Some(version)).await;
            assert_eq!((answer.status, answer.code()), (400, "invalid_parameter"), "{name} {version}");
        }
        let current = operation.version();
        for version in [current + 1, 0, -1, i64::MAX] {
            let (stale, events) = app.events_of(send(Some(&format!("\"{version}\"")))).await;
            assert_eq!((stale.status, stale.code()), (412, "stale_version"), "{name}: {}", stale.text);
            assert_eq!(stale.json["current_version"], current, "{name}");
            assert_refusal(&events, 412, "stale_version", &name);
        }
        assert_eq!(app.rows(), rows, "{name}");
        let status = send(Some(&format!("\"{current}\""))).await.status;
        assert!(matches!(status, 200 | 201), "{name}: {status}");
    }
}
