//! What can go wrong in the store. No variant carries a value of a row.

use diesel::result::{ConnectionError, DatabaseErrorInformation, DatabaseErrorKind, Error as DriverError};

use crate::constraint::Constraint;
use crate::{postgres, sqlite};

/// A failure of the store, for the layers above to turn into an answer.
///
/// It is cloneable because a failed commit answers every waiting caller of its batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A unique key or a named check refused the change: the caller's conflict.
    #[error("the change violates {} of table {}", .0.name(), .0.table())]
    Conflict(Constraint),
    /// A row refers to one that is absent, or a row to be deleted is referred to. SQLite names no key.
    #[error("a row refers to one that does not exist, or is still referred to")]
    MissingReference,
    /// A stored row breaks what the code promises: run `cartotek check`.
    #[error(
        "inconsistent row in the database: table {table}, column {column}, row {row}; run `cartotek check`"
    )]
    Inconsistent {
        /// The table of the row.
        table: &'static str,
        /// The column that cannot be what it is.
        column: &'static str,
        /// The row's id; never one of its values.
        row: String,
    },
    /// More requests wait than the queue holds: answer 503 and let the client come again.
    #[error("the store is busy; try again shortly")]
    Busy,
    /// The transaction did not end in time. Whether it was committed is unknown: retry only keyed work.
    #[error("the transaction passed its deadline; try again with the same idempotency key")]
    Deadline,
    /// The connection was lost. Whether a commit under way took effect is unknown: retry only keyed work.
    #[error("the connection to the database was lost; try again with the same idempotency key")]
    ConnectionLost,
    /// The database cannot serve now (full disk, failing over, shutting down).
    #[error("the database cannot serve now: {0}")]
    Unavailable(String),
    /// Concurrent transactions could not be put in an order, also after several attempts.
    #[error("the transaction collided with others; try again")]
    Serialization,
    /// The session or the server does not accept writes.
    #[error("the database is read-only; point the service at the writable server")]
    ReadOnly,
    /// The schema is not the one this program was built for.
    #[error("the database schema is at {found}, this program needs {expected}: {}", cure(found, expected))]
    SchemaVersion {
        /// The last migration in the database, `none` in an empty one.
        found: String,
        /// The last migration of this program.
        expected: String,
    },
    /// The store cannot be opened as configured; the text says how to mend it.
    #[error("{0}")]
    Configuration(String),
    /// The driver refused a statement in a way nobody expected: a defect of this program or of the server.
    #[error("database error: {0}")]
    Driver(String),
}

impl StoreError {
    /// A row that the code cannot believe; `row` is its id.
    pub fn inconsistent(table: &'static str, column: &'static str, row: impl ToString) -> Self {
        Self::Inconsistent { table, column, row: row.to_string() }
    }

    /// Whether the same request may succeed later: the answer is 503 with `Retry-After`.
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::Deadline
                | Self::ConnectionLost
                | Self::Unavailable(_)
                | Self::Serialization
                | Self::ReadOnly
        )
    }

    /// The meaning of a driver error.
    pub(crate) fn of_driver(error: &DriverError) -> Self {
        match error {
            DriverError::DatabaseError(kind, information) => of_database(*kind, information.as_ref()),
            DriverError::RollbackErrorOnCommit { commit_error, .. } => Self::of_driver(commit_error),
            DriverError::BrokenTransactionManager => Self::ConnectionLost,
            DriverError::NotFound => Self::Driver("a row that must exist is absent".to_owned()),
            // The text of these may quote the stored value.
            DriverError::DeserializationError(_) | DriverError::SerializationError(_) => {
                Self::Driver("a value does not have the form its column promises".to_owned())
            }
            other => Self::Driver(redact(&other.to_string())),
        }
    }
}

impl From<DriverError> for StoreError {
    fn from(error: DriverError) -> Self {
        Self::of_driver(&error)
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(redact(&error.to_string()))
    }
}

fn of_database(kind: DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> StoreError {
    let unexpected = || StoreError::Driver(redact(information.message()));
    match kind {
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::CheckViolation => {
            postgres::dialect::constraint(information)
                .or_else(|| sqlite::dialect::constraint(information))
                .map_or_else(unexpected, conflict)
        }
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            StoreError::MissingReference
        }
        DatabaseErrorKind::SerializationFailure => StoreError::Serialization,
        DatabaseErrorKind::ReadOnlyTransaction => StoreError::ReadOnly,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            StoreError::ConnectionLost
        }
        _ => postgres::dialect::condition(information.message())
            .or_else(|| sqlite::dialect::condition(information.message()))
            .unwrap_or_else(unexpected),
    }
}

fn conflict(constraint: Constraint) -> StoreError {
    match constraint {
        // Another site enrolled the same person a moment ago: run again, the change finds the patient and joins.
        Constraint::Linkage => StoreError::Serialization,
        other => StoreError::Conflict(other),
    }
}

fn cure(found: &str, expected: &str) -> &'static str {
    if found != "none" && found > expected {
        "run a newer version of the program"
    } else {
        "run `cartotek migrate`"
    }
}

/// The message up to the value that PostgreSQL quotes after a colon (`invalid input syntax for type uuid: "…"`).
fn redact(message: &str) -> String {
    message.split_once(": \"").map_or(message, |(before, _)| before).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_are_cut_from_messages() {
        assert_eq!(
            redact("invalid input syntax for type uuid: \"19121212\""),
            "invalid input syntax for type uuid"
        );
        assert_eq!(redact("no such table: site"), "no such table: site");
    }

    #[test]
    fn a_sqlite_key_is_recognised_by_its_columns() {
        let error = DriverError::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            Box::new("UNIQUE constraint failed: site.code".to_owned()),
        );
        assert_eq!(StoreError::from(error), StoreError::Conflict(Constraint::SiteCode));
    }

    #[test]
    fn an_unlisted_key_is_a_defect_not_a_conflict() {
        let error = DriverError::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            Box::new("UNIQUE constraint failed: site.code, site.name".to_owned()),
        );
        assert!(matches!(StoreError::from(error), StoreError::Driver(_)));
    }

    #[test]
    fn a_newer_schema_asks_for_a_newer_program() {
        let of =
            |found: &str| StoreError::SchemaVersion { found: found.to_owned(), expected: "0002".to_owned() };
        assert!(of("0003").to_string().ends_with("run a newer version of the program"));
        assert!(of("0001").to_string().ends_with("run `cartotek migrate`"));
        assert!(of("none").to_string().ends_with("run `cartotek migrate`"));
    }
}
