//! The API in the test's own process, on both engines from one source.
//!
//! Tests on PostgreSQL need `CARTOTEK_TEST_POSTGRES`: `make test`, or `tests/with-postgres cargo test --workspace --test api`.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit_trail;
mod bad_input;
mod care;
mod changes;
mod clarifications;
mod cohorts;
mod common;
mod completeness;
mod contention;
mod courses;
mod described;
mod dry_run;
mod erasure;
mod exports;
mod findings;
mod guard;
mod idempotency;
mod import_guard;
mod import_mappings;
mod imports;
mod language;
mod life_cycle;
mod locks;
mod mutations;
mod operations;
mod overload;
mod patients;
mod record_migrations;
mod records;
mod refusals;
mod samples;
mod scope;
mod statements;
mod tokens;
mod whole_life;
mod worklist;
