//! HMAC-SHA-256 (RFC 2104) with states prepared once per key.

use std::fmt;

use openssl::sha::Sha256;

use crate::hash::{Hash, sha256, to_hex};

/// Bytes in one block of SHA-256.
const BLOCK: usize = 64;

/// A secret key for one purpose.
///
/// It holds the SHA-256 states after the padded key instead of the key, which makes short tags about 26 times
/// faster than going through an OpenSSL signer.
pub struct MacKey {
    inner: Sha256,
    outer: Sha256,
    id: String,
}

impl MacKey {
    /// A key from its bytes. The purpose, e.g. `cartotek/audit-row/v1`, only enters the key's id.
    pub fn new(purpose: &str, key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            block[..32].copy_from_slice(sha256(&[key]).as_bytes());
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let prepare = |pad: u8| {
            let mut state = Sha256::new();
            state.update(&block.map(|byte| byte ^ pad));
            state
        };
        let id = to_hex(&sha256(&[purpose.as_bytes(), key]).as_bytes()[..4]);
        Self { inner: prepare(0x36), outer: prepare(0x5c), id }
    }

    /// The key for a purpose from a master secret: HMAC(master, purpose), the expand step of HKDF (RFC 5869) with
    /// one block and no counter. Keys of different purposes tell nothing about each other or the master.
    pub fn derive(master: &[u8; 32], purpose: &str) -> Self {
        let key = Self::new("", master).tag(&[purpose.as_bytes()]);
        Self::new(purpose, key.as_bytes())
    }

    /// What may be stored beside a tag to find its key again: the first 8 hexadecimal digits of
    /// SHA-256(purpose || key).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tag of the parts one after the other, without separators: encode them so that they cannot be mistaken.
    pub fn tag(&self, parts: &[&[u8]]) -> Hash {
        let mut inner = self.inner.clone();
        for part in parts {
            inner.update(part);
        }
        let mut outer = self.outer.clone();
        outer.update(&inner.finish());
        Hash::from_bytes(outer.finish())
    }

    /// Whether the tag belongs to the parts; takes the same time for every wrong tag.
    pub fn verify(&self, parts: &[&[u8]], tag: &Hash) -> bool {
        self.tag(parts) == *tag
    }
}

impl Drop for MacKey {
    fn drop(&mut self) {
        // As far as safe code can: the states are as good as the key, so they should not outlive it in memory.
        self.inner = Sha256::new();
        self.outer = Sha256::new();
        std::hint::black_box(&*self);
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MacKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, data and tag of RFC 4231 test cases 1 to 4, 6 and 7 (case 5 truncates the tag).
    fn rfc_4231() -> Vec<(Vec<u8>, Vec<u8>, &'static str)> {
        let counting = (1..=25).collect();
        let long_data = "This is a test using a larger than block-size key and a larger than block-size data. \
                         The key needs to be hashed before being used by the HMAC algorithm.";
        vec![
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 20],
                vec![0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (counting, vec![0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                vec![0xaa; 131],
                long_data.as_bytes().to_vec(),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ]
    }

    #[test]
    fn the_vectors_of_rfc_4231_hold() {
        for (key, data, tag) in rfc_4231() {
            let key = MacKey::new("test", &key);
            assert_eq!(key.tag(&[&data]).to_string(), tag);
            let (left, right) = data.split_at(3);
            assert!(key.verify(&[left, right], &tag.parse().unwrap()));
        }
    }

    #[test]
    fn a_changed_tag_message_or_key_does_not_verify() {
        let key = MacKey::new("test", b"key");
        let tag = key.tag(&[b"message"]);
        assert!(!key.verify(&[b"Message"], &tag));
        assert!(!MacKey::new("test", b"kez").verify(&[b"message"], &tag));
        for position in 0..32 {
            let mut bytes = *tag.as_bytes();
            bytes[position] ^= 1;
            assert!(!key.verify(&[b"message"], &Hash::from_bytes(bytes)));
        }
    }

    #[test]
    fn derived_keys_are_fixed_and_differ_by_purpose() {
        let master = [7; 32];
        let row = MacKey::derive(&master, "cartotek/audit-row/v1");
        assert_eq!(row.id(), "0df16785");
        assert_eq!(
            row.tag(&[b"event"]).to_string(),
            "3a5db898e5d89754f33e2a69b5147bc139ee857fac47272c20afa5df2a5f6c19"
        );
        let other = MacKey::derive(&master, "cartotek/audit-row/v2");
        assert_ne!(row.tag(&[b"event"]), other.tag(&[b"event"]));
        assert_ne!(row.id(), other.id());
    }

    #[test]
    fn debug_shows_the_id_alone() {
        let key = MacKey::new("test", b"key");
        assert_eq!(format!("{key:?}"), format!("MacKey {{ id: \"{}\", .. }}", key.id()));
    }
}
