//! Checking proofs, step by step as RFC 9162 writes it. Needs no store and trusts nothing but the roots.

use super::{empty_root, node_hash};
use crate::hash::Hash;

/// Whether the proof shows that `leaf` is leaf `index` of the tree with `size` leaves and this root
/// (RFC 9162 2.1.3.2). Size and root must come from the same verified checkpoint.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut path = Path { first: index, last: size - 1 };
    let mut hash = *leaf;
    for neighbour in proof {
        if path.last == 0 {
            return false;
        }
        hash =
            if path.neighbour_is_left() { node_hash(neighbour, &hash) } else { node_hash(&hash, neighbour) };
        path.ascend();
    }
    path.last == 0 && hash == *root
}

/// Whether the proof shows that the tree with `old` leaves and `old_root` is the beginning of that with `new` leaves
/// and `new_root` (RFC 9162 2.1.4.2).
///
/// Two cases that the RFC leaves out: equal sizes need equal roots and an empty proof; the empty tree is the
/// beginning of every tree, with an empty proof.
pub fn verify_consistency(old: u64, new: u64, proof: &[Hash], old_root: &Hash, new_root: &Hash) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root && (new > 0 || *new_root == empty_root());
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    if old > new || proof.is_empty() {
        return false;
    }
    let mut path = Path { first: old - 1, last: new - 1 };
    let shift = path.first.trailing_ones();
    path.shift(shift);
    // An old tree that is one complete subtree starts the proof itself.
    let (start, rest) = if old.is_power_of_two() { (old_root, proof) } else { (&proof[0], &proof[1..]) };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for neighbour in rest {
        if path.last == 0 {
            return false;
        }
        if path.neighbour_is_left() {
            old_hash = node_hash(neighbour, &old_hash);
            new_hash = node_hash(neighbour, &new_hash);
        } else {
            new_hash = node_hash(&new_hash, neighbour);
        }
        path.ascend();
    }
    path.last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// The way up from a node: its index and that of the last node, both at the same height (`fn` and `sn` of the RFC).
struct Path {
    first: u64,
    last: u64,
}

impl Path {
    /// Whether the next neighbour stands to the left of the node.
    fn neighbour_is_left(&self) -> bool {
        !self.first.is_multiple_of(2) || self.first == self.last
    }

    /// One step up; a last node without a right neighbour first rises to where it has a left one.
    fn ascend(&mut self) {
        if self.neighbour_is_left() && self.first.is_multiple_of(2) {
            self.shift(if self.first == 0 { u64::BITS } else { self.first.trailing_zeros() });
        }
        self.shift(1);
    }

    fn shift(&mut self, by: u32) {
        self.first = self.first.checked_shr(by).unwrap_or(0);
        self.last = self.last.checked_shr(by).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{MemoryTree, numbered_leaves, reference_root};
    use super::super::{consistency_proof, inclusion_proof};
    use super::*;

    /// Every proof that differs from this one by a flipped bit, a missing, doubled, foreign or exchanged hash.
    fn mutations(proof: &[Hash], bit: usize) -> Vec<Vec<Hash>> {
        let mut mutated = Vec::new();
        let foreign = Hash::from_bytes([0x5a; 32]);
        for place in 0..proof.len() {
            let mut bytes = *proof[place].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut flipped = proof.to_vec();
            flipped[place] = Hash::from_bytes(bytes);
            mutated.push(flipped);
            let mut shorter = proof.to_vec();
            shorter.remove(place);
            mutated.push(shorter);
            let mut doubled = proof.to_vec();
            doubled.insert(place, proof[place]);
            mutated.push(doubled);
            for other in 0..place {
                let mut exchanged = proof.to_vec();
                exchanged.swap(place, other);
                mutated.push(exchanged);
            }
        }
        for place in 0..=proof.len() {
            let mut longer = proof.to_vec();
            longer.insert(place, foreign);
            mutated.push(longer);
        }
        mutated.retain(|other| other != proof);
        mutated
    }

    fn flipped(hash: &Hash, bit: usize) -> Hash {
        mutations(&[*hash], bit)[0][0]
    }

    proptest! {
        #[test]
        fn an_inclusion_proof_verifies_and_no_mutation_does(
            (size, index) in (1_usize..2000).prop_flat_map(|size| (Just(size), 0..size)),
            bit in 0_usize..256,
        ) {
            let leaves = numbered_leaves(size);
            let mut tree = MemoryTree::default();
            tree.append(&leaves);
            let root = reference_root(&leaves);
            let (leaf, place, size) = (leaves[index], index as u64, size as u64);
            let proof = inclusion_proof(&mut tree, place, size).unwrap();
            prop_assert!(verify_inclusion(&leaf, place, size, &proof, &root));
            for other in mutations(&proof, bit) {
                prop_assert!(!verify_inclusion(&leaf, place, size, &other, &root));
            }
            for other in (0..=size).filter(|other| *other != place) {
                prop_assert!(!verify_inclusion(&leaf, other, size, &proof, &root));
            }
            prop_assert!(!verify_inclusion(&flipped(&leaf, bit), place, size, &proof, &root));
            prop_assert!(!verify_inclusion(&leaf, place, size, &proof, &flipped(&root, bit)));
        }

        #[test]
        fn a_consistency_proof_verifies_and_no_mutation_does(
            (new, old) in (1_usize..2000).prop_flat_map(|new| (Just(new), 0..=new)),
            bit in 0_usize..256,
        ) {
            let leaves = numbered_leaves(new);
            let mut tree = MemoryTree::default();
            tree.append(&leaves);
            let (old_root, new_root) = (reference_root(&leaves[..old]), reference_root(&leaves));
            let (old, new) = (old as u64, new as u64);
            let proof = consistency_proof(&mut tree, old, new).unwrap();
            prop_assert!(verify_consistency(old, new, &proof, &old_root, &new_root));
            for other in mutations(&proof, bit) {
                prop_assert!(!verify_consistency(old, new, &other, &old_root, &new_root));
            }
            prop_assert!(!verify_consistency(old, new, &proof, &flipped(&old_root, bit), &new_root));
            if old > 0 {
                prop_assert!(!verify_consistency(old, new, &proof, &old_root, &flipped(&new_root, bit)));
            }
        }
    }

    #[test]
    fn the_edge_cases_are_settled() {
        let leaves = numbered_leaves(2);
        let (one, two) = (reference_root(&leaves[..1]), reference_root(&leaves));
        let empty = empty_root();
        assert!(verify_consistency(0, 0, &[], &empty, &empty));
        assert!(!verify_consistency(0, 0, &[], &one, &one));
        assert!(verify_consistency(0, 2, &[], &empty, &two));
        assert!(!verify_consistency(0, 2, &[], &one, &two));
        assert!(!verify_consistency(0, 2, &[two], &empty, &two));
        assert!(verify_consistency(2, 2, &[], &two, &two));
        assert!(!verify_consistency(2, 2, &[], &one, &two));
        assert!(!verify_consistency(2, 1, &[], &two, &one));
        assert!(!verify_consistency(1, 2, &[], &one, &two));
        assert!(verify_consistency(1, 2, &[leaves[1]], &one, &two));
        assert!(!verify_consistency(1, 4, &[leaves[1]], &one, &two), "too short for the size");
        assert!(!verify_inclusion(&one, 0, 0, &[], &empty));
        assert!(verify_inclusion(&one, 0, 1, &[], &one));
        assert!(!verify_inclusion(&one, u64::MAX, u64::MAX, &[two; 80], &one));
        assert!(!verify_consistency(u64::MAX - 1, u64::MAX, &[two; 80], &one, &two));
    }
}
