//! Examples that ship with a form: documentation for people, tests for every door.

use std::collections::BTreeMap;

use cartotek_domain::finding::Severity;
use cartotek_domain::milestone::MilestoneValue;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::milestone::{Declarations, MilestoneView};

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Its file name without extension.
    pub name: String,
    /// Whether it can be submitted.
    pub valid: bool,
    /// The version of the form that it is an example of; the latest when none is named.
    pub version: Option<u32>,
    /// What it shows.
    pub title: String,
    /// The content.
    pub content: Value,
    /// The day on which it is checked.
    pub today: NaiveDate,
    /// The day of its first submission.
    pub first_submitted: Option<NaiveDate>,
    /// The milestones of other records.
    pub milestones: MilestoneView,
    /// What the check must find.
    pub findings: Vec<ExpectedFinding>,
}

/// A finding that an example gets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    /// The rule.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where.
    pub pointer: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleText {
    title: String,
    version: Option<u32>,
    content: Value,
    today: NaiveDate,
    first_submitted: Option<NaiveDate>,
    #[serde(default)]
    milestones: MilestoneText,
    #[serde(default)]
    findings: Vec<ExpectedFinding>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MilestoneText {
    patient: serde_json::Map<String, Value>,
    course: serde_json::Map<String, Value>,
}

impl Example {
    /// Reads an example.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub(crate) fn read(
        name: &str,
        valid: bool,
        document: Value,
        known: &Declarations,
    ) -> Result<Self, String> {
        let text: ExampleText = serde_json::from_value(document).map_err(|error| error.to_string())?;
        if !valid && !text.findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err("an invalid example names at least one error finding".to_owned());
        }
        let mut milestones = MilestoneView {
            patient: read_milestones(&text.milestones.patient, known)?,
            course: read_milestones(&text.milestones.course, known)?,
        };
        // A course's records are the patient's records too.
        for (name, values) in &milestones.course {
            milestones.patient.entry(name.clone()).or_insert_with(|| values.clone());
        }
        Ok(Self {
            name: name.to_owned(),
            valid,
            version: text.version,
            title: text.title,
            content: text.content,
            today: text.today,
            first_submitted: text.first_submitted,
            milestones,
            findings: text.findings,
        })
    }
}

fn read_milestones(
    values: &serde_json::Map<String, Value>,
    known: &Declarations,
) -> Result<BTreeMap<String, Vec<MilestoneValue>>, String> {
    let read = |(name, values): (&String, &Value)| {
        let values = values.as_array().ok_or_else(|| format!("milestone {name} must be a list of values"))?;
        let values: Option<Vec<_>> = values.iter().map(|value| known.read(name, value)).collect();
        let values = values.ok_or_else(|| format!("no form declares milestone {name} with such values"))?;
        Ok((name.clone(), values))
    };
    values.iter().map(read).collect()
}
