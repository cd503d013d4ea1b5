//! How a store is opened, and what a transaction is opened for.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::StoreError;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one server process.
    Sqlite,
    /// A database server, any number of service processes.
    Postgres,
}

impl Engine {
    /// The name in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What the process may do with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and write. On SQLite the one writer process, held by a lock file.
    ReadWrite,
    /// Read only: may run beside a server on the same SQLite file.
    ReadOnly,
}

/// How a store is opened. It has no `Debug`: the URL may hold a password.
#[derive(Clone)]
pub struct StoreConfig {
    /// `sqlite:<path>`, `postgres://…` or `postgresql://…`.
    pub url: String,
    /// Whether an absent SQLite file is created; otherwise it is an error.
    pub create: bool,
    /// Read and write, or read only.
    pub access: Access,
    /// Connections: readers on SQLite (the writer comes on top), all of them on PostgreSQL.
    pub connections: usize,
    /// Requests that may wait, per queue; one more is answered `Busy`.
    pub queue: usize,
    /// Time a transaction has from request to answer, unless the handle says otherwise.
    pub deadline: Duration,
    /// Told every statement, with its values: for tests.
    pub listener: Option<Listener>,
}

/// Hears statements.
pub type Listener = Arc<dyn Fn(&dyn fmt::Display) + Send + Sync>;

impl StoreConfig {
    /// The ordinary settings for a URL: read and write, 8 connections, 1024 waiting, 10 seconds.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            create: false,
            access: Access::ReadWrite,
            connections: 8,
            queue: 1024,
            deadline: Duration::from_secs(10),
            listener: None,
        }
    }

    /// Where the URL points.
    ///
    /// # Errors
    /// `Configuration` for an unknown scheme or a SQLite name that is no plain file path.
    pub(crate) fn location(&self) -> Result<Location, StoreError> {
        if self.url.starts_with("postgres://") || self.url.starts_with("postgresql://") {
            return Ok(Location::Postgres(self.url.clone()));
        }
        let Some(name) = self.url.strip_prefix("sqlite:") else {
            return Err(StoreError::Configuration(
                "unknown database URL; write sqlite:<path> or postgres://<user>@<host>/<database>".to_owned(),
            ));
        };
        let path = name.strip_prefix("//").unwrap_or(name);
        if path.is_empty() || path.starts_with("file:") || path.contains([':', '?']) {
            return Err(StoreError::Configuration(
                "a SQLite URL names a plain file, e.g. sqlite:/var/lib/cartotek/cartotek.db".to_owned(),
            ));
        }
        Ok(Location::Sqlite(PathBuf::from(path)))
    }
}

/// A parsed database URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(PathBuf),
    Postgres(String),
}

/// The sites a transaction is opened for: on PostgreSQL the setting `cartotek.scope`, on which row-level
/// security builds. Empty means none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// The scope of these codes of sites and biobanks.
    ///
    /// # Errors
    /// `Configuration` if a code has other characters than ASCII letters, digits, `-` and `_`.
    pub fn of_units<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<Self, StoreError> {
        let codes: Vec<&str> = codes.into_iter().collect();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if codes.iter().all(|code| !code.is_empty() && code.chars().all(plain)) {
            Ok(Self(codes.join(",")))
        } else {
            Err(StoreError::Configuration("a site code has only letters, digits, - and _".to_owned()))
        }
    }

    /// The codes, separated by commas; safe inside an SQL literal.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What bounds one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) scope: Scope,
    pub(crate) deadline: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_or_refused() {
        let sqlite = |path: &str| Some(Location::Sqlite(PathBuf::from(path)));
        let cases = [
            ("sqlite:a.db", sqlite("a.db")),
            ("sqlite://a.db", sqlite("a.db")),
            ("sqlite:///var/a.db", sqlite("/var/a.db")),
            ("postgres://h/d", Some(Location::Postgres("postgres://h/d".to_owned()))),
            ("postgresql://h/d", Some(Location::Postgres("postgresql://h/d".to_owned()))),
            ("mysql://h/d", None),
            ("cartotek.db", None),
            ("sqlite:", None),
            ("sqlite::memory:", None),
            ("sqlite:a.db?mode=memory", None),
        ];
        for (url, expected) in cases {
            assert_eq!(StoreConfig::new(url).location().ok(), expected, "{url}");
        }
    }

    #[test]
    fn a_scope_cannot_leave_its_sql_literal() {
        assert_eq!(Scope::of_units(["KAR", "SUS"]).map(|scope| scope.0), Ok("KAR,SUS".to_owned()));
        assert!(Scope::of_units(["KAR'; DROP TABLE site; --"]).is_err());
        assert!(Scope::of_units(["KAR,SUS"]).is_err());
    }
}
