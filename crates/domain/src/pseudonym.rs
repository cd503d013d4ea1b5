//! The pseudonym by which everybody knows a patient: `CT-` + nine random characters + a check character.
//!
//! It carries no meaning and is derived from nothing. The check character finds every single wrong character and
//! every swap of two: the ten characters are the coefficients of a polynomial over the field of 32 elements which is
//! zero at a generator of the field, so each place has a weight of its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Text;

const PREFIX: &str = "CT-";
/// Crockford's base 32: no I, L, O, U. A character's place is its value.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM: usize = 9;

/// A patient's pseudonym, e.g. `CT-7K3M9QX2A` followed by its check character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pseudonym([u8; RANDOM + 1]);

/// Why a text is no pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPseudonym {
    /// Another shape, or characters outside the alphabet, or no letter among the nine.
    #[error("not a pseudonym: expected CT- and ten characters, at least one of the first nine a letter")]
    Shape,
    /// The shape is right, the check character is not: somebody mistyped.
    #[error("check character wrong: typing error in the pseudonym, compare it with the source")]
    CheckCharacter,
}

impl InvalidPseudonym {
    /// The reason in both languages.
    pub fn text(self) -> Text {
        let sv = match self {
            Self::Shape => {
                "inte en pseudonym: CT- och tio tecken väntas, minst ett av de nio första en bokstav"
            }
            Self::CheckCharacter => "fel kontrolltecken: skrivfel i pseudonymen, jämför med källan",
        };
        Text::new(sv, self.to_string())
    }
}

impl Pseudonym {
    /// A pseudonym from nine random bytes, of which the low five bits count.
    ///
    /// `None`, so that the caller draws again, when no character is a letter, or when the ten characters read like an
    /// interim person number (six digits, a letter, three digits).
    pub fn from_random(bytes: [u8; 9]) -> Option<Self> {
        let values = bytes.map(|byte| byte & 31);
        let mut characters = [0; RANDOM + 1];
        for (character, value) in characters.iter_mut().zip(values.into_iter().chain([check_value(&values)]))
        {
            *character = *ALPHABET.get(usize::from(value))?;
        }
        let pseudonym = Self(characters);
        let acceptable = pseudonym.has_letter() && !crate::code::has_shape(pseudonym.body(), "999999A999");
        acceptable.then_some(pseudonym)
    }

    fn has_letter(&self) -> bool {
        self.0.iter().take(RANDOM).any(u8::is_ascii_uppercase)
    }

    /// The ten characters after the prefix.
    fn body(&self) -> &str {
        // Only characters of the alphabet, which is ASCII, get in.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Multiplies by the generator `x` of the field of 32 elements, modulo `x^5 + x^2 + 1`.
const fn times_generator(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

/// The value that makes the polynomial zero when it is appended.
fn check_value(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_generator(sum ^ value))
}

/// The value of a character as a person writes it: lower case, O for 0, I and L for 1 are read kindly.
fn value_of(character: u8) -> Option<u8> {
    let read = match character.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    (0..).zip(ALPHABET).find(|(_, letter)| **letter == read).map(|(value, _)| value)
}

impl FromStr for Pseudonym {
    type Err = InvalidPseudonym;

    fn from_str(text: &str) -> Result<Self, InvalidPseudonym> {
        let (prefix, body) = text.split_at_checked(PREFIX.len()).ok_or(InvalidPseudonym::Shape)?;
        if !prefix.eq_ignore_ascii_case(PREFIX) || body.len() != RANDOM + 1 {
            return Err(InvalidPseudonym::Shape);
        }
        let mut values = [0; RANDOM + 1];
        let mut characters = [0; RANDOM + 1];
        for ((value, character), byte) in values.iter_mut().zip(&mut characters).zip(body.bytes()) {
            *value = value_of(byte).ok_or(InvalidPseudonym::Shape)?;
            *character = *ALPHABET.get(usize::from(*value)).ok_or(InvalidPseudonym::Shape)?;
        }
        let pseudonym = Self(characters);
        if !pseudonym.has_letter() {
            return Err(InvalidPseudonym::Shape);
        }
        // Over all ten the polynomial is zero exactly when the last is the check value of the others.
        if check_value(&values) == 0 { Ok(pseudonym) } else { Err(InvalidPseudonym::CheckCharacter) }
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.body())
    }
}

impl TryFrom<String> for Pseudonym {
    type Error = InvalidPseudonym;

