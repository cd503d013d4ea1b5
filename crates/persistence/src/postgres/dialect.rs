//! What PostgreSQL does in its own way.

use cartotek_domain::completeness::Calendar;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::expression::ValidGrouping;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::DatabaseErrorInformation;
use diesel::sql_types::{Array, Bool, Text};

use super::Conn;
use crate::config::Limits;
use crate::constraint::Constraint;
use crate::error::StoreError;

/// Whether a process that writes is the only one that does.
pub(crate) const ONE_WRITER: bool = false;

/// Bound values that one statement takes.
pub(crate) const MAX_BINDS: usize = 65_535;

/// Each statement is a round trip.
pub(crate) const ONE_ROW_PER_INSERT: bool = false;

/// The period of an expected item's `grace_until`, as `2026-03`, `2026-Q1` or `2026`.
pub(crate) const fn period_of_grace(length: Calendar) -> &'static str {
    match length {
        Calendar::Month => "to_char(grace_until, 'YYYY-MM')",
        Calendar::Quarter => "to_char(grace_until, 'YYYY-\"Q\"Q')",
        Calendar::Year => "to_char(grace_until, 'YYYY')",
    }
}

/// How many days after the window an expected item was answered.
pub(crate) const DAYS_AFTER_WINDOW: &str = "answered_on - last_day";

/// Locks the selected rows until the transaction ends.
macro_rules! for_update {
    ($query:expr) => {
        ::diesel::QueryDsl::for_update($query)
    };
}
pub(crate) use for_update;

/// Whether a column has one of the words, by a statement that is known by its type: that of `eq_any` is written out each time
/// to find it prepared.
macro_rules! one_of {
    ($column:expr, $words:expr) => {
        super::dialect::OneOf {
            column: $column,
            words: $words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>(),
        }
    };
}
pub(crate) use one_of;

pub(crate) use super::together::load_together;

/// The condition of [`one_of`].
#[derive(Debug, QueryId, ValidGrouping)]
pub(crate) struct OneOf<C> {
    pub(crate) column: C,
    pub(crate) words: Vec<String>,
}

impl<C: Expression> Expression for OneOf<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<S>, S> AppearsOnTable<S> for OneOf<C> {}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Text>, _>(&self.words)?;
        out.push_sql(")");
        Ok(())
    }
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// One snapshot, no writes.
    Read,
    /// Current rows, locked by the closure where it decides on them.
    Write,
}

/// Nothing to mark: the server's vacuum overwrites what was deleted.
#[expect(clippy::unnecessary_wraps, reason = "SQLite may fail to")]
pub(crate) fn mark_for_purge(_conn: &mut Conn) -> Result<(), StoreError> {
    Ok(())
}

/// The constraint that PostgreSQL names.
pub(crate) fn constraint(information: &dyn DatabaseErrorInformation) -> Option<Constraint> {
    Constraint::by_name(information.constraint_name()?)
}

/// Conditions that the driver does not classify. It hides the SQLSTATE, hence the English text; the
/// connection is refused when the server speaks another language.
pub(crate) fn condition(message: &str) -> Option<StoreError> {
    let starts = |text: &str| message.starts_with(text);
    if starts("deadlock detected") {
        Some(StoreError::Serialization)
    } else if starts("canceling statement due to") {
        Some(StoreError::Deadline)
    } else if starts("terminating connection") || starts("the database system is") {
        Some(StoreError::ConnectionLost)
    } else if starts("cannot set transaction read-write mode") {
        Some(StoreError::ReadOnly)
    } else if message.ends_with("No space left on device") || starts("disk full") {
        Some(StoreError::Unavailable("the disk of the PostgreSQL server is full".to_owned()))
    } else {
        None
    }
}

/// Settings of a new connection, and a check of those that only the server's owner may change.
pub(crate) fn prepare_connection(conn: &mut Conn) -> Result<(), StoreError> {
    conn.batch_execute(
        "SET TIME ZONE 'UTC'; SET client_encoding = 'UTF8'; SET bytea_output = 'hex'; SET client_min_messages = warning",
    )?;
    let language: String = diesel::select(sql::<Text>("current_setting('lc_messages')")).get_result(conn)?;
    if !["", "C", "POSIX"].contains(&language.as_str())
        && !language.starts_with("C.")
        && !language.starts_with("en")
    {
        return Err(StoreError::Configuration(
            "set lc_messages = 'C' on the PostgreSQL server: deadlocks are recognised by their English text"
                .to_owned(),
        ));
    }
    require_durable(conn)
}

