//! Facts and projections on SQLite and PostgreSQL; the only crate that names diesel.
//!
//! A use case opens a named transaction on a [`Store`] and speaks to the ports in [`session`]. The ports are
//! implemented once, in `queries/`, and compiled once per engine. This crate decides nothing clinical,
//! authorises nobody and knows no HTTP.
//!
//! To add an aggregate: its table in [`schema`] and both migration trees, its row in [`row`], its port in
//! [`session`], its statements in `queries/`, its unique keys in [`constraint`].

pub mod appender;
pub mod config;
pub mod constraint;
pub mod error;
mod migrate;
pub mod page;
mod pool;
mod postgres;
pub mod row;
pub mod schema;
pub mod session;
pub mod sql_type;
mod sqlite;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;

pub use appender::Appender;
pub use config::{Access, Engine, Listener, Scope, StoreConfig};
pub use constraint::Constraint;
pub use error::StoreError;
pub use page::{Page, PageOf};
pub use session::{ReadSession, WriteSession};
pub use sqlite::WriterLock;
pub use store::Store;
