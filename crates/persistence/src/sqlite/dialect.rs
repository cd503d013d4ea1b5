//! What SQLite does in its own way.

use cartotek_domain::completeness::Calendar;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::expression::ValidGrouping;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::DatabaseErrorInformation;
use diesel::sql_types::{Bool, Integer, Text};
use diesel::sqlite::Sqlite;

use super::Conn;
use crate::constraint::Constraint;
use crate::error::StoreError;

/// Whether a process that writes is the only one that does: the lock of the file proves that any before it is gone.
pub(crate) const ONE_WRITER: bool = true;

/// Bound values that one statement takes.
pub(crate) const MAX_BINDS: usize = 32_766;

/// A prepared statement that is run once per row costs less than one that is compiled for so many rows.
pub(crate) const ONE_ROW_PER_INSERT: bool = true;

/// The period of an expected item's `grace_until`, as `2026-03`, `2026-Q1` or `2026`.
pub(crate) const fn period_of_grace(length: Calendar) -> &'static str {
    match length {
        Calendar::Month => "strftime('%Y-%m', grace_until)",
        Calendar::Quarter => {
            "strftime('%Y', grace_until) || '-Q' || ((CAST(strftime('%m', grace_until) AS INTEGER) + 2) / 3)"
        }
        Calendar::Year => "strftime('%Y', grace_until)",
    }
}

/// How many days after the window an expected item was answered.
pub(crate) const DAYS_AFTER_WINDOW: &str = "CAST(julianday(answered_on) - julianday(last_day) AS INTEGER)";

/// Locks the selected rows. The one writer already excludes every other.
macro_rules! for_update {
    ($query:expr) => {
        $query
    };
}
pub(crate) use for_update;

/// Whether a column has one of the words, by a statement that the connection keeps prepared however many they are.
macro_rules! one_of {
    ($column:expr, $words:expr) => {
        super::dialect::OneOf { column: $column, words: ::serde_json::json!($words).to_string() }
    };
}
pub(crate) use one_of;

pub(crate) use super::together::load_together;

/// The condition of [`one_of`]; the words are a list in JSON.
#[derive(Debug, QueryId, ValidGrouping)]
pub(crate) struct OneOf<C> {
    pub(crate) column: C,
    pub(crate) words: String,
}

impl<C: Expression> Expression for OneOf<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<S>, S> AppearsOnTable<S> for OneOf<C> {}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.words)?;
        out.push_sql("))");
        Ok(())
    }
}

/// The constraint that SQLite names by its columns, or a check by its name.
pub(crate) fn constraint(information: &dyn DatabaseErrorInformation) -> Option<Constraint> {
    let message = information.message();
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Constraint::by_name(name);
    }
    let columns: Vec<&str> = message.strip_prefix("UNIQUE constraint failed: ")?.split(", ").collect();
    Constraint::by_columns(&columns)
}

/// Conditions that the driver does not classify.
pub(crate) fn condition(message: &str) -> Option<StoreError> {
    match message {
        "database is locked" | "database table is locked" => Some(StoreError::Busy),
        "attempt to write a readonly database" => Some(StoreError::ReadOnly),
        "database or disk is full" | "disk I/O error" | "unable to open database file" => {
            Some(StoreError::Unavailable(message.to_owned()))
        }
        _ => None,
    }
}

/// Whether the database has this table.
pub(crate) fn table_exists(conn: &mut Conn, table: &str) -> QueryResult<bool> {
    let found = sql::<Bool>("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ")
        .bind::<Text, _>(table)
        .sql(")");
    diesel::select(found).get_result(conn)
}

/// Runs migrations as SQLite recommends for rebuilt tables: references are checked at the end, not on the way.
pub(crate) fn transaction_for_migration<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.batch_execute("PRAGMA foreign_keys = OFF")?;
    let outcome = conn.immediate_transaction(|conn| {
        let done = work(conn)?;
        let broken = sql::<Bool>("EXISTS (SELECT 1 FROM pragma_foreign_key_check)");
        if diesel::select(broken).get_result(conn)? { Err(StoreError::MissingReference) } else { Ok(done) }
    });
    conn.batch_execute("PRAGMA foreign_keys = ON")?;
    outcome
}

/// Fails unless this connection may write.
pub(crate) fn probe_writable(conn: &mut Conn) -> Result<(), StoreError> {
    // Takes effect in the page cache only; the caller rolls it back.
    Ok(conn.batch_execute("UPDATE migration_lock SET id = id")?)
}

/// The findings of `PRAGMA integrity_check` and of the foreign keys.
pub(crate) fn check_integrity(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let mut findings = pragma_lines(conn, "integrity_check FROM pragma_integrity_check")?;
    findings.retain(|line| line != "ok");
    findings.extend(pragma_lines(
        conn,
        "'row ' || coalesce(rowid, '?') || ' of ' || \"table\" || ' refers to no row of ' || parent \
         FROM pragma_foreign_key_check",
    )?);
    Ok(findings)
}

