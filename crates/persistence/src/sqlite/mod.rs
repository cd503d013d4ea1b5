//! The embedded engine: many readers, one writer thread.

mod backup;
pub(crate) mod dialect;
mod open;
#[cfg(test)]
mod plan;
mod reader;
mod together;
mod writer;

#[path = "../queries/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "one source, compiled once per engine")]
mod queries;

use std::path::{Path, PathBuf};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use crate::config::{Access, StoreConfig};
use crate::error::StoreError;
use crate::session::{ReadSession, WriteSession};
use crate::transaction::{Answer, Ending};

pub use open::WriterLock;
#[cfg(feature = "testing")]
pub(crate) use open::writer as connect_writer;
use reader::Readers;
use writer::Writer;

pub(crate) type Conn = diesel::sqlite::SqliteConnection;
pub(crate) type Db = diesel::sqlite::Sqlite;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// An open SQLite file.
pub(crate) struct Database {
    path: PathBuf,
    readers: Readers,
    writer: Option<Writer>,
}

impl Database {
    /// Opens the file, refusing a wrong schema, a damaged file and a second writer process.
    pub(crate) fn open(config: &StoreConfig, path: &Path) -> Result<Self, StoreError> {
        open::ensure_exists(path, config.create)?;
        let writer = match config.access {
            Access::ReadWrite => {
                let lock = WriterLock::take(path)?;
                let mut connection = open::writer(path)?;
                queries::migration::verify(&mut connection, &MIGRATIONS)?;
                dialect::quick_check(&mut connection)?;
                Some(Writer::start(config, path, connection, lock)?)
            }
            Access::ReadOnly => {
                queries::migration::verify(&mut open::reader(path)?, &MIGRATIONS)?;
                None
            }
        };
        let readers = Readers::new(config, path);
        Ok(Self { path: path.to_owned(), readers, writer })
    }

    /// Brings the schema of the file to this program's version.
    pub(crate) fn migrate(config: &StoreConfig, path: &Path) -> Result<Vec<String>, StoreError> {
        open::ensure_exists(path, config.create)?;
        let _lock = WriterLock::take(path)?;
        queries::migration::migrate(&mut open::writer(path)?, MIGRATIONS)
    }

    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut dyn ReadSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.readers.read(work).await
    }

    pub(crate) async fn write<T, E>(
        &self,
        ending: Ending,
        work: impl FnMut(&mut dyn WriteSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.write(ending, work).await,
            None => Err(StoreError::ReadOnly),
        }
    }

    pub(crate) fn backup_into(&self, target: &Path) -> Result<(), StoreError> {
        backup::backup_into(&self.path, target)
    }

    pub(crate) fn purge(&self) -> Result<bool, StoreError> {
        dialect::purge(&mut open::connect(&self.path)?)
    }

    pub(crate) async fn shut_down(&self) {
        if let Some(writer) = &self.writer {
            writer.shut_down().await;
        }
        self.readers.shut_down().await;
    }
}
