//! Both migration trees describe the same database.
//!
//! Each engine's catalogue is read into one form, and the two forms are compared: tables, columns,
//! nullability, unique keys, foreign keys. Then rules that hold for each alone.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Constraint, Engine};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

/// Columns in index order.
type Columns = Vec<String>;

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Type and whether NULL is refused, by column.
    columns: BTreeMap<String, (String, bool)>,
    /// Unique keys, the primary key among them; those of a part of the table end in its condition.
    unique: BTreeSet<Columns>,
    /// Columns, the table they refer to, its columns, and what a deletion does.
    foreign: BTreeSet<(Columns, String, Columns, String)>,
    /// Every index, unique or not.
    indexes: BTreeSet<Columns>,
}

/// Kept by the migration library, not ours.
const HISTORY: &str = "__diesel_schema_migrations";

type Schema = BTreeMap<String, Table>;

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
        for row in diesel::sql_query($catalogue.columns)
            .load::<ColumnRow>($conn)
            .unwrap()
        {
            if row.of == HISTORY {
                continue;
            }
            let columns = &mut schema.entry(row.of).or_default().columns;
            columns.insert(row.name, (common_type(&row.kind).to_owned(), row.required));
        }
        for row in diesel::sql_query($catalogue.indexes)
            .load::<IndexRow>($conn)
            .unwrap()
        {
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
        for row in diesel::sql_query($catalogue.foreign)
            .load::<ForeignRow>($conn)
            .unwrap()
        {
            let key = (
                split(&row.columns),
                row.target,
                split(&row.target_columns),
                row.on_delete,
            );
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

fn sqlite() -> Schema {
    let database = TestDatabase::new(Engine::Sqlite);
    let path = database.owner_url().strip_prefix("sqlite:").unwrap();
    read_schema!(&mut SqliteConnection::establish(path).unwrap(), SQLITE)
}

fn postgres() -> Schema {
    let database = TestDatabase::new(Engine::Postgres);
    read_schema!(
        &mut PgConnection::establish(database.owner_url()).unwrap(),
        POSTGRES
    )
}

#[test]
fn both_engines_have_the_same_tables_columns_and_keys() {
    let (sqlite, postgres) = (sqlite(), postgres());
    let names = |schema: &Schema| schema.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    assert!(sqlite.contains_key("site"));
    for (name, table) in &sqlite {
        assert_eq!(
            *table, postgres[name],
            "table {name}: SQLite left, PostgreSQL right"
        );
    }
}

#[test]
fn every_foreign_key_begins_an_index() {
    for (engine, schema) in [("SQLite", sqlite()), ("PostgreSQL", postgres())] {
        for (name, table) in &schema {
            for (columns, ..) in &table.foreign {
                let indexed = table.indexes.iter().any(|index| index.starts_with(columns));
                assert!(
                    indexed,
                    "{engine}: no index of {name} begins with {columns:?}, a foreign key"
                );
            }
        }
    }
}

#[test]
fn no_unique_key_has_a_nullable_column() {
    for (name, table) in sqlite() {
        for column in table
            .unique
            .iter()
            .flatten()
            .filter(|column| table.columns.contains_key(*column))
        {
            assert!(
                table.columns[column].1,
                "column {column} of a unique key of {name} may be NULL"
            );
        }
    }
}

/// Unique keys that no caller can violate, so that they need no name. Primary keys `id` are of this kind too.
const NEVER_CLASH: &[(&str, &[&str])] = &[
    // Its label in `barcode` is written first.
    ("aliquot", &["barcode"]),
    ("sample", &["barcode"]),
    ("storage_box", &["barcode"]),
    // Inserted or left, inserted or updated: never refused.
    ("amount_balance", &["tube_id"]),
    ("generation", &["name"]),
    ("idempotent_answer", &["actor_id", "idempotency_key"]),
    ("lease", &["name"]),
    ("migration_lock", &["id"]),
    ("token_use", &["token_id"]),
    // Numbered by the server under a fresh id or a lock.
    ("audit_event", &["event_id"]),
    ("audit_leaf", &["event_id"]),
    ("audit_pending", &["event_id"]),
    ("audit_subject", &["event_id", "ordinal"]),
    ("audit_tile", &["level", "tile_index"]),
    ("import_chunk", &["job_id", "kind", "ordinal"]),
    ("milestone", &["patient_id", "record_id", "name", "ordinal"]),
];

fn owned((table, columns): (&str, &[&str])) -> (String, Columns) {
    (
        table.to_owned(),
        columns.iter().map(|&name| name.to_owned()).collect(),
    )
}

/// A key that is not listed would be answered as a defect of the program instead of a conflict.
#[test]
fn every_unique_key_is_a_listed_constraint() {
    let mut listed: BTreeSet<(String, Columns)> = Constraint::ALL
        .iter()
        .filter(|constraint| !constraint.columns().is_empty())
        .map(|constraint| owned((constraint.table(), constraint.columns())))
        .collect();
    listed.extend(NEVER_CLASH.iter().copied().map(owned));
    let mut found = BTreeSet::new();
    for (name, table) in sqlite() {
        for key in table.unique {
            let columns: Columns = key.into_iter().filter(|column| column != "WHERE").collect();
            if columns != ["id"] || name == "migration_lock" {
                found.insert((name.clone(), columns));
            }
        }
    }
    let unlisted: Vec<_> = found.difference(&listed).collect();
    let absent: Vec<_> = listed.difference(&found).collect();
    assert!(
        unlisted.is_empty(),
        "in the database but in no list: {unlisted:?}"
    );
    assert!(absent.is_empty(), "listed but not in the database: {absent:?}");
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

#[test]
fn every_listed_constraint_has_its_name_in_postgres() {
    let database = TestDatabase::new(Engine::Postgres);
    let mut conn = PgConnection::establish(database.owner_url()).unwrap();
    let names: BTreeSet<String> = diesel::sql_query(
        "SELECT conname::text AS name FROM pg_constraint UNION SELECT relname::text FROM pg_class WHERE relkind = 'i'",
    )
    .load::<NameRow>(&mut conn)
    .unwrap()
    .into_iter()
    .map(|row| row.name)
    .collect();
    for constraint in Constraint::ALL {
        assert!(
            names.contains(constraint.name()),
            "{} is not in PostgreSQL",
            constraint.name()
        );
    }
}

#[derive(QueryableByName)]
struct SqlRow {
    #[diesel(sql_type = Text)]
    sql: String,
}

/// A named check must have its name on SQLite too, and a constraint that waits for the commit would fail a
/// whole group of writes.
#[test]
fn sqlite_names_its_checks_and_defers_nothing() {
    let database = TestDatabase::new(Engine::Sqlite);
    let path = database.owner_url().strip_prefix("sqlite:").unwrap();
    let statements: Vec<String> =
        diesel::sql_query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .load::<SqlRow>(&mut SqliteConnection::establish(path).unwrap())
            .unwrap()
            .into_iter()
            .map(|row| row.sql)
            .collect();
    assert!(
        statements
            .iter()
            .all(|sql| !sql.to_ascii_uppercase().contains("DEFERRABLE"))
    );
    for constraint in Constraint::ALL
        .iter()
        .filter(|constraint| constraint.columns().is_empty())
    {
        let named = format!("CONSTRAINT {} CHECK", constraint.name());
        assert!(
            statements.iter().any(|sql| sql.contains(&named)),
            "{named} is not in SQLite"
        );
    }
}
