//! What the tests of use cases share: a service on a database of its own, with a small network in it.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use cartotek_crypto::keys::KeyRing;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::access::{Caller, GrantScope, Granted, Permission, Role, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::fact::Salt;
use cartotek_domain::id::{ActorId, IdSource, RequestId};
use cartotek_domain::site::{Biobank, Site};
use cartotek_domain::time::{Clock, Timestamp};
use cartotek_persistence::testing::{self, Template, TestDatabase};
use cartotek_persistence::{Engine, Store};
use cartotek_service::forms::SchemaSet;
use cartotek_service::{Act, Ground, Service};
use chrono::TimeDelta;
use uuid::Uuid;

/// The instant at which every test begins.
const START: &str = "2026-03-02T09:00:00Z";

/// The sites and the biobank that registers their patients.
const SITES: [(&str, &str); 2] = [("KAR", "KI-BB"), ("UPP", "UPP-BB")];

/// A clock that stands still until a test moves it.
pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn read(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// UUIDv7 from the clock and a counter.
struct TestIds {
    clock: Arc<TestClock>,
    counter: AtomicU64,
}

impl IdSource for TestIds {
    fn next(&self) -> Uuid {
        let milliseconds = u128::try_from(self.clock.read().timestamp_millis()).unwrap();
        let counter = u128::from(self.counter.fetch_add(1, Ordering::Relaxed));
        Uuid::from_u128(milliseconds << 80 | 7 << 76 | 0b10 << 62 | counter)
    }
}

/// A service with sites KAR and UPP, their biobanks KI-BB and UPP-BB, and a person for each role and scope.
pub(crate) struct TestGround {
    pub(crate) service: Service,
    pub(crate) database: TestDatabase,
    pub(crate) clock: Arc<TestClock>,
    callers: BTreeMap<(Role, String), Caller>,
}

impl TestGround {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::on(TestDatabase::copy(&prepared(engine).template), 2).await
    }

    /// The same on a copy of a database that began as one of these; `round` sets its ids and salts apart.
    pub(crate) async fn on(database: TestDatabase, round: u64) -> Self {
        let prepared = prepared(database.store.engine());
        let clock = Arc::new(TestClock(Mutex::new(START.parse().unwrap())));
        let service = Service::start(ground(database.store.clone(), &clock, round)).await.unwrap();
        let mut callers = BTreeMap::new();
        for (key, actor) in &prepared.actors {
            callers.insert(key.clone(), service.command_line_caller(*actor).await.unwrap());
        }
        Self { service, database, clock, callers }
    }

    /// Proof that the data manager of `site` holds the permission.
    pub(crate) fn data_manager<P: Permission>(&self, site: &str) -> Granted<P> {
        self.proof(Role::DataManager, site)
    }

    /// Proof that staff of `biobank` holds the permission.
    pub(crate) fn staff<P: Permission>(&self, biobank: &str) -> Granted<P> {
        self.proof(Role::BiobankStaff, biobank)
    }

    /// Proof that somebody with a role for the whole network holds the permission.
    pub(crate) fn network<P: Permission>(&self, role: Role) -> Granted<P> {
        self.proof(role, "")
    }

    fn proof<P: Permission>(&self, role: Role, scope: &str) -> Granted<P> {
        Granted::prove(&self.callers[&(role, scope.to_owned())]).unwrap()
    }

    /// The circumstances of another request.
    pub(crate) fn act(&self) -> Act {
        Act::new(RequestId::next(self.service.ids()))
    }

    /// The circumstances of a request that keeps nothing.
    pub(crate) fn dry(&self) -> Act {
        Act { dry_run: true, ..self.act() }
    }
}

struct Prepared {
    template: Template,
    actors: BTreeMap<(Role, String), ActorId>,
}

/// The database that every test of an engine starts with.
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
            let actors = populate(&database.store).await;
            Prepared { template: database.into_template(), actors }
        })
    };
    thread::spawn(work).join().expect("the prepared database is whole")
}

fn ground(store: Store, clock: &Arc<TestClock>, round: u64) -> Ground {
    Ground {
        store,
        keys: Arc::new(KeyRing::generate("cartotek.example/log", &SeededRandom::new(0)).unwrap()),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ids: Arc::new(TestIds { clock: Arc::clone(clock), counter: AtomicU64::new(round << 32) }),
        random: Arc::new(SeededRandom::new(round)),
    }
}

async fn populate(store: &Store) -> BTreeMap<(Role, String), ActorId> {
    let clock = Arc::new(TestClock(Mutex::new(START.parse().unwrap())));
    let service = Service::start(ground(store.clone(), &clock, 1)).await.unwrap();
    let act = Act::new(RequestId::next(service.ids()));
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    service.publish_as_system(&act, SchemaSet::read_folder(&schemas).unwrap()).await.unwrap();
    let ends = service.now() + TimeDelta::days(300);
    let first =
        service.bootstrap(&act, ActorKind::Person, hsa_id(1), "tests".to_owned(), ends).await.unwrap();
    let admin = first.value.token.actor;
    let caller = service.command_line_caller(admin).await.unwrap();
    let mut positions = vec![
        (Role::Researcher, GrantScope::Network),
        (Role::Coordinator, GrantScope::Network),
        (Role::Auditor, GrantScope::Network),
    ];
    for (site, biobank) in SITES {
        found(&service, &caller, site, biobank).await;
        positions.push((Role::DataManager, GrantScope::Site(site.parse().unwrap())));
        positions.push((Role::BiobankStaff, GrantScope::Biobank(biobank.parse().unwrap())));
    }
    let granted = Granted::<permission::ManageActors>::prove(&caller).unwrap();
    let mut actors = BTreeMap::from([((Role::Admin, String::new()), admin)]);
    for (number, (role, scope)) in (2..).zip(positions) {
        let person = service.create_actor(&granted, &act, ActorKind::Person, hsa_id(number)).await.unwrap();
        let code = match &scope {
            GrantScope::Site(code) => code.to_string(),
            GrantScope::Biobank(code) => code.to_string(),
            GrantScope::Project(_) | GrantScope::Network => String::new(),
        };
        service.grant_role(&granted, &act, person.value.id, role, Some(scope)).await.unwrap();
        actors.insert((role, code), person.value.id);
    }
    service.shutdown().await;
    actors
}

/// A site and its biobank.
async fn found(service: &Service, admin: &Caller, site: &str, biobank: &str) {
    let act = Act::new(RequestId::next(service.ids()));
    let granted = Granted::<permission::ManageSites>::prove(admin).unwrap();
    let row = Site {
        code: site.parse().unwrap(),
        name: format!("Hospital {site}"),
        region: "Region".to_owned(),
        organisation_number: "232100-0016".to_owned(),
        hsa_prefix: "SE2321000016-".to_owned(),
        can_infuse: true,
        salt: Salt::default(),
    };
    service.create_site(&granted, &act, row).await.unwrap();
    let row = Biobank {
        code: biobank.parse().unwrap(),
        name: format!("Biobank {biobank}"),
        register_number: "222".to_owned(),
        salt: Salt::default(),
    };
    service.create_biobank(&granted, &act, row).await.unwrap();
    let (biobank, site) = (biobank.parse().unwrap(), site.parse().unwrap());
    service.link_biobank_site(&granted, &act, biobank, site).await.unwrap();
}

fn hsa_id(number: u32) -> cartotek_domain::code::hsa_id::HsaId {
    format!("SE2321000016-T{number}").parse().unwrap()
}
