//! Everything Cartotek entrusts to cryptography, and the only crate that names OpenSSL.
//!
//! * [`hash`], [`mac`], [`random`]: the three primitives; everything else is built from them.
//! * [`merkle`], [`checkpoint`]: the audit log's RFC 6962 tree and its signed tree heads (C2SP tlog-checkpoint).
//! * [`token`]: API tokens. [`linkage`], [`pseudonym`]: how a person is linked and named without being known.
//! * [`keys`], [`tls`]: secrets and certificates from files. [`webhook`]: signatures of what is sent elsewhere.
//!
//! The crate knows no database and no HTTP: what it must read comes through a trait or a parameter, and it
//! never prints a secret.

pub mod checkpoint;
mod error;
pub mod hash;
pub mod keys;
pub mod linkage;
pub mod mac;
pub mod merkle;
pub mod pseudonym;
pub mod random;
pub mod tls;
pub mod token;
pub mod webhook;

pub use error::OpenSslError;
