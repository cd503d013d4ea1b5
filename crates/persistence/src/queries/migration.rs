//! Bringing the schema to the version of this program, and refusing any other.

use std::error::Error;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use super::{Conn, Db, dialect};
use crate::error::StoreError;

diesel::table! {
    /// Kept by `diesel_migrations`.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Applies the migrations that are missing, in one transaction that holds the lock row; gives their names.
///
/// # Errors
/// `SchemaVersion` if the database has migrations that this program does not know.
pub(in super::super) fn migrate(
    conn: &mut Conn,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    create_lock(conn)?;
    dialect::transaction_for_migration(conn, |conn| {
        conn.batch_execute("UPDATE migration_lock SET id = id")?;
        let found = applied(conn)?;
        let known = known(&migrations)?;
        if !known.starts_with(&found) {
            return Err(mismatch(&found, &known));
        }
        let done = conn.run_pending_migrations(migrations).map_err(failed)?;
        Ok(done.iter().map(MigrationVersion::to_string).collect())
    })
}

/// Refuses a schema that is not exactly the one of this program.
///
/// # Errors
/// `SchemaVersion`.
pub(in super::super) fn verify(conn: &mut Conn, migrations: &EmbeddedMigrations) -> Result<(), StoreError> {
    let found = applied(conn)?;
    let known = known(migrations)?;
    if found == known { Ok(()) } else { Err(mismatch(&found, &known)) }
}

/// Two servers may create the table at the same moment; only the row decides.
fn create_lock(conn: &mut Conn) -> Result<(), StoreError> {
    let created = conn.batch_execute(
        "CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1))",
    );
    let inserted = conn.batch_execute("INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING");
    if inserted.is_err() { Ok(created.and(inserted)?) } else { Ok(()) }
}

fn applied(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    if !dialect::table_exists(conn, "__diesel_schema_migrations")? {
        return Ok(Vec::new());
    }
    let versions = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load(conn)?;
    Ok(versions)
}

fn known(migrations: &EmbeddedMigrations) -> Result<Vec<String>, StoreError> {
    let list: Vec<Box<dyn Migration<Db>>> = migrations.migrations().map_err(failed)?;
    let mut versions: Vec<String> =
        list.iter().map(|migration| migration.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

fn mismatch(found: &[String], known: &[String]) -> StoreError {
    let last = |versions: &[String]| versions.last().map_or_else(|| "none".to_owned(), Clone::clone);
    StoreError::SchemaVersion { found: last(found), expected: last(known) }
}

fn failed(error: Box<dyn Error + Send + Sync>) -> StoreError {
    StoreError::Driver(format!("a migration failed and was undone: {error}"))
}
