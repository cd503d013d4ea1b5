//! Samples on both engines: what other biobank systems got wrong, as stories.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod aliquoting;
mod barcodes;
#[path = "../common/mod.rs"]
mod common;
mod placing;
mod registering;
mod steps;
