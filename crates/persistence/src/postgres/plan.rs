//! Tests of how PostgreSQL answers lists, page by page along an index, without sorting all there is; and of how it finds what
//! a submission writes anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use cartotek_domain::id::PatientId;
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_domain::schedule::{Anchor, Answer, Expected, ExpectedItem, ScheduleEntry, Submitted};
use chrono::NaiveDate;
use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::deserialize::{self, QueryableByName};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::row::NamedRow;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::Conn;
use crate::config::Engine;
use crate::page::Page;
use crate::session::WriteSession;
use crate::session::completeness::CountingItems;
use crate::session::schedule::{WorklistFilter, WorklistKey};
use crate::session::together::Together;
use crate::testing::TestDatabase;

/// A line of a plan.
struct Line(String);

impl QueryableByName<Pg> for Line {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        NamedRow::get::<Text, String>(row, "QUERY PLAN").map(Self)
    }
}

/// To the planner tables without rows seem worth an index in its order.
const IN_ORDER: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
    SET enable_incremental_sort = off";

/// To the planner tables without rows seem worth the ranges of an index.
const BY_RANGES: &str = "SET enable_seqscan = off; SET enable_indexscan = off";

/// How each statement is run whatever its values, by a planner with these settings.
fn plans(settings: &str, run: impl FnOnce(&mut dyn WriteSession)) -> Vec<String> {
    let database = TestDatabase::new(Engine::Postgres);
    let mut conn = Conn::establish(&database.config.url).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            heard.lock().unwrap().push(query.to_string());
        }
    });
    run(&mut conn);
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    assert!(!asked.is_empty());
    conn.batch_execute(&format!("{settings}; SET plan_cache_mode = force_generic_plan")).unwrap();
    asked.iter().map(|query| explain(&mut conn, query)).collect()
}

fn explain(conn: &mut Conn, query: &str) -> String {
    let query = query.split(" -- binds:").next().unwrap();
    let values = (1..).take_while(|number| query.contains(&format!("${number}"))).map(|_| "NULL");
    let values: Vec<_> = values.collect();
    conn.batch_execute(&format!("PREPARE asked AS {query}")).unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({})", values.join(", "));
    let lines: Vec<Line> = diesel::sql_query(explain).load(conn).unwrap();
    conn.batch_execute("DEALLOCATE asked").unwrap();
    lines.into_iter().map(|line| line.0).collect::<Vec<_>>().join("\n")
}

/// A range of an index: its name, and the conditions that bound it.
type Range = (&'static str, &'static [&'static str]);

const STANDING: Range = ("expected_item_site", &["site", "standing", "grace_until <", "grace_until >="]);
const EXCUSED: Range = ("expected_item_excused", &["site", "excuse", "grace_until <", "grace_until >="]);
const STOPS: Range = ("expected_item_stops", &["site", "grace_until <", "grace_until >="]);

fn today() -> NaiveDate {
    "2026-03-02".parse().unwrap()
}

/// A page of items that is not the first.
fn next_page() -> Page<WorklistKey> {
    let after = WorklistKey { grace_until: today(), subject: Uuid::nil(), ordinal: 0 };
    Page { after: Some(after), limit: 10 }
}

/// What counts at a site.
fn counting() -> CountingItems {
    CountingItems {
        sites: BTreeSet::from(["KAR".parse().unwrap()]),
        patient: None,
        left_out: BTreeSet::new(),
        form: None,
        time_point: None,
        from: None,
        to: None,
        today: today(),
    }
}

fn assert_read_in_order(plans: &[String], ranges: &[Range]) {
    assert_eq!(plans.len(), ranges.len(), "{plans:#?}");
    for (plan, (index, columns)) in plans.iter().zip(ranges) {
        assert!(plan.contains(&format!("Index Scan using {index} ")), "{plan}");
        let range = plan.lines().find(|line| line.contains("Index Cond:")).unwrap();
        assert!(columns.iter().all(|column| range.contains(&format!("({column}"))), "{plan}");
        assert!(!plan.contains("Sort"), "{plan}");
    }
}

/// Most of what was ever expected at a site is neither waiting nor shown.
#[test]
fn a_page_of_a_worklist_begins_where_the_one_before_ended() {
    for (urgency, ranges) in [
        (None, &[STANDING, STANDING][..]),
        (Some(Urgency::Due), &[STANDING, STANDING, EXCUSED]),
        (Some(Urgency::Closed), &[STANDING, EXCUSED, STOPS]),
    ] {
        let filter = WorklistFilter {
            sites: BTreeSet::from(["KAR".parse().unwrap()]),
            patient: None,
            form: None,
            urgency,
            today: today(),
            horizon: today(),
            latest_grace: today(),
        };
        let found = plans(IN_ORDER, |session| drop(session.worklist(&filter, &next_page()).unwrap()));
        assert_read_in_order(&found, ranges);
    }
}

#[test]
fn a_page_of_what_is_missing_begins_where_the_one_before_ended() {
    let found = plans(IN_ORDER, |session| drop(session.missing_items(&counting(), &next_page()).unwrap()));
    assert_read_in_order(&found, &[STANDING, EXCUSED]);
}

/// What was only offered is most of what nobody has answered.
#[test]
fn what_was_only_offered_is_not_looked_through_for_what_is_due() {
    let read = |session: &mut dyn WriteSession| {
        drop(session.due_items(&counting(), today(), &BTreeSet::new()).unwrap());
    };
    let found = plans(BY_RANGES, read).concat();
    let ranges: Vec<_> = found.lines().filter(|line| line.contains("Index Cond:")).collect();
    assert_eq!(ranges.len(), 2, "{found}");
    assert!(ranges.iter().all(|range| range.contains("(standing")), "{found}");
    assert!(ranges[1].contains("(grace_until >="), "{found}");
}

/// Patients of a small registry with their items, known to the planner.
const A_FEW_THOUSAND_ITEMS: &str = "
    INSERT INTO expected_item (subject_id, ordinal, patient_id, site, expected, anchor, counted_from, optional,
        first_day, target_day, last_day, grace_until, standing, infused)
    SELECT md5(patient::text)::uuid, item, md5(patient::text)::uuid, 'KAR', '{}', 'day_0', '2026-03-02', false,
        '2026-03-02', '2026-03-02', '2026-03-02', '2026-03-02', 'waiting', true
    FROM generate_series(1, 100) AS patient, generate_series(1, 60) AS item;
    ANALYZE expected_item";

#[test]
fn an_answer_finds_its_item_by_the_key() {
    let answers = vec![answered()];
    let rows = Together { answers, ..Together::default() };
    let found = plans(A_FEW_THOUSAND_ITEMS, |session| session.write_together(&rows).unwrap());
    let [plan] = found.as_slice() else { panic!("{found:#?}") };
    assert!(plan.contains("Index Scan using expected_item_pkey"), "{plan}");
}

fn answered() -> ScheduleEntry {
    let what = Expected::Form { form: "follow_up".to_owned(), key: BTreeMap::new() };
    let submitted = Submitted { dated: None, first_submitted: today() };
    ScheduleEntry {
        patient: PatientId::from_uuid(Uuid::nil()),
        course: None,
        ordinal: 0,
        site: "KAR".parse().unwrap(),
        infused: true,
        item: ExpectedItem {
            what,
            time_point: None,
            optional: false,
            first: today(),
            target: today(),
            last: today(),
            grace_until: today(),
            closed: None,
            excuse: None,
            stops_on: None,
            anchor: Anchor::Day0,
            counted_from: today(),
        },
        answer: Some(Answer { by: Uuid::nil(), submitted }),
    }
}
