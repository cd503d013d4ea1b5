//! No acknowledged write is lost, and none is done twice, whatever is killed and when.

use std::collections::BTreeSet;
use std::env;
use std::time::Duration;

use cartotek_crypto::random::{RandomSource as _, SeededRandom};

use crate::cluster::{Cluster, Crash};
use crate::load::Load;
use crate::proof::prove;
use crate::story::{BIOBANK, Outcome, Story};
use cartotek_tests::program::installation::Installation;
use cartotek_tests::program::network::{Network, SITES};
use cartotek_tests::program::server::Server;

#[test]
fn a_killed_server_loses_nothing_on_sqlite() {
    let installation = Installation::on_sqlite();
    let (network, mut server) = Network::found(&installation);
    let freezer = network.found_freezer(&server, BIOBANK);
    let mut ledger = Ledger::default();
    for round in 0..rounds("CARTOTEK_CRASH_ROUNDS_SQLITE", 5) {
        let load = Load::start_with(&server, &network, Some(&freezer), &format!("r{round}"));
        strike(&load, round);
        server.kill();
        let stories = load.finish();
        installation.check();
        server = installation.serve();
        ledger.settle(&server, &network, round, stories);
    }
    ledger.close(&installation, server, &network);
}

#[test]
fn a_killed_server_or_database_loses_nothing_on_postgres() {
    let mut cluster = Cluster::start();
    let installation = Installation::on(&cluster.url("cartotek_app"), &cluster.url("cartotek_owner"));
    let (network, mut server) = Network::found(&installation);
    let freezer = network.found_freezer(&server, BIOBANK);
    let mut ledger = Ledger::default();
    for round in 0..rounds("CARTOTEK_CRASH_ROUNDS_POSTGRES", 3) {
        let load = Load::start_with(&server, &network, Some(&freezer), &format!("r{round}"));
        strike(&load, round);
        let database = match round % 6 {
            2 => Some(Crash::Kill),
            5 => Some(Crash::Immediate),
            _ => None,
        };
        if let Some(how) = database {
            cluster.crash(how);
            let stories = load.finish();
            installation.check();
            // The same server goes on.
            server.await_ready();
            ledger.settle(&server, &network, round, stories);
        } else {
            server.kill();
            let stories = load.finish();
            installation.check();
            server = installation.serve();
            ledger.settle(&server, &network, round, stories);
        }
    }
    ledger.close(&installation, server, &network);
}

fn rounds(variable: &str, ordinary: u64) -> u64 {
    env::var(variable).map_or(ordinary, |text| text.parse().expect("a number of rounds"))
}

/// Returns at a moment in the middle of the work that follows from the round.
fn strike(load: &Load, round: u64) {
    let mut bytes = [0; 4];
    SeededRandom::new(round).fill(&mut bytes).expect("a seed always gives bytes");
    let acknowledged = 20 + usize::from(bytes[0]);
    let and = Duration::from_micros(u64::from(u16::from_be_bytes([bytes[2], bytes[3]])) / 8);
    load.await_acknowledged(acknowledged, and);
}

/// What the clients of all rounds know.
#[derive(Default)]
struct Ledger {
    stories: Vec<Story>,
    unknown: usize,
    /// Of the unknown outcomes, those that turned out to have been done.
    done: usize,
}

impl Ledger {
    /// Sends again what has an unknown outcome, then compares with the server.
    #[track_caller]
    fn settle(&mut self, server: &Server, network: &Network, round: u64, mut stories: Vec<Story>) {
        let clients = network.data_managers.each_ref().map(|token| server.client(token));
        for story in stories.iter_mut().filter(|story| story.unknown) {
            let outcome = story.go_on(&clients[story.site]);
            assert_eq!(outcome, Some(Outcome::Acknowledged), "round {round}: {story:?}\n{}", server.logged());
            self.unknown += 1;
            self.done += usize::from(story.ledger.last().is_some_and(|one| one.answer.is_replay()));
        }
        for story in &stories {
            story.verify(&clients[story.site]);
        }
        prove(&clients[0], stories.iter().flat_map(|story| &story.ledger));
        self.stories.extend(stories);
        for (site, client) in clients.iter().enumerate() {
            let own = || self.stories.iter().filter(|story| story.site == site);
            let known = |items: Vec<serde_json::Value>, name: &str| -> Vec<String> {
                items.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
            };
            let patients = known(client.list("/api/v1/patients"), "pseudonym");
            assert_same(SITES[site], patients, own().filter_map(Story::pseudonym));
            let records = known(client.list("/api/v1/records"), "id");
            assert_same(SITES[site], records, own().filter_map(Story::record_id));
            let samples = known(client.list("/api/v1/samples"), "id");
            assert_same(SITES[site], samples, own().filter_map(Story::sample_id));
        }
    }

    /// At the end, everything of all rounds is there and sealed.
    #[track_caller]
    fn close(self, installation: &Installation, server: Server, network: &Network) {
        let clients = network.data_managers.each_ref().map(|token| server.client(token));
        for story in &self.stories {
            story.verify(&clients[story.site]);
        }
        server.stop();
        installation.check();
        assert_eq!(installation.pending(), 0);
        let acknowledged: usize = self.stories.iter().map(|story| story.ledger.len()).sum();
        assert!(acknowledged > 0);
        println!(
            "{acknowledged} writes acknowledged, none lost; {} had an unknown outcome, {} of them had been done",
            self.unknown, self.done
        );
    }
}

/// Each expected one is there exactly once, and nothing else.
#[track_caller]
fn assert_same<'a>(site: &str, stored: Vec<String>, expected: impl Iterator<Item = &'a str>) {
    let count = stored.len();
    let stored: BTreeSet<String> = stored.into_iter().collect();
    assert_eq!(stored.len(), count, "{site}: something is there twice");
    assert_eq!(stored, expected.map(str::to_owned).collect(), "{site}");
}
