//! The form engine: one versioned JSON Schema per form, from which validation, rules, variables, templates and
//! documentation are taken. `docs/forms.md` says how to write one.
//!
//! The crate reads no clock, no network and, but for [`SchemaSet::read_folder`], no file; it stores nothing. It is the only
//! one that names `jsonschema`, and only its module `expression` names `cel`. No library message leaves it, because
//! those repeat what the user sent.

mod answer;
mod canonical;
mod cell;
mod check;
mod code_list;
mod column;
mod contribution;
mod course_value;
mod date;
mod decimal_mark;
mod derived;
mod document;
mod draft;
mod example;
mod exchange;
mod expression;
mod fault;
mod field;
mod finding_text;
mod fixed;
mod form;
mod function;
mod further;
mod json;
mod loader;
mod mark;
mod merge;
mod migration;
mod milestone;
mod node;
mod order;
mod pointer;
mod publish;
mod reading;
mod required;
mod retention;
mod rule;
mod sample;
mod schema;
mod source;
mod trap;
mod trial;
mod variable;
mod workbook;

pub use canonical::canonical;
pub use cell::UnreadableCells;
pub use check::{CheckTime, Checked};
pub use code_list::{Code, CodeList};
pub use column::{ColumnType, CsvColumn};
pub use contribution::Contribution;
pub use decimal_mark::{DecimalMark, Marks};
pub use derived::{DerivedValue, Reasoning};
pub use document::{LoadError, ReadError, SchemaSet};
pub use example::{Example, ExpectedFinding};
pub use exchange::{ExchangeColumn, ExchangeTable};
pub use field::{AppliedField, Field};
pub use finding_text::is_about_gaps;
pub use form::{Form, Subject};
pub use json::{check_shape, parse_json, parse_json_line};
pub use loader::Forms;
pub use migration::{FormMigration, Migrated, MigrationPath};
pub use milestone::{MilestoneDeclaration, MilestonePick, MilestoneScope, MilestoneValues, MilestoneView};
pub use publish::{openapi_component, openapi_component_name};
pub use reading::Wording;
pub use trap::CellFault;
pub use workbook::WorkbookCell;
