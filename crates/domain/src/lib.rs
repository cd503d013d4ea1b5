//! Types and pure rules of the CAR T registry and biobank.
//!
//! Nothing here reads a clock, a random source, a file or a database: time, ids and facts are parameters.
//! The crate knows neither HTTP nor SQL, so that every rule can be read and tested alone.

pub mod access;
pub mod actor;
pub mod age;
pub mod audit;
pub mod change;
pub mod clarification;
pub mod code;
pub mod completeness;
pub mod consent;
pub mod course;
pub mod dose;
pub mod erasure;
pub mod fact;
pub mod finding;
pub mod form_migration;
pub mod grading;
pub mod id;
pub mod identifier;
pub mod import_mapping;
pub mod lock;
pub mod measured;
pub mod milestone;
mod names;
pub mod partial_date;
pub mod patient;
pub mod problem;
pub mod pseudonym;
pub mod record;
pub mod reminder;
pub mod response;
pub mod retention;
pub mod sample;
pub mod schedule;
pub mod score;
pub mod signature;
pub mod site;
pub mod storage;
pub mod text;
pub mod time;
pub mod traceability;
pub mod unlock;
pub mod variable;
pub mod verification;
