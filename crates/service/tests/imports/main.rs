//! Imports on both engines: a file goes through the door that a single record goes through, and comes back.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod alike;
mod amended;
mod atomic;
mod cells;
mod key;
mod locked;
mod partial;
mod returned;
mod secret;
mod size;
mod world;
