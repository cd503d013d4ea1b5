//! The wire type of a cohort expression.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

/// A statement about a course, true, false or unknown. Made by [`Expression::parse`], which knows its JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// Every part is true.
    All(Vec<Expression>),
    /// At least one part is true.
    Any(Vec<Expression>),
    /// The part is false.
    Not(Box<Expression>),
    /// A condition on one variable.
    #[serde(untagged)]
    Test(Test),
}

/// A condition on one variable.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Test {
    /// Id of the variable.
    pub variable: String,
    /// What its value must fulfil.
    #[serde(flatten)]
    pub condition: Condition,
}

/// What a value must fulfil.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The value is this one.
    Equals(Literal),
    /// The value is one of these.
    In(Vec<Literal>),
    /// The value lies between these two, both included.
    Between([Literal; 2]),
    /// There is a value (true) or none (false).
    Present(bool),
    /// The value lies within bounds.
    #[serde(untagged)]
    Bounds(Bounds),
}

/// At most one lower and one upper bound, at least one of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Bounds {
    /// Lower bound, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Literal>,
    /// Lower bound, excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more_than: Option<Literal>,
    /// Upper bound, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Literal>,
    /// Upper bound, excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub less_than: Option<Literal>,
}

/// A value in an expression: a number, or the text of a code or of a date (`YYYY-MM-DD`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Literal {
    /// A number.
    Number(f64),
    /// A code or a date; which of them says the definition of the variable.
    Text(String),
}

impl<'de> Deserialize<'de> for Expression {
    /// Like [`Expression::parse`], for places without a request to point into; the error echoes no value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Expression::parse(&value, "").map_err(|findings| {
            let messages: Vec<String> = findings
                .iter()
                .map(|finding| format!("{}: {}", finding.pointer, finding.message.en))
                .collect();
            de::Error::custom(messages.join("; "))
        })
    }
}
