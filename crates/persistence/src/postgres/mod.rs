//! The server engine: one pooled connection and one transaction per closure.

pub(crate) mod dialect;
#[cfg(test)]
mod plan;
mod pool;
mod together;

#[path = "../queries/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "one source, compiled once per engine")]
mod queries;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use crate::error::StoreError;

pub(crate) use pool::Database;
#[cfg(feature = "testing")]
pub(crate) use pool::connect;

pub(crate) type Conn = diesel::pg::PgConnection;
pub(crate) type Db = diesel::pg::Pg;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Brings the schema to this program's version; the URL is that of the owner of the tables.
pub(crate) fn migrate(url: &str) -> Result<Vec<String>, StoreError> {
    let mut conn = pool::connect(url)?;
    queries::migration::migrate(&mut conn, MIGRATIONS)
}
