//! An import that its server does not survive.

use std::thread;

use cartotek_persistence::Engine;
use rstest::rstest;
use serde_json::json;

use crate::story::Story;
use cartotek_tests::program::client::Client;
use cartotek_tests::program::installation::Installation;
use cartotek_tests::program::network::{Network, SITES};
use cartotek_tests::program::waiting::eventually;

/// More than are written at once.
const ROWS: usize = 1100;

/// Enrols patients of the first site; gives a file with a registration for each.
fn file(client: &Client) -> String {
    const CLIENTS: usize = 8;
    let enrol = |number: usize| {
        let mut story = Story::new(0, format!("import-s{number}"), number);
        story.go_on(client);
        let patient = story.pseudonym().expect("the patient is enrolled").to_owned();
        format!("{}\n", json!({ "patient": patient, "content": story.content() }))
    };
    thread::scope(|scope| {
        let enrol = &enrol;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|first| scope.spawn(move || (first..ROWS).step_by(CLIENTS).map(enrol).collect::<String>()))
            .collect();
        clients.into_iter().map(|client| client.join().expect("no patient was refused")).collect()
    })
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_killed_import_is_sent_again_and_goes_on(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    let (network, server) = Network::found(&installation);
    let client = server.client(&network.data_managers[0]);
    let file = file(&client);
    let send = |client: &Client| {
        let path = format!("/api/v1/imports?form=patient_registration&site={}&atomic=row", SITES[0]);
        client.upload(&path, "an-import", "application/x-ndjson", &file)
    };
    let written = |client: &Client| client.list("/api/v1/records").len();
    thread::scope(|scope| {
        let sent = scope.spawn(|| send(&client));
        eventually("the first rows are there", || (written(&client) > 0).then_some(()));
        server.kill();
        sent.join().unwrap().expect_err("the server died before it could answer");
    });
    installation.check();

    let server = installation.serve();
    let client = server.client(&network.data_managers[0]);
    let before = written(&client);
    assert!((1..ROWS).contains(&before), "{before} rows were written: not in the middle of it");
    // It may be alive, for all that is known.
    assert_eq!(send(&client).unwrap().expect(409).json["code"], "import_running");
    // As if its term had passed.
    installation.execute("UPDATE import_job SET expires_at = started_at");
    let import = send(&client).unwrap().expect(201).json;
    assert_eq!(
        (&import["state"], &import["rows"], &import["refused"]),
        (&json!("done"), &json!(ROWS), &json!(0))
    );
    assert_eq!((&import["already_there"], &import["accepted"]), (&json!(before), &json!(ROWS - before)));
    assert_eq!(written(&client), ROWS);
    assert!(send(&client).unwrap().expect(201).is_replay());
    server.stop();
    installation.check();
}
