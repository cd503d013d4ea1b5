//! What an accepted content tells others, without judging it again.

use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::variable::VariableValue;
use chrono::NaiveDate;
use serde_json::Value;

use crate::answer::walk;
use crate::derived::{Definition, DerivedValue};
use crate::form::Form;
use crate::further::under_each_id;
use crate::milestone::contribution;
use crate::variable::{derived_value, variable_values};

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
            found.variables.extend(variable_values(answer, content));
        });
        // A derived value sees the answers alone: any day will do.
        let scope = self.scope(content, NaiveDate::default());
        let told = |one: &&Definition| one.variable.is_some() || one.milestone.is_some();
        for definition in self.definitions.iter().filter(told) {
            if let Ok(Some(derived)) = definition.compute(&self.shared.engine, &scope) {
                found.variables.extend(self.variables_of(definition, &derived, content));
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

    /// The research variables that a derived value of a content is.
    pub(crate) fn variables_of(
        &self,
        definition: &Definition,
        derived: &DerivedValue,
        content: &Value,
    ) -> impl Iterator<Item = (String, VariableValue)> {
        let value = self.kinds.get(&definition.id).and_then(|kind| derived_value(*kind, derived));
        let marked = definition.variable.as_ref().zip(value);
        marked.into_iter().flat_map(move |(mark, value)| under_each_id(mark, content, value))
    }
}
