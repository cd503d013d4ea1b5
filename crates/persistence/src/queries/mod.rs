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

/// Inserts rows in as many statements as the engine's limit on binds asks for. A single row has a statement of its own,
/// which the connection keeps prepared.
macro_rules! insert_chunked {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        match $rows.as_slice() {
            [only] => {
                diesel::insert_into($table).values(only).execute($conn)?;
            }
            several => {
                for chunk in several.chunks(super::dialect::MAX_BINDS / $columns) {
                    diesel::insert_into($table).values(chunk).execute($conn)?;
                }
            }
        }
    };
}
use insert_chunked;

/// Narrows a boxed query to rows whose column holds one of the ids. A single one has a statement of its own, which the
/// connection keeps prepared; a list of unknown length is parsed anew each time.
macro_rules! among {
    ($query:expr, $column:expr, $ids:expr) => {
        match $ids {
            [only] => $query.filter($column.eq(Id(*only))),
            several => $query.filter($column.eq_any(several.iter().copied().map(Id).collect::<Vec<_>>())),
        }
    };
}
use among;

/// How many values one `IN` list takes.
const IN_LIST: usize = 10_000;
