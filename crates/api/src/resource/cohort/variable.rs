//! The codebook as clients see it.

use cartotek_domain::text::{Language, Text};
use cartotek_domain::variable::{Level, Pick, ValueKind};
use cartotek_service::cohort::{CodebookCode, CodebookEntry};
use serde::Serialize;
use utoipa::ToSchema;

use crate::resource::derived_view::not_for_treatment;

/// The codebook: the variables on one page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Codebook)]
pub(crate) struct CodebookView {
    /// The variables.
    items: Vec<VariableView>,
    /// What the computed ones are for.
    notice: &'static str,
}

impl CodebookView {
    pub(crate) fn new(entries: Vec<CodebookEntry>, language: Language) -> Self {
        let items = entries.into_iter().map(VariableView::from).collect();
        Self { items, notice: not_for_treatment(language) }
    }
}

/// A text in both languages, so that the codebook can travel with data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BilingualText)]
pub(crate) struct TextView {
    /// Swedish.
    #[schema(example = "Högsta CRS-grad")]
    sv: String,
    /// English.
    #[schema(example = "Highest CRS grade")]
    en: String,
}

impl From<Text> for TextView {
    fn from(Text { sv, en }: Text) -> Self {
        Self { sv, en }
    }
}

/// A research variable: one value per course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Variable)]
pub(crate) struct VariableView {
    /// Its id, used in cohort expressions.
    #[schema(example = "crs_max_grade")]
    id: String,
    /// Its name.
    title: TextView,
    /// What it means and how it came about.
    description: TextView,
    /// `number`, `code` or `date`.
    #[schema(value_type = String, example = "number")]
    kind: ValueKind,
    /// Level of measurement: `nominal`, `ordinal`, `interval` or `ratio`.
    #[schema(value_type = String, example = "ordinal")]
    level: Level,
    /// UCUM unit of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "d")]
    unit: Option<String>,
    /// The codes it may take, in their order; empty unless `kind` is `code`.
    codes: Vec<VariableCodeView>,
    /// The conditions that an expression may put on it.
    #[schema(example = json!(["equals", "in", "present", "at_least"]))]
    conditions: Vec<String>,
    /// The form it comes from, or `course` or `computed` when it follows from the course and all its records.
    #[schema(example = "acute_toxicity")]
    form: String,
    /// JSON pointer in the form's content, or the id of the computed value.
    #[schema(example = "/crs/max_grade")]
    source: String,
    /// Whether it is computed.
    derived: bool,
    /// Version of the definition.
    version: u32,
    /// Which record counts when a course has several: `first`, `last`, `max` or `min`.
    #[schema(value_type = String, example = "max")]
    pick: Pick,
}

/// A code of a variable.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VariableCode)]
pub(crate) struct VariableCodeView {
    /// The code, as written in expressions.
    #[schema(example = "LBCL")]
    code: String,
    /// What it means.
    text: TextView,
}

impl From<CodebookEntry> for VariableView {
    fn from(entry: CodebookEntry) -> Self {
        let code = |CodebookCode { code, text }: CodebookCode| VariableCodeView { code, text: text.into() };
        Self {
            id: entry.id,
            title: entry.title.into(),
            description: entry.description.into(),
            kind: entry.kind,
            level: entry.level,
            unit: entry.unit,
            codes: entry.codes.into_iter().map(code).collect(),
            conditions: entry.conditions,
            form: entry.form,
            source: entry.source,
            derived: entry.derived,
            version: entry.version,
            pick: entry.pick,
        }
    }
}
