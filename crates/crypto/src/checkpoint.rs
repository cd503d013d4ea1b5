//! Signed tree heads of the audit log: C2SP tlog-checkpoint text in a C2SP signed note, with Ed25519.
//!
//! ```text
//! cartotek.example/log                             origin = name of the key
//! 42                                               number of leaves
//! ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=     root
//! time 2026-01-15T08:30:00.000000Z                 ┐
//! epoch 3                                          │ optional, in this order
//! previous 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZ…   ┘
//!
//! — cartotek.example/log 2USWhNQv6w7fpjOZuvn9yT…   one line per signature
//! ```
//!
//! Any C2SP verifier can check such a note. Ours reads nothing of the text before a known key's signature holds,
//! and accepts exactly one spelling of each checkpoint.

mod key;
mod tree_head;

pub use key::{CheckpointKey, VerifierKey};
pub use tree_head::Checkpoint;

use crate::OpenSslError;
use crate::hash::{Hash, sha256};

/// What stands before the name in a signature line: an em dash and a space.
const SIGNATURE_PREFIX: &str = "— ";

/// The longest note that is read; sixteen large signatures fit.
const MAX_NOTE_BYTES: usize = 256 * 1024;

/// Why a checkpoint key, verifier key or note is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The note or key does not have the form it must have; says which part.
    #[error("malformed checkpoint: {0}")]
    Malformed(&'static str),
    /// No signature in the note is by the given key.
    #[error("the checkpoint is not signed by the key {0}")]
    UnknownKey(String),
    /// The signature by the given key does not belong to this text.
    #[error("the signature by the key {0} does not belong to this checkpoint")]
    BadSignature(String),
    /// The name of a key is empty or holds white space, a plus sign or a control character.
    #[error("a checkpoint key needs a name without white space and plus signs, such as cartotek.example/log")]
    Name,
    /// A private key that is not an Ed25519 key in PEM.
    #[error("not an Ed25519 private key in PEM form")]
    NotAnEd25519Key,
    /// The library underneath failed.
    #[error(transparent)]
    OpenSsl(#[from] OpenSslError),
}

/// The hash by which the next checkpoint refers to this one: SHA-256 of the whole note with its signatures.
pub fn note_hash(note: &str) -> Hash {
    sha256(&[note.as_bytes()])
}

/// Signs a checkpoint: the note, ready to be stored and published. Its origin is the name of the key.
///
/// # Errors
/// When OpenSSL cannot sign.
pub fn sign(checkpoint: &Checkpoint, key: &CheckpointKey) -> Result<String, CheckpointError> {
    let verifier = key.verifier();
    let text = checkpoint.text(verifier.name());
    let mut signature = verifier.id().to_vec();
    signature.extend(key.sign(text.as_bytes())?);
    let signature = openssl::base64::encode_block(&signature);
    Ok(format!("{text}\n{SIGNATURE_PREFIX}{} {signature}\n", verifier.name()))
}

/// Reads a note whose signature by `key` holds. Signatures by other keys, such as witnesses, are passed over.
///
/// # Errors
/// [`CheckpointError::UnknownKey`] without a signature by this key, [`CheckpointError::BadSignature`] when one does
/// not hold, [`CheckpointError::Malformed`] when the note has another form.
pub fn parse_and_verify(note: &str, key: &VerifierKey) -> Result<Checkpoint, CheckpointError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(CheckpointError::Malformed("the note is too long"));
    }
    if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(CheckpointError::Malformed("the note holds a control character"));
    }
    let blank =
        note.rfind("\n\n").ok_or(CheckpointError::Malformed("no blank line before the signatures"))?;
    let (text, signatures) = (&note[..=blank], &note[blank + 2..]);
    let signatures =
        signatures.strip_suffix('\n').ok_or(CheckpointError::Malformed("no newline at the end"))?;
    let mut known = false;
    for line in signatures.split('\n') {
        let (name, id, signature) = parse_signature(line)?;
        if name == key.name() && id == key.id() {
            known = true;
            if !key.verify(text.as_bytes(), &signature) {
                return Err(CheckpointError::BadSignature(name.to_owned()));
            }
        }
    }
    if !known {
        return Err(CheckpointError::UnknownKey(key.name().to_owned()));
    }
    Checkpoint::parse(text, key.name())
}

/// Name, key id and bare signature of a signature line.
fn parse_signature(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), CheckpointError> {
    line.strip_prefix(SIGNATURE_PREFIX)
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(name, encoded)| {
            let bytes = decode_base64(encoded)?;
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            (!name.is_empty() && !signature.is_empty()).then(|| (name, *id, signature.to_vec()))
        })
        .ok_or(CheckpointError::Malformed("a signature line has another form than \"— name base64\""))
}

/// Standard base64 (RFC 4648, section 4) in its only canonical spelling.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = openssl::base64::decode_block(text).ok()?;
    // OpenSSL is lenient about white space and unused bits.
    (openssl::base64::encode_block(&bytes) == text).then_some(bytes)
}

