//! The database that every test starts with, prepared once per process and engine.
//!
//! The tests of use cases (`crates/service/tests`) mount this file, the network and the clock as their own: depending
//! on this crate they would be built anew with every change of the API.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::thread;

use cartotek_crypto::keys::KeyRing;
use cartotek_crypto::random::SeededRandom;
use cartotek_domain::access::{Caller, GrantScope, Granted, Permission, Role, permission};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::id::{ActorId, RequestId};
use cartotek_domain::time::Timestamp;
use cartotek_forms::SchemaSet;
use cartotek_persistence::testing::{self, Template, TestDatabase};
use cartotek_persistence::{Engine, Store};
use cartotek_service::{Act, Ground, Service};
use chrono::TimeDelta;

use super::clock::{TestClock, TestIds};
use super::network::{BIOBANKS, SECOND, biobanks, positions, sites};

/// The prepared database with the people in it.
pub(crate) struct Prepared {
    pub(crate) template: Template,
    /// By role and the code of the scope, empty for the network; the second data manager of Karolinska by `SECOND`.
    pub(crate) people: BTreeMap<(Role, String), Person>,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who it is.
    pub actor: ActorId,
    /// The text of the token.
    pub token: String,
}

/// The prepared database of an engine.
pub(crate) fn prepared(engine: Engine) -> &'static Prepared {
    static SQLITE: LazyLock<Prepared> = LazyLock::new(|| prepare(Engine::Sqlite));
    static POSTGRES: LazyLock<Prepared> = LazyLock::new(|| prepare(Engine::Postgres));
    testing::require(engine);
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// The folder of schemas of this repository, from whichever crate this is built in.
pub(crate) fn schemas() -> PathBuf {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("schemas"));
    folders.into_iter().find(|folder| folder.is_dir()).expect("the repository has schemas")
}

/// What a service stands on in a test; `round` sets its random bytes and ids apart from those of another.
pub(crate) fn ground(store: Store, clock: Arc<TestClock>, round: u64) -> Ground {
    Ground {
        store,
        keys: Arc::new(KeyRing::generate("cartotek.example/log", &SeededRandom::new(0)).unwrap()),
        ids: Arc::new(TestIds::new(Arc::clone(&clock), round << 32)),
        clock,
        random: Arc::new(SeededRandom::new(round)),
    }
}

/// On a thread and runtime of its own, since the test that comes first already runs on one.
fn prepare(engine: Engine) -> Prepared {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = TestDatabase::new(engine);
            let people = populate(&database.store).await;
            Prepared { template: database.into_template(), people }
        })
    };
    thread::spawn(work).join().expect("the prepared database is whole")
}

async fn populate(store: &Store) -> BTreeMap<(Role, String), Person> {
    let clock = Arc::new(TestClock::default());
    let service = Service::start(ground(store.clone(), clock, 1)).await.unwrap();
    let act = Act::new(RequestId::next(service.ids()));
    service.publish_as_system(&act, SchemaSet::read_folder(&schemas()).unwrap()).await.unwrap();
    let (hsa_id, label) = (hsa_id(1).parse().unwrap(), "tests".to_owned());
    let first =
        service.bootstrap(&act, ActorKind::Person, hsa_id, label, ends(&service)).await.unwrap().value;
    let admin = Person { actor: first.token.actor, token: first.text.unwrap() };
    let caller = service.authenticate(&admin.token).await.unwrap();
    found_network(&service, &caller).await;
    let mut people = BTreeMap::new();
    let second = (Role::DataManager, GrantScope::Site("KAR".parse().unwrap()));
    for (number, (role, scope)) in (2..).zip(positions().into_iter().chain([second])) {
        let code = match &scope {
            GrantScope::Site(code) if people.contains_key(&(role, code.to_string())) => SECOND.to_owned(),
            GrantScope::Site(code) => code.to_string(),
            GrantScope::Biobank(code) => code.to_string(),
            GrantScope::Project(_) | GrantScope::Network => String::new(),
        };
        people.insert((role, code), appoint(&service, &caller, number, role, scope).await);
    }
    people.insert((Role::Admin, String::new()), admin);
    service.shutdown().await;
    people
}

async fn found_network(service: &Service, admin: &Caller) {
    let act = Act::new(RequestId::next(service.ids()));
    let granted = granted::<permission::ManageSites>(admin);
    for site in sites() {
        service.create_site(&granted, &act, site).await.unwrap();
    }
    for (biobank, (code, _, sites)) in biobanks().into_iter().zip(BIOBANKS) {
        service.create_biobank(&granted, &act, biobank).await.unwrap();
        for site in sites {
            let (code, site) = (code.parse().unwrap(), site.parse().unwrap());
            service.link_biobank_site(&granted, &act, code, site).await.unwrap();
        }
    }
}

async fn appoint(service: &Service, admin: &Caller, number: u32, role: Role, scope: GrantScope) -> Person {
    let act = Act::new(RequestId::next(service.ids()));
    let granted = granted::<permission::ManageActors>(admin);
    let hsa_id = hsa_id(number).parse().unwrap();
    let actor = service.create_actor(&granted, &act, ActorKind::Person, hsa_id).await.unwrap().value.id;
    service.grant_role(&granted, &act, actor, role, Some(scope)).await.unwrap();
    let ends = ends(service);
    let issued = service.issue_token(&granted, &act, actor, "tests".to_owned(), ends).await.unwrap();
    Person { actor, token: issued.value.text.unwrap() }
}

/// When the tokens end.
fn ends(service: &Service) -> Timestamp {
    service.now() + TimeDelta::days(300)
}

fn hsa_id(number: u32) -> String {
    format!("SE2321000016-T{number}")
}

fn granted<P: Permission>(caller: &Caller) -> Granted<P> {
    Granted::prove(caller).expect("the admin holds the permission")
}
