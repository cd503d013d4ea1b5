//! A migration as its document writes it.

use std::collections::BTreeMap;

use cartotek_domain::text::Text;
use serde::Deserialize;
use serde_json::Value;

/// The whole document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MigrationText {
    pub(crate) form: String,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) title: Text,
    pub(crate) note: Text,
    /// Answers, lists and groups that stand elsewhere in the later version.
    #[serde(default)]
    pub(crate) moved: Vec<Moved>,
    /// What the later version no longer asks.
    #[serde(default)]
    pub(crate) dropped: Vec<Dropped>,
    /// Codes that are called otherwise.
    #[serde(default)]
    pub(crate) codes: Vec<Recoded>,
    /// What follows from the answers before.
    #[serde(default)]
    pub(crate) computed: Vec<ComputedText>,
    /// What is the same in every record.
    #[serde(default)]
    pub(crate) constants: Vec<Constant>,
    /// The examples that cannot be migrated.
    #[serde(default)]
    pub(crate) refused: Vec<RefusedExample>,
}

/// An answer, list or group in another place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moved {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// An answer, list or group that goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dropped {
    pub(crate) at: String,
    /// For those who read the migration.
    #[serde(rename = "why")]
    pub(crate) _why: Text,
}

/// Other names of the codes of an answer of the earlier version; `null` for one that has no counterpart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recoded {
    pub(crate) at: String,
    pub(crate) map: BTreeMap<String, Option<String>>,
}

/// An answer of the later version that is computed from those of the earlier one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComputedText {
    pub(crate) at: String,
    /// The list of the earlier version whose element is `e`.
    pub(crate) each: Option<String>,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    pub(crate) value: String,
}

/// An answer or a reason that every record gets that has none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Constant {
    pub(crate) at: String,
    pub(crate) value: Value,
}

/// An example that cannot be migrated, and the rules that say so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefusedExample {
    pub(crate) example: String,
    pub(crate) rules: Vec<String>,
}
