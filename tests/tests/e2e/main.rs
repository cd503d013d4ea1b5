//! The real program, from outside: its commands, its behaviour when it is stopped or killed, two servers beside each
//! other.
//!
//! The program is built first, with the profile of the tests. Tests on PostgreSQL need what `make test` sees to; the
//! crash test starts a cluster of its own. `CARTOTEK_CRASH_ROUNDS_SQLITE` and `CARTOTEK_CRASH_ROUNDS_POSTGRES` say how
//! often that one crashes; `make soak` asks for more than `make test`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod backup;
mod cluster;
mod commands;
mod crash;
mod demo;
mod documentation;
mod erasure;
mod every_example;
mod export_command;
mod form;
mod import;
mod import_command;
mod load;
mod new_form;
mod proof;
mod remind;
mod restart;
mod side_by_side;
mod story;
mod tls;
