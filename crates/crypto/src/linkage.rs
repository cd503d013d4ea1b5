//! Linking one person's treatment at several hospitals without knowing who it is (trust.md section 2).
//!
//! The hospital's tool makes `h1.…` from the personnummer with a key that only hospitals hold ([`site_linkage`]). The
//! registry hashes it once more with its own key ([`LinkageKey::store`]) and keeps only that. Neither key alone lets
//! anyone search the few million possible numbers. The value itself is never stored, logged or echoed.

use std::fmt;
use std::str::FromStr;

use cartotek_domain::text::Text;

use crate::hash::Hash;
use crate::mac::MacKey;

/// The version of the scheme: a keyed hash made at the hospital.
const PREFIX: &str = "h1.";

/// A linkage value as a hospital sends it: `h1.` and 64 lower-case hexadecimal digits. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkageValue(Hash);

/// A text that is no linkage value. It does not hold the text: it might be a personnummer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text().en)]
pub struct MalformedLinkage;

impl MalformedLinkage {
    /// What to tell the caller.
    pub fn text(self) -> Text {
        Text::new(
            "Länkvärdet ska vara h1. följt av 64 hexadecimala siffror med gemener; skapa det med sjukhusets verktyg.",
            "The linkage value must be h1. and 64 lower-case hexadecimal digits; make it with the hospital's tool.",
        )
    }
}

/// A text that is not a personnummer of twelve digits. It does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a normalised number: twelve digits without separators are needed")]
pub struct NotNormalised;

impl LinkageValue {
    /// The text, for the hospital's tool to hand over.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }
}

impl FromStr for LinkageValue {
    type Err = MalformedLinkage;

    fn from_str(text: &str) -> Result<Self, MalformedLinkage> {
        let digits = text.strip_prefix(PREFIX).ok_or(MalformedLinkage)?;
        digits.parse().map(Self).map_err(|_| MalformedLinkage)
    }
}

impl fmt::Debug for LinkageValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkageValue(hidden)")
    }
}

/// The registry's key for stored linkage hashes.
#[derive(Debug)]
pub struct LinkageKey(MacKey);

impl LinkageKey {
    /// Gives a key this use.
    pub const fn new(key: MacKey) -> Self {
        Self(key)
    }

    /// The id to store beside each hash.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The hash to store and to look up: HMAC(key, value).
    pub fn store(&self, value: &LinkageValue) -> Hash {
        self.0.tag(&[value.expose().as_bytes()])
    }

    /// Wraps a hash stored under the key before this one, without knowing the value: HMAC(key, old hash).
    ///
    /// After a rotation a new value's hash is `new.rewrap(&old.store(value))`, so the old key stays in use as the
    /// inner one; wrapping makes a leaked old key worthless alone, it does not make it dispensable.
    pub fn rewrap(&self, old: &Hash) -> Hash {
        self.0.tag(&[old.as_bytes()])
    }
}

/// The linkage value of a person: `h1.` and HMAC(network key, "pnr|" + number). For the hospital's tool only; the
/// registry never holds the network key.
///
/// The number is a personnummer or samordningsnummer with century, whose date and check digit the caller has checked.
///
/// # Errors
/// When it is not twelve ASCII digits.
pub fn site_linkage(network_key: &MacKey, number: &str) -> Result<LinkageValue, NotNormalised> {
    if number.len() != 12 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotNormalised);
    }
    Ok(LinkageValue(network_key.tag(&[b"pnr|", number.as_bytes()])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best-known test number.
    const NUMBER: &str = "191212121212";
    const VALUE: &str = "h1.bfd16c3e72bf5683f71a5e29628e9826b4cdc30f593f83851bba1bdbd57d52e2";

    fn network_key() -> MacKey {
        let bytes: Vec<u8> = (0..32).collect();
        MacKey::new("test", &bytes)
    }

    fn registry_key(byte: u8) -> LinkageKey {
        LinkageKey::new(MacKey::new("test", &[byte; 32]))
    }

    #[test]
    fn the_golden_value_holds_from_hospital_to_rotated_hash() {
        let value = site_linkage(&network_key(), NUMBER).unwrap();
        assert_eq!(value.expose(), VALUE);
        assert_eq!(VALUE.parse(), Ok(value.clone()));
        let stored = registry_key(1).store(&value);
        assert_eq!(stored.to_string(), "abca03c26214644490a77a1228715c6b228c4d2054e96ba5738ff115b9969aa4");
        let rotated = registry_key(2).rewrap(&stored);
        assert_eq!(rotated.to_string(), "21c54d06d02953470f868e2a577cd4a9e8fb9666d42ce393c9e59d4f56ffa177");
    }

    #[test]
    fn only_twelve_digits_are_hashed() {
        for number in ["", "1212121212", "19121212-1212", "1912121212121", "19121212121a", "１９１２"] {
            assert_eq!(site_linkage(&network_key(), number), Err(NotNormalised), "{number}");
        }
    }

    #[test]
    fn other_forms_are_refused_and_nothing_is_shown() {
        for text in ["", NUMBER, "h1.", "o1.00", &VALUE[3..], &VALUE[..66], &VALUE.to_uppercase()] {
            assert_eq!(text.parse::<LinkageValue>(), Err(MalformedLinkage), "{text}");
        }
        assert!(!format!("{:?} {MalformedLinkage}", VALUE.parse::<LinkageValue>()).contains("bfd1"));
    }
}
