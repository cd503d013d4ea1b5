//! A small registry with at least one row in every fact table and more than one tile of events.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use cartotek_crypto::keys::KeyRing;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::access::{AuthMethod, Caller, Grant, GrantScope, Granted, Permission, Role};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::id::{ActorId, IdSource, RequestId, RoleGrantId};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::time::{Clock, Timestamp};
use cartotek_persistence::testing::{self, Template, TestDatabase};
use cartotek_persistence::{Engine, Store};
use cartotek_service::check::{CheckOptions, CheckReport, DiscrepancyClass};
use cartotek_service::{Act, Concerned, Ground, Service};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::history;

/// A clock that moves when told to.
#[derive(Debug)]
pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    fn new() -> Self {
        // A Monday morning.
        Self(Mutex::new("2026-03-02T09:00:00Z".parse().unwrap()))
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn read(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// UUIDv7-shaped ids, each greater than those before.
struct TestIds(AtomicU64);

impl IdSource for TestIds {
    fn next(&self) -> Uuid {
        let counter = u128::from(self.0.fetch_add(1, Ordering::Relaxed));
        Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + counter)
    }
}

/// A service on a database of its own.
pub(crate) struct Registry {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) service: Service,
}

impl Registry {
    /// The prepared registry.
    pub(crate) async fn open(engine: Engine) -> Self {
        Self::on(TestDatabase::copy(&prepared(engine).template)).await
    }

    /// The prepared registry, after somebody has been at the database.
    pub(crate) async fn tampered(engine: Engine, statements: &str) -> Self {
        let database = TestDatabase::copy(&prepared(engine).template);
        database.tamper(statements);
        Self::on(database).await
    }

    /// An empty registry.
    pub(crate) async fn empty(engine: Engine) -> Self {
        Self::on(TestDatabase::new(engine)).await
    }

    async fn on(database: TestDatabase) -> Self {
        let clock = Arc::new(TestClock::new());
        clock.advance(TimeDelta::hours(1));
        let service = start(&database.store, &clock, 2).await;
        Self { database, clock, service }
    }

    /// Another server on the same database.
    pub(crate) async fn second_server(&self) -> Service {
        start(&self.database.store, &self.clock, 3).await
    }

    pub(crate) async fn check(&self) -> CheckReport {
        self.service.check(CheckOptions::default()).await.unwrap()
    }

    /// The checkpoint note that was kept when the registry was prepared.
    pub(crate) fn kept_note(engine: Engine) -> String {
        prepared(engine).note.clone()
    }

    /// The pseudonym of the prepared patient.
    pub(crate) fn patient(engine: Engine) -> Pseudonym {
        prepared(engine).patient
    }

    /// Leaves events of refusals, committed together.
    pub(crate) async fn refuse(&self, times: usize) {
        refuse(&self.service, times).await;
    }
}

/// Asserts that a finding of that class names table and row; an empty row stands for any.
pub(crate) fn assert_found(
    report: &CheckReport,
    case: &str,
    class: DiscrepancyClass,
    table: &str,
    row: &str,
) {
    let named = report
        .findings
        .iter()
        .any(|found| found.class == class && found.table == table && (row.is_empty() || found.row == row));
    assert!(named, "{case}: no {} in {table} {row:?} among {:#?}", class.name(), report.findings);
}

/// A caller with one role.
pub(crate) fn caller(role: Role, scope: GrantScope) -> Caller {
    let number = 0xca11 + role as u128;
    Caller {
        actor: ActorId::from_uuid(Uuid::from_u128(number)),
        kind: ActorKind::Person,
        method: AuthMethod::Token,
        grants: vec![Grant { id: RoleGrantId::from_uuid(Uuid::from_u128(number)), role, scope }],
        biobank_sites: BTreeMap::from([("KI-BB".parse().unwrap(), BTreeSet::from(["KAR".parse().unwrap()]))]),
    }
}

/// The data manager of a site.
pub(crate) fn data_manager(site: &str) -> Caller {
    caller(Role::DataManager, GrantScope::Site(site.parse().unwrap()))
}

/// Another data manager of the site.
pub(crate) fn second_manager(site: &str) -> Caller {
    Caller { actor: ActorId::from_uuid(Uuid::from_u128(0x2_ca11)), ..data_manager(site) }
}

pub(crate) fn auditor() -> Caller {
    caller(Role::Auditor, GrantScope::Network)
}

pub(crate) fn granted<P: Permission>(caller: &Caller) -> Granted<P> {
    Granted::prove(caller).unwrap()
}

/// A plain request.
pub(crate) fn act(service: &Service) -> Act {
    Act::new(RequestId::next(service.ids()))
}

pub(crate) async fn refuse(service: &Service, times: usize) {
    let caller = data_manager("KAR");
    let refusals = (0..times).map(|_| {
        let (service, caller, act) = (service.clone(), caller.clone(), act(service));
        tokio::spawn(async move {
            service
                .witness_refusal(
                    &caller,
                    &act,
                    "GET /patients/{pseudonym}",
                    Problem::NotFound,
                    Concerned::default(),
                )
                .await
        })
    });
    for refusal in refusals.collect::<Vec<_>>() {
        refusal.await.unwrap().unwrap();
    }
}

async fn start(store: &Store, clock: &Arc<TestClock>, round: u64) -> Service {
    let ground = Ground {
        store: store.clone(),
        keys: Arc::new(KeyRing::generate("cartotek.example/log", &SeededRandom::new(0)).unwrap()),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ids: Arc::new(TestIds(AtomicU64::new(round << 32))),
        random: Arc::new(SeededRandom::new(round)),
    };
    Service::start(ground).await.unwrap()
}

struct Prepared {
    template: Template,
    note: String,
    patient: Pseudonym,
}

fn prepared(engine: Engine) -> &'static Prepared {
    static SQLITE: LazyLock<Prepared> = LazyLock::new(|| prepare(Engine::Sqlite));
    static POSTGRES: LazyLock<Prepared> = LazyLock::new(|| prepare(Engine::Postgres));
    testing::require(engine);
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// On a thread and runtime of its own, since the test that comes first already runs on one.
fn prepare(engine: Engine) -> Prepared {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = TestDatabase::new(engine);
            let clock = Arc::new(TestClock::new());
            let service = start(&database.store, &clock, 1).await;
            let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
            let patient = history::live(&service, &clock, &schemas).await;
            let auditor = granted(&auditor());
            let note = service.checkpoint(&auditor, &act(&service), None).await.unwrap().value.note;
            // Two events stay unsealed, and the appender is not shut down, which would seal them.
            clock.advance(TimeDelta::minutes(1));
            refuse(&service, 2).await;
            database.store.shutdown().await;
            Prepared { template: database.into_template(), note, patient }
        })
    };
    thread::spawn(work).join().expect("the registry is prepared")
}
