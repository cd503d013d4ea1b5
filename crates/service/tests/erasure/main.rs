//! Erasure on both engines: what goes, what stays, what is collected no more, and that older copies forget it again.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod annulling;
mod checked;
mod collecting;
mod erasing;
mod kept;
mod looking;
mod racing;
mod replaying;
mod world;
