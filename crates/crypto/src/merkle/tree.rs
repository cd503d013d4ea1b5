//! Reading and extending a tree that lies in a store.

use super::{empty_root, fold};
use crate::hash::Hash;

/// Hashes in a tile.
pub(super) const TILE: u64 = 256;

/// The heights at which hashes are stored: leaves, then tile roots.
pub(super) const LEVELS: [u8; 8] = [0, 8, 16, 24, 32, 40, 48, 56];

/// How the tree's hashes are read from their store. Ranges are half open and count from 0.
pub trait TreeReader {
    /// Why the store could not be read.
    type Error;

    /// The leaf hashes with `start <= leaf_index < end`, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn leaves(&mut self, start: u64, end: u64) -> Result<Vec<Hash>, Self::Error>;

    /// The roots of the complete subtrees of `2^level` leaves (level 8, 16, 24 …), in order; subtree `i` covers the
    /// leaves from `i * 2^level` on.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn tile_roots(&mut self, level: u8, start: u64, end: u64) -> Result<Vec<Hash>, Self::Error>;
}

/// Why a root or a proof could not be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError<E> {
    /// The store could not be read.
    #[error("the hashes of the log could not be read")]
    Reader(#[source] E),
    /// The store lacks hashes that a tree of this size has.
    #[error("the log lacks hashes: level {level}, from {start} up to but not including {end}")]
    Missing {
        /// 0 for leaves, else the level of the tile roots.
        level: u8,
        /// First index asked for.
        start: u64,
        /// One past the last index asked for.
        end: u64,
    },
    /// The question lies outside the tree: a leaf or an older tree that it does not hold.
    #[error("{asked} lies outside a log of {size} entries")]
    Outside {
        /// The leaf index or older size asked about.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
}

/// A subtree root to store, together with the leaves that completed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileRoot {
    /// Height of the subtree: 8, 16, 24 …
    pub level: u8,
    /// Which subtree of that height, from the left.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// What an append changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The number of leaves now.
    pub new_size: u64,
    /// The root over them.
    pub root: Hash,
    /// The subtrees that became complete, to be stored.
    pub tile_roots: Vec<TileRoot>,
}

/// The right edge of a tree: the hashes of each level not yet covered by a tile root above.
///
/// It is all that is needed to extend a tree, or to recompute one leaf by leaf without holding it.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    tiles: [Vec<Hash>; LEVELS.len()],
}

