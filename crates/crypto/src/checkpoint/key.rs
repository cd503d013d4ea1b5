//! The keys that sign and verify checkpoints.

use std::fmt;
use std::str::FromStr;

use openssl::pkey::{Id, PKey, Private, Public};
use openssl::sign::{Signer, Verifier};

use super::{CheckpointError, decode_base64};
use crate::OpenSslError;
use crate::hash::{from_hex, sha256, to_hex};
use crate::random::{self, RandomSource};

/// The C2SP signature type of Ed25519.
const ED25519: u8 = 0x01;

/// The private key of the log. Its name is the origin of every checkpoint it signs.
pub struct CheckpointKey {
    private: PKey<Private>,
    verifier: VerifierKey,
}

impl CheckpointKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When the name is not allowed or the source has no randomness.
    pub fn generate(name: &str, random: &dyn RandomSource) -> Result<Self, CheckpointError> {
        Self::from_seed(name, &random::bytes(random)?)
    }

    /// The key of a 32-byte seed (the private key of RFC 8032).
    ///
    /// # Errors
    /// When the name is not allowed.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, CheckpointError> {
        let private = PKey::private_key_from_raw_bytes(seed, Id::ED25519).map_err(OpenSslError::from)?;
        Self::new(name, private)
    }

    /// Reads the private key from PEM (PKCS #8).
    ///
    /// # Errors
    /// When the name is not allowed or the text holds no Ed25519 key.
    pub fn from_pem(name: &str, pem: &[u8]) -> Result<Self, CheckpointError> {
        // A passphrase must be refused here, else OpenSSL would ask for it at the terminal.
        let private = PKey::private_key_from_pem_callback(pem, |_| Ok(0))
            .map_err(|_| CheckpointError::NotAnEd25519Key)?;
        Self::new(name, private)
    }

    /// The private key as PEM (PKCS #8), unencrypted.
    ///
    /// # Errors
    /// When OpenSSL cannot write it.
    pub fn to_pem(&self) -> Result<Vec<u8>, OpenSslError> {
        Ok(self.private.private_key_to_pem_pkcs8()?)
    }

    /// The public half, for whoever checks the log.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, OpenSslError> {
        Ok(Signer::new_without_digest(&self.private)?.sign_oneshot_to_vec(text)?)
    }

    fn new(name: &str, private: PKey<Private>) -> Result<Self, CheckpointError> {
        if private.id() != Id::ED25519 {
            return Err(CheckpointError::NotAnEd25519Key);
        }
        let public = private.raw_public_key().map_err(OpenSslError::from)?;
        Ok(Self { private, verifier: VerifierKey::new(name, &public)? })
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// The public key of a log, written `name+id+base64` as other C2SP tools expect it.
#[derive(Clone)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    encoded: Vec<u8>,
    public: PKey<Public>,
}

impl VerifierKey {
    fn new(name: &str, public: &[u8]) -> Result<Self, CheckpointError> {
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(CheckpointError::Name);
        }
        let key = PKey::public_key_from_raw_bytes(public, Id::ED25519)
            .map_err(|_| CheckpointError::Malformed("the verifier key holds no Ed25519 key"))?;
        let encoded = [&[ED25519], public].concat();
        let digest = sha256(&[name.as_bytes(), b"\n", &encoded]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], encoded, public: key })
    }

    /// The name of the key, also the origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name || 0x0A || 0x01 || public key).
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether the signature over the text is by this key.
    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        // An error of OpenSSL means no proof, as a false signature does.
        let verified = Verifier::new_without_digest(&self.public)
            .and_then(|mut verifier| verifier.verify_oneshot(signature, text));
        matches!(verified, Ok(true))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, to_hex(&self.id), openssl::base64::encode_block(&self.encoded))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed("a verifier key has the form name+id+base64");
        // Base64 may hold plus signs, the name and the id may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed);
        };
        let (Some(id), Some(bytes)) = (from_hex::<4>(id), decode_base64(encoded)) else {
            return Err(malformed);
        };
        let Some((&ED25519, public)) = bytes.split_first() else {
            return Err(CheckpointError::Malformed("the verifier key is of another kind than Ed25519"));
        };
        let key = Self::new(name, public)?;
        if key.id == id {
            Ok(key)
        } else {
            Err(CheckpointError::Malformed("the id of the verifier key does not belong to its name and key"))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::random::SystemRandom;

    /// The verifier key that belongs to [`test_key`].
    pub(crate) const VERIFIER: &str =
        "cartotek.example/log+d9449684+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

    /// The key of RFC 8032 section 7.1, test 1.
    pub(crate) fn test_key() -> CheckpointKey {
        let seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        CheckpointKey::from_seed("cartotek.example/log", &seed).unwrap()
    }

    #[test]
    fn the_verifier_key_of_a_known_key_is_fixed() {
        assert_eq!(test_key().verifier().to_string(), VERIFIER);
        assert_eq!(VERIFIER.parse::<VerifierKey>().unwrap().to_string(), VERIFIER);
    }

    #[test]
    fn a_key_survives_pem() {
        let key = CheckpointKey::generate("log", &SystemRandom).unwrap();
        let read = CheckpointKey::from_pem("log", &key.to_pem().unwrap()).unwrap();
        assert_eq!(read.verifier().to_string(), key.verifier().to_string());
        assert_eq!(read.sign(b"text").unwrap(), key.sign(b"text").unwrap());
    }

    #[test]
    fn other_keys_are_refused() {
        let rsa = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap();
        let locked = test_key()
            .private
            .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"secret")
            .unwrap();
        for pem in [rsa.private_key_to_pem_pkcs8().unwrap(), locked, b"no key".to_vec()] {
            let error = CheckpointKey::from_pem("log", &pem);
            assert!(matches!(error, Err(CheckpointError::NotAnEd25519Key)));
        }
    }

    #[test]
    fn names_that_would_break_a_note_are_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{1}b"] {
            let error = CheckpointKey::from_seed(name, &[1; 32]);
            assert!(matches!(error, Err(CheckpointError::Name)), "{name:?}");
        }
    }

    #[test]
    fn altered_verifier_keys_are_refused() {
        for text in [
            "",
            "cartotek.example/log",
            &VERIFIER.replace("d9", "da"),
            &VERIFIER.replace("log+", "lag+"),
            &VERIFIER.replace("+Ad", "+Bd"),
            &VERIFIER[..VERIFIER.len() - 4],
            &VERIFIER.to_uppercase(),
        ] {
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_hides_the_private_key() {
        assert_eq!(
            format!("{:?}", test_key()),
            format!("CheckpointKey {{ verifier: VerifierKey({VERIFIER}), .. }}")
        );
    }
}
