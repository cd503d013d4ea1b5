//! Several statements one after the other: none of them leaves the process.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Date, Integer, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::Conn;
use crate::error::StoreError;
use crate::row::schedule::AnswerRow;
use crate::session::together::{Together, TogetherWrites};
use crate::session::{AuditWrites, FindingWrites, RecordWrites};
use crate::sql_type::UuidSql;

/// Loads the rows of several queries, each in its own order.
macro_rules! load_together {
    ($conn:expr, $($query:ident as $row:ty),+) => {
        ($($query.load::<$row>($conn)?,)+)
    };
}
pub(crate) use load_together;

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
        self.insert_records(records)?;
        self.insert_revisions(revisions)?;
        self.insert_findings(findings)?;
        self.insert_milestones(milestones)?;
        self.insert_findings_due(findings_due)?;
        for answer in answers {
            Answered(answer.into()).execute(self)?;
        }
        self.insert_events(events, subjects, pending)
    }
}

/// What an item has as its answer from now on. Diesel keeps no update prepared, as what it sets may differ: this one is
/// always the same.
#[derive(QueryId)]
struct Answered(AnswerRow);

impl QueryFragment<Sqlite> for Answered {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Self(AnswerRow { subject_id, ordinal, standing, answered_by, dated, answered_on, complete_by }) =
            self;
        out.push_sql("UPDATE expected_item SET standing = ");
        out.push_bind_param::<Text, _>(standing)?;
        out.push_sql(", answered_by = ");
        out.push_bind_param::<Nullable<UuidSql>, _>(answered_by)?;
        out.push_sql(", dated = ");
        out.push_bind_param::<Nullable<Text>, _>(dated)?;
        out.push_sql(", answered_on = ");
        out.push_bind_param::<Nullable<Date>, _>(answered_on)?;
        out.push_sql(", complete_by = ");
        out.push_bind_param::<Nullable<Date>, _>(complete_by)?;
        out.push_sql(" WHERE subject_id = ");
        out.push_bind_param::<UuidSql, _>(subject_id)?;
        out.push_sql(" AND ordinal = ");
        out.push_bind_param::<Integer, _>(ordinal)
    }
}

impl RunQueryDsl<Conn> for Answered {}
