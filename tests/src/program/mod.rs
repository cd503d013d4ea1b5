//! The real program, from outside: an installation on disk, its running server, a client and a small network.

pub mod client;
pub mod hook;
pub mod installation;
pub mod network;
pub mod server;
pub mod waiting;
