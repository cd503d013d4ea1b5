//! Opening a SQLite file: settings, version, and the lock that keeps a second writer process away.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Conn;
use crate::error::StoreError;

/// Before it, a WAL file could be damaged by a checkpoint race.
const OLDEST: [u32; 3] = [3, 51, 3];

const COMMON: &str = "PRAGMA busy_timeout = 5000;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -16384;";

/// Rows of one submission go to a dozen indexes at places of their own: a cache that holds the upper pages of them all
/// spares most of the reading, and a log that grows to 16 MB before it is written back most of the writing. Memory is
/// taken only as pages are met.
const WRITER_CACHE: &str = "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;";

/// Refuses an absent file unless it may be created, so that a mistyped path makes no empty registry. A new file
/// is its owner's alone, and SQLite gives the files beside it the same mode.
pub(super) fn ensure_exists(path: &Path, create: bool) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    if create {
        let created = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        return created.map(drop).map_err(|error| {
            StoreError::Configuration(format!("cannot create {}: {error}", path.display()))
        });
    }
    Err(StoreError::Configuration(format!(
        "there is no database at {}; `cartotek migrate` creates one",
        path.display()
    )))
}

/// The connection of the writer thread.
pub(crate) fn writer(path: &Path) -> Result<Conn, StoreError> {
    let mut conn = connect(path)?;
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    conn.batch_execute(WRITER_CACHE)?;
    let mode: String = diesel::select(sql::<Text>("(SELECT journal_mode FROM pragma_journal_mode)"))
        .get_result(&mut conn)?;
    if mode == "wal" {
        return Ok(conn);
    }
    Err(StoreError::Configuration(
        "SQLite cannot keep a write-ahead log here; put the file on a local disk".to_owned(),
    ))
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Conn, StoreError> {
    let mut conn = connect(path)?;
    conn.batch_execute("PRAGMA query_only = ON;")?;
    Ok(conn)
}

/// A connection with the settings that all share.
pub(super) fn connect(path: &Path) -> Result<Conn, StoreError> {
    let Some(name) = path.to_str() else {
        return Err(StoreError::Configuration("the path of a SQLite file is UTF-8".to_owned()));
    };
    let mut conn = Conn::establish(name)?;
    conn.batch_execute(COMMON)?;
    let version: String = diesel::select(sql::<Text>("sqlite_version()")).get_result(&mut conn)?;
    if is_recent(&version) {
        return Ok(conn);
    }
    Err(StoreError::Configuration(format!(
        "SQLite {version} is too old, 3.51.3 is needed; build with the default feature `bundled`"
    )))
}

fn is_recent(version: &str) -> bool {
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    numbers.as_slice() >= OLDEST.as_slice()
}

/// Proof that this process is the only writer of the file; given up when dropped.
pub struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Locks `<path>.lock`, which stays beside the database.
    ///
    /// # Errors
    /// `Configuration` if another process writes to the file.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock = Path::new(&name);
        let unusable = |error: std::io::Error| {
            StoreError::Configuration(format!("cannot use the lock file {}: {error}", lock.display()))
        };
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(lock).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Configuration(format!(
                "another process writes to {}; use the server that runs, or stop it first",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, recent) in [
            ("3.51.3", true),
            ("3.53.2", true),
            ("3.100.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.9.9", false),
        ] {
            assert_eq!(is_recent(version), recent, "{version}");
        }
    }
}
