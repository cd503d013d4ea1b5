//! Bytes in a row, as PostgreSQL writes them in JSON: `\\x` and two hexadecimal digits each.

use std::fmt::Write;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    of_text(&text).ok_or_else(|| D::Error::custom("expected bytes in hexadecimal"))
}

fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn of_text(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if digits.len() % 2 == 0 { digits.chunks(2).map(byte).collect() } else { None }
}

/// The same of a column that may be null.
pub(crate) mod nullable {
    use serde::{Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives the field so")]
    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_deref().map(super::to_text).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_are_written() {
        assert_eq!(to_text(&[0, 0x0a, 0xff]), "\\x000aff");
        assert_eq!(of_text("\\x000aff"), Some(vec![0, 0x0a, 0xff]));
        assert_eq!(of_text("\\x"), Some(Vec::new()));
        for refused in ["", "00", "\\x0", "\\xzz"] {
            assert_eq!(of_text(refused), None, "{refused}");
        }
    }
}
