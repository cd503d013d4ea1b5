//! A tree in memory, and RFC 9162 once more as the plainest recursion, to compare with.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::{Appended, TreeReader, append, empty_root, leaf_hash, node_hash, split};
use crate::hash::Hash;

/// The leaves of the test tree of Certificate Transparency.
pub(super) const CT_LEAVES: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];

/// The roots of its first 0 to 8 leaves.
pub(super) const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// The store of a tree, in memory.
#[derive(Default)]
pub(super) struct MemoryTree {
    pub(super) leaves: Vec<Hash>,
    pub(super) tile_roots: BTreeMap<(u8, u64), Hash>,
    pub(super) hashes_read: usize,
}

impl MemoryTree {
    pub(super) fn append(&mut self, leaves: &[Hash]) -> Appended {
        let size = self.leaves.len() as u64;
        let appended = append(self, size, leaves).unwrap();
        self.leaves.extend_from_slice(leaves);
        for tile in &appended.tile_roots {
            assert_eq!(self.tile_roots.insert((tile.level, tile.index), tile.hash), None);
        }
        appended
    }
}

impl TreeReader for MemoryTree {
    type Error = Infallible;

    fn leaves(&mut self, start: u64, end: u64) -> Result<Vec<Hash>, Infallible> {
        let hashes: Vec<Hash> = (0..)
            .zip(&self.leaves)
            .filter(|(index, _)| (start..end).contains(index))
            .map(|(_, hash)| *hash)
            .collect();
        self.hashes_read += hashes.len();
        Ok(hashes)
    }

    fn tile_roots(&mut self, level: u8, start: u64, end: u64) -> Result<Vec<Hash>, Infallible> {
        let hashes: Vec<Hash> =
            self.tile_roots.range((level, start)..(level, end)).map(|(_, hash)| *hash).collect();
        self.hashes_read += hashes.len();
        Ok(hashes)
    }
}

/// Leaves that all differ.
pub(super) fn numbered_leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

/// MTH of RFC 9162 2.1.1.
pub(super) fn reference_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = halves(leaves);
            node_hash(&reference_root(left), &reference_root(right))
        }
    }
}

/// PATH of RFC 9162 2.1.3.1.
pub(super) fn reference_inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = halves(leaves);
    let (mut path, neighbour) = if index < left.len() {
        (reference_inclusion(index, left), right)
    } else {
        (reference_inclusion(index - left.len(), right), left)
    };
    path.push(reference_root(neighbour));
    path
}

/// PROOF of RFC 9162 2.1.4.1.
pub(super) fn reference_consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if whole { Vec::new() } else { vec![reference_root(leaves)] };
        }
        let (left, right) = halves(leaves);
        let (mut path, neighbour) = if old <= left.len() {
            (subproof(old, left, whole), right)
        } else {
            (subproof(old - left.len(), right, false), left)
        };
        path.push(reference_root(neighbour));
        path
    }
    subproof(old, leaves, true)
}

fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    let middle = usize::try_from(split(leaves.len() as u64)).unwrap();
    leaves.split_at(middle)
}