/// Refuses a damaged file.
pub(crate) fn quick_check(conn: &mut Conn) -> Result<(), StoreError> {
    let findings = pragma_lines(conn, "quick_check FROM pragma_quick_check")?;
    if findings.iter().all(|line| line == "ok") {
        return Ok(());
    }
    Err(StoreError::Configuration(
        "the SQLite file is damaged; restore it from a backup (`cartotek restore --verify`)".to_owned(),
    ))
}

/// Marks the file as one to be rewritten; undone with the transaction. `secure_delete` alone is not enough: where cells
/// have moved to another page, traces of them stay in the old one, whatever becomes of the rows.
pub(crate) fn mark_for_purge(conn: &mut Conn) -> Result<(), StoreError> {
    let marks = marks(conn)?;
    Ok(conn.batch_execute(&format!("PRAGMA user_version = {}", marks.wrapping_add(1).max(1)))?)
}

/// What a checkpoint of the log came to.
#[derive(QueryableByName)]
struct Checkpoint {
    /// Not zero while a reader needs the log.
    #[diesel(sql_type = Integer)]
    busy: i32,
}

/// Rewrites a marked file, then writes the log back and cuts it to nothing; `false` while a reader needs the log.
pub(crate) fn purge(conn: &mut Conn) -> Result<bool, StoreError> {
    let seen = marks(conn)?;
    if seen > 0 {
        conn.batch_execute("VACUUM")?;
        conn.immediate_transaction(|conn| -> QueryResult<()> {
            // Somebody may have erased more since the file was rewritten.
            if marks(conn)? == seen { conn.batch_execute("PRAGMA user_version = 0") } else { Ok(()) }
        })?;
    }
    // The writers wait for as long.
    conn.batch_execute("PRAGMA busy_timeout = 1000")?;
    let done: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn)?;
    Ok(done.busy == 0 && marks(conn)? == 0)
}

fn marks(conn: &mut Conn) -> QueryResult<i32> {
    diesel::select(sql::<Integer>("(SELECT user_version FROM pragma_user_version)")).get_result(conn)
}

fn pragma_lines(conn: &mut Conn, select: &str) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let query = format!("SELECT line FROM (SELECT {})", select.replacen(" FROM", " AS line FROM", 1));
    Ok(diesel::sql_query(query).load::<Line>(conn)?.into_iter().map(|row| row.line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;

    #[test]
    fn the_log_is_emptied_unless_a_reader_needs_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cartotek.db");
        let log = || std::fs::metadata(folder.path().join("cartotek.db-wal")).unwrap().len();
        let mut writer = open::writer(&path).unwrap();
        writer.batch_execute("CREATE TABLE fact (id INTEGER); INSERT INTO fact VALUES (1)").unwrap();
        let mut reader = open::reader(&path).unwrap();
        reader.batch_execute("BEGIN; SELECT count(*) FROM fact").unwrap();
        writer.batch_execute("DELETE FROM fact").unwrap();
        assert!(!purge(&mut open::connect(&path).unwrap()).unwrap());
        assert!(log() > 0);
        reader.batch_execute("ROLLBACK").unwrap();
        assert!(purge(&mut open::connect(&path).unwrap()).unwrap());
        assert_eq!(log(), 0);
        writer.batch_execute("INSERT INTO fact VALUES (2)").unwrap();
    }

    #[test]
    fn a_marked_file_is_rewritten_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cartotek.db");
        let mut writer = open::writer(&path).unwrap();
        writer.batch_execute("CREATE TABLE fact (text TEXT); CREATE TABLE other (text TEXT)").unwrap();
        let free = |conn: &mut Conn| {
            let query = diesel::select(sql::<Integer>("(SELECT freelist_count FROM pragma_freelist_count)"));
            query.get_result::<i32>(conn).unwrap()
        };
        let purged = |writer: &mut Conn| {
            writer
                .batch_execute("INSERT INTO fact VALUES (printf('%.*c', 9000, 'x')); DELETE FROM fact")
                .unwrap();
            let before = free(writer);
            assert!(purge(&mut open::connect(&path).unwrap()).unwrap());
            (before > 0, free(writer) > 0, marks(writer).unwrap())
        };
        assert_eq!(purged(&mut writer), (true, true, 0), "nothing asked for it");
        writer.batch_execute("BEGIN").unwrap();
        mark_for_purge(&mut writer).unwrap();
        writer.batch_execute("ROLLBACK").unwrap();
        assert_eq!(purged(&mut writer), (true, true, 0), "what asked for it was undone");
        mark_for_purge(&mut writer).unwrap();
        mark_for_purge(&mut writer).unwrap();
        assert_eq!(purged(&mut writer), (true, false, 0));
        assert_eq!(purged(&mut writer), (true, true, 0), "once is enough");
    }
}
