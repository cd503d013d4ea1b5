//! What the description says of values is kept: lengths of texts, days and instants. What codes mean, it says.

use cartotek_tests::operation::{DOCUMENT, Operation};
use cartotek_tests::{Engine, Scene, TestApp};
use rstest::rstest;
use serde_json::Value;

use crate::common::{pointers, with};

/// What the calendar library reads and a database does not keep, or not alike, is no day and no instant at the door.
const DAYS: [&str; 8] =
    ["-4714-01-01", "0000-01-01", "1799-12-31", "2200-01-01", "+262142-12-31", "2026-1-5", "2026-02-30", ""];
const INSTANTS: [&str; 8] = [
    "+262142-12-31T23:30:00Z",
    "-4714-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2200-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2026-02-19 08:30:00Z",
    "2026-02-19T08:30:00",
    "2026-02-19",
];

#[rstest]
#[actix_web::test]
async fn days_and_instants_in_bodies_are_strict(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let days = [
        ("enrol", "/from"),
        ("enrol", "/consents/0/decided_on"),
        ("enrol", "/consents/0/valid_to"),
        ("record_consent", "/decided_on"),
        ("withdraw", "/decided_on"),
        ("add_participation", "/from"),
        ("end_participation", "/to"),
        ("transfer", "/on"),
        ("open_course", "/opened_on"),
        ("correct_course", "/opened_on"),
        ("close_course", "/closed_on"),
        ("create_lock", "/cut_off"),
    ];
    let instants = [("register_sample", "/collected_at"), ("issue_token", "/expires_at")];
    let of = |places: &[(&'static str, &'static str)], bad: [&'static str; 8]| {
        places.iter().map(|(id, pointer)| (*id, *pointer, bad)).collect::<Vec<_>>()
    };
    for (id, pointer, bad) in [of(&days, DAYS), of(&instants, INSTANTS)].concat() {
        let operation = Operation::of_id(id);
        let scene = Scene::for_operation(&app, &operation).await;
        // The lock of the scene has no cut-off, that of the description has.
        let good = if id == "create_lock" { operation.body_example() } else { scene.body(&operation) };
        let client = Scene::caller(&app, &operation);
        for bad in bad {
            let body = with(&good, pointer, bad);
            let answer = operation.request_with(&client, &scene.target(&operation), &body).send().await;
            assert_eq!(answer.found(), [("API-SHAPE", pointer)], "{id} {bad}: {}", answer.text);
            answer.problem(422, "content_invalid");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn days_and_instants_in_queries_are_strict(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let cases = [
        (
            app.data_manager("KAR"),
            format!("/patients/{}/consents?as_of=", scene.pseudonym),
            "as_of",
            INSTANTS,
        ),
        (app.data_manager("KAR"), format!("/records/{}?as_of=", scene.submitted), "as_of", INSTANTS),
        (app.data_manager("KAR"), "/forms/infusion/versions/1?as_of=".to_owned(), "as_of", DAYS),
        (app.data_manager("KAR"), "/completeness/follow-up?as_of=".to_owned(), "as_of", DAYS),
        (app.data_manager("KAR"), "/completeness/follow-up/courses?as_of=".to_owned(), "as_of", DAYS),
        (app.auditor(), "/audit/review?to=2026-01-01T00:00:00Z&from=".to_owned(), "from", INSTANTS),
        (app.auditor(), "/audit/review?from=2026-01-01T00:00:00Z&to=".to_owned(), "to", INSTANTS),
    ];
    for (client, target, name, bad) in cases {
        for bad in bad {
            let target = format!("/api/v1{target}{}", bad.replace('+', "%2B").replace(' ', "%20"));
            let answer = client.get(&target).send().await.problem(400, "invalid_parameter");
            let said = answer.findings()[0]["message"].as_str().unwrap().to_owned();
            assert!(said.contains(&format!("`{name}`")) && said.contains("Expected: a"), "{target}: {said}");
        }
    }
}

/// The schema of the value at a pointer into a body.
fn schema_at<'a>(operation: &'a Operation, pointer: &str) -> &'a Value {
    let (_, content) = operation.body().unwrap();
    pointer.split('/').skip(1).fold(operation.resolve(&content["schema"]), |schema, part| {
        let inner = if part.bytes().all(|byte| byte.is_ascii_digit()) {
            &schema["items"]
        } else {
            &schema["properties"][part]
        };
        let one = inner["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
        operation.resolve(one.unwrap_or(inner))
    })
}

/// A text may be as long as the description says, and no longer; what has a least length may not be blank.
#[rstest]
#[actix_web::test]
async fn the_lengths_that_are_described_are_kept(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (mut longest, mut blank) = (0, 0);
    let json = |operation: &Operation| operation.body().is_some_and(|(kind, _)| kind == "application/json");
    for operation in Operation::all().into_iter().filter(|one| one.writes() && json(one)) {
        let scene = Scene::for_operation(&app, &operation).await;
        let (client, good) = (Scene::caller(&app, &operation), scene.body(&operation));
        for pointer in pointers(&good) {
            let schema = schema_at(&operation, &pointer);
            let mut spoilt = Vec::new();
            if let Some(most) = schema["maxLength"].as_u64() {
                spoilt.push("x ".repeat(usize::try_from(most).unwrap()));
                longest += 1;
            }
            if schema["minLength"] == 1 {
                spoilt.extend([String::new(), " ".to_owned()]);
                blank += 1;
            }
            for text in spoilt {
                let body = with(&good, &pointer, text);
                let answer = operation.request_with(&client, &scene.target(&operation), &body).send().await;
                // A finding about an amount stands at the amount, whose unit is wrong.
                let here = |(_, found): &(&str, &str)| !found.is_empty() && pointer.starts_with(found);
                assert!(answer.found().iter().any(here), "{} {pointer}: {}", operation.name(), answer.text);
                answer.problem(422, "content_invalid");
            }
        }
    }
    assert!(longest > 15 && blank > 11, "{longest} longest and {blank} least lengths are described");
}

/// Whether a schema says what a value means: itself, or the one it refers to.
fn explains(schema: &Value, value: &str) -> bool {
    let here = schema["description"].as_str().unwrap_or_default().contains(&format!("`{value}`: "));
    let target = schema["$ref"].as_str().and_then(|target| DOCUMENT.pointer(target.strip_prefix('#')?));
    here || target.is_some_and(|target| explains(target, value))
}

/// Counts the enumerations of more than one value, and gathers the values that nothing explains.
fn enumerations(schema: &Value, at: &str, seen: &mut usize, bare: &mut Vec<String>) {
    if let Some(values) = schema["enum"].as_array().filter(|values| values.len() > 1) {
        let values = values.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
        bare.extend(values.filter(|one| !explains(schema, one)).map(|one| format!("{at}: {one}")));
        *seen += 1;
    }
    match schema {
        Value::Array(items) => items.iter().for_each(|item| enumerations(item, at, seen, bare)),
        Value::Object(members) => members
            .iter()
            // A condition repeats codes that are explained where they are answered; names of properties are no codes.
            .filter(|(name, _)| !["if", "propertyNames"].contains(&name.as_str()))
            .for_each(|(name, member)| enumerations(member, &format!("{at}/{name}"), seen, bare)),
        _ => {}
    }
}

#[test]
fn every_code_of_an_enumeration_is_explained() {
    let (mut seen, mut bare) = (0, Vec::new());
    enumerations(&DOCUMENT, "", &mut seen, &mut bare);
    assert!(bare.is_empty(), "{bare:#?}");
    assert!(seen > 45, "{seen} enumerations");
}
