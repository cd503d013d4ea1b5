//! Clarifications on both engines: asked by hand and by rules, answered, closed by people and by themselves.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod asking;
#[path = "../common/mod.rs"]
mod common;
mod moved;
mod network;
mod running;
mod settling;
mod world;
