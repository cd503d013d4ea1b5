//! Completeness and timeliness, on both engines: figures are those of the items, records and courses one by one.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod clarifications;
mod due;
mod field_totals;
mod fields;
mod follow_up;
mod forms;
mod network;
mod not_infused;
mod world;