fn decode_hash(text: &str) -> Option<Hash> {
    Some(Hash::from_bytes(decode_base64(text)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::key::tests::{VERIFIER, test_key};
    use super::*;

    /// Made by another implementation of Ed25519 from the same key.
    const PLAIN: &str = "cartotek.example/log\n42\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n\n— cartotek.example/log 2USWhFfA+KyRNrbfQ8f/Z5ypunEmHwQ5JET9H3uG6ciUhUuWmKMZHV6jIItt+4j4d5kxa+EO03cN49QkEQlmlicplwk=\n";
    const EXTENDED: &str = "cartotek.example/log\n42\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\ntime 2026-01-15T08:30:00.000000Z\nepoch 3\nprevious 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— cartotek.example/log 2USWhNQv6w7fpjOZuvn9yT4lTkuMoLQ+7+XorG5jrXOP9X3r+4Sfdg58erGik0hPK9o1DSFz+oBjKOwwCvDZfb6PxAY=\n";

    fn plain() -> Checkpoint {
        Checkpoint { size: 42, root: sha256(&[b"abc"]), time: None, epoch: None, previous: None }
    }

    fn extended() -> Checkpoint {
        Checkpoint {
            time: Some("2026-01-15T08:30:00Z".parse().unwrap()),
            epoch: Some(3),
            previous: Some(sha256(&[])),
            ..plain()
        }
    }

    fn verifier() -> VerifierKey {
        VERIFIER.parse().unwrap()
    }

    /// A note with a true signature over any text.
    fn signed(text: &str) -> String {
        let key = test_key();
        let mut bytes = key.verifier().id().to_vec();
        bytes.extend(key.sign(text.as_bytes()).unwrap());
        format!("{text}\n— {} {}\n", key.verifier().name(), openssl::base64::encode_block(&bytes))
    }

    #[test]
    fn signing_gives_the_golden_notes() {
        assert_eq!(sign(&plain(), &test_key()).unwrap(), PLAIN);
        assert_eq!(sign(&extended(), &test_key()).unwrap(), EXTENDED);
    }

    #[test]
    fn the_golden_notes_verify() {
        assert_eq!(parse_and_verify(PLAIN, &verifier()).unwrap(), plain());
        assert_eq!(parse_and_verify(EXTENDED, &verifier()).unwrap(), extended());
    }

    #[test]
    fn every_changed_byte_is_refused() {
        for position in 0..EXTENDED.len() {
            for flip in [0x01, 0x02, 0x20] {
                let mut bytes = EXTENDED.as_bytes().to_vec();
                bytes[position] ^= flip;
                let Ok(changed) = String::from_utf8(bytes) else {
                    continue;
                };
                assert!(parse_and_verify(&changed, &verifier()).is_err(), "{position}: {changed}");
            }
        }
    }

    #[test]
    fn a_foreign_key_and_a_bad_signature_are_told_apart() {
        let other = CheckpointKey::from_seed("cartotek.example/log", &[1; 32]).unwrap();
        assert!(matches!(
            parse_and_verify(PLAIN, other.verifier()),
            Err(CheckpointError::UnknownKey(name)) if name == "cartotek.example/log"
        ));
        assert!(matches!(
            parse_and_verify(&PLAIN.replace("42", "43"), &verifier()),
            Err(CheckpointError::BadSignature(_))
        ));
    }

    #[test]
    fn signatures_of_witnesses_are_passed_over() {
        let witnessed = format!("{PLAIN}— witness.example AAAAAAAAAAAA\n");
        assert_eq!(parse_and_verify(&witnessed, &verifier()).unwrap(), plain());
    }

    #[test]
    fn a_signed_text_in_another_form_is_malformed() {
        let root = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let head = format!("cartotek.example/log\n42\n{root}\n");
        assert!(parse_and_verify(&signed(&head), &verifier()).is_ok());
        for text in [
            "\n".to_owned(),
            format!("another.example/log\n42\n{root}\n"),
            format!("cartotek.example/log\n042\n{root}\n"),
            format!("cartotek.example/log\n+42\n{root}\n"),
            "cartotek.example/log\n42\n".to_owned(),
            "cartotek.example/log\n42\nungW\n".to_owned(),
            format!("{head}epoch 3\nepoch 3\n"),
            format!("{head}epoch 3\ntime 2026-01-15T08:30:00.000000Z\n"),
            format!("{head}time 2026-01-15T09:30:00.000000+01:00\n"),
            format!("{head}colour blue\n"),
            format!("{head}\nepoch 3\n"),
        ] {
            let error = parse_and_verify(&signed(&text), &verifier());
            assert!(matches!(error, Err(CheckpointError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn a_second_spelling_of_a_signature_is_malformed() {
        // The same bytes to a lenient decoder: unused bits set, white space added.
        for spelling in ["plwl=", "plwk= ", "plw k="] {
            let error = parse_and_verify(&PLAIN.replace("plwk=", spelling), &verifier());
            assert!(matches!(error, Err(CheckpointError::Malformed(_))), "{spelling}");
        }
    }

    #[test]
    fn a_note_without_its_frame_is_malformed() {
        let long = format!("{}{PLAIN}", "x\n".repeat(MAX_NOTE_BYTES));
        for note in ["", "\n\n", "a\n\n—", PLAIN.trim_end(), &PLAIN.replace("— ", "- "), &long] {
            let error = parse_and_verify(note, &verifier());
            assert!(matches!(error, Err(CheckpointError::Malformed(_))), "{note}");
        }
    }
}
