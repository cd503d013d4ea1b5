//! Records on both engines: what the rules found before the write holds only while nobody has changed what it rests on, and
//! nobody changes what a lock holds.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod alike;
mod before_opening;
mod certifying;
mod judging;
mod listing;
mod locked_courses;
mod locking;
mod racing;
mod reconsent;
mod unlocking;
