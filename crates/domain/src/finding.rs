//! Findings: what a rule has to say about a record, a row or a request.

use serde::{Deserialize, Serialize};

use crate::code::site::SiteCode;
use crate::id::{PatientId, RecordId};
use crate::names::named;
use crate::text::Text;
use crate::time::Timestamp;

named! {
    /// How much a finding weighs.
    Severity {
        /// Worth knowing; nothing has to be done.
        Notice = "notice",
        /// Accepted when somebody acknowledges it with a reason.
        Warning = "warning",
        /// Refused.
        Error = "error",
    }
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

/// What a rule that looks beyond its own form finds in a submitted record, given all that is known of the patient by now.
///
/// It refuses nothing: the record was accepted when less was known, or something else was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFinding {
    /// The record in which it stands.
    pub record: RecordId,
    /// The patient.
    pub patient: PatientId,
    /// The site that owns the record.
    pub site: SiteCode,
    /// Code of the form.
    pub form: String,
    /// Version of the form under which the content was accepted: the rule is one of that version.
    pub form_version: i32,
    /// The rule.
    pub rule: String,
    /// Where: a JSON pointer into the content (empty: the whole).
    pub pointer: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Whether it is a warning that whoever saved the content has explained, and no other form has told anything since at
    /// which the rule looks.
    pub explained: bool,
    /// When the change was made after which the rule finds it, or the content saved if that was later.
    pub since: Timestamp,
}

/// Whether any of the findings refuses the content.
pub fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::is_error)
}
