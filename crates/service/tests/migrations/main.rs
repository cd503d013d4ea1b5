//! Records that are migrated to a later version of their form, on both engines.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../imports/world.rs"]
#[expect(dead_code, reason = "a world of imports, of which patients among milestones are used")]
mod world;

mod alike;
mod exported;
mod left;
mod locked;
mod network;
mod previewed;
mod registry;
mod usage;
mod versions;
