//! Contents of requests, before anybody believes them.

pub use cartotek_forms::parse_json as parse;
