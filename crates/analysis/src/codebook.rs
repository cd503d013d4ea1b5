//! The codebook: what researchers read before they ask, in both languages.

use cartotek_domain::text::Text;
use cartotek_domain::variable::{Level, Pick, ValueKind, VariableDefinition};
use serde::{Deserialize, Serialize};

/// One variable of the codebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodebookEntry {
    /// Stable id, used in cohort expressions, e.g. `crs_max_grade`.
    pub id: String,
    /// Short name.
    pub title: Text,
    /// What it means and how it came about.
    pub description: Text,
    /// Kind of value.
    pub kind: ValueKind,
    /// Level of measurement.
    pub level: Level,
    /// UCUM unit of a number.
    pub unit: Option<String>,
    /// The codes it may take, in their order; empty unless `kind` is code.
    pub codes: Vec<CodebookCode>,
    /// The conditions that a cohort expression may put on it.
    pub conditions: Vec<String>,
    /// The form it comes from.
    pub form: String,
    /// JSON pointer in the form's content, or the id of the derived value.
    pub source: String,
    /// Whether it is computed.
    pub derived: bool,
    /// Version of the definition.
    pub version: u32,
    /// Which record counts when a course has several.
    pub pick: Pick,
}

/// A code with its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodebookCode {
    /// The code as stored and as written in expressions.
    pub code: String,
    /// What it means.
    pub text: Text,
}

/// The entries of the codebook, in the order of the definitions.
pub fn entries(definitions: &[VariableDefinition]) -> Vec<CodebookEntry> {
    definitions.iter().map(entry).collect()
}

fn entry(definition: &VariableDefinition) -> CodebookEntry {
    let code = |(code, text): &(String, Text)| CodebookCode { code: code.clone(), text: text.clone() };
    CodebookEntry {
        id: definition.id.clone(),
        title: definition.title.clone(),
        description: definition.description.clone(),
        kind: definition.kind,
        level: definition.level,
        unit: definition.unit.clone(),
        codes: definition.codes.iter().map(code).collect(),
        conditions: conditions(definition).iter().map(|&condition| condition.to_owned()).collect(),
        form: definition.form.clone(),
        source: definition.source.clone(),
        derived: definition.derived,
        version: definition.version,
        pick: definition.pick,
    }
}

fn conditions(definition: &VariableDefinition) -> &'static [&'static str] {
    match (definition.kind, definition.level) {
        (ValueKind::Code, level) if level != Level::Ordinal => &["equals", "in", "present"],
        _ => &["equals", "in", "present", "between", "at_least", "more_than", "at_most", "less_than"],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cohort::{Expression, Plan};
    use crate::fixture::{definitions, view};

    #[test]
    fn exactly_the_listed_conditions_are_accepted() {
        let view = view(Vec::new());
        for entry in entries(&definitions()) {
            let value = match entry.kind {
                ValueKind::Number => json!(1),
                ValueKind::Code => json!(entry.codes[1].code),
                ValueKind::Date => json!("2024-05-06"),
            };
            for condition in
                ["equals", "in", "present", "between", "at_least", "more_than", "at_most", "less_than"]
            {
                let operand = match condition {
                    "in" => json!([value]),
                    "between" => json!([value, value]),
                    "present" => json!(true),
                    _ => value.clone(),
                };
                let expression =
                    Expression::parse(&json!({"variable": entry.id, condition: operand}), "").unwrap();
                let accepted = Plan::compile(&expression, &view, "").is_ok();
                assert_eq!(
                    accepted,
                    entry.conditions.iter().any(|one| one == condition),
                    "{} {condition}",
                    entry.id
                );
            }
        }
    }

    #[test]
    fn both_languages_and_the_codes_are_listed() {
        let json = serde_json::to_value(entries(&definitions())).unwrap();
        assert_eq!(json[1]["title"], json!({"sv": "Produkt", "en": "Product"}));
        assert_eq!(
            json[1]["codes"][0],
            json!({"code": "axi_cel", "text": {"sv": "axi_cel sv", "en": "axi_cel en"}})
        );
        assert_eq!(json[0]["unit"], "a");
    }
}
