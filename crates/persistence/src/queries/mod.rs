//! The statements, written once and compiled once per engine: this folder is mounted by `sqlite` and by
//! `postgres`. What differs between the engines comes from `dialect`.

mod audit;
mod check;
mod database;
mod erasure;
mod facts;
mod job;
pub(super) mod migration;
mod network;
mod patient;
mod record;
mod sample;
mod seal;
mod site;
mod storage;
mod tube;

use super::{Conn, Db, dialect};

/// Inserts rows in as many statements as the engine's limit on binds asks for.
macro_rules! insert_chunked {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        for chunk in $rows.chunks(super::dialect::MAX_BINDS / $columns) {
            diesel::insert_into($table).values(chunk).execute($conn)?;
        }
    };
}
use insert_chunked;

/// How many values one `IN` list takes.
const IN_LIST: usize = 10_000;
