//! Making proofs from the stored tree.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::tree::{LEVELS, TILE, TreeError, TreeReader, read};
use super::{fold, node_hash, split};
use crate::hash::Hash;

/// The proof that leaf `index` is in the tree of the first `size` leaves: the neighbours on its way to the root, from
/// below (RFC 9162 2.1.3.1).
///
/// # Errors
/// [`TreeError::Outside`] when the tree has no such leaf; else when the store cannot be read or lacks hashes.
pub fn inclusion_proof<R: TreeReader>(
    reader: &mut R,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, TreeError<R::Error>> {
    if index >= size {
        return Err(TreeError::Outside { asked: index, size });
    }
    let mut subtrees = Subtrees::new(reader, size);
    let mut proof = Vec::new();
    let (mut begin, mut end) = (0, size);
    // From the root down; the proof wants the lowest neighbour first.
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            proof.push(subtrees.range(middle, end)?);
            end = middle;
        } else {
            proof.push(subtrees.range(begin, middle)?);
            begin = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of the first `old` leaves is the beginning of that of the first `new` (RFC 9162 2.1.4.1).
/// Empty when the sizes are equal or `old` is 0: then there is nothing to prove.
///
/// # Errors
/// [`TreeError::Outside`] when `old` is larger than `new`; else when the store cannot be read or lacks hashes.
pub fn consistency_proof<R: TreeReader>(
    reader: &mut R,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, TreeError<R::Error>> {
    if old > new {
        return Err(TreeError::Outside { asked: old, size: new });
    }
    if old == 0 {
        return Ok(Vec::new());
    }
    let mut subtrees = Subtrees::new(reader, new);
    let mut proof = Vec::new();
    let (mut begin, mut end) = (0, new);
    while old < end {
        let middle = begin + split(end - begin);
        if old <= middle {
            proof.push(subtrees.range(middle, end)?);
            end = middle;
        } else {
            proof.push(subtrees.range(begin, middle)?);
            begin = middle;
        }
    }
    // A whole old tree is known to the verifier; a part of it is not.
    if begin > 0 {
        proof.push(subtrees.range(begin, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The subtrees of a stored tree; each tile is read once.
struct Subtrees<'r, R> {
    reader: &'r mut R,
    size: u64,
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'r, R: TreeReader> Subtrees<'r, R> {
    fn new(reader: &'r mut R, size: u64) -> Self {
        Self { reader, size, tiles: BTreeMap::new() }
    }

    /// The root over the leaves `begin..end`, a range that splitting the tree (RFC 9162 2.1.1) leads to.
    fn range(&mut self, begin: u64, end: u64) -> Result<Hash, TreeError<R::Error>> {
        let size = end - begin;
        if size.is_power_of_two() {
            return self.complete(begin, size);
        }
        let middle = begin + split(size);
        let left = self.range(begin, middle)?;
        let right = self.range(middle, end)?;
        Ok(node_hash(&left, &right))
    }

    /// The root of a complete, aligned subtree: folded from the stored level just below.
    fn complete(&mut self, begin: u64, size: u64) -> Result<Hash, TreeError<R::Error>> {
        let level = LEVELS.into_iter().rev().find(|level| size >> level > 0).unwrap_or(0);
        let first = begin >> level;
        let count = size >> level;
        let tile_start = first - first % TILE;
        let tile = match self.tiles.entry((level, tile_start)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                let tile_end = (self.size >> level).min(tile_start.saturating_add(TILE));
                vacant.insert(read(self.reader, level, tile_start, tile_end)?)
            }
        };
        let wanted = first..first + count;
        let hashes = (tile_start..)
            .zip(tile.iter())
            .filter(|(index, _)| wanted.contains(index))
            .map(|(_, hash)| *hash)
            .collect();
        fold(hashes).ok_or(TreeError::Missing { level, start: first, end: first + count })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        CT_LEAVES, MemoryTree, numbered_leaves, reference_consistency, reference_inclusion,
    };
    use super::super::{leaf_hash, root, verify_consistency, verify_inclusion};
    use super::*;

    #[test]
    fn proofs_of_small_trees_are_those_of_the_definition() {
        for size in 1..=40_usize {
            let leaves = numbered_leaves(size);
            let mut tree = MemoryTree::default();
            tree.append(&leaves);
            for place in 0..size {
                let inclusion = inclusion_proof(&mut tree, place as u64, size as u64);
                assert_eq!(inclusion.unwrap(), reference_inclusion(place, &leaves));
                let consistency = consistency_proof(&mut tree, place as u64 + 1, size as u64);
                assert_eq!(consistency.unwrap(), reference_consistency(place + 1, &leaves));
            }
        }
    }

    #[test]
    fn proofs_across_three_levels_of_tiles_hold_and_read_few_tiles() {
        let leaves = numbered_leaves(66_000);
        let mut tree = MemoryTree::default();
        tree.append(&leaves);
        let whole = root(&mut tree, 66_000).unwrap();
        for place in [0, 1, 255, 256, 40_000, 65_535, 65_536, 65_999] {
            tree.hashes_read = 0;
            let proof = inclusion_proof(&mut tree, place as u64, 66_000).unwrap();
            assert!(tree.hashes_read <= 2 * 3 * 256, "{}", tree.hashes_read);
            assert!(verify_inclusion(&leaves[place], place as u64, 66_000, &proof, &whole));
            let old = place as u64 + 1;
            let old_root = root(&mut tree, old).unwrap();
            let proof = consistency_proof(&mut tree, old, 66_000).unwrap();
            assert_eq!(proof, reference_consistency(place + 1, &leaves));
            assert!(verify_consistency(old, 66_000, &proof, &old_root, &whole));
        }
    }

    #[test]
    fn the_eight_leaves_of_certificate_transparency_prove_each_other() {
        let leaves: Vec<Hash> = CT_LEAVES.iter().map(|bytes| leaf_hash(bytes)).collect();
        let mut tree = MemoryTree::default();
        tree.append(&leaves);
        let texts = |proof: Vec<Hash>| proof.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            texts(inclusion_proof(&mut tree, 5, 8).unwrap()),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            texts(consistency_proof(&mut tree, 6, 8).unwrap()),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn a_question_outside_the_tree_is_refused() {
        let mut tree = MemoryTree::default();
        tree.append(&numbered_leaves(3));
        assert_eq!(inclusion_proof(&mut tree, 3, 3), Err(TreeError::Outside { asked: 3, size: 3 }));
        assert_eq!(inclusion_proof(&mut tree, 0, 0), Err(TreeError::Outside { asked: 0, size: 0 }));
        assert_eq!(consistency_proof(&mut tree, 4, 3), Err(TreeError::Outside { asked: 4, size: 3 }));
        assert_eq!(inclusion_proof(&mut tree, 0, 5), Err(TreeError::Missing { level: 0, start: 0, end: 5 }));
    }
}
