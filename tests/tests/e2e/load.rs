//! Many clients who write at once, until the server or the test ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use crate::story::{Outcome, Story};
use cartotek_tests::program::client::Client;
use cartotek_tests::program::network::{Network, SITES};
use cartotek_tests::program::server::Server;

/// How many clients write at once.
const CLIENTS: usize = 8;

/// Clients at work.
pub(crate) struct Load {
    acknowledgements: Receiver<()>,
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Story>>>,
}

impl Load {
    /// Sets the clients to work; `name` sets what they write apart from what others wrote before.
    pub(crate) fn start(server: &Server, network: &Network, name: &str) -> Self {
        Self::start_with(server, network, None, name)
    }

    /// The same with stories of tubes, where there is a freezer.
    pub(crate) fn start_with(server: &Server, network: &Network, freezer: Option<&str>, name: &str) -> Self {
        let (said, acknowledgements) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS)
            .map(|number| {
                let site = number % SITES.len();
                let client = server.client(&network.data_managers[site]);
                let (name, said, stop) = (format!("{name}-c{number}"), said.clone(), Arc::clone(&stop));
                let freezer = freezer.map(str::to_owned);
                spawn(move || work(&client, site, freezer.as_deref(), &name, &said, &stop))
            })
            .collect();
        Self { acknowledgements, stop, clients }
    }

    /// Waits until so many writes have been acknowledged, and then for that little bit, in which many others are under
    /// way.
    #[track_caller]
    pub(crate) fn await_acknowledged(&self, writes: usize, and: Duration) {
        for _ in 0..writes {
            self.acknowledgements.recv().expect("the clients are at work");
        }
        let end = Instant::now() + and;
        while self.acknowledgements.recv_timeout(end.saturating_duration_since(Instant::now())).is_ok() {}
    }

    /// Ends the work; gives what the clients know.
    pub(crate) fn finish(self) -> Vec<Story> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().expect("no client was refused")).collect()
    }
}

fn work(
    client: &Client,
    site: usize,
    freezer: Option<&str>,
    name: &str,
    said: &Sender<()>,
    stop: &AtomicBool,
) -> Vec<Story> {
    let mut stories = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let number = stories.len();
        let mut story = Story::new(site, format!("{name}-s{number}"), number).with(freezer);
        while let Some(outcome) = story.go_on(client) {
            if outcome == Outcome::Unknown {
                stories.push(story);
                return stories;
            }
            let _ = said.send(());
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        stories.push(story);
    }
    stories
}
