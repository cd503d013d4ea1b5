//! Codes that carry their own shape: parsed once at the edge, then the type is the proof.
//!
//! Only shapes and check digits live here. Whether a code *exists* (a site, a product) is a question to the data.

pub mod barcode;
pub mod donation;
pub mod hsa_id;
pub mod luhn;
pub mod mapping_name;
pub mod organisation_number;
pub mod site;

use crate::text::Text;

/// A text that does not have the shape of the code it should be; says what is expected, never what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct InvalidCode {
    sv: &'static str,
    en: &'static str,
}

impl InvalidCode {
    pub(crate) const fn new(sv: &'static str, en: &'static str) -> Self {
        Self { sv, en }
    }

    /// What is expected, in both languages.
    pub fn text(self) -> Text {
        Text::new(self.sv, self.en)
    }
}

/// Defines a code kept as text: `$parse` turns a text into its canonical form or says what is expected.
macro_rules! text_code {
    ($(#[$doc:meta])* $name:ident, $parse:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::code::InvalidCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::code::InvalidCode;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use text_code;

/// Whether `text` has the shape `pattern`, where `9` stands for a digit, `A` for an upper-case letter, `X` for
/// either, and every other character for itself.
pub(crate) fn has_shape(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, shape)| match shape {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_uppercase(),
            b'X' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            literal => byte == literal,
        })
}
