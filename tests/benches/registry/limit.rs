//! The limits a job is held against: what the machine does when less is asked of it.

mod bare;
mod http;

pub(crate) use bare::{Bare, Rows};
pub(crate) use http::{Server, empty, prototype};
