//! The database without the store.

use std::path::Path;

use diesel::prelude::*;

use crate::error::StoreError;
use crate::session::WriteSession;
use crate::{postgres, sqlite};

/// One connection with the durability of the store and nothing else of it: the limit that benchmarks compare with.
pub struct BareConnection(Bare);

enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl BareConnection {
    pub(super) fn to_file(file: &Path) -> Self {
        Self(Bare::Sqlite(sqlite::connect_writer(file).expect("the file opens")))
    }

    pub(super) fn to_server(url: &str) -> Self {
        Self(Bare::Postgres(postgres::connect(url).expect("the server accepts connections")))
    }

    /// Runs a closure as one transaction, on disk when this returns.
    ///
    /// # Errors
    /// What the closure says, or the failure of the commit.
    pub fn transact(
        &mut self,
        work: impl FnOnce(&mut dyn WriteSession) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match &mut self.0 {
            Bare::Sqlite(connection) => connection.immediate_transaction(|connection| work(connection)),
            Bare::Postgres(connection) => connection.transaction(|connection| work(connection)),
        }
    }
}
