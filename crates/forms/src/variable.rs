//! Research variables: the codebook entries of a form and the values a record contributes.

use cartotek_domain::partial_date::{PartialDate, Precision};
use cartotek_domain::text::Text;
use cartotek_domain::variable::{ValueKind, VariableDefinition, VariableValue};
use serde_json::Value;

use crate::answer::Answer;
use crate::date::day_of_instant;
use crate::derived::{Definition, DerivedValue};
use crate::expression::Datum;
use crate::function::Library;
use crate::further::under_each_id;
use crate::mark::VariableMark;
use crate::node::{Kind, Node};

/// The form that the entries belong to.
pub(crate) struct Origin<'o> {
    pub(crate) code: &'o str,
    pub(crate) version: u32,
    pub(crate) library: &'o Library,
    pub(crate) root: &'o Node,
}

impl Origin<'_> {
    /// The codebook entry of a property.
    pub(crate) fn entry(&self, pattern: &str, node: &Node, mark: &VariableMark) -> VariableDefinition {
        VariableDefinition {
            id: mark.id.clone(),
            title: node.title.clone(),
            description: node.description.clone(),
            kind: value_kind(&node.kind),
            level: mark.level,
            unit: node.unit.clone(),
            codes: self.codes(node),
            form: self.code.to_owned(),
            source: pattern.to_owned(),
            derived: false,
            version: self.version,
            pick: mark.pick,
            group: self.object(pattern).to_owned(),
            partial: matches!(node.kind, Kind::PartialDate),
        }
    }

    /// The codebook entry of a derived value, whose kind shows in the values it took when tried out.
    pub(crate) fn derived_entry(
        &self,
        definition: &Definition,
        mark: &VariableMark,
        tried: &[Datum],
    ) -> Result<VariableDefinition, String> {
        let kind = tried.iter().find_map(|value| match value {
            Datum::Number(_) => Some(ValueKind::Number),
            Datum::Text(_) => Some(ValueKind::Code),
            Datum::Date(_) => Some(ValueKind::Date),
            _ => None,
        });
        let kind = kind.ok_or("a variable is a number, a code or a date; no sample gave one")?;
        let mut tried_codes: Vec<(String, Text)> = Vec::new();
        for value in tried {
            if let Datum::Text(code) = value
                && !tried_codes.iter().any(|(known, _)| known == code)
            {
                tried_codes.push((code.clone(), Text::new(code, code)));
            }
        }
        let codes = match &definition.code_list {
            None => tried_codes,
            Some(list) => {
                let codes = self.listed(list).ok_or_else(|| format!("there is no code list `{list}`"))?;
                let known = |code: &str| codes.iter().any(|(known, _)| known == code);
                if let Some((code, _)) = tried_codes.iter().find(|(code, _)| !known(code)) {
                    return Err(format!("the code list `{list}` lacks the code `{code}`"));
                }
                codes
            }
        };
        Ok(VariableDefinition {
            id: mark.id.clone(),
            title: definition.title.clone(),
            description: definition.description.clone(),
            kind,
            level: mark.level,
            unit: definition.unit.clone(),
            codes,
            form: self.code.to_owned(),
            source: definition.id.clone(),
            derived: true,
            version: definition.version,
            pick: mark.pick,
            group: self.object(&definition.at).to_owned(),
            partial: false,
        })
    }

    /// The object of the form that what stands at a pattern is part of: itself, if it is one.
    fn object<'p>(&self, pattern: &'p str) -> &'p str {
        if self.root.at(pattern).is_some_and(|node| node.group().is_some()) {
            return pattern;
        }
        pattern.rsplit_once('/').map_or("", |(object, _)| object)
    }

    /// The codes that an answer may take; none when it is open.
    pub(crate) fn codes(&self, node: &Node) -> Vec<(String, Text)> {
        if let Some(codes) = node.code_list.as_ref().and_then(|mark| self.listed(&mark.list)) {
            return codes;
        }
        let options = node.options.iter().filter_map(Value::as_str);
        options.map(|code| (code.to_owned(), Text::new(code, code))).collect()
    }
}

impl Origin<'_> {
    /// The codes of a list with their latest texts.
    fn listed(&self, list: &str) -> Option<Vec<(String, Text)>> {
        let mut codes: Vec<(String, Text)> = Vec::new();
        for code in &self.library.code_lists.get(list)?.codes {
            codes.retain(|(known, _)| *known != code.code);
            codes.push((code.code.clone(), code.title.clone()));
        }
        Some(codes)
    }
}

fn value_kind(kind: &Kind) -> ValueKind {
    match kind {
        Kind::Number | Kind::Integer => ValueKind::Number,
        Kind::Date | Kind::PartialDate | Kind::DateTime => ValueKind::Date,
        _ => ValueKind::Code,
    }
}

/// Whether an answer of this kind can be a variable.
pub(crate) fn can_be_variable(kind: &Kind) -> bool {
    !matches!(kind, Kind::Group(_) | Kind::List(_))
}

/// The variables that an answer of a content is.
pub(crate) fn variable_values(
    answer: &Answer<'_, '_>,
    content: &Value,
) -> impl Iterator<Item = (String, VariableValue)> {
    let marked = answer.node.variable.as_ref().and_then(|mark| Some((mark, variable_value(answer)?)));
    marked.into_iter().flat_map(move |(mark, value)| under_each_id(mark, content, value))
}

/// The variable value of an answer. A partial date stays one: whoever needs a day imputes it and says so.
fn variable_value(answer: &Answer<'_, '_>) -> Option<VariableValue> {
    let value = answer.value?;
    Some(match &answer.node.kind {
        Kind::Number | Kind::Integer => VariableValue::Number(beyond(value.as_f64()?, answer.comparator)),
        Kind::Date | Kind::PartialDate => date_value(value.as_str()?.parse().ok()?),
        Kind::DateTime => VariableValue::Date(day_of_instant(value.as_str()?)?),
        Kind::Boolean => VariableValue::Code(value.as_bool()?.to_string()),
        _ => VariableValue::Code(value.as_str()?.to_owned()),
    })
}

fn date_value(date: PartialDate) -> VariableValue {
    match date.precision() {
        Precision::Day => VariableValue::Date(date.first()),
        Precision::Month | Precision::Year => VariableValue::Partial(date),
    }
}

/// What was reported as "<1" lies below 1 in every comparison, and what was reported as ">1" above.
fn beyond(number: f64, comparator: Option<&str>) -> f64 {
    match comparator {
        Some("<") => number.next_down(),
        Some(">") => number.next_up(),
        _ => number,
    }
}

/// The variable value of a derived value.
pub(crate) fn derived_value(kind: ValueKind, derived: &DerivedValue) -> Option<VariableValue> {
    Some(match kind {
        ValueKind::Number => VariableValue::Number(derived.value.as_f64()?),
        ValueKind::Date => VariableValue::Date(derived.value.as_str()?.parse().ok()?),
        ValueKind::Code => VariableValue::Code(derived.value.as_str()?.to_owned()),
    })
}
