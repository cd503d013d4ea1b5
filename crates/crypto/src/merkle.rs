//! The Merkle tree of RFC 6962 and 9162 over the audit log, with no state of its own.
//!
//! The store keeps every leaf hash and the root of each complete, aligned subtree of 2⁸, 2¹⁶, 2²⁴ … leaves: the
//! *tile roots*, one row for 256 leaves. From those any root or proof follows by reading at most a few tiles of 256
//! hashes, and neither kind of row ever changes once written.
//!
//! There is one tree and no second structure beside it: a log with two can be made to tell two stories.

mod proof;
mod tree;
mod verify;

#[cfg(test)]
mod testing;

pub use proof::{consistency_proof, inclusion_proof};
pub use tree::{Appended, Frontier, TileRoot, TreeError, TreeReader, append, root};
pub use verify::{verify_consistency, verify_inclusion};

use crate::hash::{Hash, sha256};

/// The hash of a leaf: SHA-256(0x00 || bytes), RFC 9162 2.1.1.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    sha256(&[&[0x00], bytes])
}

/// The hash of an inner node: SHA-256(0x01 || left || right), RFC 9162 2.1.1.
fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root of the empty tree: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The root over neighbouring subtrees of one height, of which the last may be incomplete; `None` of none.
///
/// Joining pairs and carrying an odd last one upwards gives the split at the largest power of two of RFC 9162 2.1.1.
fn fold(mut row: Vec<Hash>) -> Option<Hash> {
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| if let [left, right] = pair { node_hash(left, right) } else { pair[0] })
            .collect();
    }
    row.pop()
}

/// The largest power of two smaller than `size`, where RFC 9162 2.1.1 splits a tree of at least two leaves.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
