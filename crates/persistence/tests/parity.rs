//! Both migration trees describe the same database.
//!
//! Tables, columns, nullability, unique keys and foreign keys are compared; then rules that hold for each alone.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod catalogue;

use std::collections::BTreeSet;

use cartotek_domain::fact::TABLES;
use cartotek_persistence::testing::TestDatabase;
use cartotek_persistence::{Constraint, Engine};
use catalogue::{Columns, Schema, postgres, sqlite};
use diesel::prelude::*;
use diesel::sql_types::Text;

#[test]
fn both_engines_have_the_same_tables_columns_and_keys() {
    let (sqlite, postgres) = (sqlite(), postgres());
    let names = |schema: &Schema| schema.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    assert!(sqlite.contains_key("site"));
    for (name, table) in &sqlite {
        assert_eq!(*table, postgres[name], "table {name}: SQLite left, PostgreSQL right");
    }
}

/// `check` compares what the domain lists: a table that is not listed there would be vouched for by nobody.
#[test]
fn the_domain_knows_every_table() {
    let known: BTreeSet<_> = TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let there: BTreeSet<_> = sqlite().into_keys().collect();
    assert_eq!(known, there);
}

#[test]
fn every_foreign_key_begins_an_index() {
    for (engine, schema) in [("SQLite", sqlite()), ("PostgreSQL", postgres())] {
        for (name, table) in &schema {
            for (columns, ..) in &table.foreign {
                let indexed = table.indexes.iter().any(|index| index.starts_with(columns));
                assert!(indexed, "{engine}: no index of {name} begins with {columns:?}, a foreign key");
            }
        }
    }
}

/// Unique keys of a part of a table whose condition leaves NULL out.
const NULL_LEFT_OUT: &[(&str, &[&str])] = &[
    ("record_lock", &["record_id"]),
    ("record_lock", &["patient_id"]),
    ("record_lock", &["site", "cut_off"]),
];

#[test]
fn no_unique_key_has_a_nullable_column() {
    let left_out: BTreeSet<(String, Columns)> = NULL_LEFT_OUT.iter().copied().map(partial).collect();
    for (name, mut table) in sqlite() {
        table.unique.retain(|key| !left_out.contains(&(name.clone(), key.clone())));
        for column in table.unique.iter().flatten().filter(|column| table.columns.contains_key(*column)) {
            assert!(table.columns[column].1, "column {column} of a unique key of {name} may be NULL");
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
    ("clarification_state", &["clarification_id"]),
    ("generation", &["name"]),
    ("idempotent_answer", &["actor_id", "idempotency_key"]),
    ("lease", &["name"]),
    ("migration_lock", &["id"]),
    ("reminder", &["site", "day"]),
    ("token_use", &["token_id"]),
    // Looked for under the patient's lock before one is added.
    ("signature", &["record_id", "revision", "signer_id", "meaning"]),
    ("verification", &["record_id", "revision"]),
    // Numbered by the server under a fresh id or a lock.
    ("audit_event", &["event_id"]),
    ("audit_leaf", &["event_id"]),
    ("audit_pending", &["event_id"]),
    ("audit_subject", &["event_id", "ordinal"]),
    ("audit_tile", &["level", "tile_index"]),
    ("import_chunk", &["job_id", "kind", "ordinal"]),
    ("import_patient", &["job_id", "patient_id"]),
    ("expected_item", &["subject_id", "ordinal"]),
    ("milestone", &["patient_id", "record_id", "name", "ordinal"]),
    // Under the patient's lock, in the place of those that stood there.
    ("record_finding", &["record_id", "rule", "pointer"]),
];

fn owned((table, columns): (&str, &[&str])) -> (String, Columns) {
    (table.to_owned(), columns.iter().map(|&name| name.to_owned()).collect())
}

/// The key of a part of a table, as the catalogue tells it.
fn partial(key: (&str, &[&str])) -> (String, Columns) {
    let (table, mut columns) = owned(key);
    columns.push("WHERE".to_owned());
    (table, columns)
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
    assert!(unlisted.is_empty(), "in the database but in no list: {unlisted:?}");
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
        assert!(names.contains(constraint.name()), "{} is not in PostgreSQL", constraint.name());
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
    assert!(statements.iter().all(|sql| !sql.to_ascii_uppercase().contains("DEFERRABLE")));
    for constraint in Constraint::ALL.iter().filter(|constraint| constraint.columns().is_empty()) {
        let named = format!("CONSTRAINT {} CHECK", constraint.name());
        assert!(statements.iter().any(|sql| sql.contains(&named)), "{named} is not in SQLite");
    }
}
