//! Tests of how PostgreSQL answers lists: page by page along an index, without sorting all there is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cartotek_domain::schedule::worklist::Urgency;
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
use crate::session::ReadSession;
use crate::session::schedule::{WorklistFilter, WorklistKey};
use crate::testing::TestDatabase;

/// A line of a plan.
struct Line(String);

impl QueryableByName<Pg> for Line {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        NamedRow::get::<Text, String>(row, "QUERY PLAN").map(Self)
    }
}

/// How each query of a read is answered whatever its values, by a planner to which tables without rows seem worth an index.
fn plans(read: impl FnOnce(&mut dyn ReadSession)) -> Vec<String> {
    let database = TestDatabase::new(Engine::Postgres);
    let mut conn = Conn::establish(&database.config.url).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            heard.lock().unwrap().push(query.to_string());
        }
    });
    read(&mut conn);
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    assert!(!asked.is_empty());
    conn.batch_execute(
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
         SET enable_incremental_sort = off; SET plan_cache_mode = force_generic_plan",
    )
    .unwrap();
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

/// Most of what was ever expected at a site is neither waiting nor shown.
#[test]
fn a_page_of_a_worklist_begins_where_the_one_before_ended() {
    let standing = ("expected_item_site", &["site", "standing", "grace_until <", "grace_until >="][..]);
    let excused = ("expected_item_excused", &["site", "excuse", "grace_until <", "grace_until >="][..]);
    let stops = ("expected_item_stops", &["site", "grace_until <", "grace_until >="][..]);
    let today = "2026-03-02".parse().unwrap();
    let after = WorklistKey { grace_until: today, subject: Uuid::nil(), ordinal: 0 };
    let page = Page { after: Some(after), limit: 10 };
    for (urgency, ranges) in [
        (None, &[standing, standing][..]),
        (Some(Urgency::Due), &[standing, standing, excused]),
        (Some(Urgency::Closed), &[standing, excused, stops]),
    ] {
        let sites = BTreeSet::from(["KAR".parse().unwrap()]);
        let filter = WorklistFilter {
            sites,
            patient: None,
            form: None,
            urgency,
            today,
            horizon: today,
            latest_grace: today,
        };
        let found = plans(|session| drop(session.worklist(&filter, &page).unwrap()));
        assert_eq!(found.len(), ranges.len(), "{found:#?}");
        for (plan, (index, columns)) in found.iter().zip(ranges) {
            assert!(plan.contains(&format!("Index Scan using {index} ")), "{plan}");
            let range = plan.lines().find(|line| line.contains("Index Cond:")).unwrap();
            assert!(columns.iter().all(|column| range.contains(&format!("({column}"))), "{plan}");
            assert!(!plan.contains("Sort"), "{plan}");
        }
    }
}
