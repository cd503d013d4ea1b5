//! Overload: who cannot wait is told so, and loses nothing by trying again.

use std::sync::mpsc::channel;

use actix_web::rt::spawn;
use cartotek_persistence::WriteSession;
use cartotek_service::ServiceError;
use cartotek_tests::{Engine, TestApp, TestResponse, body};
use rstest::rstest;
use tokio::sync::mpsc::unbounded_channel;

const CLIENTS: usize = 5;

#[rstest]
#[actix_web::test]
async fn a_full_queue_answers_503_and_a_retry_succeeds(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start_narrow(engine).await;
    let enrol = |number: usize| {
        let request = app.data_manager("KAR").post("/api/v1/patients").json(&body::enrolment("KAR"));
        request.header("Idempotency-Key", &format!("client-{number}")).send()
    };
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (release, released) = channel::<()>();
    let (mut begun, store) = (Some(begun), app.database.store.clone());
    let held = spawn(async move {
        let work = move |_: &mut dyn WriteSession| {
            begun.take().map(|begun| begun.send(()));
            let _over = released.recv();
            Ok::<_, ServiceError>(())
        };
        store.write("hold the writer", work).await
    });
    has_begun.await.unwrap();

    let (sender, mut answers) = unbounded_channel::<(usize, TestResponse)>();
    for number in 0..CLIENTS {
        let (sender, request) = (sender.clone(), enrol(number));
        spawn(async move { sender.send((number, request.await)).unwrap() });
    }
    let mut refused = Vec::new();
    for _ in 1..CLIENTS {
        let (number, answer) = answers.recv().await.unwrap();
        let answer = answer.problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
        refused.push(number);
    }
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    // The one that waits, unless the server's own work had its place.
    let (number, last) = answers.recv().await.unwrap();
    if last.status == 503 {
        refused.push(number);
    }
    for number in refused {
        assert_eq!(enrol(number).await.expect(201).header("idempotency-replayed"), None);
    }
    assert_eq!(app.rows()["patient"].len(), CLIENTS);
}
