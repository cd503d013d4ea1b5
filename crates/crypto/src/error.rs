//! The failure of the library underneath.

/// OpenSSL refused an operation that can only fail for want of memory, entropy or a working build.
///
/// Its text holds OpenSSL's own error codes, never key material.
#[derive(Debug, thiserror::Error)]
#[error("OpenSSL failed: {0}")]
pub struct OpenSslError(#[from] openssl::error::ErrorStack);
