//! Findings: what a rule has to say about a record, a row or a request.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Notice,
    /// Accepted when somebody acknowledges it with a reason.
    Warning,
    /// Refused.
    Error,
}

/// The result of one rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// The stable id of the rule, e.g. `R-CRS-02` or `SCHEMA-TYPE`.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where: an RFC 6901 JSON pointer into the content (empty: the whole).
    pub pointer: String,
    /// What is wrong and how to mend it; never the offending value.
    pub message: Text,
}

impl Finding {
    /// An error finding.
    pub fn error(rule: impl Into<String>, pointer: impl Into<String>, message: Text) -> Self {
        Self { rule: rule.into(), severity: Severity::Error, pointer: pointer.into(), message }
    }

    /// A warning finding.
    pub fn warning(rule: impl Into<String>, pointer: impl Into<String>, message: Text) -> Self {
        Self { rule: rule.into(), severity: Severity::Warning, pointer: pointer.into(), message }
    }

    /// A notice finding.
    pub fn notice(rule: impl Into<String>, pointer: impl Into<String>, message: Text) -> Self {
        Self { rule: rule.into(), severity: Severity::Notice, pointer: pointer.into(), message }
    }

    /// Whether it refuses the content.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether any of the findings refuses the content.
pub fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::is_error)
}
