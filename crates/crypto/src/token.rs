//! API tokens: `ctk_<id>_<secret><check>`.
//!
//! * id: 13 characters of base62 from 9 random bytes; public, names the token in lists and logs.
//! * secret: 43 characters of base62 from 32 random bytes; only its SHA-256 is ever stored. A slow hash would add
//!   nothing to 256 random bits.
//! * check: 6 characters of base62 from the first 4 bytes of SHA-256 of all before it, so that typing errors and
//!   leaked tokens are recognised without a database.

use std::fmt;

use cartotek_domain::text::Text;

use crate::OpenSslError;
use crate::hash::{Hash, sha256};
use crate::random::{self, RandomSource};

const PREFIX: &str = "ctk_";
const ID_CHARACTERS: usize = 13;
const SECRET_CHARACTERS: usize = 43;
const CHECK_CHARACTERS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The whole text of a token, shown once to its owner; never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// The text, for the one answer that hands it over.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(hidden)")
    }
}

/// A token just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// Its public id.
    pub id: String,
    /// Its text, for the owner.
    pub text: TokenSecret,
    /// The SHA-256 of its secret, for the database.
    pub secret_hash: Hash,
}

/// A token a caller has shown: well formed, not yet known to be valid. It is when the stored hash of the token with
/// this id equals `secret_hash` (`==` takes constant time).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedToken {
    /// Its public id.
    pub id: String,
    /// The SHA-256 of the secret shown.
    pub secret_hash: Hash,
}

/// A text that is no token: wrong form or wrong check characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text().en)]
pub struct MalformedToken;

impl MalformedToken {
    /// What to tell the caller.
    pub fn text(self) -> Text {
        Text::new(
            "Detta är ingen token: en token börjar med ctk_ och ska anges hel, så som den visades när den skapades.",
            "This is no token: a token starts with ctk_ and must be given whole, as shown when it was made.",
        )
    }
}

/// Makes a token.
///
/// # Errors
/// When the source has no randomness to give.
pub fn issue(random: &dyn RandomSource) -> Result<IssuedToken, OpenSslError> {
    let id = base62::<ID_CHARACTERS>(&random::bytes::<9>(random)?);
    let secret = base62::<SECRET_CHARACTERS>(&random::bytes::<32>(random)?);
    let body = format!("{PREFIX}{id}_{secret}");
    let text = TokenSecret(format!("{body}{}", check(&body)));
    Ok(IssuedToken { id, text, secret_hash: sha256(&[secret.as_bytes()]) })
}

/// Reads a token that a caller has shown.
///
/// # Errors
/// When the text does not have the form of a token or its check characters do not fit.
pub fn parse(text: &str) -> Result<ParsedToken, MalformedToken> {
    let (id, rest) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(MalformedToken)?;
    let well_formed = id.len() == ID_CHARACTERS
        && rest.len() == SECRET_CHARACTERS + CHECK_CHARACTERS
        && id.bytes().chain(rest.bytes()).all(|byte| byte.is_ascii_alphanumeric());
    if !well_formed {
        return Err(MalformedToken);
    }
    let (body, given_check) = text.split_at(text.len() - CHECK_CHARACTERS);
    if check(body) != given_check {
        return Err(MalformedToken);
    }
    let secret = &rest[..SECRET_CHARACTERS];
    Ok(ParsedToken { id: id.to_owned(), secret_hash: sha256(&[secret.as_bytes()]) })
}

fn check(body: &str) -> String {
    base62::<CHECK_CHARACTERS>(&sha256(&[body.as_bytes()]).as_bytes()[..4])
}

/// The number that the bytes are (most significant first), in exactly `N` digits of base 62, which must be enough.
fn base62<const N: usize>(bytes: &[u8]) -> String {
    let mut digits = [0_u8; N];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in digits.iter_mut().rev() {
            carry += u32::from(*digit) * 256;
            *digit = (carry % 62) as u8;
            carry /= 62;
        }
    }
    digits.iter().map(|digit| char::from(BASE62[usize::from(*digit)])).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    /// Gives the bytes it holds, in order.
    struct GivenBytes(Mutex<Vec<u8>>);

    impl RandomSource for GivenBytes {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), OpenSslError> {
            let taken: Vec<u8> = self.0.lock().unwrap().drain(..buffer.len()).collect();
            buffer.copy_from_slice(&taken);
            Ok(())
        }
    }

    fn token(seed: u64) -> IssuedToken {
        issue(&SeededRandom::new(seed)).unwrap()
    }

    #[test]
    fn known_bytes_give_known_tokens() {
        for (bytes, text, hash) in [
            (
                vec![0; 41],
                "ctk_0000000000000_00000000000000000000000000000000000000000001eIEOc",
                "b918b22a1581fedd39058065f00e6aad35bd561f20257151131a1ddcd21803de",
            ),
            (
                vec![0xff; 41],
                "ctk_1SkYaaiXSSTS3_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12pB3Zn",
                "3b0167f1f41de3789d5785086c07b95c2926ebaf91e83d23d3e405cba9d478df",
            ),
            (
                (0..41).collect(),
                "ctk_0005McJmDgrvc_28tXK1Or6W6dxxtkBjpgyO1OMqFi6605981s6EEnt4y1Ic9eM",
                "a0c80694a9870c691e81a85c8ca633ce62507044f9d3d64c6ec4f9adbb6f0ee4",
            ),
        ] {
            let issued = issue(&GivenBytes(Mutex::new(bytes))).unwrap();
            assert_eq!(issued.text.expose(), text);
            assert_eq!(issued.secret_hash.to_string(), hash);
            assert_eq!(text.split('_').nth(1), Some(issued.id.as_str()));
        }
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let good = token(1).text.expose().to_owned();
        for text in [
            "",
            "ctk_",
            "ctk__",
            &good[4..],
            &good[..good.len() - 1],
            &format!("{good}0"),
            &format!(" {good}"),
            &good.replacen("ctk_", "CTK_", 1),
            &good.replace('_', "-"),
            &format!("ctk_{}_{}", "å".repeat(13), "å".repeat(49)),
        ] {
            assert_eq!(parse(text), Err(MalformedToken), "{text}");
        }
    }

    #[test]
    fn debug_hides_the_text() {
        let issued = token(1);
        let shown = format!("{issued:?}");
        assert!(shown.contains("TokenSecret(hidden)"));
        assert!(!shown.contains(issued.text.expose()));
    }

    proptest! {
        #[test]
        fn an_issued_token_is_read_back(seed: u64) {
            let issued = token(seed);
            let parsed = parse(issued.text.expose()).unwrap();
            prop_assert_eq!(parsed.id, issued.id);
            prop_assert_eq!(parsed.secret_hash, issued.secret_hash);
        }

        #[test]
        fn a_mistyped_token_is_found_out(seed: u64, place in 0_usize..67, typed in "[0-9A-Za-z_]") {
            let good = token(seed).text.expose().to_owned();
            let mut mistyped = good.clone();
            mistyped.replace_range(place..=place, &typed);
            prop_assert_eq!(parse(&mistyped).is_ok(), mistyped == good);
        }
    }
}
