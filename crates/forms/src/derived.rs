//! Derived values: what follows from the answers, with the definition and the inputs that explain it.

use cartotek_domain::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expression::{Datum, Engine, Expression, Scope, Stop};
use crate::mark::{Swedish, VariableMark};
use crate::pointer::find;
use crate::rule::Needs;

/// A computed value with its explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DerivedValue {
    /// Stable id, e.g. `crs_derived_grade`.
    pub id: String,
    /// Version of the definition.
    pub version: u32,
    /// The value: a number, a text, a date or a truth.
    pub value: Value,
    /// UCUM unit of a number.
    pub unit: Option<String>,
    /// The answers it was computed from, by pointer; an absent one is `null`.
    pub inputs: Vec<(String, Value)>,
    /// Short name.
    pub title: Text,
    /// The expression that defines it.
    pub definition: String,
    /// Pointer of the answer beside which it is shown.
    pub at: String,
}

/// A derived value as written.
#[derive(Debug, Deserialize)]
pub(crate) struct DefinitionText {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(rename = "x-sv")]
    pub(crate) sv: Swedish,
    pub(crate) needs: Vec<String>,
    pub(crate) value: String,
    pub(crate) at: String,
    #[serde(rename = "x-unit")]
    pub(crate) unit: Option<String>,
    #[serde(rename = "x-variable")]
    pub(crate) variable: Option<VariableMark>,
}

/// A derived value ready to be computed.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) needs: Needs,
    pub(crate) value: Expression,
    pub(crate) at: String,
    pub(crate) unit: Option<String>,
    pub(crate) variable: Option<VariableMark>,
}

impl Definition {
    /// A definition from its text.
    ///
    /// # Errors
    /// What is wrong with its expression.
    pub(crate) fn compile(text: DefinitionText) -> Result<Self, String> {
        let value = Expression::parse(&text.value)?;
        let names = value.names();
        if !names.milestones.is_empty() || !names.element.is_empty() || names.today {
            return Err("a derived value sees `f` alone".to_owned());
        }
        Ok(Self {
            value,
            id: text.id,
            version: text.version,
            title: Text::new(text.sv.title, text.title),
            description: Text::new(text.sv.description, text.description),
            needs: Needs::new(text.needs),
            at: text.at,
            unit: text.unit,
            variable: text.variable,
        })
    }

    /// The value, if there is one.
    ///
    /// # Errors
    /// When the expression cannot be evaluated.
    pub(crate) fn compute(&self, engine: &Engine, scope: &Scope<'_>) -> Result<Option<DerivedValue>, Stop> {
        if !self.needs.are_met(scope, &[]) {
            return Ok(None);
        }
        let value = match self.value.evaluate(engine, scope) {
            Ok(Datum::Null) | Err(Stop::Absent | Stop::Partial) => return Ok(None),
            Ok(datum) => json(&datum),
            Err(defect) => return Err(defect),
        };
        let Some(value) = value else { return Ok(None) };
        let (_, content) = scope.content;
        let paths = self.value.names().content.iter().filter(|path| !path.contains('*'));
        Ok(Some(DerivedValue {
            id: self.id.clone(),
            version: self.version,
            value,
            unit: self.unit.clone(),
            inputs: paths
                .map(|path| (path.clone(), find(content, path, &[]).cloned().unwrap_or_default()))
                .collect(),
            title: self.title.clone(),
            definition: self.value.source().to_owned(),
            at: self.at.clone(),
        }))
    }
}

/// A value as JSON; a partial date has none, because it is no single value.
fn json(datum: &Datum) -> Option<Value> {
    match datum {
        Datum::Null => None,
        Datum::Truth(truth) => Some(Value::Bool(*truth)),
        Datum::Number(number) => Some(Value::from(*number)),
        Datum::Text(text) => Some(Value::from(text.clone())),
        Datum::Date(span) => span.day().map(|day| Value::from(day.to_string())),
        Datum::List(items) => items.iter().map(json).collect::<Option<Vec<_>>>().map(Value::Array),
    }
}
