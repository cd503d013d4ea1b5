//! Care on both engines: withdrawals, transfers between sites, and what is held on one patient.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../erasure/looking.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]
mod looking;
#[path = "../erasure/world.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]
mod world;

mod extracting;
mod leaving;
mod retaining;
mod transferring;
mod withdrawing;
mod writing;
