//! Overload: who cannot wait is told so, and loses nothing by trying again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use actix_web::HttpServer;
use actix_web::rt::spawn;
use cartotek_domain::access::Role;
use cartotek_persistence::WriteSession;
use cartotek_service::ServiceError;
use cartotek_tests::{Engine, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;

use crate::common::enrolled;

const CLIENTS: usize = 5;
const IMPORT: &str = "/api/v1/imports?form=patient_registration&site=KAR";

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
    let (begun, has_begun) = oneshot::channel();
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

/// Sends a request of which the second half goes when it is told to; the answer comes as text.
fn send_in_halves(address: SocketAddr, request: String, go_on: Receiver<()>) -> oneshot::Receiver<String> {
    let (answer, answered) = oneshot::channel();
    thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let (first, second) = request.split_at(request.len() - 10);
        stream.write_all(first.as_bytes()).unwrap();
        go_on.recv().unwrap();
        stream.write_all(second.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        answer.send(text).unwrap();
    });
    answered
}

/// A file that comes slowly holds a place for files and arrives all the same; others pass it. On one engine, because
/// the places are the process's: two such tests at once would wait for each other.
#[actix_web::test]
async fn a_slow_upload_arrives_and_others_pass_it() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (one, two) = (enrolled(&app, "KAR").await, enrolled(&app, "KAR").await);
    let line = |patient: &str| json!({ "patient": patient, "content": body::registration() }).to_string();
    let (file, token) = (line(&one), &app.person(Role::DataManager, "KAR").token);
    let request = format!(
        "POST {IMPORT} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: slow\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n{file}",
        file.len()
    );
    let service = app.service.clone();
    let server = HttpServer::new(move || cartotek_api::app(service.clone())).workers(1).disable_signals();
    let server = server.bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let (handle, running) = (server.handle(), spawn(server));

    let (go_on, told) = channel();
    let answered = send_in_halves(address, request, told);
    let manager = app.data_manager("KAR");
    let other =
        manager.post(IMPORT).header("Idempotency-Key", "fast").bytes("application/x-ndjson", line(&two));
    other.send().await.expect(201);
    manager.get("/api/v1/patients").send().await.expect(200);
    go_on.send(()).unwrap();
    let answer = answered.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(answer.to_lowercase().contains("cache-control: no-store"), "{answer}");
    assert_eq!(app.rows()["record"].len(), 2);
    handle.stop(false).await;
    running.await.unwrap().unwrap();
}
