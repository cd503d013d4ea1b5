//! How a use case fails: refused for a reason the caller can mend, or because the store cannot serve.

use cartotek_crypto::OpenSslError;
use cartotek_domain::audit::Subject;
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_persistence::{Constraint, StoreError};
use serde_json::Value;

/// The rule of the identifier guard.
const IDENTIFIER_RULE: &str = "R-ID-01";

/// What stood against a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The kind of problem.
    pub problem: Problem,
    /// What is wrong here, beyond the problem's title.
    pub detail: Option<Text>,
    /// What the rules found.
    pub findings: Vec<Finding>,
    /// For a stale version: the current one and what changed since, as RFC 6902.
    pub current: Option<Current>,
    /// For too many requests: how many seconds to wait.
    pub retry_after: Option<i64>,
    /// Whom and what it concerns, for its event.
    pub subjects: Vec<Subject>,
}

impl Refusal {
    /// A refusal that its problem's title explains.
    pub fn new(problem: Problem) -> Self {
        let (findings, subjects) = (Vec::new(), Vec::new());
        Self { problem, detail: None, findings, current: None, retry_after: None, subjects }
    }
}

/// The state that a stale request did not know.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// Its version.
    pub version: i64,
    /// From the version the client had to the current one (RFC 6902), where contents are compared.
    pub changes: Option<Value>,
}

/// A failure of a use case.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ServiceError {
    /// Refused; nothing was changed.
    #[error("refused: {}", .0.problem.code())]
    Refused(Box<Refusal>),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// A defect of this program.
    #[error("defect: {0}")]
    Defect(String),
}

impl ServiceError {
    /// A refusal that its problem's title explains.
    pub fn refused(problem: Problem) -> Self {
        Refusal::new(problem).into()
    }

    /// A refusal with an explanation.
    pub fn explained(problem: Problem, sv: impl Into<String>, en: impl Into<String>) -> Self {
        let detail = Some(Text::new(sv, en));
        Refusal { detail, ..Refusal::new(problem) }.into()
    }

    /// Content that breaks rules.
    pub fn invalid(findings: Vec<Finding>) -> Self {
        let problem = if findings.iter().any(|finding| finding.rule == IDENTIFIER_RULE) {
            Problem::PersonIdDetected
        } else {
            Problem::ContentInvalid
        };
        Refusal { findings, ..Refusal::new(problem) }.into()
    }

    /// A version that is no longer the current one.
    pub fn stale(version: i64, changes: Option<Value>) -> Self {
        let current = Some(Current { version, changes });
        Refusal { current, ..Refusal::new(Problem::StaleVersion) }.into()
    }

    /// The same refusal, which its event is to say concerns these rows.
    #[must_use]
    pub(crate) fn about(mut self, subjects: impl IntoIterator<Item = Subject>) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.subjects.extend(subjects);
        }
        self
    }

    /// Absent, or outside the caller's scope: the two are told apart nowhere.
    pub fn not_found() -> Self {
        Self::refused(Problem::NotFound)
    }

    /// The kind of problem a client meets.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused(refusal) => refusal.problem,
            Self::Store(error) if error.is_temporary() => Problem::Unavailable,
            Self::Store(_) | Self::Defect(_) => Problem::Defect,
        }
    }
}

/// The refusal of a site for which the caller does not act, whether or not there is one of that code.
pub(crate) fn not_own_site() -> ServiceError {
    ServiceError::explained(
        Problem::NotFound,
        "Inget av dina sjukhus har den kod som står i site; /me visar dem.",
        "None of your sites has the code that stands in site; /me lists them.",
    )
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(Constraint::Barcode) => Self::refused(Problem::BarcodeTaken),
            StoreError::Conflict(Constraint::Position | Constraint::TubePosition) => {
                Self::refused(Problem::PositionTaken)
            }
            StoreError::Conflict(constraint) => already_exists(constraint),
            other => Self::Store(other),
        }
    }
}

fn already_exists(constraint: Constraint) -> ServiceError {
    let (pointer, sv, en) = match constraint {
        Constraint::SiteCode => ("/code", "Ett annat sjukhus har koden.", "Another site has this code."),
        Constraint::BiobankCode => ("/code", "En annan biobank har koden.", "Another biobank has this code."),
        Constraint::BiobankSite => (
            "",
            "Biobanken får redan registrera prover av sjukhusets patienter.",
            "The biobank may register samples of the site's patients already.",
        ),
        Constraint::ActorHsaId => (
            "/hsa_id",
            "En annan person eller ett annat system har detta HSA-id.",
            "Another person or system has this HSA-id.",
        ),
        Constraint::ImportMappingVersion => (
            "",
            "Någon annan har just sparat mappningen. Läs den på nytt och spara med dess ETag.",
            "Somebody else has just saved the mapping. Read it again and save with its ETag.",
        ),
        Constraint::StorageUnitName => (
            "/name",
            "Biobanken har redan en förvaringsenhet med namnet.",
            "The biobank has a storage unit of this name already.",
        ),
        Constraint::LiveClarification => (
            "",
            "Regeln frågar redan på samma ställe i posten, och den frågan är inte stängd. Fortsätt i den i stället.",
            "The rule asks at this place of the record already, and that clarification is not closed. Go on in that one \
             instead.",
        ),
        _ => return ServiceError::refused(Problem::AlreadyExists),
    };
    let finding = Finding::error("API-ALREADY-EXISTS", pointer, Text::new(sv, en));
    ServiceError::Refused(Box::new(Refusal {
        findings: vec![finding],
        ..Refusal::new(Problem::AlreadyExists)
    }))
}

impl From<OpenSslError> for ServiceError {
    fn from(error: OpenSslError) -> Self {
        Self::Defect(error.to_string())
    }
}

impl From<serde_json::Error> for ServiceError {
    fn from(error: serde_json::Error) -> Self {
        // The message of serde_json may quote what it read; the category says enough.
        Self::Defect(format!("JSON: {:?} error", error.classify()))
    }
}
