//! The statements, written once and compiled once per engine: this folder is mounted by `sqlite` and by
//! `postgres`. What differs between the engines comes from `dialect`.

mod audit;
mod care;
mod change;
mod check;
mod clarification;
mod completeness;
mod content;
mod database;
mod erasure;
mod extract;
mod facts;
mod finding;
mod form_version;
mod job;
mod known;
mod lock;
pub(super) mod migration;
mod missing;
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
mod worklist;

use super::{Conn, Db, dialect};

/// Inserts rows, as many per statement as the engine takes best.
macro_rules! insert_chunked {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        if super::dialect::ONE_ROW_PER_INSERT {
            for row in &$rows {
                diesel::insert_into($table).values(row).execute($conn)?;
            }
        } else {
            for chunk in $rows.chunks(super::dialect::MAX_BINDS / $columns) {
                match chunk {
                    [only] => diesel::insert_into($table).values(only).execute($conn)?,
                    several => diesel::insert_into($table).values(several).execute($conn)?,
                };
            }
        }
    };
}
use insert_chunked;

/// Inserts the few rows that come with every submission: as many statements as the engine takes best for many of them, but
/// one for up to [`FEW`].
macro_rules! insert_few {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {{
        let most = super::dialect::MAX_BINDS / $columns;
        let most = if super::dialect::ONE_ROW_PER_INSERT { super::FEW } else { most };
        for chunk in $rows.chunks(most) {
            super::insert_prepared!($conn, $table, chunk);
        }
    }};
}
use insert_few;

/// Inserts rows in as few statements as the limit on bound values allows, whose number tells nothing of that of the rows.
macro_rules! insert_in_one {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        for chunk in $rows.chunks(super::dialect::MAX_BINDS / $columns) {
            super::insert_prepared!($conn, $table, chunk);
        }
    };
}
use insert_in_one;

/// Inserts rows in one statement. Up to [`FEW`] have one of their number, which the connection keeps prepared; one for
/// any number is parsed anew each time.
macro_rules! insert_prepared {
    ($conn:expr, $table:expr, $chunk:expr) => {
        super::insert_prepared!($conn, $table, $chunk; 1 2 3 4 5 6 7 8)
    };
    ($conn:expr, $table:expr, $chunk:expr; $($number:literal)+) => {
        match $chunk.len() {
            $($number => {
                if let Some(rows) = $chunk.first_chunk::<$number>() {
                    diesel::insert_into($table).values(rows).execute($conn)?;
                }
            })+
            _ => {
                diesel::insert_into($table).values($chunk).execute($conn)?;
            }
        }
    };
}
use insert_prepared;

/// The greatest number of rows whose insertion is kept prepared.
const FEW: usize = 8;

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

/// Loads rows whose column holds one of the ids, in an order. Both statements are known to the compiler, so that neither is
/// written anew to be found among those that are kept prepared.
macro_rules! load_among {
    ($conn:expr, $query:expr, $column:expr, $ids:expr, $order:expr) => {
        match $ids {
            [only] => $query.filter($column.eq(Id(*only))).order($order).load($conn)?,
            several => {
                let several: Vec<_> = several.iter().copied().map(Id).collect();
                $query.filter($column.eq_any(several)).order($order).load($conn)?
            }
        }
    };
}
use load_among;

/// How many values one `IN` list takes.
const IN_LIST: usize = 10_000;
