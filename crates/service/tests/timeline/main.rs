//! Rules over a patient's whole timeline on both engines: what a change brings about in other records stands there as a
//! finding, and goes when either is mended.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod content;
mod correcting;
mod explained;
mod listing;
mod order;
mod publishing;
mod standing;
mod upkeep;
mod world;
