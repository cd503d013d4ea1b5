//! Signatures of what is sent to a webhook: its receiver knows who sent it, when, and that nobody has changed it.

use std::io::ErrorKind;
use std::path::Path;

use crate::hash::Hash;
use crate::keys::{KeyError, read_secret};
use crate::mac::MacKey;

/// A secret has at least so many characters: those of 16 random bytes in hexadecimal.
const SHORTEST: usize = 32;

/// The secret that sender and receiver share.
#[derive(Debug)]
pub struct WebhookKey(MacKey);

impl WebhookKey {
    /// The secret, which may be any bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self(MacKey::new("cartotek/webhook/v1", secret))
    }

    /// Reads the secret from a file; white space at its end does not count.
    ///
    /// # Errors
    /// When the file cannot be read, is open to others than its owner, or holds less than 32 characters.
    pub fn load_from(path: &Path) -> Result<Self, KeyError> {
        let content = read_secret(path).map_err(|error| match error {
            KeyError::NotThere(path) => KeyError::File(path, ErrorKind::NotFound.into()),
            other => other,
        })?;
        let secret = content.trim_ascii_end();
        if secret.len() < SHORTEST {
            return Err(KeyError::TooShort(path.to_owned()));
        }
        Ok(Self::new(secret))
    }

    /// HMAC-SHA-256 over the seconds since 1970 in decimal digits, a full stop and the body.
    pub fn sign(&self, seconds: i64, body: &[u8]) -> Hash {
        self.0.tag(&[seconds.to_string().as_bytes(), b".", body])
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// As `printf '1778472000.{"site":"KAR"}' | openssl dgst -sha256 -hmac …` says.
    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        let secret = "0123456789abcdef0123456789abcdef";
        let key = WebhookKey::new(secret.as_bytes());
        let signature = key.sign(1_778_472_000, br#"{"site":"KAR"}"#);
        assert_eq!(signature.to_string(), "0bd8e331c664bce9b17219c0ddb2b4938c6401943e3d912f456ed9f76d836ac7");
        assert_ne!(key.sign(1_778_472_001, br#"{"site":"KAR"}"#), signature);
        assert_ne!(key.sign(1_778_472_000, br#"{"site":"UPP"}"#), signature);
        assert_ne!(WebhookKey::new(b"another").sign(1_778_472_000, br#"{"site":"KAR"}"#), signature);
    }

    #[test]
    fn a_secret_is_read_whole_and_kept_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let error = WebhookKey::load_from(&path).unwrap_err();
        assert!(matches!(error, KeyError::File(named, _) if named == path));
        let set_mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let secret = "0123456789abcdef0123456789abcdef";
        fs::write(&path, format!("{secret}\n")).unwrap();
        set_mode(0o600);
        let key = WebhookKey::load_from(&path).unwrap();
        assert_eq!(key.sign(1, b"x"), WebhookKey::new(secret.as_bytes()).sign(1, b"x"));
        set_mode(0o640);
        assert!(matches!(WebhookKey::load_from(&path), Err(KeyError::OpenToOthers(named)) if named == path));
        set_mode(0o600);
        fs::write(&path, &secret[1..]).unwrap();
        let error = WebhookKey::load_from(&path).unwrap_err();
        assert!(matches!(&error, KeyError::TooShort(named) if *named == path));
        assert!(!format!("{error} {error:?} {}", error.text().sv).contains(&secret[1..]));
    }
}
