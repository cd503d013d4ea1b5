//! TLS: for the server an acceptor from a certificate chain and its key, for who calls others a client.

mod client;

use std::fs::File;
use std::path::{Path, PathBuf};

use cartotek_domain::text::Text;
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod};

use crate::OpenSslError;

pub use client::{HandshakeFailure, TlsClient, TlsStream};
pub use openssl::ssl::SslAcceptorBuilder;

/// Why no acceptor could be made. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text().en)]
pub enum TlsError {
    /// The operating system refused to read a file.
    File(PathBuf, #[source] std::io::Error),
    /// The file is no certificate chain in PEM.
    Chain(PathBuf),
    /// The file is no private key in PEM, or belongs to another certificate.
    Key(PathBuf),
    /// The file holds no certificate in PEM.
    Trusted(PathBuf),
    /// The library underneath failed.
    OpenSsl(#[from] OpenSslError),
}

impl TlsError {
    /// What is wrong and how to mend it.
    pub fn text(&self) -> Text {
        match self {
            Self::File(path, error) => {
                let path = path.display();
                Text::new(
                    format!("{path} kan inte läsas ({error}); kontrollera sökväg, ägare och rättigheter."),
                    format!("{path} cannot be read ({error}); check the path, its owner and permissions."),
                )
            }
            Self::Chain(path) => {
                let path = path.display();
                Text::new(
                    format!(
                        "{path} är ingen certifikatkedja; den ska vara PEM med serverns certifikat först."
                    ),
                    format!(
                        "{path} is no certificate chain; it must be PEM with the server's certificate first."
                    ),
                )
            }
            Self::Key(path) => {
                let path = path.display();
                Text::new(
                    format!("{path} är inte certifikatets privata nyckel; den ska vara PEM utan lösenord."),
                    format!(
                        "{path} is not the private key of the certificate; it must be PEM without passphrase."
                    ),
                )
            }
            Self::Trusted(path) => {
                let path = path.display();
                Text::new(
                    format!("{path} innehåller inget certifikat att lita på; filen ska vara PEM."),
                    format!("{path} holds no certificate to trust; the file must be PEM."),
                )
            }
            Self::OpenSsl(error) => Text::new(format!("OpenSSL-fel: {error}"), error.to_string()),
        }
    }
}

/// An acceptor with Mozilla's intermediate settings (version 5: TLS 1.2 and 1.3, forward secrecy), the chain with the
/// server's certificate first, and its private key, both PEM.
///
/// # Errors
/// When a file cannot be read or holds something else, or the key is that of another certificate.
pub fn acceptor(chain: &Path, key: &Path) -> Result<SslAcceptorBuilder, TlsError> {
    for path in [chain, key] {
        // OpenSSL's own errors do not tell a missing file from a wrong one.
        File::open(path).map_err(|error| TlsError::File(path.to_owned(), error))?;
    }
    let mut builder =
        SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).map_err(OpenSslError::from)?;
    builder.set_certificate_chain_file(chain).map_err(|_| TlsError::Chain(chain.to_owned()))?;
    // Refuses the key of another certificate too, since the chain is loaded already.
    builder.set_private_key_file(key, SslFiletype::PEM).map_err(|_| TlsError::Key(key.to_owned()))?;
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use openssl::asn1::Asn1Time;
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::ssl::SslOptions;
    use openssl::x509::{X509, X509NameBuilder};

    use super::*;

    fn private_key() -> PKey<Private> {
        PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
    }

    fn certificate(key: &PKey<Private>) -> Vec<u8> {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "cartotek.example").unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(key).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
        builder.sign(key, MessageDigest::sha256()).unwrap();
        builder.build().to_pem().unwrap()
    }

    #[test]
    fn certificate_and_key_make_an_acceptor_and_wrong_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let key = private_key();
        fs::write(path("chain.pem"), certificate(&key)).unwrap();
        fs::write(path("key.pem"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        fs::write(path("other.pem"), private_key().private_key_to_pem_pkcs8().unwrap()).unwrap();
        let refusal = |chain: &str, key: &str| acceptor(&path(chain), &path(key)).err().unwrap();

        let builder = acceptor(&path("chain.pem"), &path("key.pem")).unwrap();
        assert!(builder.options().contains(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1));
        assert!(
            matches!(refusal("missing.pem", "key.pem"), TlsError::File(named, _) if named == path("missing.pem"))
        );
        assert!(
            matches!(refusal("chain.pem", "missing.pem"), TlsError::File(named, _) if named == path("missing.pem"))
        );
        assert!(matches!(refusal("key.pem", "key.pem"), TlsError::Chain(named) if named == path("key.pem")));
        assert!(
            matches!(refusal("chain.pem", "chain.pem"), TlsError::Key(named) if named == path("chain.pem"))
        );
        let error = refusal("chain.pem", "other.pem");
        assert!(matches!(&error, TlsError::Key(named) if *named == path("other.pem")));
        assert!(error.to_string().contains("other.pem"));
    }
}
