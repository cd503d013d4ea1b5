//! What every resource shares: problems, callers, bodies, queries, versions, answers.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod bounds;
pub(crate) mod caller;
pub(crate) mod circumstances;
pub(crate) mod dry_run;
pub(crate) mod expected;
pub(crate) mod list;
pub(crate) mod path;
pub(crate) mod payload;
pub(crate) mod problem;
pub(crate) mod query;
pub(crate) mod shape;
pub(crate) mod strict;
pub(crate) mod time;
pub(crate) mod upload;
pub(crate) mod version;
pub(crate) mod watch;
pub(crate) mod words;
