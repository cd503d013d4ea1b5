//! What derived values look like on the wire.

use cartotek_domain::text::{Language, Text};
use cartotek_service::forms::DerivedValue;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A value that follows from the answers of a record or from the facts of a course, with what it was computed from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DerivedValue)]
pub(crate) struct DerivedView {
    /// Stable id.
    #[schema(example = "crs_derived_grade")]
    id: String,
    /// Version of the definition.
    version: u32,
    /// What it is.
    title: String,
    /// The value: a number, a text or a truth value; `null` when it does not follow.
    #[schema(value_type = serde_json::Value)]
    value: Value,
    /// UCUM unit of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// The answer beside which it belongs; absent from a value of a course.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    at: String,
    /// What it was computed from.
    explain: Vec<InputView>,
    /// The expression that defines it.
    definition: String,
    /// The published definition that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ASTCT2019/1")]
    definition_version: Option<String>,
    /// Which observations decided.
    because: Vec<String>,
    /// What makes the value doubtful.
    warnings: Vec<String>,
}

/// An answer or milestone that a derived value was computed from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DerivedInput)]
pub(crate) struct InputView {
    /// Where the answer stands: its pointer in the record, or the name of the milestone of the course.
    pointer: String,
    /// The answer; `null` when it is absent.
    #[schema(value_type = serde_json::Value)]
    value: Value,
}

impl DerivedView {
    pub(crate) fn new(derived: DerivedValue, language: Language) -> Self {
        let reasoning = derived.reasoning;
        let said =
            |texts: Vec<Text>| texts.iter().map(|text| text.in_language(language).to_owned()).collect();
        Self {
            id: derived.id,
            version: derived.version,
            title: derived.title.in_language(language).to_owned(),
            value: derived.value,
            unit: derived.unit,
            at: derived.at,
            explain: derived
                .inputs
                .into_iter()
                .map(|(pointer, value)| InputView { pointer, value })
                .collect(),
            definition: derived.definition,
            definition_version: reasoning.definition_version,
            because: said(reasoning.because),
            warnings: said(reasoning.warnings),
        }
    }

    pub(crate) fn list(derived: Vec<DerivedValue>, language: Language) -> Vec<Self> {
        derived.into_iter().map(|one| Self::new(one, language)).collect()
    }
}

/// What derived values are for: without it, a score could be taken for advice (domain brief 3.8).
pub(crate) const fn not_for_treatment(language: Language) -> &'static str {
    match language {
        Language::Sv => {
            "Forskningsvariabler som registret räknar ut; inte underlag för enskilda behandlingsbeslut."
        }
        Language::En => {
            "Research variables that the registry computes; not for individual treatment decisions."
        }
    }
}
