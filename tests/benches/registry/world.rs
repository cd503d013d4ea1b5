//! A registry on disk behind a running server, and as much in it as a job needs.
//!
//! Patients, courses and tubes are written past the service: they are what is there before, not what is measured.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use cartotek_crypto::pseudonym;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::id::{CourseId, PatientId, SampleId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::{Access, Engine, ReadSession, Store, StoreConfig, StoreError, WriteSession};
use cartotek_service::SystemIds;
use cartotek_tests::program::installation::Installation;
use cartotek_tests::program::network::Network;
use cartotek_tests::program::server::Server;
use cartotek_tests::program::waiting::within;
use serde_json::Value;

use crate::load::{Connection, request};
use crate::rows::{BIOBANK, aliquot, insert_cases, made, primary};

/// Patients or tubes written in one transaction when the registry is filled.
pub(crate) const CHUNK: usize = 5_000;

/// A course that nothing has been recorded of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) patient: PatientId,
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
}

/// The registry.
pub(crate) struct World {
    installation: Installation,
    network: Network,
    /// `None` while it is filled.
    server: Option<Server>,
    pub(crate) biobanker: String,
    random: SeededRandom,
    cases: Vec<Case>,
    sample: Option<SampleId>,
    tubes: usize,
}

impl World {
    /// A network and no patient.
    pub(crate) fn found(engine: Engine) -> Self {
        Self::found_on(Installation::migrated(engine))
    }

    /// A network and no patient, under the schemas of a folder.
    pub(crate) fn found_under(engine: Engine, schemas: &Path) -> Self {
        Self::found_on(Installation::migrated(engine).with_schemas(schemas.to_owned()))
    }

    fn found_on(installation: Installation) -> Self {
        let (network, server) = Network::found(&installation);
        let biobanker = network.found_biobank(&server, BIOBANK);
        let random = SeededRandom::new(1);
        Self {
            installation,
            network,
            server: Some(server),
            biobanker,
            random,
            cases: Vec::new(),
            sample: None,
            tubes: 0,
        }
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("the server runs").socket()
    }

    /// The token of the data manager of the one site that has patients.
    pub(crate) fn data_manager(&self) -> &str {
        &self.network.data_managers[0]
    }

    /// Appoints the network's coordinator; gives the token.
    pub(crate) fn appoint_coordinator(&self) -> String {
        self.network.appoint_coordinator(self.server.as_ref().expect("the server runs"))
    }

    /// Asks the database itself, beside the server.
    pub(crate) fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn ReadSession) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let config = self.installation.store_config();
        // One reading may ask many times.
        let config = StoreConfig { access: Access::ReadOnly, deadline: Duration::from_mins(10), ..config };
        wait_for(async {
            let store = Store::open(&config).expect("the database opens");
            let answer = store.read("look", question).await;
            store.shutdown().await;
            answer.expect("the database answers")
        })
    }

    /// So many courses that nothing has been recorded of.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Case> {
        self.cases.split_off(self.cases.len().checked_sub(count).expect("enough courses were prepared"))
    }

    /// Sees to so many courses that nothing has been recorded of.
    pub(crate) fn prepare_courses(&mut self, count: usize) {
        let cases: Vec<_> = (0..count).map(|_| self.draw()).collect();
        self.fill(CHUNK, &cases, |session, cases| insert_cases(session, cases));
        self.cases.extend(cases);
    }

    /// Sees to it that there are so many aliquots.
    pub(crate) fn prepare_aliquots(&mut self, count: usize) {
        if self.sample.is_none() {
            let case = self.draw();
            let sample = SampleId::next(&SystemIds);
            self.fill(CHUNK, &[case], move |session, cases| {
                insert_cases(session, cases)?;
                session.insert_samples(&[primary(sample, cases[0])])
            });
            self.sample = Some(sample);
            self.cases.push(case);
        }
        let (sample, patient) = (self.sample.expect("just made"), self.cases[self.cases.len() - 1].patient);
        let numbers: Vec<_> = (self.tubes..count).collect();
        self.fill(CHUNK, &numbers, move |session, numbers| {
            let aliquots: Vec<_> = numbers.iter().map(|number| aliquot(*number, sample, patient)).collect();
            let events: Vec<_> =
                (numbers[0]..).zip(&aliquots).map(|(number, tube)| made(number, tube)).collect();
            session.insert_custody_events(&events)?;
            let balances: Vec<_> = aliquots.iter().map(|tube| (tube.id.uuid(), tube.amount)).collect();
            session.insert_aliquots(&aliquots)?;
            session.put_balances(&balances)
        });
        self.tubes = self.tubes.max(count);
    }

    /// What the server has counted under a name for transactions of that name.
    pub(crate) fn metric(&self, name: &str, transaction: &str) -> f64 {
        let request = request("GET", "/metrics", &self.network.administrator, "", &[]);
        let (status, text) = Connection::open(self.address()).ask(&request);
        assert_eq!(status, 200);
        let text = String::from_utf8(text).expect("metrics are text");
        let label = format!("name=\"{transaction}\"");
        let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(&label));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Megabytes that the server's process has in memory.
    pub(crate) fn memory(&self) -> f64 {
        self.server.as_ref().expect("the server runs").memory()
    }

    /// A case that nobody knows yet.
    pub(crate) fn draw(&self) -> Case {
        let pseudonym = pseudonym::draw(&self.random).expect("a seeded source does not run dry");
        Case { patient: PatientId::next(&SystemIds), pseudonym, course: CourseId::next(&SystemIds) }
    }

    /// Waits until the server has read all patients for cohorts, as it does after every start: it is not what is measured.
    pub(crate) fn await_cohorts(&self) {
        let request = request("GET", "/api/v1/completeness/follow-up", self.data_manager(), "", &[]);
        let answered = || (Connection::open(self.address()).ask(&request).0 == 200).then_some(());
        within(Duration::from_mins(10), "cohorts are counted", answered);
    }

    /// Writes items, so many in a transaction, while no server holds the database.
    pub(crate) fn fill<T: Clone + Send + 'static>(
        &mut self,
        chunk: usize,
        items: &[T],
        write: impl Fn(&mut dyn WriteSession, &[T]) -> Result<(), StoreError> + Copy + Send + 'static,
    ) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        let store = Store::open(&self.installation.store_config()).expect("the database opens");
        fill(&store, chunk, items, write);
        wait_for(store.shutdown());
        self.server = Some(self.installation.serve());
    }
}

/// Writes items, so many in a transaction.
pub(crate) fn fill<T: Clone + Send + 'static>(
    store: &Store,
    chunk: usize,
    items: &[T],
    write: impl Fn(&mut dyn WriteSession, &[T]) -> Result<(), StoreError> + Copy + Send + 'static,
) {
    for chunk in items.chunks(chunk) {
        let chunk = chunk.to_vec();
        wait_for(store.write("fill", move |session| write(session, &chunk)))
            .expect("what is written is valid");
    }
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

/// What a GET answers.
pub(crate) fn get(address: SocketAddr, token: &str, path: &str) -> Value {
    let (status, body) = Connection::open(address).ask(&request("GET", path, token, "", &[]));
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("an answer in JSON")
}
