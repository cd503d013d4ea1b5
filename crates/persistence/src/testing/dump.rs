//! Every row of every table as text.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

/// A line of text that a question about any table answers with.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of a SQLite file.
pub(super) fn of_file(connection: &mut SqliteConnection) -> BTreeMap<String, Vec<String>> {
    let mut ask = |question: String| -> Vec<String> {
        let lines: Vec<Line> = sql_query(question).load(connection).expect("the question is SQL");
        lines.into_iter().map(|row| row.line).collect()
    };
    let tables = "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    ask(tables.to_owned())
        .into_iter()
        .map(|table| {
            let columns =
                ask(format!("SELECT 'quote(\"' || name || '\")' AS line FROM pragma_table_info('{table}')"));
            let row = columns.join(" || '|' || ");
            let rows = ask(format!("SELECT {row} AS line FROM \"{table}\" ORDER BY 1"));
            (table, rows)
        })
        .collect()
}

/// Every row of a PostgreSQL database.
pub(super) fn of_server(connection: &mut PgConnection) -> BTreeMap<String, Vec<String>> {
    let mut ask = |question: String| -> Vec<String> {
        let lines: Vec<Line> = sql_query(question).load(connection).expect("the question is SQL");
        lines.into_iter().map(|row| row.line).collect()
    };
    ask("SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'".to_owned())
        .into_iter()
        .map(|table| {
            let rows = ask(format!("SELECT t::text AS line FROM \"{table}\" t ORDER BY 1"));
            (table, rows)
        })
        .collect()
}
