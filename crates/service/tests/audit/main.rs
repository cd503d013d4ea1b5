//! The audit log on both engines: sealing, proofs, reports, and that a check finds whatever was done to the database.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod following;
mod history;
mod races;
mod registry;
mod reports;
mod rows;
mod sealing;
mod tampering;
