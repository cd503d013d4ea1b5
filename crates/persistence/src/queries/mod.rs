//! The statements, written once and compiled once per engine: this folder is mounted by `sqlite` and by
//! `postgres`. What differs between the engines comes from `dialect`.

mod audit;
mod change;
mod check;
mod clarification;
mod completeness;
mod database;
mod erasure;
mod extract;
mod facts;
mod finding;
mod form_version;
mod job;
mod lock;
pub(super) mod migration;
mod network;
mod patient;
mod record;
mod reminder;
mod retention;
mod sample;
mod schedule;
mod seal;
mod signature;
mod site;
mod storage;
mod tube;

use super::{Conn, Db, dialect};

/// Inserts rows, as many per statement as the engine takes best.
macro_rules! insert_chunked {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        if super::dialect::ONE_ROW_PER_INSERT {
            for row in &$rows {
                diesel::insert_into($table).values(row).execute($conn)?;
            }
        } else {
            super::insert_together!($conn, $table, $rows, $columns);
        }
    };
}
use insert_chunked;

/// Inserts rows in as few statements as the limit on bound values allows, whose number tells nothing of that of the rows.
/// A single row has a statement of its own, which the connection keeps prepared.
macro_rules! insert_together {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        for chunk in $rows.chunks(super::dialect::MAX_BINDS / $columns) {
            match chunk {
                [only] => diesel::insert_into($table).values(only).execute($conn)?,
                several => diesel::insert_into($table).values(several).execute($conn)?,
            };
        }
    };
}
use insert_together;

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
