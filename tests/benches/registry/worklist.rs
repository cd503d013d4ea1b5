//! What waits at a site, and how complete a network is, after fifteen years; at two sizes of the network at once. The sites share
//! the patients, or one site follows them all.

use std::collections::BTreeSet;

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::site::Site;
use cartotek_persistence::session::completeness::{CountingItems, Dimension};
use cartotek_persistence::session::schedule::WorklistFilter;
use cartotek_persistence::{Engine, Page, ReadSession, StoreError};
use cartotek_tests::network;
use cartotek_tests::program::network::SITES;
use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::followed::{Followed, SCHEDULE, insert};
use crate::load::{Connection, request};
use crate::table::{ROUNDS, Series, milliseconds, row, usual};
use crate::world::{World, get};

/// Patients of the network.
const SIZES: [usize; 2] = [2_000, 20_000];
/// Patients written in one transaction, which must not pass the deadline.
const AT_ONCE: usize = 100;
/// Days before its window opens that an item is listed, unless asked otherwise.
const SOON: u64 = 30;

/// Measures lists and figures of the large network beside their statements, and beside the same of the small one.
pub(crate) fn measure(engine: Engine) {
    let title = "Worklist and completeness after fifteen years";
    measure_spread(engine, title, &network::sites(), &Question::ALL);
    let title = "Worklist after fifteen years, of one site that follows all patients";
    measure_spread(engine, title, &network::sites()[..1], &Question::WORKLISTS);
}

/// Measures networks whose patients are followed by these sites.
fn measure_spread(engine: Engine, title: &str, sites: &[Site], questions: &[Question]) {
    let [small, large] = SIZES.map(|patients| Registry::found(engine, patients, sites));
    milliseconds(&format!("{title}, {}", engine.as_str()));
    for question in questions {
        compare(*question, &small, &large);
    }
}

fn compare(question: Question, small: &Registry, large: &Registry) {
    let mut job = Series::new(format!("{}, {} patients", question.name(), large.patients));
    let mut limits =
        [Series::new("the statements alone"), Series::new(format!("{} patients", small.patients))];
    for registry in [small, large] {
        let page = get(registry.world.address(), question.token(registry), question.path());
        assert!(page["items"].as_array().is_some_and(|items| !items.is_empty()), "{}", question.name());
    }
    let today = large.today;
    for _ in 0..ROUNDS {
        job.add(question.time(large));
        let alone = move |session: &mut dyn ReadSession| {
            Ok(usual(|| question.read(session, today).expect("the database answers")))
        };
        limits[0].add(large.world.look(alone));
        limits[1].add(question.time(small));
    }
    row(&job, None, &limits.each_ref());
}

/// A network of so many patients.
struct Registry {
    world: World,
    coordinator: String,
    patients: usize,
    today: NaiveDate,
}

impl Registry {
    /// So many patients, whom the sites follow by turns.
    fn found(engine: Engine, patients: usize, sites: &[Site]) -> Self {
        let mut world = World::found(engine);
        let coordinator = world.appoint_coordinator();
        let figures = get(world.address(), world.data_manager(), "/api/v1/completeness/forms");
        let today = figures["today"].as_str().and_then(|day| day.parse().ok()).expect("figures have a day");
        let is_new = |site: &Site| !SITES.contains(&site.code.to_string().as_str());
        let others: Vec<Site> = network::sites().into_iter().filter(is_new).collect();
        world.fill(others.len(), &others, |session, sites| session.insert_sites(sites));
        let sites: Vec<SiteCode> = sites.iter().map(|site| site.code.clone()).collect();
        let followed = |number| Followed::new(number, world.draw(), &sites, today);
        let followed: Vec<Followed> = (0..patients).map(followed).collect();
        world.fill(AT_ONCE, &followed, |session, patients| insert(session, patients));
        world.await_cohorts();
        Self { world, coordinator, patients, today }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    FirstPage,
    WholeList,
    OneSite,
    Network,
}

impl Question {
    const ALL: [Self; 4] = [Self::FirstPage, Self::WholeList, Self::OneSite, Self::Network];
    const WORKLISTS: [Self; 2] = [Self::FirstPage, Self::WholeList];

    fn name(self) -> &'static str {
        match self {
            Self::FirstPage => "worklist of one site, its first 100 items",
            Self::WholeList => "worklist of one site, page by page to its end",
            Self::OneSite => "completeness of forms, one site",
            Self::Network => "completeness of forms, seven sites (coordinator)",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::FirstPage => "/api/v1/worklist?limit=100",
            Self::WholeList => "/api/v1/worklist?limit=500",
            Self::OneSite | Self::Network => "/api/v1/completeness/forms?by=site,form",
        }
    }

    fn token(self, registry: &Registry) -> &str {
        if self == Self::Network { &registry.coordinator } else { registry.world.data_manager() }
    }

    /// How long the server usually takes; on a connection of its own, which does not wait for the other network.
    fn time(self, registry: &Registry) -> f64 {
        let mut server = Connection::open(registry.world.address());
        usual(|| self.ask(registry, &mut server))
    }

    /// Asks the server.
    fn ask(self, registry: &Registry, server: &mut Connection) {
        let mut cursor = String::new();
        loop {
            let path = format!("{}{cursor}", self.path());
            let (status, body) = server.ask(&request("GET", &path, self.token(registry), "", &[]));
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
            if self != Self::WholeList {
                return;
            }
            let page: Value = serde_json::from_slice(&body).expect("an answer in JSON");
            let Some(next) = page["next_cursor"].as_str() else { return };
            cursor = format!("&cursor={next}");
        }
    }

    /// Asks the database what the server asks it.
    fn read(self, session: &mut dyn ReadSession, today: NaiveDate) -> Result<(), StoreError> {
        let own = || BTreeSet::from([SITES[0].parse().expect("a code of a site")]);
        match self {
            Self::FirstPage => session.worklist(&waiting(own(), today), &Page::first(100)).map(drop),
            Self::WholeList => {
                let (filter, mut page) = (waiting(own(), today), Page::first(500));
                loop {
                    page.after = session.worklist(&filter, &page)?.next;
                    if page.after.is_none() {
                        return Ok(());
                    }
                }
            }
            Self::OneSite => count(session, own(), today),
            Self::Network => {
                let sites =
                    session.patients_by_site(&BTreeSet::new())?.into_iter().map(|one| one.site).collect();
                count(session, sites, today)
            }
        }
    }
}

/// Everything that waits at sites.
fn waiting(sites: BTreeSet<SiteCode>, today: NaiveDate) -> WorklistFilter {
    let horizon = today + Days::new(SOON);
    let latest_grace = horizon + Days::new(SCHEDULE.longest_wait().into());
    WorklistFilter { sites, patient: None, form: None, urgency: None, today, horizon, latest_grace }
}

/// Counts everything that counts, or is due, at sites.
fn count(
    session: &mut dyn ReadSession,
    sites: BTreeSet<SiteCode>,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let items = CountingItems {
        sites,
        patient: None,
        left_out: BTreeSet::new(),
        form: None,
        time_point: None,
        from: None,
        to: None,
        today,
    };
    let latest_grace = today + Days::new(SCHEDULE.longest_wait().into());
    session.counted_items(&items, &by())?;
    session.due_items(&items, latest_grace, &by()).map(drop)
}

fn by() -> BTreeSet<Dimension> {
    BTreeSet::from([Dimension::Site, Dimension::Form])
}
