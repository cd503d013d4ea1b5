//! Worklists hold, page by page and in their order, what the domain says of each item alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod completeness;

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::id::PatientId;
use cartotek_domain::schedule::worklist::{Urgency, urgency};
use cartotek_domain::schedule::{
    Anchor, Answer, Closing, Excuse, Expected, ExpectedItem, ScheduleEntry, Submitted,
};
use cartotek_persistence::session::schedule::{WorklistFilter, WorklistKey};
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Engine, Page, PageOf, ReadSession, StoreError, WriteSession};
use chrono::{NaiveDate, TimeDelta};
use rstest::rstest;
use uuid::Uuid;

const SITES: [&str; 2] = ["KAR", "UPP"];
const SOON: u32 = 14;
/// First and last day of a window and the end of its grace, in days from today.
const WINDOWS: [(i64, i64, i64); 8] = [
    (-90, -60, -30),
    (-90, -60, -1),
    (-30, -1, 0),
    (-30, 0, 30),
    (0, 30, 60),
    (1, 31, 61),
    (14, 20, 50),
    (15, 20, 50),
];
const CLOSED: [Option<Closing>; 3] = [None, Some(Closing::Dead), Some(Closing::Superseded)];
const EXCUSES: [Option<Excuse>; 5] = [
    None,
    Some(Excuse::Lost),
    Some(Excuse::DeathUnclear),
    Some(Excuse::DiedWithin),
    Some(Excuse::NewTherapy),
];
/// Days from today on which a yes ends.
const STOPS: [Option<i64>; 3] = [None, Some(0), Some(1)];
/// So many that items of every kind stand alike at both sites, with and without an infusion and an answer.
const ITEMS: usize = SITES.len() * WINDOWS.len() * CLOSED.len() * EXCUSES.len() * STOPS.len() * 2 * 2 * 2;
/// Divides nothing of that, so that each patient has items of many kinds.
const PATIENTS: usize = 61;

fn day(from_today: i64) -> NaiveDate {
    "2026-03-02".parse::<NaiveDate>().unwrap() + TimeDelta::days(from_today)
}

/// Takes the next digit of a number to pick one of several.
fn pick<T: Copy>(number: &mut usize, several: &[T]) -> T {
    let picked = several[*number % several.len()];
    *number /= several.len();
    picked
}

fn patient(number: usize) -> PatientId {
    PatientId::from_uuid(Uuid::from_u128(1 + (number % PATIENTS) as u128))
}

fn what(number: usize) -> Expected {
    let form = |form: &str| Expected::Form { form: form.to_owned(), key: BTreeMap::new() };
    match number % 7 {
        0 | 1 => Expected::Sample { sample: "D28".to_owned(), materials: vec!["PBMC".to_owned()] },
        2..=4 => form("follow_up"),
        _ => form("prom"),
    }
}

fn entry(number: usize) -> ScheduleEntry {
    let mut rest = number;
    let site = pick(&mut rest, &SITES);
    let (first, last, grace) = pick(&mut rest, &WINDOWS);
    let item = ExpectedItem {
        what: what(number),
        time_point: None,
        optional: pick(&mut rest, &[false, true]),
        first: day(first),
        target: day(first),
        last: day(last),
        grace_until: day(grace),
        closed: pick(&mut rest, &CLOSED),
        excuse: pick(&mut rest, &EXCUSES),
        stops_on: pick(&mut rest, &STOPS).map(day),
        anchor: Anchor::Day0,
        counted_from: day(-100),
    };
    let answer =
        || Answer { by: Uuid::from_u128(7), submitted: Submitted { dated: None, first_submitted: day(-1) } };
    ScheduleEntry {
        patient: patient(number),
        course: None,
        ordinal: i32::try_from(number / PATIENTS).unwrap(),
        site: site.parse().unwrap(),
        infused: pick(&mut rest, &[true, false]),
        item,
        answer: pick(&mut rest, &[false, true]).then(answer),
    }
}

fn filter(sites: &[&str], urgency: Option<Urgency>) -> WorklistFilter {
    WorklistFilter {
        sites: sites.iter().map(|site| site.parse().unwrap()).collect(),
        patient: None,
        form: None,
        urgency,
        today: day(0),
        horizon: day(SOON.into()),
        latest_grace: day(100),
    }
}

