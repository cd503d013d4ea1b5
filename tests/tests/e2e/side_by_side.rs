//! Two servers on one PostgreSQL database.

use std::thread;
use std::time::Duration;

use cartotek_persistence::Engine;
use serde_json::json;

use crate::load::Load;
use cartotek_tests::program::client::Write;
use cartotek_tests::program::installation::Installation;
use cartotek_tests::program::network::{Network, SITES, issue_token};
use cartotek_tests::program::waiting::{eventually, within};

/// How long a revoked token may be of use at another server.
const REVOKED: Duration = Duration::from_secs(5);

fn enrolment(key: &str) -> Write {
    Write {
        method: "POST",
        path: "/api/v1/patients".to_owned(),
        version: None,
        key: key.to_owned(),
        body: json!({
            "site": SITES[0], "role": "treating", "from": "2020-01-10",
            "consents": [{ "purpose": "registry_research", "decision": "given", "decided_on": "2020-01-09" }],
        }),
    }
}

#[test]
fn what_one_server_writes_the_other_shows() {
    let installation = Installation::migrated(Engine::Postgres);
    let (network, first) = Network::found(&installation);
    let second = installation.serve();
    let loads = [Load::start(&first, &network, "first"), Load::start(&second, &network, "second")];
    for load in &loads {
        load.await_acknowledged(60, Duration::ZERO);
    }
    let [at_first, at_second] = loads.map(Load::finish);
    for (stories, server) in [(at_first, &second), (at_second, &first)] {
        for story in stories {
            story.verify(&server.client(&network.data_managers[story.site]));
        }
    }
    first.stop();
    second.stop();
    assert_eq!(installation.pending(), 0);
    installation.check();
}

#[test]
fn a_key_used_at_one_server_replays_at_the_other() {
    let installation = Installation::migrated(Engine::Postgres);
    let (network, first) = Network::found(&installation);
    let second = installation.serve();
    let clients = [&first, &second].map(|server| server.client(&network.data_managers[0]));

    let write = enrolment("one-after-the-other");
    let done = clients[0].write(&write).unwrap().expect(201);
    let again = clients[1].write(&write).unwrap().expect(201);
    assert!(!done.is_replay() && again.is_replay());
    assert_eq!(again.json, done.json);

    let write = enrolment("both-at-once");
    let answers = thread::scope(|scope| {
        let sent = clients.each_ref().map(|client| scope.spawn(|| client.write(&write).unwrap()));
        sent.map(|answer| answer.join().unwrap().expect(201))
    });
    assert_eq!(answers[0].json, answers[1].json);
    assert_eq!(answers.iter().filter(|answer| answer.is_replay()).count(), 1);
    assert_eq!(clients[0].list("/api/v1/patients").len(), 2);
}

#[test]
fn a_token_revoked_at_one_server_is_soon_refused_at_the_other() {
    let installation = Installation::migrated(Engine::Postgres);
    let (network, first) = Network::found(&installation);
    let second = installation.serve();
    let administrator = first.client(&network.administrator);
    let id = administrator.get("/api/v1/me").expect(200).json["id"].as_str().unwrap().to_owned();
    let (token, path) = issue_token(&administrator, &format!("/api/v1/actors/{id}"));
    for server in [&first, &second] {
        server.client(&token).get("/api/v1/me").expect(200);
    }
    administrator.delete(&path).expect(200);
    // At once where it was revoked.
    first.client(&token).get("/api/v1/me").expect(401);
    let elsewhere = second.client(&token);
    within(REVOKED, "the token is refused", || (elsewhere.get("/api/v1/me").status == 401).then_some(()));
}

#[test]
fn the_other_server_seals_when_the_sealer_dies() {
    let installation = Installation::migrated(Engine::Postgres);
    let (network, first) = Network::found(&installation);
    let second = installation.serve();
    let sealed = |what| eventually(what, || (installation.pending() == 0).then_some(()));
    sealed("either server seals");
    let before = installation.sealing_term();

    // Whichever of the two seals, it dies.
    first.kill();
    second.client(&network.data_managers[0]).write(&enrolment("first")).unwrap().expect(201);
    sealed("the second server seals");
    let third = installation.serve();
    second.kill();
    third.client(&network.data_managers[0]).write(&enrolment("second")).unwrap().expect(201);
    sealed("the third server seals");
    assert!(installation.sealing_term() > before);
    third.stop();
    installation.check();
}
