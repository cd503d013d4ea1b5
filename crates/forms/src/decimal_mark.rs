//! Which character stands between the whole and the fraction in the numbers of a table.

use crate::trap::CellFault;

/// How the numbers of a table are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `12.5`.
    Point,
    /// `12,5`, as Swedish spreadsheets write.
    Comma,
    /// `12.5`, in a table that has numbers with commas, too: those are refused.
    PointAmongCommas,
    /// `12,5`, in a table that has numbers with points, too: those are refused.
    CommaAmongPoints,
    /// Nobody knows: numbers with either mark stand in one table and nothing tells which is its own, or no number of it
    /// tells decimals from thousands: `1,234` may be one or a thousand.
    Mixed,
}

impl DecimalMark {
    /// The mark in a cell that is a number; `None` for a whole number and for what is none.
    pub fn of(cell: &str) -> Option<Self> {
        let cell = cell.trim();
        let numeric = cell.bytes().all(|byte| byte.is_ascii_digit() || b"+-.,eE".contains(&byte));
        let mut marks = cell.bytes().filter(|byte| matches!(byte, b',' | b'.'));
        match (marks.next(), marks.next()) {
            (Some(mark), None) if numeric && cell.len() > 1 => {
                Some(if mark == b',' { Self::Comma } else { Self::Point })
            }
            _ => None,
        }
    }

    /// Whether the mark in a cell that has one may stand before thousands as well as before decimals: `1,234`, `100.000`,
    /// but not `0,234`.
    pub fn may_be_thousands(cell: &str) -> bool {
        let cell = cell.trim().trim_start_matches(['+', '-']);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        cell.split_once([',', '.']).is_some_and(|(whole, rest)| {
            let grouped = (1..=3).contains(&whole.len()) && rest.len() == 3 && !whole.starts_with('0');
            grouped && digits(whole) && digits(rest)
        })
    }

    /// Whether decimals stand behind a comma.
    pub(crate) fn is_comma(self) -> bool {
        matches!(self, Self::Comma | Self::CommaAmongPoints)
    }

    /// Why a number is not read where the marks of its table differ.
    pub(crate) fn fault_of(self, cell: &str) -> Option<CellFault> {
        let own = match self {
            Self::Point | Self::Comma => return None,
            Self::Mixed => return cell.contains([',', '.']).then_some(CellFault::MixedMarks),
            Self::PointAmongCommas => Self::Point,
            Self::CommaAmongPoints => Self::Comma,
        };
        let found = Self::of(cell)?;
        if Self::may_be_thousands(cell) {
            Some(CellFault::MayBeThousands(own))
        } else {
            (found != own).then_some(CellFault::OtherMark(own))
        }
    }
}

/// The marks that the numbers of a table have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    comma: Use,
    point: Use,
}

/// What a mark stands before in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Use {
    /// No number has it.
    #[default]
    Absent,
    /// Each number with it may have thousands.
    Doubtful,
    /// Some number with it can only have decimals.
    Decimals,
}

impl Marks {
    /// Takes up a cell of a column of numbers.
    pub fn note(&mut self, cell: &str) {
        let Some(mark) = DecimalMark::of(cell) else { return };
        let found = if DecimalMark::may_be_thousands(cell) { Use::Doubtful } else { Use::Decimals };
        let known = if mark.is_comma() { &mut self.comma } else { &mut self.point };
        *known = found.max(*known);
    }

    /// The mark of a table whose cells this character separates. Where numbers can only have decimals behind either mark, it
    /// is the one that goes with the separator: a comma with semicolons, a point with commas. Between commas no cell has a
    /// decimal comma but in quotation marks.
    pub fn mark(self, separator: u8) -> DecimalMark {
        use Use::{Absent, Decimals, Doubtful};
        if separator == b',' {
            let both = self.comma == Decimals && self.point != Absent;
            return if both { DecimalMark::PointAmongCommas } else { DecimalMark::Point };
        }
        match (self.comma, self.point) {
            (Absent, Absent | Decimals) => DecimalMark::Point,
            (Decimals, Absent) => DecimalMark::Comma,
            (Doubtful, Decimals) => DecimalMark::PointAmongCommas,
            (Decimals, Doubtful) => DecimalMark::CommaAmongPoints,
            (Decimals, Decimals) if separator == b';' => DecimalMark::CommaAmongPoints,
            _ => DecimalMark::Mixed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_those_of_numbers() {
        for (cell, mark) in [
            ("12,5", Some(DecimalMark::Comma)),
            (" -1.5e3 ", Some(DecimalMark::Point)),
            ("12", None),
            ("1.234,5", None),
            ("ca 1.5", None),
            (",", None),
        ] {
            assert_eq!(DecimalMark::of(cell), mark, "{cell}");
        }
        for cell in ["1,234", " 100.000 ", "-12,000"] {
            assert!(DecimalMark::may_be_thousands(cell), "{cell}");
        }
        for cell in ["0,234", "1234,567", "1,23", "1,2340", "1,234,567", ",234", "1,23e", "1234"] {
            assert!(!DecimalMark::may_be_thousands(cell), "{cell}");
        }
    }

    #[test]
    fn the_mark_of_a_table_is_that_of_its_decimals_or_goes_with_its_separator() {
        use DecimalMark::{Comma, CommaAmongPoints, Mixed, Point, PointAmongCommas};
        // Between semicolons, tabs and commas.
        for (cells, marks) in [
            (&["12", "x", ""][..], [Point, Point, Point]),
            (&["1,3", "1,234"][..], [Comma, Comma, Point]),
            (&["1.3", "1.234"][..], [Point, Point, Point]),
            (&["1,234", "2,345"][..], [Mixed, Mixed, Point]),
            (&["1.234", "2.345"][..], [Mixed, Mixed, Point]),
            (&["1,234", "1.234"][..], [Mixed, Mixed, Point]),
            (&["1,3", "0.25"][..], [CommaAmongPoints, Mixed, PointAmongCommas]),
            (&["0.25", "1,3", "1,234"][..], [CommaAmongPoints, Mixed, PointAmongCommas]),
            (&["1.234", "1,3"][..], [CommaAmongPoints, CommaAmongPoints, PointAmongCommas]),
            (&["1,234", "1.3"][..], [PointAmongCommas, PointAmongCommas, Point]),
        ] {
            let mut seen = Marks::default();
            for cell in cells {
                seen.note(cell);
            }
            assert_eq!([b';', b'\t', b','].map(|separator| seen.mark(separator)), marks, "{cells:?}");
        }
    }

    #[test]
    fn among_others_only_what_can_have_one_meaning_is_read() {
        let (comma, point) = (DecimalMark::Comma, DecimalMark::Point);
        let (commas, points) = (DecimalMark::CommaAmongPoints, DecimalMark::PointAmongCommas);
        for (mark, cell, fault) in [
            (commas, "1,3", None),
            (commas, "12", None),
            (commas, "1.3", Some(CellFault::OtherMark(comma))),
            (commas, "1,234", Some(CellFault::MayBeThousands(comma))),
            (commas, "1.234", Some(CellFault::MayBeThousands(comma))),
            (points, "1.3", None),
            (points, "1,3", Some(CellFault::OtherMark(point))),
            (points, "1.234", Some(CellFault::MayBeThousands(point))),
            (points, "1,234", Some(CellFault::MayBeThousands(point))),
            (comma, "1,234", None),
            (point, "1.234", None),
            (DecimalMark::Mixed, "1,3", Some(CellFault::MixedMarks)),
        ] {
            assert_eq!(mark.fault_of(cell), fault, "{cell} {mark:?}");
        }
    }
}
