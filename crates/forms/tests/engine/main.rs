//! The form engine against one small form, so that each behaviour can be read beside its schema.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

mod content;
mod course_values;
mod exchange;
mod fields;
mod functions;
mod further;
mod loading;
mod migration_mistakes;
mod migrations;
mod none;
mod pairs;
mod publish;
mod reading;
mod reasons;
mod rules;
mod set;
mod table;