/// The form that is expected, if it is one.
fn form(entry: &ScheduleEntry) -> Option<&String> {
    match &entry.item.what {
        Expected::Form { form, .. } => Some(form),
        Expected::Sample { .. } => None,
    }
}

/// What the domain has on that list.
fn listed(entries: &[ScheduleEntry], filter: &WorklistFilter) -> Vec<ScheduleEntry> {
    let is_listed = |entry: &&ScheduleEntry| {
        let found = urgency(&entry.item, entry.state(false, filter.today), filter.today, SOON);
        let asked = match filter.urgency {
            None => found.is_some_and(|found| found != Urgency::Closed),
            wanted => found == wanted,
        };
        asked
            && entry.item.first <= filter.horizon
            && filter.sites.contains(&entry.site)
            && filter.patient.is_none_or(|patient| patient == entry.patient)
            && (filter.form.is_none() || filter.form.as_ref() == form(entry))
    };
    let mut listed: Vec<_> = entries.iter().filter(is_listed).cloned().collect();
    listed.sort_by_key(WorklistKey::of);
    listed
}

async fn filled(engine: Engine) -> (TestDatabase, Vec<ScheduleEntry>) {
    let entries: Vec<_> = (0..ITEMS).map(entry).collect();
    let (database, all) = (TestDatabase::new(engine), entries.clone());
    let fill = move |session: &mut dyn WriteSession| {
        let patients: BTreeSet<_> = all.iter().map(|entry| entry.patient).collect();
        patients.into_iter().try_for_each(|patient| {
            let of_patient = all.iter().filter(|entry| entry.patient == patient);
            session.put_schedule(patient, &of_patient.cloned().collect::<Vec<_>>())
        })
    };
    database.store.write::<_, StoreError>("fill", fill).await.unwrap();
    (database, entries)
}

/// A list, page by page.
async fn paged<L>(database: &TestDatabase, limit: u16, list: L) -> Vec<ScheduleEntry>
where
    L: Fn(&mut dyn ReadSession, &Page<WorklistKey>) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError>
        + Clone
        + Send
        + 'static,
{
    let (mut found, mut page) = (Vec::new(), Page::first(limit));
    loop {
        let (list, part) = (list.clone(), page.clone());
        let read = database.store.read("list", move |session| list(session, &part)).await.unwrap();
        found.extend(read.items);
        page.after = read.next;
        if page.after.is_none() {
            return found;
        }
    }
}

/// A worklist, page by page.
async fn worklist(database: &TestDatabase, filter: &WorklistFilter, limit: u16) -> Vec<ScheduleEntry> {
    let filter = filter.clone();
    paged(database, limit, move |session, page| session.worklist(&filter, page)).await
}

const LISTS: [Option<Urgency>; 6] = [
    None,
    Some(Urgency::Overdue),
    Some(Urgency::Due),
    Some(Urgency::Open),
    Some(Urgency::DueSoon),
    Some(Urgency::Closed),
];

#[rstest]
#[tokio::test]
async fn pages_hold_what_the_domain_says_in_its_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (database, entries) = filled(engine).await;
    for urgency in LISTS {
        for sites in [&SITES[..1], &SITES] {
            let filter = filter(sites, urgency);
            let expected = listed(&entries, &filter);
            assert!(!expected.is_empty(), "{filter:?}");
            for limit in [29, 500] {
                assert_eq!(worklist(&database, &filter, limit).await, expected, "{limit} of {filter:?}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_list_is_narrowed_to_a_patient_and_a_form(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (database, entries) = filled(engine).await;
    for urgency in LISTS {
        let form = WorklistFilter { form: Some("prom".to_owned()), ..filter(&SITES[..1], urgency) };
        let patient = WorklistFilter { patient: Some(patient(5)), ..filter(&SITES[..1], urgency) };
        for filter in [form, patient] {
            let expected = listed(&entries, &filter);
            assert_eq!(worklist(&database, &filter, 3).await, expected, "{filter:?}");
        }
    }
}
