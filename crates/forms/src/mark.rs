//! The annotations of a property, as written in a schema.

use cartotek_domain::variable::{Level, Pick};
use serde::Deserialize;
use serde_json::Value;

use crate::milestone::{MilestonePick, MilestoneScope};

/// `x-variable`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct VariableMark {
    pub(crate) id: String,
    pub(crate) level: Level,
    #[serde(default)]
    pub(crate) pick: Pick,
    /// Further picks, each a variable of its own.
    #[serde(default)]
    pub(crate) also: Vec<Pick>,
    /// The answer that tells records apart, by each of whose codes there is a variable too.
    pub(crate) per: Option<String>,
}

/// `x-milestone`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct MilestoneMark {
    pub(crate) name: String,
    pub(crate) pick: MilestonePick,
    pub(crate) scope: MilestoneScope,
}

/// `x-codelist`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CodeListMark {
    pub(crate) list: String,
    pub(crate) at: Option<String>,
}

/// `x-sv`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Swedish {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
}

/// `x-required`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum RequiredMark {
    Plain(bool),
    Condition { when: String },
}

/// Everything that is read from a property's schema but its inner structure.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Marks {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) format: Option<String>,
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default, rename = "x-sv")]
    pub(crate) sv: Swedish,
    #[serde(rename = "x-unit")]
    pub(crate) unit: Option<String>,
    #[serde(rename = "x-variable")]
    pub(crate) variable: Option<VariableMark>,
    #[serde(rename = "x-milestone")]
    pub(crate) milestone: Option<MilestoneMark>,
    #[serde(rename = "x-codelist")]
    pub(crate) code_list: Option<CodeListMark>,
    #[serde(rename = "x-required")]
    pub(crate) required: Option<RequiredMark>,
    #[serde(rename = "x-pii")]
    pub(crate) pii: Option<String>,
    #[serde(default, rename = "x-label")]
    pub(crate) label: bool,
    #[serde(default, rename = "enum")]
    pub(crate) options: Vec<Value>,
    #[serde(rename = "const")]
    pub(crate) constant: Option<Value>,
    pub(crate) minimum: Option<f64>,
    #[serde(rename = "exclusiveMinimum")]
    pub(crate) above: Option<f64>,
    pub(crate) maximum: Option<f64>,
    #[serde(rename = "exclusiveMaximum")]
    pub(crate) below: Option<f64>,
}
