//! Toxicity grades as pure functions of what was observed, each with its definition version and an explanation.
//!
//! Nothing here decides on treatment: the grades describe what a site recorded, for the registry only.

pub mod crs;
pub mod icaht;
pub mod icans;

use serde::Serialize;

use crate::names::named;
use crate::text::Text;

named! {
    /// The answer to a clinical yes-no question.
    Answer {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
        /// Asked, but not known; never the same as no.
        Unknown = "unknown",
    }
}

/// A computed grade and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grading {
    /// The grade, 0 (absent) to 5 (fatal).
    pub grade: u8,
    /// The version of the definition that was applied, e.g. `ASTCT2019/1`.
    pub definition_version: &'static str,
    /// Which observations decided.
    pub explanation: Vec<Text>,
    /// What makes the grade doubtful.
    pub warnings: Vec<Text>,
}

impl Grading {
    /// The grade of the worst domain, explained by every domain that reaches it.
    fn worst_of(definition_version: &'static str, domains: &[(u8, Text)]) -> Self {
        let grade = domains.iter().map(|(grade, _)| *grade).max().unwrap_or_default();
        let explanation = match grade {
            0 => vec![Text::new("inget tecken som ger en grad", "no sign that gives a grade")],
            _ => domains
                .iter()
                .filter(|(of_domain, _)| *of_domain == grade)
                .map(|(_, text)| text.clone())
                .collect(),
        };
        Self { grade, definition_version, explanation, warnings: Vec::new() }
    }

    /// Grade 5, whatever else was observed.
    fn fatal(definition_version: &'static str) -> Self {
        let explanation = vec![Text::new("dödsfall till följd av toxiciteten", "death due to the toxicity")];
        Self { grade: 5, definition_version, explanation, warnings: Vec::new() }
    }
}
