//! What an accepted content tells others, without judging it again.

use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::variable::VariableValue;
use chrono::NaiveDate;
use serde_json::Value;

use crate::answer::walk;
use crate::derived::{Definition, DerivedValue};
use crate::form::Form;
use crate::milestone::contribution;
use crate::variable::{derived_variable, variable_value};

/// What a content contributes to research and to the patient's course.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contribution {
    /// Research variables, by id, answered and derived; several of one id stand in the order of the form.
    pub variables: Vec<(String, VariableValue)>,
    /// Dates and codes that rules of other records look at, by name.
    pub milestones: Vec<(String, MilestoneValue)>,
    /// The clinical date of the record.
    pub clinical_date: Option<PartialDate>,
}

impl Form {
    /// What a content contributes that was accepted earlier: the same as [`Form::check_content`] finds, but no rule is
    /// run, so that every record of a registry can be read this way.
    pub fn contribution(&self, content: &Value) -> Contribution {
        let mut found =
            Contribution { clinical_date: self.clinical_date(content), ..Contribution::default() };
        walk(&self.root, content, &mut |answer| {
            let Some(value) = answer.value else { return };
            found.milestones.extend(contribution(answer.node, value));
            found.variables.extend(variable_value(answer));
        });
        // A derived value sees the answers alone: any day will do.
        let scope = self.scope(content, NaiveDate::default());
        let told = |one: &&Definition| one.variable.is_some() || one.milestone.is_some();
        for definition in self.definitions.iter().filter(told) {
            if let Ok(Some(derived)) = definition.compute(&self.shared.engine, &scope) {
                found.variables.extend(self.variable_of(definition, &derived));
                found.milestones.extend(definition.contribution(&derived));
            }
        }
        found
    }

    /// What follows from a content that was accepted earlier.
    pub fn derived(&self, content: &Value) -> Vec<DerivedValue> {
        let scope = self.scope(content, NaiveDate::default());
        let computed = self.definitions.iter().map(|one| one.compute(&self.shared.engine, &scope));
        computed.filter_map(|derived| derived.ok().flatten()).collect()
    }

    /// The research variable that a derived value is, if it is one.
    pub(crate) fn variable_of(
        &self,
        definition: &Definition,
        derived: &DerivedValue,
    ) -> Option<(String, VariableValue)> {
        let entry = self.variables.iter().find(|entry| entry.derived && entry.source == definition.id);
        derived_variable(definition, entry.map(|entry| entry.kind), derived)
    }
}
