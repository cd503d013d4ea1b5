//! Imports on both engines: a file goes through the door that a single record goes through, and comes back.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;

mod alike;
mod amended;
mod answering;
mod atomic;
mod book;
mod cells;
mod drawn;
mod dry;
mod ending;
mod exported;
mod forms;
mod key;
mod locked;
mod mappings;
mod marks;
mod none;
mod partial;
mod published;
mod reading;
mod returned;
mod secret;
mod sheet;
mod size;
mod workbooks;
mod world;
mod written;
