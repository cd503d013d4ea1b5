//! How a command fails, told on one line or a few, in English.

use std::io;

use cartotek_crypto::keys::KeyError;
use cartotek_crypto::tls::TlsError;
use cartotek_persistence::StoreError;
use cartotek_service::{Refusal, ServiceError};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Asked for in a way that cannot be understood: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Anything else: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// A file or folder that the operating system refuses.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::Failed(format!("{}: {error}", path.display()))
    }

    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => Self::Failed(explain(&refusal)),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// What a client of the API would read in the problem document.
fn explain(refusal: &Refusal) -> String {
    let mut lines = vec![format!("{} ({})", refusal.problem.title().en, refusal.problem.code())];
    lines.extend(refusal.detail.iter().map(|detail| detail.en.clone()));
    lines.extend(
        refusal
            .findings
            .iter()
            .map(|finding| format!("  {} {} {}", finding.rule, finding.pointer, finding.message.en)),
    );
    lines.join("\n")
}