impl Frontier {
    /// The edge of the stored tree of the first `size` leaves; reads at most 255 hashes of each level.
    ///
    /// # Errors
    /// When the store cannot be read or lacks some of them.
    pub fn read<R: TreeReader>(reader: &mut R, size: u64) -> Result<Self, TreeError<R::Error>> {
        let mut frontier = Self { size, ..Self::default() };
        for (tile, level) in frontier.tiles.iter_mut().zip(LEVELS) {
            let end = size >> level;
            *tile = read(reader, level, end - end % TILE, end)?;
        }
        Ok(frontier)
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf hash at the right; subtrees that it completes are added to `completed`.
    pub fn push(&mut self, leaf: Hash, completed: &mut Vec<TileRoot>) {
        self.size += 1;
        let mut hash = leaf;
        for (tile, below) in self.tiles.iter_mut().zip(LEVELS) {
            tile.push(hash);
            if (tile.len() as u64) < TILE {
                return;
            }
            let Some(tile_root) = fold(std::mem::take(tile)) else {
                return;
            };
            let level = below + 8;
            completed.push(TileRoot { level, index: (self.size >> level) - 1, hash: tile_root });
            hash = tile_root;
        }
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        self.tiles
            .iter()
            .fold(None, |smaller, tile| fold(tile.iter().copied().chain(smaller).collect()))
            .unwrap_or_else(empty_root)
    }
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When the store cannot be read or lacks hashes.
pub fn root<R: TreeReader>(reader: &mut R, size: u64) -> Result<Hash, TreeError<R::Error>> {
    Ok(Frontier::read(reader, size)?.root())
}

/// The tree of the first `size` stored leaves, extended by `new_leaves` (leaf hashes). Writes nothing: the caller
/// stores the leaves and the tile roots together.
///
/// # Errors
/// When the store cannot be read or lacks hashes.
pub fn append<R: TreeReader>(
    reader: &mut R,
    size: u64,
    new_leaves: &[Hash],
) -> Result<Appended, TreeError<R::Error>> {
    let mut frontier = Frontier::read(reader, size)?;
    let mut tile_roots = Vec::new();
    for leaf in new_leaves {
        frontier.push(*leaf, &mut tile_roots);
    }
    Ok(Appended { new_size: frontier.size(), root: frontier.root(), tile_roots })
}

/// Exactly the hashes `start..end` of a level; asks the store only when there are any.
pub(super) fn read<R: TreeReader>(
    reader: &mut R,
    level: u8,
    start: u64,
    end: u64,
) -> Result<Vec<Hash>, TreeError<R::Error>> {
    if start >= end {
        return Ok(Vec::new());
    }
    let hashes = if level == 0 { reader.leaves(start, end) } else { reader.tile_roots(level, start, end) }
        .map_err(TreeError::Reader)?;
    if hashes.len() as u64 == end - start {
        Ok(hashes)
    } else {
        Err(TreeError::Missing { level, start, end })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{CT_LEAVES, CT_ROOTS, MemoryTree, numbered_leaves, reference_root};
    use super::super::{leaf_hash, node_hash};
    use super::*;

    #[test]
    fn leaf_and_node_hashes_of_certificate_transparency_hold() {
        assert_eq!(
            leaf_hash(b"").to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            node_hash(&leaf_hash(b""), &leaf_hash(&[0])).to_string(),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn roots_of_certificate_transparency_hold() {
        for (size, expected) in CT_ROOTS.iter().enumerate() {
            let leaves: Vec<Hash> = CT_LEAVES[..size].iter().map(|bytes| leaf_hash(bytes)).collect();
            assert_eq!(reference_root(&leaves).to_string(), *expected);
            let mut tree = MemoryTree::default();
            assert_eq!(tree.append(&leaves).root.to_string(), *expected);
            assert_eq!(root(&mut tree, size as u64).unwrap().to_string(), *expected);
        }
    }

    #[test]
    fn three_levels_of_tiles_agree_with_the_reference_and_reads_stay_few() {
        let leaves = numbered_leaves(66_000);
        let mut tree = MemoryTree::default();
        tree.append(&leaves[..65_500]);
        tree.hashes_read = 0;
        let appended = tree.append(&leaves[65_500..]);
        assert!(tree.hashes_read <= 3 * 255, "{}", tree.hashes_read);
        assert_eq!(appended.root, reference_root(&leaves));
        let top = appended.tile_roots.iter().find(|tile| tile.level == 16).unwrap();
        assert_eq!((top.index, top.hash), (0, reference_root(&leaves[..65_536])));
        for size in [1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 66_000] {
            assert_eq!(root(&mut tree, size as u64).unwrap(), reference_root(&leaves[..size]), "{size}");
        }
    }

    #[test]
    fn a_store_that_lacks_hashes_is_found_out() {
        let mut tree = MemoryTree::default();
        tree.append(&numbered_leaves(300));
        assert_eq!(root(&mut tree, 301), Err(TreeError::Missing { level: 0, start: 256, end: 301 }));
        tree.tile_roots.clear();
        assert_eq!(root(&mut tree, 300), Err(TreeError::Missing { level: 8, start: 0, end: 1 }));
    }

    proptest! {
        #[test]
        fn appending_in_chunks_equals_appending_the_whole(
            chunks in prop::collection::vec(0_usize..400, 1..8)
        ) {
            let leaves = numbered_leaves(chunks.iter().sum());
            let mut whole = MemoryTree::default();
            whole.append(&leaves);
            let mut chunked = MemoryTree::default();
            let mut start = 0;
            for size in chunks {
                let appended = chunked.append(&leaves[start..start + size]);
                start += size;
                prop_assert_eq!(appended.new_size, start as u64);
                prop_assert_eq!(appended.root, reference_root(&leaves[..start]));
            }
            prop_assert_eq!(whole.tile_roots, chunked.tile_roots);
        }
    }
}
