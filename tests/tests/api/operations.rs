//! Every operation of the OpenAPI document: what it says of itself, and whom it lets in.

use std::collections::BTreeSet;

use cartotek_domain::access::Role;
use cartotek_tests::operation::{DOCUMENT, Operation};
use cartotek_tests::{Engine, Scene, TestApp};
use rstest::rstest;
use serde_json::Value;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

#[test]
fn every_operation_says_what_it_does_and_for_whom() {
    let mut ids = BTreeSet::new();
    for operation in Operation::all() {
        let name = operation.name();
        let text = |field: &str| operation.description[field].as_str().unwrap_or_default().to_owned();
        assert!(text("summary").len() > 5, "{name} has no summary");
        assert!(text("description").len() > 5, "{name} has no description");
        assert!(ids.insert(text("operationId")), "{name} has no operation id of its own");
        assert!(!operation.description["tags"].as_array().unwrap().is_empty(), "{name} has no tag");
        assert_eq!(operation.is_open(), operation.policy().is_none(), "{name} needs a token or a permission");
    }
    assert!(ids.len() > 15, "the document is nearly empty");
}

#[test]
fn every_operation_documents_its_answers() {
    for operation in Operation::all() {
        let answers = operation.description["responses"].as_object().unwrap();
        let mut expected = vec!["400", "404", "500", "503"];
        if !operation.is_open() {
            expected.extend(["401", "403", "422"]);
        }
        if operation.writes() {
            expected.extend(["408", "409", "413", "422"]);
        }
        for status in expected {
            assert!(answers.contains_key(status), "{} does not document {status}", operation.name());
        }
        assert!(answers.keys().any(|status| status.starts_with('2')), "{} never succeeds", operation.name());
        for (status, answer) in answers {
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()));
            let problem = answer["content"].get("application/problem+json").is_some();
            assert_eq!(problem, !status.starts_with('2'), "{} {status}", operation.name());
        }
    }
}

#[test]
fn every_body_and_parameter_is_described() {
    for operation in Operation::all() {
        let name = operation.name();
        if let Some((_, content)) = operation.body() {
            let schema = operation.resolve(&content["schema"]);
            assert!(content.get("example").or(schema.get("example")).is_some(), "{name} has no example body");
        }
        for place in ["path", "query", "header"] {
            for parameter in operation.parameters(place) {
                assert!(parameter["schema"].is_object(), "{name}: {parameter}");
                assert!(
                    parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{name}: {parameter}"
                );
            }
        }
    }
}

/// What the document shows may name what is not there; its shape is right.
#[rstest]
#[actix_web::test]
async fn no_example_body_is_refused_for_its_shape(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    for operation in Operation::all().into_iter().filter(|operation| operation.body().is_some()) {
        let client = app.with_role(operation.permitted_role());
        let answer = operation.request(&client).send().await;
        let of_shape = |(rule, _): &(&str, &str)| rule.starts_with("API-") || rule.starts_with("JSON-");
        let refused = ![409, 412].contains(&answer.status) && answer.found().iter().any(of_shape);
        assert!(answer.status != 400 && !refused, "{}: {}", operation.name(), answer.text);
    }
}

