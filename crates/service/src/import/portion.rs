//! How many rows one transaction writes: few enough that others do not wait long for SQLite's one writer.

use crate::import::Atomicity;
use crate::import::prepare::PreparedRow;

/// Rows that one transaction writes.
pub(super) const CHUNK: usize = 500;
/// Rows that one transaction writes while many of them have a patient's schedule laid anew, which takes longer than the row.
const SHAPING_ROWS: usize = 100;

/// The rows of a chunk by the transactions that write them.
pub(super) fn portions(rows: Vec<PreparedRow>, atomicity: Atomicity) -> Vec<Vec<PreparedRow>> {
    let shaping = rows.iter().filter(|row| row.shapes_schedule()).count();
    if atomicity == Atomicity::All || shaping <= SHAPING_ROWS {
        return vec![rows];
    }
    let mut portions = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        portions.push(rows.by_ref().take(SHAPING_ROWS).collect());
    }
    portions
}
