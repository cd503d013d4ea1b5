//! The catalogue of either engine, read into one form that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_persistence::Engine;
use cartotek_persistence::testing::TestDatabase;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

/// Columns in index order.
pub(crate) type Columns = Vec<String>;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Type and whether NULL is refused, by column.
    pub(crate) columns: BTreeMap<String, (String, bool)>,
    /// Unique keys, the primary key among them; those of a part of the table end in its condition.
    pub(crate) unique: BTreeSet<Columns>,
    /// Columns, the table they refer to, its columns, and what a deletion does.
    pub(crate) foreign: BTreeSet<(Columns, String, Columns, String)>,
    /// Every index, unique or not.
    pub(crate) indexes: BTreeSet<Columns>,
}

/// Kept by the migration library, not ours.
const HISTORY: &str = "__diesel_schema_migrations";

pub(crate) type Schema = BTreeMap<String, Table>;

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
}

#[derive(QueryableByName)]
struct IndexRow {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Bool)]
    is_partial: bool,
}

#[derive(QueryableByName)]
struct ForeignRow {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Text)]
    target_columns: String,
    #[diesel(sql_type = Text)]
    on_delete: String,
}

/// The three catalogue queries of an engine.
struct Catalogue {
    columns: &'static str,
    indexes: &'static str,
    foreign: &'static str,
}

const SQLITE: Catalogue = Catalogue {
    columns: "SELECT t.name AS of, c.name, c.type AS kind, c.\"notnull\" AS required
              FROM sqlite_schema t, pragma_table_info(t.name) c
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    indexes: "SELECT t.name AS of, i.\"unique\" AS is_unique, i.partial AS is_partial,
                     (SELECT group_concat(coalesce(name, '(expression)'), ',' ORDER BY seqno)
                      FROM pragma_index_info(i.name)) AS columns
              FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table'
              UNION ALL
              SELECT t.name, 1, 0, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
              WHERE t.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'
                AND (SELECT max(pk) FROM pragma_table_info(t.name)) = 1",
    foreign: "SELECT t.name AS of, f.\"table\" AS target, f.on_delete,
                     group_concat(f.\"from\", ',' ORDER BY f.seq) AS columns,
                     group_concat(coalesce(f.\"to\", '(primary key)'), ',' ORDER BY f.seq) AS target_columns
              FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
              GROUP BY t.name, f.id, f.\"table\", f.on_delete",
};

const POSTGRES: Catalogue = Catalogue {
    columns: "SELECT table_name::text AS of, column_name::text AS name, data_type::text AS kind,
                     is_nullable = 'NO' AS required
              FROM information_schema.columns WHERE table_schema = 'public'",
    indexes: "SELECT i.indrelid::regclass::text AS of, i.indisunique AS is_unique,
                     i.indpred IS NOT NULL AS is_partial,
                     (SELECT string_agg(coalesce(a.attname::text, '(expression)'), ',' ORDER BY k.place)
                      FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
              FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
              WHERE c.relnamespace = 'public'::regnamespace",
    foreign: "SELECT f.conrelid::regclass::text AS of, f.confrelid::regclass::text AS target,
                     CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT'
                          WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END AS on_delete,
                     (SELECT string_agg(a.attname::text, ',' ORDER BY k.place)
                      FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
                      JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number) AS columns,
                     (SELECT string_agg(a.attname::text, ',' ORDER BY k.place)
                      FROM unnest(f.confkey) WITH ORDINALITY AS k (number, place)
                      JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number) AS target_columns
              FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace",
};

fn split(columns: &str) -> Columns {
    columns.split(',').map(str::to_owned).collect()
}

/// The catalogue of a database in the common form. A macro, because the two connections share no trait that
/// runs a text query.
macro_rules! read_schema {
    ($conn:expr, $catalogue:expr) => {{
        let mut schema = Schema::new();
        for row in diesel::sql_query($catalogue.columns).load::<ColumnRow>($conn).unwrap() {
            if row.of == HISTORY {
                continue;
            }
            let columns = &mut schema.entry(row.of).or_default().columns;
            columns.insert(row.name, (common_type(&row.kind).to_owned(), row.required));
        }
        for row in diesel::sql_query($catalogue.indexes).load::<IndexRow>($conn).unwrap() {
            let table = schema.entry(row.of).or_default();
            let mut columns = split(&row.columns);
            if !row.is_partial {
                table.indexes.insert(columns.clone());
            } else {
                columns.push("WHERE".to_owned());
            }
            if row.is_unique {
                table.unique.insert(columns);
            }
        }
        for row in diesel::sql_query($catalogue.foreign).load::<ForeignRow>($conn).unwrap() {
            let key = (split(&row.columns), row.target, split(&row.target_columns), row.on_delete);
            schema.entry(row.of).or_default().foreign.insert(key);
        }
        schema.remove(HISTORY);
        schema
    }};
}

/// The name that both engines' types have in common.
fn common_type(kind: &str) -> &str {
    match kind.to_ascii_uppercase().as_str() {
        "TEXT" | "TIMESTAMP WITH TIME ZONE" | "DATE" => "text or time",
        "BLOB" | "BYTEA" | "UUID" => "bytes",
        // A STRICT table of SQLite knows no boolean.
        "INTEGER" | "BIGINT" | "SMALLINT" | "BOOLEAN" => "integer",
        "REAL" | "DOUBLE" | "DOUBLE PRECISION" => "double",
        other => panic!("a column has the type {other}, which has no counterpart on the other engine"),
    }
}

pub(crate) fn sqlite() -> Schema {
    let database = TestDatabase::new(Engine::Sqlite);
    let path = database.owner_url().strip_prefix("sqlite:").unwrap();
    read_schema!(&mut SqliteConnection::establish(path).unwrap(), SQLITE)
}

pub(crate) fn postgres() -> Schema {
    let database = TestDatabase::new(Engine::Postgres);
    read_schema!(&mut PgConnection::establish(database.owner_url()).unwrap(), POSTGRES)
}
