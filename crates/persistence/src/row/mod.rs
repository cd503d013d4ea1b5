//! One struct per table row, shared by both engines. Rows are not domain objects: `TryFrom` turns one into the
//! other and reports a row that cannot be believed as [`StoreError::Inconsistent`].

pub(crate) mod audit;
mod bytea;
pub(crate) mod clarification;
pub(crate) mod completeness;
pub(crate) mod finding;
pub(crate) mod job;
pub(crate) mod lock;
pub(crate) mod network;
pub(crate) mod patient;
pub(crate) mod record;
pub(crate) mod reminder;
pub(crate) mod sample;
pub(crate) mod schedule;
pub(crate) mod signature;
pub(crate) mod site;
pub(crate) mod storage;
pub(crate) mod traceability;
pub(crate) mod tube;

use std::str::FromStr;

use cartotek_domain::fact::Salt;

use crate::error::StoreError;

/// Where a value was read: table and row, to name it when it cannot be believed.
pub(crate) struct Origin<R> {
    pub(crate) table: &'static str,
    pub(crate) row: R,
}

impl<R: ToString> Origin<R> {
    /// The value parsed from text.
    pub(crate) fn parse<T: FromStr>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|_| self.unbelievable(column))
    }

    /// The value, if the column held a known one.
    pub(crate) fn known<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.unbelievable(column))
    }

    /// The value of a nullable column with a closed list of names.
    pub(crate) fn known_if_any<T>(
        &self,
        column: &'static str,
        name: Option<&str>,
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        name.map(|name| self.known(column, from_name(name))).transpose()
    }

    /// The salt.
    pub(crate) fn salt(&self, bytes: &[u8]) -> Result<Salt, StoreError> {
        <[u8; 16]>::try_from(bytes).map(Salt::new).map_err(|_| self.unbelievable("salt"))
    }

    /// A hash of 32 bytes.
    pub(crate) fn hash(&self, column: &'static str, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        bytes.try_into().map_err(|_| self.unbelievable(column))
    }

    /// Says which column cannot be believed.
    pub(crate) fn unbelievable(&self, column: &'static str) -> StoreError {
        StoreError::inconsistent(self.table, column, self.row.to_string())
    }
}

/// Turns rows into domain objects, stopping at the first that cannot be believed.
pub(crate) fn believe<R, T: TryFrom<R, Error = StoreError>>(rows: Vec<R>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(T::try_from).collect()
}
