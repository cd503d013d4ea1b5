//! The application in the test's own process, with ready callers, a clock that stands still and ids that repeat.
//!
//! A test starts a [`TestApp`] on an engine, takes a caller and sends requests:
//!
//! ```ignore
//! let app = TestApp::start(engine).await;
//! let answer = app.data_manager("KAR").post("/api/v1/patients").json(&body::enrolment("KAR")).send().await;
//! answer.expect(201);
//! ```
//!
//! Every app has a database of its own, copied from one that is prepared once per process: migrated, schemas
//! published, the sites and biobanks of the network, a person with a token for each role.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

pub mod app;
pub mod body;
pub mod client;
pub mod clock;
pub mod identifier;
pub mod network;
pub mod next_version;
pub mod observation;
pub mod operation;
pub mod program;
pub mod redaction;
pub mod scene;
pub mod seeded;
mod template;

pub use app::TestApp;
pub use cartotek_persistence::Engine;
pub use client::{Client, TestResponse};
pub use scene::Scene;
