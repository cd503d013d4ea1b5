//! The application under test.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use cartotek_domain::access::Role;
use cartotek_domain::audit::AuditEvent;
use cartotek_domain::id::AuditEventId;
use cartotek_domain::patient::Patient;
use cartotek_persistence::session::audit::StoredEvent;
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Engine, Page, StoreConfig, StoreError};
use cartotek_service::Service;

use crate::client::{Client, Door};
use crate::clock::TestClock;
use crate::network::SECOND;
use crate::observation;
use crate::template::{Person, Prepared, ground, prepared};

/// The application on a database of its own.
pub struct TestApp {
    /// The clock of the service.
    pub clock: Arc<TestClock>,
    /// The use cases, for what no route does.
    pub service: Service,
    /// The database.
    pub database: TestDatabase,
    door: Door,
    read_until: Cell<Option<AuditEventId>>,
    prepared: &'static Prepared,
}

impl TestApp {
    /// Starts the application on a fresh copy of the prepared database.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| ()).await
    }

    /// Starts it with one database connection, for which one request may wait.
    pub async fn start_narrow(engine: Engine) -> Self {
        Self::start_with(engine, |config| (config.connections, config.queue) = (1, 1)).await
    }

    async fn start_with(engine: Engine, adjust: impl FnOnce(&mut StoreConfig)) -> Self {
        observation::observe();
        let prepared = prepared(engine);
        let database = TestDatabase::copy_with(&prepared.template, adjust);
        let clock = Arc::new(TestClock::default());
        let ground = ground(database.store.clone(), Arc::clone(&clock), 2);
        let service = Service::start(ground).await.unwrap();
        let door = Door::open(service.clone()).await;
        Self { clock, service, database, door, read_until: Cell::default(), prepared }
    }

    /// Somebody without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.door, None)
    }

    /// Somebody with this token, whatever it is.
    pub fn bearer(&self, token: &str) -> Client {
        Client::new(&self.door, Some(token.to_owned()))
    }

    /// The data manager of a site.
    pub fn data_manager(&self, site: &str) -> Client {
        self.caller(Role::DataManager, site)
    }

    /// The second data manager of Karolinska.
    pub fn second_manager(&self) -> Client {
        self.caller(Role::DataManager, SECOND)
    }

    /// Staff of a biobank.
    pub fn biobank_staff(&self, biobank: &str) -> Client {
        self.caller(Role::BiobankStaff, biobank)
    }

    /// A researcher without a project.
    pub fn researcher(&self) -> Client {
        self.caller(Role::Researcher, "")
    }

    /// The network's coordinator.
    pub fn coordinator(&self) -> Client {
        self.caller(Role::Coordinator, "")
    }

    /// The auditor.
    pub fn auditor(&self) -> Client {
        self.caller(Role::Auditor, "")
    }

    /// The admin.
    pub fn admin(&self) -> Client {
        self.caller(Role::Admin, "")
    }

    /// Somebody with the role: data managers of Karolinska, staff of KI Biobank.
    pub fn with_role(&self, role: Role) -> Client {
        match role {
            Role::DataManager => self.data_manager("KAR"),
            Role::BiobankStaff => self.biobank_staff("KI-BB"),
            _ => self.caller(role, ""),
        }
    }

    /// The person behind a ready caller.
    pub fn person(&self, role: Role, scope: &str) -> &'static Person {
        let person = self.prepared.people.get(&(role, scope.to_owned()));
        person.unwrap_or_else(|| panic!("there is no {} of {scope:?}", role.name()))
    }

    fn caller(&self, role: Role, scope: &str) -> Client {
        self.bearer(&self.person(role, scope).token)
    }

    /// Every event of the log as it is stored, oldest first.
    pub async fn stored_events(&self) -> Vec<StoredEvent> {
        self.stored_events_after(None).await
    }

    async fn stored_events_after(&self, after: Option<AuditEventId>) -> Vec<StoredEvent> {
        let mut events = Vec::new();
        let mut page = Page { after, ..Page::first(500) };
        loop {
            let asked = page.clone();
            let part = self.read(move |session| session.events(&asked)).await;
            events.extend(part.items);
            match part.next {
                Some(next) => page.after = Some(next),
                None => return events,
            }
        }
    }

    /// The events that `work` leaves, with what it answers.
    pub async fn events_of<T>(&self, work: impl Future<Output = T>) -> (T, Vec<AuditEvent>) {
        self.new_events().await;
        let answer = work.await;
        let events = self.new_events().await;
        let parsed = |event: &StoredEvent| AuditEvent::from_canonical(&event.canonical).unwrap();
        (answer, events.iter().map(parsed).collect())
    }

    /// The events since the last call.
    async fn new_events(&self) -> Vec<StoredEvent> {
        let events = self.stored_events_after(self.read_until.get()).await;
        if let Some(last) = events.last() {
            self.read_until.set(Some(last.id));
        }
        events
    }

    /// The patient with that pseudonym, whoever asks.
    pub async fn patient(&self, pseudonym: &str) -> Patient {
        let pseudonym = pseudonym.parse().unwrap();
        let every = cartotek_domain::access::PatientScope::Every;
        let found = self.read(move |session| session.patient(&pseudonym, &every)).await;
        found.expect("the patient is there")
    }

    /// Every row that is no trace of the request itself: what a refusal must leave alone.
    pub fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let mut rows = self.database.dump();
        rows.retain(|table, _| !table.starts_with("audit_") && table != "token_use");
        rows
    }

    /// Asserts that a text stands in no answer, log line, metric or row so far; bytes are searched too.
    pub fn assert_nowhere(&self, text: &str) {
        let bytes = text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        for (table, rows) in self.database.dump() {
            let found = rows.iter().any(|row| row.contains(text) || row.to_lowercase().contains(&bytes));
            assert!(!found, "the table {table} holds what the guard refused");
        }
        assert!(!observation::is_logged(text), "the log holds what the guard refused");
        assert!(!observation::measured().contains(text), "the metrics hold what the guard refused");
    }

    /// Runs a question on the store.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn cartotek_persistence::ReadSession) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.database.store.read("look", work).await.unwrap()
    }
}
