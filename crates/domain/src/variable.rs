//! Research variables: what a codebook lists and a cohort expression may name.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::partial_date::PartialDate;
use crate::text::Text;

/// The level of measurement of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Codes without order.
    Nominal,
    /// Codes or integers with an order.
    Ordinal,
    /// Dates.
    Interval,
    /// Numbers with a true zero.
    Ratio,
}

/// The kind of value that a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A 64-bit number.
    Number,
    /// A code of a closed list.
    Code,
    /// A calendar day.
    Date,
}

/// Which of several records of the same course gives the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The earliest by clinical date.
    #[default]
    First,
    /// The latest by clinical date.
    Last,
    /// The largest number or latest date.
    Max,
    /// The smallest number or earliest date.
    Min,
}

/// One entry of the codebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariableDefinition {
    /// Stable id, e.g. `crs_max_grade`.
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
    /// The codes it may take, with their texts; empty unless `kind` is code.
    pub codes: Vec<(String, Text)>,
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
    /// What it belongs to: variables of one form that share it and the pick take their first or last values from the
    /// same record.
    pub group: String,
    /// Whether a date may be known to the month or the year only; the day that stands for it is then imputed.
    #[serde(default)]
    pub partial: bool,
}

/// The value of a variable in one course; an absent value has no entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum VariableValue {
    /// A number in the unit of the definition.
    Number(f64),
    /// A code.
    Code(String),
    /// A calendar day.
    Date(NaiveDate),
    /// A date known to the month or the year only, before a day is imputed.
    Partial(PartialDate),
}
