//! The log's Merkle tree as it lies in the database.

use cartotek_crypto::hash::Hash;
use cartotek_crypto::merkle::{TreeError, TreeReader};
use cartotek_persistence::{ReadSession, StoreError};

use crate::error::ServiceError;

/// Reads the hashes of the tree within a transaction.
pub(crate) struct LogTree<'a>(pub(crate) &'a mut dyn ReadSession);

impl TreeReader for LogTree<'_> {
    type Error = StoreError;

    fn leaves(&mut self, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        let leaves = self.0.leaves(to_stored(start)?, to_stored(end)?)?;
        Ok(leaves.into_iter().map(|leaf| Hash::from_bytes(leaf.hash)).collect())
    }

    fn tile_roots(&mut self, level: u8, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        let tiles = self.0.tiles(i16::from(level), to_stored(start)?, to_stored(end)?)?;
        Ok(tiles.into_iter().map(|tile| Hash::from_bytes(tile.hash)).collect())
    }
}

impl From<TreeError<StoreError>> for ServiceError {
    fn from(error: TreeError<StoreError>) -> Self {
        match error {
            TreeError::Reader(error) => error.into(),
            other => Self::Defect(format!("{other}; run `cartotek check`")),
        }
    }
}

/// A place or size of the log as the database keeps it.
pub(crate) fn to_stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Driver("no log is that large".to_owned()))
}

/// A place or size of the log as the tree counts it.
pub(crate) fn from_stored(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::inconsistent("audit_leaf", "leaf_index", number))
}
