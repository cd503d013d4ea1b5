//! The TLS side of a client, which trusts the certificates of one file and no others.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslStream, SslVersion};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509VerifyResult};

use super::TlsError;
use crate::OpenSslError;

/// Makes encrypted streams to servers whose name and certificate it has checked; TLS 1.2 and later.
#[derive(Clone)]
pub struct TlsClient(SslConnector);

/// An encrypted stream.
pub struct TlsStream<S>(SslStream<S>);

/// Why a server was not spoken to.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeFailure {
    /// The stream underneath failed.
    #[error("{0}")]
    Stream(#[source] io::Error),
    /// The server could not be trusted, or understood.
    #[error("{0}")]
    Refused(&'static str),
}

impl TlsClient {
    /// A client that trusts what the certificates in a PEM file vouch for. The library's own are left out: where it looks
    /// for them is decided when it is built.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn trusting(certificates: &Path) -> Result<Self, TlsError> {
        let pem = fs::read(certificates).map_err(|error| TlsError::File(certificates.to_owned(), error))?;
        let trusted = X509::stack_from_pem(&pem).unwrap_or_default();
        if trusted.is_empty() {
            return Err(TlsError::Trusted(certificates.to_owned()));
        }
        let mut store = X509StoreBuilder::new().map_err(OpenSslError::from)?;
        for certificate in trusted {
            store.add_cert(certificate).map_err(OpenSslError::from)?;
        }
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(OpenSslError::from)?;
        builder.set_cert_store(store.build());
        builder.set_min_proto_version(Some(SslVersion::TLS1_2)).map_err(OpenSslError::from)?;
        Ok(Self(builder.build()))
    }

    /// Encrypts a stream to the server of a name or address, which its certificate must bear.
    ///
    /// # Errors
    /// When the stream fails, nobody trusted vouches for the server, or it speaks no TLS.
    pub fn connect<S: Read + Write>(&self, host: &str, stream: S) -> Result<TlsStream<S>, HandshakeFailure> {
        self.0.connect(host, stream).map(TlsStream).map_err(|error| match error {
            HandshakeError::SetupFailure(_) => HandshakeFailure::Refused("TLS could not be set up"),
            HandshakeError::Failure(middle) | HandshakeError::WouldBlock(middle) => {
                let verified = middle.ssl().verify_result();
                if verified != X509VerifyResult::OK {
                    return HandshakeFailure::Refused(verified.error_string());
                }
                match middle.into_error().into_io_error() {
                    Ok(error) => HandshakeFailure::Stream(error),
                    Err(_) => HandshakeFailure::Refused("the server speaks no TLS that is understood"),
                }
            }
        })
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").finish_non_exhaustive()
    }
}

impl<S> TlsStream<S> {
    /// The stream underneath.
    pub fn get_mut(&mut self) -> &mut S {
        self.0.get_mut()
    }
}

impl<S: Read + Write> Read for TlsStream<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<S: Read + Write> Write for TlsStream<S> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::path::PathBuf;
    use std::thread;

    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::X509NameBuilder;
    use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};

    use super::*;
    use crate::tls::acceptor;

    /// A certificate that vouches for itself, and its key, below a folder.
    fn certificate(folder: &Path, name: &str, host: &str) -> (PathBuf, PathBuf) {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut subject = X509NameBuilder::new().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&subject).unwrap();
        builder.set_issuer_name(&subject).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        let context = builder.x509v3_context(None, None);
        let alternative = SubjectAlternativeName::new().dns(host).build(&context).unwrap();
        builder.append_extension(alternative).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        let (chain, private) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        fs::write(&chain, builder.build().to_pem().unwrap()).unwrap();
        fs::write(&private, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        (chain, private)
    }

    /// A server that answers one connection, and says nothing else.
    fn serve(chain: &Path, key: &Path) -> TcpStream {
        let acceptor = acceptor(chain, key).unwrap().build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            if let Ok(mut stream) = acceptor.accept(stream) {
                let _ = stream.write_all(b"hello");
            }
        });
        TcpStream::connect(address).unwrap()
    }

    #[test]
    fn a_server_is_trusted_by_its_name_and_who_vouches_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = certificate(folder.path(), "one", "hooks.example.org");
        let (other, _) = certificate(folder.path(), "other", "hooks.example.org");
        let client = TlsClient::trusting(&chain).unwrap();
        let mut stream = client.connect("hooks.example.org", serve(&chain, &key)).unwrap();
        let mut said = [0; 5];
        stream.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"hello");
        let refused = |client: &TlsClient, host: &str| {
            let error = client.connect(host, serve(&chain, &key)).unwrap_err();
            matches!(error, HandshakeFailure::Refused(_))
        };
        assert!(refused(&client, "elsewhere.example.org"));
        assert!(refused(&TlsClient::trusting(&other).unwrap(), "hooks.example.org"));
    }

    #[test]
    fn files_without_a_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(TlsClient::trusting(&path), Err(TlsError::File(named, _)) if named == path));
        fs::write(&path, "nothing").unwrap();
        assert!(matches!(TlsClient::trusting(&path), Err(TlsError::Trusted(named)) if named == path));
    }
}
