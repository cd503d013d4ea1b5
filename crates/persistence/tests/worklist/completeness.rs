//! What is missing, page by page, and what is due, counted, is what the domain says of each item alone.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::id::PatientId;
use cartotek_domain::schedule::{ItemState, ScheduleEntry, TimeState};
use cartotek_persistence::session::completeness::CountingItems;
use cartotek_persistence::session::schedule::WorklistKey;
use cartotek_persistence::{Engine, ReadSession, StoreError};
use chrono::NaiveDate;
use rstest::rstest;

use crate::{SITES, day, filled, form, paged, patient};

fn counting(sites: &[&str], today: NaiveDate) -> CountingItems {
    CountingItems {
        sites: sites.iter().map(|site| site.parse().unwrap()).collect(),
        patient: None,
        left_out: BTreeSet::new(),
        form: None,
        time_point: None,
        from: None,
        to: None,
        today,
    }
}

/// What may be asked on a day.
fn questions(today: NaiveDate) -> Vec<CountingItems> {
    let (one, all) = (counting(&SITES[..1], today), counting(&SITES, today));
    let days = |from: Option<i64>, to: i64| CountingItems {
        from: from.map(day),
        to: Some(day(to)),
        ..counting(&SITES[..1], today)
    };
    vec![
        CountingItems { form: Some("prom".to_owned()), ..one.clone() },
        CountingItems { left_out: BTreeSet::from([patient(2), patient(3)]), ..all.clone() },
        days(Some(-30), -2),
        days(Some(-29), 5),
        days(None, 57),
        one,
        all,
    ]
}

/// Whether an item is one of those that are asked about.
fn is_asked(entry: &ScheduleEntry, items: &CountingItems) -> bool {
    let grace = entry.item.grace_until;
    items.sites.contains(&entry.site)
        && items.patient.is_none_or(|patient| patient == entry.patient)
        && !items.left_out.contains(&entry.patient)
        && (items.form.is_none() || items.form.as_ref() == form(entry))
        && items.from.is_none_or(|from| from <= grace)
        && items.to.is_none_or(|to| grace <= to)
}

/// What the domain misses.
fn missing(entries: &[ScheduleEntry], items: &CountingItems) -> Vec<ScheduleEntry> {
    let is_missing = |entry: &&ScheduleEntry| is_asked(entry, items) && entry.is_missing(items.today);
    let mut missing: Vec<_> = entries.iter().filter(is_missing).cloned().collect();
    missing.sort_by_key(WorklistKey::of);
    missing
}

#[rstest]
#[tokio::test]
async fn pages_of_what_is_missing_hold_what_the_domain_says_in_its_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(0, 55)] today: i64,
) {
    let (database, entries) = filled(engine).await;
    let today = day(today);
    let mut questions = questions(today);
    let first = missing(&entries, &counting(&SITES[..1], today))[0].patient;
    questions.push(CountingItems { patient: Some(first), ..counting(&SITES, today) });
    for items in questions {
        let expected = missing(&entries, &items);
        assert!(!expected.is_empty(), "{items:?}");
        for limit in [1, 4, 500] {
            let asked = items.clone();
            let found = paged(&database, limit, move |session, page| session.missing_items(&asked, page));
            assert_eq!(found.await, expected, "{limit} of {items:?}");
        }
    }
}

/// Items and their patients, by whether they are overdue.
type Counts = BTreeMap<bool, (u64, u64)>;

/// What the domain has due, or overdue without an infusion.
fn due(entries: &[ScheduleEntry], items: &CountingItems) -> Counts {
    let mut found: BTreeMap<bool, (u64, BTreeSet<PatientId>)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| is_asked(entry, items)) {
        let is_overdue = match entry.state(false, items.today) {
            ItemState::Awaited(TimeState::Open | TimeState::Due) => false,
            ItemState::Awaited(TimeState::Overdue { .. }) if !entry.infused => true,
            _ => continue,
        };
        if form(entry).is_some() && !entry.item.optional {
            let (items, patients) = found.entry(is_overdue).or_default();
            *items += 1;
            patients.insert(entry.patient);
        }
    }
    let counted = |(is_overdue, (items, patients)): (bool, (u64, BTreeSet<PatientId>))| {
        (is_overdue, (items, u64::try_from(patients.len()).unwrap()))
    };
    found.into_iter().map(counted).collect()
}

#[rstest]
#[tokio::test]
async fn what_is_due_is_counted_as_the_domain_says(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (database, entries) = filled(engine).await;
    for items in questions(day(0)) {
        let (asked, expected) = (items.clone(), due(&entries, &items));
        assert!(!expected.is_empty(), "{items:?}");
        let count =
            move |session: &mut dyn ReadSession| session.due_items(&asked, day(100), &BTreeSet::new());
        let found = database.store.read::<_, StoreError>("due", count).await.unwrap();
        let found: Counts = found.into_iter().map(|one| (one.overdue, (one.items, one.patients))).collect();
        assert_eq!(found, expected, "{items:?}");
    }
}
