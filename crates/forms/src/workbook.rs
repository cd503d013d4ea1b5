//! Cells of a workbook, which says of each what it holds: so that what a spreadsheet has made of what was typed can be
//! told from what was meant.

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

use crate::column::ColumnType;
use crate::decimal_mark::DecimalMark;
use crate::trap::{CellFault, DOUBT};

/// What a cell of a workbook holds.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkbookCell<'c> {
    /// A text.
    Text(Cow<'c, str>),
    /// A number that is no date.
    Number(f64),
    /// A number that is shown as per cent or as a duration.
    Share(f64),
    /// Yes or no.
    Truth(bool),
    /// A day.
    Day(NaiveDate),
    /// A time, with or without a day.
    Time(NaiveDateTime),
    /// The error of a formula, or a formula whose value was not saved.
    Error,
}

impl WorkbookCell<'_> {
    /// Whether nothing is written in it.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// The cell as a table with decimal commas has it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::from(text.as_ref()),
            Self::Number(number) | Self::Share(number) => Cow::from(with_comma(*number)),
            Self::Truth(truth) => Cow::from(truth.to_string()),
            Self::Day(day) => Cow::from(day.to_string()),
            Self::Time(time) => Cow::from(time.format("%Y-%m-%d %H:%M:%S").to_string()),
            Self::Error => Cow::from("#N/A"),
        }
    }

    /// The cell as such a table has it when it is not read: marked, so that it is not taken for what it seems to say when
    /// the table is sent as it is.
    pub fn doubtful_text(&self) -> Cow<'_, str> {
        match self {
            Self::Error => self.text(),
            cell => Cow::from(format!("{DOUBT}{}", cell.text())),
        }
    }
}

/// A number with a decimal comma that nobody takes for thousands: 1,234 gets one more decimal.
fn with_comma(number: f64) -> String {
    let text = number.to_string().replace('.', ",");
    if DecimalMark::may_be_thousands(&text) { format!("{text}0") } else { text }
}

impl ColumnType {
    /// Why a cell of a workbook is not read in a column of this kind, whatever its text looks like.
    pub fn fault_of(self, cell: &WorkbookCell<'_>) -> Option<CellFault> {
        match (self, cell) {
            (_, WorkbookCell::Error) => Some(CellFault::FormulaError),
            (_, WorkbookCell::Share(_)) => Some(CellFault::PerCent),
            (Self::Number | Self::Integer, WorkbookCell::Text(text)) => {
                DecimalMark::of(text).map(|_| CellFault::NumberAsText)
            }
            (_, WorkbookCell::Text(_)) => None,
            (Self::Date | Self::PartialDate | Self::DateTime, cell) => fault_of_date(self, cell),
            // A code of digits alone is the same as a number; what else stands for a text may have had more of them.
            (_, WorkbookCell::Day(_) | WorkbookCell::Time(_)) | (Self::Text, _) => Some(CellFault::OtherKind),
            _ => None,
        }
    }
}

fn fault_of_date(kind: ColumnType, cell: &WorkbookCell<'_>) -> Option<CellFault> {
    match (kind, cell) {
        (ColumnType::DateTime, _) => Some(CellFault::NoOffset),
        (ColumnType::PartialDate, WorkbookCell::Day(day)) if day.day() == 1 => Some(CellFault::FirstOfMonth),
        (_, WorkbookCell::Day(_)) => None,
        (_, WorkbookCell::Time(_)) => Some(CellFault::TimeOfDay),
        // A year, typed by itself.
        (ColumnType::PartialDate, WorkbookCell::Number(number)) if (1800.0..2200.0).contains(number) => None,
        _ => Some(CellFault::SerialDate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> WorkbookCell<'static> {
        WorkbookCell::Day(text.parse().unwrap())
    }

    #[test]
    fn a_cell_is_written_as_a_table_has_it() {
        let time = WorkbookCell::Time("2026-02-12T10:40:00".parse().unwrap());
        for (cell, text) in [
            (WorkbookCell::Number(12.5), "12,5"),
            (WorkbookCell::Number(1.234), "1,2340"),
            (WorkbookCell::Number(150.0), "150"),
            (WorkbookCell::Number(1e15), "1000000000000000"),
            (WorkbookCell::Number(1e-7), "0,0000001"),
            (WorkbookCell::Truth(true), "true"),
            (day("2026-02-12"), "2026-02-12"),
            (time, "2026-02-12 10:40:00"),
            (WorkbookCell::Text("0012".into()), "0012"),
        ] {
            assert_eq!(cell.text(), text);
            assert_eq!(cell.doubtful_text(), format!("#? {text}"));
        }
        assert_eq!(WorkbookCell::Share(0.84).doubtful_text(), "#? 0,84");
        assert_eq!(WorkbookCell::Error.doubtful_text(), "#N/A");
    }

    #[test]
    fn a_cell_of_another_kind_than_its_column_is_not_guessed_at() {
        use CellFault as Fault;
        use ColumnType as Kind;
        let (number, text) =
            (WorkbookCell::Number(12.0), |text: &'static str| WorkbookCell::Text(text.into()));
        let time = WorkbookCell::Time("2026-02-12T10:40:00".parse().unwrap());
        for (kind, cell, fault) in [
            (Kind::Text, &number, Some(Fault::OtherKind)),
            (Kind::Text, &day("2026-02-01"), Some(Fault::OtherKind)),
            (Kind::Text, &WorkbookCell::Truth(true), Some(Fault::OtherKind)),
            (Kind::Text, &text("0012"), None),
            (Kind::Code, &number, None),
            (Kind::Code, &day("2026-02-01"), Some(Fault::OtherKind)),
            (Kind::Number, &number, None),
            (Kind::Number, &text("12"), None),
            (Kind::Number, &text("1,234"), Some(Fault::NumberAsText)),
            (Kind::Number, &day("2026-02-01"), Some(Fault::OtherKind)),
            (Kind::Number, &WorkbookCell::Share(0.84), Some(Fault::PerCent)),
            (Kind::Text, &WorkbookCell::Share(0.84), Some(Fault::PerCent)),
            (Kind::Date, &day("2026-02-01"), None),
            (Kind::Date, &number, Some(Fault::SerialDate)),
            (Kind::Date, &time, Some(Fault::TimeOfDay)),
            (Kind::PartialDate, &day("2026-02-12"), None),
            (Kind::PartialDate, &day("2026-02-01"), Some(Fault::FirstOfMonth)),
            (Kind::PartialDate, &WorkbookCell::Number(2024.0), None),
            (Kind::PartialDate, &WorkbookCell::Number(45292.0), Some(Fault::SerialDate)),
            (Kind::PartialDate, &text("2026-02"), None),
            (Kind::DateTime, &time, Some(Fault::NoOffset)),
            (Kind::Boolean, &WorkbookCell::Truth(true), None),
            (Kind::Boolean, &WorkbookCell::Error, Some(Fault::FormulaError)),
        ] {
            assert_eq!(kind.fault_of(cell), fault, "{kind:?} {cell:?}");
        }
    }
}