    fn try_from(text: String) -> Result<Self, InvalidPseudonym> {
        text.parse()
    }
}

impl From<Pseudonym> for String {
    fn from(pseudonym: Pseudonym) -> Self {
        pseudonym.to_string()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::identifier::{FieldKind, Verdict, detect};

    fn pseudonyms() -> impl Strategy<Value = Pseudonym> {
        any::<[u8; 9]>().prop_filter_map("no letter", Pseudonym::from_random)
    }

    /// A well-mixed sequence of 64-bit numbers (splitmix64), so that tests need no random source.
    fn mixed(seed: u64) -> u64 {
        let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[test]
    fn without_a_letter_the_caller_draws_again() {
        assert_eq!(Pseudonym::from_random([1, 2, 3, 4, 5, 6, 7, 8, 9]), None);
        assert!(Pseudonym::from_random([1, 2, 3, 4, 5, 6, 7, 8, 10]).is_some());
        assert_eq!("CT-0000000000".parse::<Pseudonym>(), Err(InvalidPseudonym::Shape));
    }

    #[test]
    fn it_never_reads_like_an_interim_number() {
        let letter_only_at_the_seventh = (0..10).filter_map(|last| {
            Pseudonym::from_random([8, 5, 0, 1, 0, 1, 26, 2, last]).map(|pseudonym| pseudonym.to_string())
        });
        for text in letter_only_at_the_seventh {
            assert!(text.ends_with(|c: char| c.is_ascii_uppercase()), "{text}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in
            ["", "CT-", "CT-ABCDEFGHJ", "XX-ABCDEFGHJK", "CT-ABCDEFGHJU", "CTABCDEFGHJKM", "CT-ÅÄÖABCD"]
        {
            assert_eq!(text.parse::<Pseudonym>(), Err(InvalidPseudonym::Shape), "{text}");
        }
    }

    #[test]
    fn the_identifier_guard_never_stops_one() {
        let today = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let (mut accepted, mut seed) = (0, 0_u64);
        while accepted < 100_000 {
            seed += 1;
            let mut bytes = [0; 9];
            bytes[..8].copy_from_slice(&mixed(seed).to_le_bytes());
            bytes[8] = mixed(seed ^ u64::MAX).to_le_bytes()[0];
            // Half of the seeds draw mostly digits, where an accident would be likely.
            let bytes = if seed % 2 == 0 { bytes } else { bytes.map(|b| if b < 224 { b % 10 } else { b }) };
            let Some(pseudonym) = Pseudonym::from_random(bytes) else {
                continue;
            };
            let text = pseudonym.to_string();
            for field in [FieldKind::Structured, FieldKind::FreeText, FieldKind::Label] {
                assert_eq!(detect(&text, today, field), Verdict::Clean, "{text}");
                assert_eq!(detect(&format!("se {text}, uppföljd"), today, field), Verdict::Clean, "{text}");
            }
            accepted += 1;
        }
    }

    proptest! {
        #[test]
        fn text_and_json_survive_a_round_trip(pseudonym in pseudonyms()) {
            let text = pseudonym.to_string();
            prop_assert_eq!(text.parse(), Ok(pseudonym));
            prop_assert_eq!(text.to_lowercase().parse(), Ok(pseudonym));
            prop_assert_eq!(text.replace('0', "o").replace('1', "l").parse(), Ok(pseudonym));
            let json = serde_json::to_string(&pseudonym).unwrap();
            prop_assert_eq!(serde_json::from_str::<Pseudonym>(&json).unwrap(), pseudonym);
        }

        #[test]
        fn every_single_wrong_character_is_found(pseudonym in pseudonyms(), place in 0_usize..10, step in 1_usize..32) {
            let mut wrong = pseudonym.0;
            let value = usize::from(value_of(wrong[place]).unwrap());
            wrong[place] = ALPHABET[(value + step) % 32];
            let text = Pseudonym(wrong).to_string();
            prop_assert!(text.parse::<Pseudonym>().is_err());
        }

        #[test]
        fn every_swap_is_found(pseudonym in pseudonyms(), one in 0_usize..10, other in 0_usize..10) {
            let mut wrong = pseudonym.0;
            prop_assume!(wrong[one] != wrong[other]);
            wrong.swap(one, other);
            prop_assert!(Pseudonym(wrong).to_string().parse::<Pseudonym>().is_err());
        }
    }
}
