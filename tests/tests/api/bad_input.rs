//! Bad input of every class: a documented refusal that changes nothing and is witnessed, never a defect.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, TestResponse, body};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{assert_refusal, pointers, with};

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
        let request = client.request(&operation.method, &operation.target()).json(&json!({ "a": 1 }));
        let answer = request.send().await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_body"), "{}", operation.name());
    }
}

#[rstest]
#[actix_web::test]
async fn malformed_tokens_open_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let token = app.person(cartotek_domain::access::Role::Admin, "").token.clone();
    let other = app.person(cartotek_domain::access::Role::Auditor, "").token.clone();
    let (id, secret) = (token.split('_').nth(1).unwrap(), other.rsplit('_').next().unwrap());
    let mut altered = token.clone();
    let last = if token.ends_with('0') { "1" } else { "0" };
    altered.replace_range(token.len() - 1.., last);
    let headers = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        format!("Token {token}"),
        format!("Bearer {altered}"),
        format!("Bearer {token}x"),
        format!("Bearer {token} {token}"),
        format!("Bearer {}", &token[..token.len() - 1]),
        format!("Bearer {}", token.replace("ctk_", "CTK_")),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {}", token.replace('_', "-")),
        format!("Bearer ctk_{id}_{secret}"),
        "Bearer ctk_".to_owned(),
        "Bearer ctk__".to_owned(),
        "Bearer null".to_owned(),
        "Bearer ' OR 1=1 --".to_owned(),
        "Bearer å".to_owned(),
        format!("Bearer {}", "a".repeat(100_000)),
        format!("Bearer \"{token}\""),
        format!("Bearer ,{token}"),
        "Negotiate YII=".to_owned(),
        "Basic YWRtaW46YWRtaW4=".to_owned(),
    ];
    for header in headers {
        let answer = app.anonymous().get("/api/v1/me").header("Authorization", &header).send().await;
        let shown: String = header.chars().take(30).collect();
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{shown}");
        assert_eq!(answer.findings(), [] as [Value; 0], "{shown}");
    }
    let lower = app.anonymous().get("/api/v1/me").header("Authorization", &format!("bearer {token}"));
    lower.send().await.expect(200);
}

/// Ended tokens and roles: one answer whatever the reason.
#[rstest]
#[actix_web::test]
async fn ended_tokens_open_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let actor = app.person(cartotek_domain::access::Role::Researcher, "").actor;
    let path = format!("/api/v1/actors/{actor}/tokens");
    let draft = json!({ "label": "short", "expires_at": "2026-03-02T10:00:00Z" });
    let issue = async || app.admin().post(&path).json(&draft).send().await.expect(201).json;
    let (expiring, revoked) = (issue().await, issue().await);
    let me = async |token: &Value| app.bearer(token["text"].as_str().unwrap()).get("/api/v1/me").send().await;
    me(&expiring).await.expect(200);
    me(&revoked).await.expect(200);
    let revoke = format!("{path}/{}", revoked["id"].as_str().unwrap());
    app.admin().delete(&revoke).send().await.expect(200);
    let revoked = me(&revoked).await.problem(401, "unauthenticated");
    app.clock.advance(chrono::TimeDelta::hours(1));
    let expired = me(&expiring).await.problem(401, "unauthenticated");
    let unknown = app.bearer("ctk_x").get("/api/v1/me").send().await.problem(401, "unauthenticated");
    assert_eq!(revoked.without_request_id(), unknown.without_request_id());
    assert_eq!(expired.without_request_id(), unknown.without_request_id());
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
            let request = client.request(&operation.method, &scene.target(&operation));
            let request = request.json(&scene.body(&operation));
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
        for version in ["\"2\"", "\"0\"", "\"-1\"", "\"9223372036854775807\""] {
            let (stale, events) = app.events_of(send(Some(version))).await;
            assert_eq!((stale.status, stale.code()), (412, "stale_version"), "{name}: {}", stale.text);
            assert_eq!(stale.json["current_version"], 1, "{name}");
            assert_refusal(&events, 412, "stale_version", &name);
        }
        assert_eq!(app.rows(), rows, "{name}");
        let status = send(Some("\"1\"")).await.status;
        assert_eq!(status, 200, "{name}");
    }
}

/// Another value, often of another kind, for a place in a body.
fn nonsense() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(Value::from),
        "[A-Z]{3}|CT-[0-9A-Z]{10}|20[0-9]{2}-[01][0-9]-[0-3][0-9]|h1\\.[0-9a-f]{64}".prop_map(Value::from),
        prop::sample::select(vec![
            "\u{0}",
            "\u{202e}",
            "🧬",
            "'; DROP TABLE patient; --",
            "${jndi:x}",
            "\u{1F1F8}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Changes to make: where, as a fraction of the places there are, and to what; `None` removes it.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Option<Value>)>> {
    prop::collection::vec((any::<prop::sample::Index>(), prop::option::weighted(0.8, nonsense())), 1..4)
}

fn mutated(good: &Value, changes: &[(prop::sample::Index, Option<Value>)]) -> Value {
    let mut body = good.clone();
    for (place, change) in changes {
        let places = pointers(&body);
        let pointer = place.get(&places);
        let parent = pointer.rsplit_once('/');
        match (change, parent) {
            (Some(value), _) => *body.pointer_mut(pointer).unwrap() = value.clone(),
            (None, Some((parent, key))) => match body.pointer_mut(parent) {
                Some(Value::Object(members)) => {
                    drop(members.remove(&key.replace("~1", "/").replace("~0", "~")));
                }
                Some(Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
                _ => {}
            },
            (None, None) => {}
        }
    }
    body
}

/// No mutation of an accepted body is a defect: what is not accepted is a documented, witnessed refusal.
#[rstest]
fn no_mutation_of_a_body_is_a_defect(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let system = actix_web::rt::System::new();
    let app = system.block_on(TestApp::start(engine));
    let json = |operation: &Operation| operation.body().is_some_and(|(kind, _)| kind == "application/json");
    for operation in Operation::all().into_iter().filter(|one| one.writes() && json(one)) {
        let scene = system.block_on(Scene::for_operation(&app, &operation));
        let (client, good) = (Scene::caller(&app, &operation), scene.body(&operation));
        let target = scene.target(&operation);
        let mut runner = TestRunner::new_with_rng(
            Config { cases: 60, failure_persistence: None, ..Config::default() },
            proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
        );
        let outcome = runner.run(&changes(), |changes| {
            let body = mutated(&good, &changes);
            let answer = system.block_on(send(&operation, &client, &target, &body));
            let documented = operation.description["responses"].get(answer.status.to_string()).is_some();
            prop_assert!(answer.status < 500 && documented, "{} {body}: {}", answer.status, answer.text);
            Ok(())
        });
        if let Err(TestError::Fail(reason, _)) = outcome {
            panic!("{}: {reason}", operation.name());
        }
    }
}

async fn send(operation: &Operation, client: &Client, target: &str, body: &Value) -> TestResponse {
    operation.request_with(client, target, body).send().await
}