/// Refuses a server that acknowledges what a crash would take back, there or on its synchronous standbys.
fn require_durable(conn: &mut Conn) -> Result<(), StoreError> {
    for (setting, durable) in [("fsync", &["on"][..]), ("synchronous_commit", &["on", "remote_apply"])] {
        let value = sql::<Text>("current_setting(").bind::<Text, _>(setting).sql(")");
        let value: String = diesel::select(value).get_result(conn)?;
        if !durable.contains(&value.as_str()) {
            return Err(StoreError::Configuration(format!(
                "{setting} is {value} on the PostgreSQL server; set {setting} = on: an acknowledged write must be on \
                 disk"
            )));
        }
    }
    Ok(())
}

/// The statements that open a transaction in one round trip: isolation, time limits, the caller's scope. All
/// settings end with the transaction, so that the next caller of the connection inherits nothing.
pub(crate) fn begin(mode: Mode, limits: &Limits) -> String {
    let isolation = match mode {
        Mode::Read => "REPEATABLE READ, READ ONLY",
        Mode::Write => "READ COMMITTED, READ WRITE",
    };
    let milliseconds = limits.deadline.as_millis().clamp(1, i32::MAX as u128);
    format!(
        "BEGIN TRANSACTION ISOLATION LEVEL {isolation}; \
         SET LOCAL statement_timeout = {milliseconds}; \
         SET LOCAL idle_in_transaction_session_timeout = {milliseconds}; \
         SET LOCAL cartotek.scope = '{}'",
        limits.scope.as_str()
    )
}

/// Whether the database has this table.
pub(crate) fn table_exists(conn: &mut Conn, table: &str) -> QueryResult<bool> {
    let found = sql::<Bool>("to_regclass(").bind::<Text, _>(table).sql(") IS NOT NULL");
    diesel::select(found).get_result(conn)
}

/// Runs migrations in one transaction.
pub(crate) fn transaction_for_migration<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.transaction(work)
}

/// Fails unless this server and session accept writes.
pub(crate) fn probe_writable(conn: &mut Conn) -> Result<(), StoreError> {
    let read_only = "pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'";
    if diesel::select(sql::<Bool>(read_only)).get_result(conn)? { Err(StoreError::ReadOnly) } else { Ok(()) }
}

/// Indexes and constraints that the server does not vouch for.
pub(crate) fn check_integrity(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let lines = diesel::sql_query(
        "SELECT 'index ' || indexrelid::regclass::text || ' is not valid' AS line FROM pg_index WHERE NOT indisvalid
         UNION ALL
         SELECT 'constraint ' || conname || ' is not validated' FROM pg_constraint WHERE NOT convalidated",
    )
    .load::<Line>(conn)?;
    Ok(lines.into_iter().map(|row| row.line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Engine;
    use crate::testing::TestDatabase;

    #[test]
    fn a_server_that_forgets_what_it_acknowledged_is_refused() {
        let database = TestDatabase::new(Engine::Postgres);
        let mut conn = Conn::establish(&database.config.url).unwrap();
        for (value, durable) in
            [("on", true), ("remote_apply", true), ("off", false), ("local", false), ("remote_write", false)]
        {
            conn.batch_execute(&format!("SET synchronous_commit = {value}")).unwrap();
            assert_eq!(require_durable(&mut conn).is_ok(), durable, "{value}");
        }
    }

    #[test]
    fn conditions_are_told_from_defects() {
        for (message, meaning) in [
            ("deadlock detected", Some(StoreError::Serialization)),
            ("canceling statement due to statement timeout", Some(StoreError::Deadline)),
            ("terminating connection due to administrator command", Some(StoreError::ConnectionLost)),
            ("the database system is shutting down", Some(StoreError::ConnectionLost)),
            ("cannot set transaction read-write mode during recovery", Some(StoreError::ReadOnly)),
            (
                "could not extend file \"base/5/16384\": No space left on device",
                Some(StoreError::Unavailable("the disk of the PostgreSQL server is full".to_owned())),
            ),
            ("relation \"site\" does not exist", None),
        ] {
            assert_eq!(condition(message), meaning, "{message}");
        }
    }
}
