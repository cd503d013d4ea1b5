//! A server with a certificate.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cartotek_tests::program::installation::{Installation, succeed};
use cartotek_tests::program::server::Server;

/// What curl exits with when nobody vouches for the certificate.
const UNTRUSTED: i32 = 60;

/// A certificate for this machine, and its key.
pub(crate) fn certificate(installation: &Installation) -> (PathBuf, PathBuf) {
    let (chain, key) = (installation.path("chain.pem"), installation.path("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-days", "2", "-subj", "/CN=cartotek.test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&chain);
    succeed(&mut openssl);
    (chain, key)
}

/// Asks whether the server lives, as somebody who trusts that certificate, or those of the machine alone.
fn ask(address: &str, trusted: Option<&Path>) -> Output {
    let mut curl = Command::new("curl");
    // A proxy of the environment does not see this machine as we do.
    curl.args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--max-time", "30"]);
    if let Some(certificate) = trusted {
        curl.arg("--cacert").arg(certificate);
    }
    curl.arg(format!("{address}/health/live")).output().expect("curl is there; `make test` sees to it")
}

#[test]
fn a_server_with_a_certificate_speaks_tls_alone() {
    let installation = Installation::on_sqlite();
    installation.migrate();
    let (chain, key) = certificate(&installation);
    let mut serve = installation.command(&["serve", "--tls-chain"]);
    serve.arg(&chain).arg("--tls-key").arg(&key);
    let server = Server::launch(&installation, serve);
    let address = server.address();
    assert!(address.starts_with("https://127.0.0.1:"), "{address}");

    let answer = ask(address, Some(&chain));
    assert!(answer.status.success(), "{answer:?}\n{}", server.logged());
    assert_eq!(answer.stdout, br#"{"status":"ok"}"#);
    assert_eq!(ask(address, None).status.code(), Some(UNTRUSTED));
    let plain = ask(&address.replace("https://", "http://"), None);
    assert!(!plain.status.success() && plain.stdout.is_empty(), "{plain:?}");
    server.stop();
}
