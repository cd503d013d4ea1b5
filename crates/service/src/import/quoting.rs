//! Where the cells of a row lie in its text, as the reader of tables sees them.

use std::ops::Range;

/// How the cells of a row may be quoted. A stray quotation mark swallows what follows it, whole rows too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Sound,
    /// A cell that was opened is not closed.
    Open,
    /// Something stands between a closing mark and the end of its cell.
    Continued,
}

/// Where the reader of tables is in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closing,
}

impl State {
    /// As the reader of tables goes on; at a delimiter outside quotation marks a cell starts.
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Closing,
            (Self::Start | Self::Closing, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Plain,
        }
    }
}

/// How the cells of a row are quoted.
pub(super) fn quoting(row: &[u8], delimiter: u8) -> Quoting {
    let mut state = State::Start;
    for byte in row {
        let next = state.after(*byte, delimiter);
        if (state, next) == (State::Closing, State::Plain) {
            return Quoting::Continued;
        }
        state = next;
    }
    if state == State::Quoted { Quoting::Open } else { Quoting::Sound }
}

/// The places of the cells in the text of a row, as the reader of tables sees them.
pub(super) fn places(row: &[u8], delimiter: u8) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let (mut start, mut state) = (0, State::Start);
    for (place, byte) in row.iter().enumerate() {
        state = state.after(*byte, delimiter);
        if state == State::Start {
            cells.push(start..place);
            start = place + 1;
        }
    }
    cells.push(start..row.len());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_a_row_lie_where_the_reader_sees_them() {
        for row in ["a,b", "\"a,\"\"b\",c,", "a\"b,\"c", "\"a\"b,c", ",,", "\"x\ny\",z"] {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
            let read = reader.records().next().unwrap().unwrap();
            assert_eq!(places(row.as_bytes(), b',').len(), read.len(), "{row}: {read:?}");
        }
        assert_eq!(places(b"\"a,b\";c", b';'), [0..5, 6..7]);
    }

    #[test]
    fn what_stands_behind_a_closing_mark_is_seen() {
        let cases = [
            ("a,\"b, \"\"c\"\"\",d", Quoting::Sound),
            ("6\" pipe,\"x\ny\"", Quoting::Sound),
            ("a,\"b", Quoting::Open),
            ("a,\"b\nc,\"d", Quoting::Continued),
            ("\"a\" ,b", Quoting::Continued),
        ];
        for (row, expected) in cases {
            assert_eq!(quoting(row.as_bytes(), b','), expected, "{row}");
        }
    }
}