/// Every answer has the headers that its description names, and no other of them.
#[rstest]
#[actix_web::test]
async fn the_headers_of_answers_are_described(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut seen = BTreeSet::new();
    for operation in Operation::all().into_iter().filter(|operation| !operation.is_open()) {
        let scene = Scene::for_operation(&app, &operation).await;
        let answer = scene.request(&operation, &Scene::caller(&app, &operation)).send().await;
        let described = operation.description["responses"][answer.status.to_string()]["headers"].as_object();
        let described = described.unwrap_or_else(|| panic!("{}: {}", operation.name(), answer.text));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", operation.name());
        for name in ["ETag", "Location", "Cartotek-Receipt", "X-Request-Id"] {
            let (has, says) = (answer.header(&name.to_lowercase()).is_some(), described.contains_key(name));
            let optional = name == "Cartotek-Receipt" || answer.status >= 400;
            assert!(has == says || (optional && says), "{} {name}: {}", operation.name(), answer.text);
            seen.extend(has.then_some(name));
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// The other operations are walked with their headers and without a token.
#[rstest]
#[actix_web::test]
async fn what_needs_no_token_may_not_be_stored_either(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let client = app.anonymous();
    let open = Operation::all().into_iter().filter(Operation::is_open);
    let paths: Vec<_> = open.map(|operation| operation.path).collect();
    assert!(paths.len() > 2, "{paths:?}");
    for path in paths.iter().map(String::as_str).chain(["/", "/nowhere", "/docs/nowhere", "/docs"]) {
        let answer = client.get(path).send().await;
        assert_eq!(answer.status == 200, paths.iter().any(|open| open == path), "{path}: {}", answer.text);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    for short in ["/", "/docs"] {
        assert_eq!(client.get(short).send().await.expect(307).header("location"), Some("/docs/"));
    }
    // The files of the documentation are the same for everybody.
    assert_eq!(client.get("/docs/").send().await.expect(200).header("cache-control"), None);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, seen: &mut usize) {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            assert!(DOCUMENT.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target} leads nowhere");
            *seen += 1;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| walk(item, seen)),
            Value::Object(members) => members.values().for_each(|member| walk(member, seen)),
            _ => {}
        }
    }
    let mut seen = 0;
    walk(&DOCUMENT, &mut seen);
    assert!(seen > 50);
}

#[rstest]
#[actix_web::test]
async fn without_a_token_nothing_opens(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    for operation in Operation::all().into_iter().filter(|operation| !operation.is_open()) {
        let answer = operation.request(&app.anonymous()).send().await.problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{}", operation.name());
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", operation.name());
        let spoilt =
            app.anonymous().request(&operation.method, &format!("{}?x=1", operation.path_with(&|_| None)));
        spoilt.json(&Value::Null).send().await.problem(401, "unauthenticated");
    }
    assert_eq!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn no_role_gets_in_that_the_policy_does_not_name(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    let mut refused = BTreeSet::new();
    for operation in Operation::all() {
        let Some(policy) = operation.policy() else { continue };
        for role in Role::ALL.iter().copied().filter(|role| !policy.roles.contains(role)) {
            let answer = operation.request(&app.with_role(role)).send().await;
            assert_eq!(answer.status, 403, "{} as {}: {}", operation.name(), role.name(), answer.text);
            answer.problem(403, "permission_missing");
            refused.insert((policy.name, role));
        }
    }
    assert_eq!(app.rows(), rows);
    // Not by accident an empty loop: every role is refused something.
    assert_eq!(refused.iter().map(|(_, role)| role).collect::<BTreeSet<_>>().len(), Role::ALL.len());
}

#[rstest]
#[actix_web::test]
async fn the_roles_that_the_policy_names_get_past_the_door(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    for operation in Operation::all() {
        let Some(policy) = operation.policy() else { continue };
        for role in policy.roles {
            let answer = operation.request(&app.with_role(*role)).send().await;
            let name = format!("{} as {}: {}", operation.name(), role.name(), answer.text);
            assert!(![401, 403].contains(&answer.status) && answer.status < 500, "{name}");
            let documented = operation.description["responses"].get(answer.status.to_string()).is_some();
            assert!(documented, "{name}: {} is not documented", answer.status);
        }
    }
}

#[rstest]
#[actix_web::test]
async fn an_unknown_query_parameter_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    for operation in Operation::all() {
        let target = operation.target();
        let joint = if target.contains('?') { '&' } else { '?' };
        let open = operation.is_open();
        let client = if open { app.anonymous() } else { app.with_role(operation.permitted_role()) };
        let answer = operation.request_to(&client, &format!("{target}{joint}nonsense=1")).send().await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "unknown_parameter"),
            "{}: {}",
            operation.name(),
            answer.text
        );
        answer.whole_problem();
    }
    assert_eq!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn another_method_is_refused_naming_those_there_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let operations = Operation::all();
    let paths: BTreeSet<_> = operations.iter().map(|operation| &operation.path).collect();
    for path in paths {
        // `/records/validation` is also a `/records/{id}`.
        let fits = |operation: &&Operation| {
            let parts = || operation.path.split('/').zip(path.split('/'));
            operation.path.split('/').count() == path.split('/').count()
                && parts().all(|(template, part)| template == part || template.starts_with('{'))
        };
        let here: Vec<_> = operations.iter().filter(fits).collect();
        let allowed: BTreeSet<_> = here.iter().map(|operation| operation.method.as_str()).collect();
        let concrete = operations.iter().find(|operation| operation.path == *path).unwrap();
        for method in METHODS.into_iter().filter(|method| !allowed.contains(method)) {
            let answer = app.admin().request(method, &concrete.path_with(&|_| None)).send().await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            let named: BTreeSet<_> = answer.header("allow").unwrap_or_default().split(", ").collect();
            assert!(
                named.is_subset(&allowed) && named.contains(&*concrete.method),
                "{method} {path}: {named:?}"
            );
            answer.problem(405, "method_not_allowed");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn a_path_that_is_none_is_not_found(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    for path in ["/api", "/api/v1", "/api/v1/", "/api/v1/patient", "/api/v1/patients/", "/api/v2/patients"] {
        app.data_manager("KAR").get(path).send().await.problem(404, "not_found");
    }
}
