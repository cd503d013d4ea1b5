//! Mutations of accepted bodies: whatever comes, the answer is documented.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, TestResponse};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::pointers;

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
            "\u{1F1F8}",
            "+262142-12-31T23:30:00Z",
            "-4713-01-01T00:00:00Z",
            "-4714-01-01",
            "0000-01-01",
            "2026-1-5",
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
fn changes() -> impl Strategy<Value = Vec<(Index, Option<Value>)>> {
    prop::collection::vec((any::<Index>(), prop::option::weighted(0.8, nonsense())), 1..4)
}

fn mutated(good: &Value, changes: &[(Index, Option<Value>)]) -> Value {
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
            TestRng::deterministic_rng(RngAlgorithm::ChaCha),
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
