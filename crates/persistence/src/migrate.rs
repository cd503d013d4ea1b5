//! Schema migrations: forward only, under our own lock row, refused on an unknown or newer schema.

use crate::config::{Location, StoreConfig};
use crate::error::StoreError;
use crate::{postgres, sqlite};

/// Applies what is missing and gives the names of the applied migrations.
pub(crate) fn migrate(config: &StoreConfig) -> Result<Vec<String>, StoreError> {
    match config.location()? {
        Location::Sqlite(path) => sqlite::Database::migrate(config, &path),
        Location::Postgres(url) => postgres::migrate(&url),
    }
}
