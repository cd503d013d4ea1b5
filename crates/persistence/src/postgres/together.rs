//! Several statements in one round trip: each costs a tenth of a millisecond however little it does.
//!
//! Rows travel as JSON, which PostgreSQL builds from the rows of a statement and takes apart into those of a table.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Text};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Conn;
use crate::error::StoreError;
use crate::row::audit::{EventRow, PendingRow, SubjectRow};
use crate::row::finding::{FindingDueRow, RecordFindingRow};
use crate::row::record::{RecordRow, RevisionRow, numbered};
use crate::row::schedule::AnswerRow;
use crate::session::together::{Together, TogetherWrites};

/// Loads the rows of several queries, each in its own order, by a statement that the connection keeps prepared.
macro_rules! load_together {
    (@chain $query:ident) => { crate::postgres::together::Part($query) };
    (@chain $query:ident, $($others:ident),+) => {
        crate::postgres::together::Chain(
            crate::postgres::together::Part($query),
            crate::postgres::together::load_together!(@chain $($others),+),
        )
    };
    ($conn:expr, $($query:ident as $row:ty),+) => {{
        let parts = crate::postgres::together::load_together!(@chain $($query),+);
        let mut answers = crate::postgres::together::answers($conn, parts)?.into_iter();
        ($(crate::postgres::together::rows::<$row>(answers.next())?,)+)
    }};
}
pub(crate) use load_together;

/// The rows of each query as a list in JSON.
pub(super) fn answers<Parts>(conn: &mut Conn, parts: Parts) -> QueryResult<Vec<String>>
where
    Parts: QueryFragment<Pg> + QueryId,
{
    LoadTogether(parts).get_result(conn)
}

/// The rows of one of them.
pub(super) fn rows<Row: DeserializeOwned>(answer: Option<String>) -> Result<Vec<Row>, StoreError> {
    let rows = answer.and_then(|rows| serde_json::from_str(&rows).ok());
    // What serde says may quote the stored value.
    rows.ok_or_else(|| {
        StoreError::Driver("rows in JSON do not have the form their columns promise".to_owned())
    })
}

/// The statement. Its id says all about it, so that diesel need not write it out to find it prepared.
#[derive(QueryId)]
struct LoadTogether<Parts>(Parts);

/// One query and those behind it.
#[derive(QueryId)]
pub(super) struct Chain<Query, Others>(pub(super) Query, pub(super) Others);

/// A query whose rows become a list in JSON.
#[derive(QueryId)]
pub(super) struct Part<Query>(pub(super) Query);

impl<Parts: QueryFragment<Pg>> QueryFragment<Pg> for LoadTogether<Parts> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ARRAY[");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql("]");
        Ok(())
    }
}

impl<Query: QueryFragment<Pg>, Others: QueryFragment<Pg>> QueryFragment<Pg> for Chain<Query, Others> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.1.walk_ast(out)
    }
}

impl<Query: QueryFragment<Pg>> QueryFragment<Pg> for Part<Query> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT coalesce(json_agg(part), '[]')::text FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS part)");
        Ok(())
    }
}

impl<Parts> Query for LoadTogether<Parts> {
    type SqlType = Array<Text>;
}

impl<Parts> RunQueryDsl<Conn> for LoadTogether<Parts> {}

impl TogetherWrites for Conn {
    fn write_together(&mut self, new: &Together) -> Result<(), StoreError> {
        let Together {
            records,
            revisions,
            findings,
            milestones,
            findings_due,
            events,
            subjects,
            pending,
            answers,
        } = new;
        let revisions = revisions.iter().map(RevisionRow::try_from).collect::<Result<Vec<_>, _>>()?;
        let mut tables = Vec::new();
        tables.extend(table("record", records.iter().map(RecordRow::from))?);
        tables.extend(table("revision", revisions)?);
        tables.extend(table("record_finding", findings.iter().map(RecordFindingRow::from))?);
        tables.extend(table("milestone", numbered(milestones))?);
        tables.extend(table("finding_due", findings_due.iter().map(FindingDueRow::from))?);
        tables.extend(table("audit_event", events.iter().map(EventRow::from))?);
        tables.extend(table("audit_subject", subjects.iter().map(SubjectRow::from))?);
        tables.extend(table("audit_pending", pending.iter().map(PendingRow::from))?);
        let most = answers.len().next_power_of_two();
        let answers = table("expected_item", answers.iter().map(AnswerRow::from))?;
        let answers = answers.map(|(_, rows)| Answers { rows, most });
        if !tables.is_empty() || answers.is_some() {
            WriteTogether { tables, answers }.execute(self)?;
        }
        Ok(())
    }
}

/// A table with the rows that are to be inserted into it as a list in JSON, unless there are none.
fn table<Row: Serialize>(
    name: &'static str,
    rows: impl IntoIterator<Item = Row>,
) -> Result<Option<(&'static str, String)>, StoreError> {
    let rows: Vec<Row> = rows.into_iter().collect();
    let unwritable = |_| StoreError::Driver(format!("rows of {name} cannot be written as JSON"));
    let json = (!rows.is_empty()).then(|| serde_json::to_string(&rows)).transpose().map_err(unwritable)?;
    Ok(json.map(|json| (name, json)))
}

/// Foreign keys are looked at once all of it is done, so that the order does not matter.
struct WriteTogether {
    tables: Vec<(&'static str, String)>,
    answers: Option<Answers>,
}

/// What items have as their answers from now on.
struct Answers {
    /// As a list in JSON.
    rows: String,
    /// No more than so many, in few different numbers, so that few statements are kept prepared.
    most: usize,
}

impl QueryFragment<Pg> for WriteTogether {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH ");
        for (table, rows) in &self.tables {
            out.push_sql("new_");
            out.push_sql(table);
            out.push_sql(" AS (INSERT INTO ");
            out.push_sql(table);
            out.push_sql(" SELECT * FROM ");
            push_rows(&mut out, table, rows)?;
            out.push_sql("), ");
        }
        if let Some(Answers { rows, most }) = &self.answers {
            out.push_sql(
                "answered AS (UPDATE expected_item SET standing = new.standing, answered_by = new.answered_by, \
                 dated = new.dated, answered_on = new.answered_on, complete_by = new.complete_by FROM (SELECT * FROM ",
            );
            push_rows(&mut out, "expected_item", rows)?;
            // To the planner a list in JSON has a hundred rows: for so many it would read a table that is not large.
            out.push_sql(&format!(" LIMIT {most}"));
            out.push_sql(
                ") AS new WHERE expected_item.subject_id = new.subject_id AND expected_item.ordinal = new.ordinal), ",
            );
        }
        // A list of statements does not end in a comma.
        out.push_sql("done AS (SELECT 1) SELECT 1 FROM done");
        Ok(())
    }
}

/// The rows of a table out of a list in JSON.
fn push_rows<'b>(out: &mut AstPass<'_, 'b, Pg>, table: &str, rows: &'b String) -> QueryResult<()> {
    // The type of its rows: by its name, that of `record` would be any row's.
    out.push_sql("json_populate_recordset((SELECT one FROM ");
    out.push_sql(table);
    out.push_sql(" AS one WHERE false), ");
    out.push_bind_param::<Text, _>(rows)?;
    out.push_sql("::json)");
    Ok(())
}

impl QueryId for WriteTogether {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for WriteTogether {}
