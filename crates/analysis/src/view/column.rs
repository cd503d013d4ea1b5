//! One variable of a chunk as an Arrow array.

use std::borrow::Cow;

use arrow::array::{Array, Date32Array, Float64Array, UInt16Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use cartotek_domain::variable::{ValueKind, VariableDefinition, VariableValue};
use chrono::NaiveDate;

use super::catalogue::Catalogue;
use super::row::DefectReason;

/// Stands for no code; no code has it as its key.
pub(crate) const UNKNOWN_KEY: u16 = u16::MAX;

/// A column; the validity bitmap says which courses have a value.
#[derive(Debug)]
pub(crate) enum Column {
    /// Numbers in the unit of the definition.
    Number(Float64Array),
    /// Dictionary-encoded codes: keys into the definition's code list, which is the shared dictionary.
    Code(UInt16Array),
    /// Days since 1970-01-01.
    Day(Date32Array),
}

/// A value on its way into a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Number(f64),
    Code(u16),
    Day(i32),
}

/// Days since 1970-01-01.
pub(crate) fn epoch_days(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

impl Cell {
    /// Encodes a value of the variable in `column`.
    pub(super) fn encode(
        catalogue: &Catalogue,
        column: usize,
        definition: &VariableDefinition,
        value: &VariableValue,
    ) -> Result<Self, DefectReason> {
        match (definition.kind, value) {
            (ValueKind::Number, VariableValue::Number(number)) if number.is_finite() => {
                Ok(Self::Number(*number))
            }
            (ValueKind::Number, VariableValue::Number(_)) => Err(DefectReason::NotFinite),
            (ValueKind::Code, VariableValue::Code(code)) => {
                catalogue.key_of(column, code).map(Self::Code).ok_or(DefectReason::UnknownCode)
            }
            (ValueKind::Date, VariableValue::Date(date)) => Ok(Self::Day(epoch_days(*date))),
            _ => Err(DefectReason::OtherKind),
        }
    }
}

impl Column {
    /// A column of `kind` from one cell per row.
    pub(super) fn collect(kind: ValueKind, cells: impl Iterator<Item = Option<Cell>>) -> Self {
        match kind {
            ValueKind::Number => Self::Number(
                cells
                    .map(|cell| if let Some(Cell::Number(number)) = cell { Some(number) } else { None })
                    .collect(),
            ),
            ValueKind::Code => Self::Code(
                cells.map(|cell| if let Some(Cell::Code(key)) = cell { Some(key) } else { None }).collect(),
            ),
            ValueKind::Date => Self::Day(
                cells.map(|cell| if let Some(Cell::Day(day)) = cell { Some(day) } else { None }).collect(),
            ),
        }
    }

    /// The value of one row.
    pub(super) fn cell(&self, row: usize) -> Option<Cell> {
        if !self.validity().is_none_or(|known| known.is_valid(row)) {
            return None;
        }
        Some(match self {
            Self::Number(numbers) => Cell::Number(numbers.value(row)),
            Self::Code(keys) => Cell::Code(keys.value(row)),
            Self::Day(days) => Cell::Day(days.value(row)),
        })
    }

    fn validity(&self) -> Option<&NullBuffer> {
        match self {
            Self::Number(numbers) => numbers.nulls(),
            Self::Code(keys) => keys.nulls(),
            Self::Day(days) => days.nulls(),
        }
    }

    /// Whether any row has a value.
    pub(super) fn has_values(&self) -> bool {
        self.validity().is_none_or(|known| known.null_count() < known.len())
    }

    /// Which of the rows have a value.
    pub(crate) fn known(&self) -> BooleanBuffer {
        let rows = match self {
            Self::Number(numbers) => numbers.len(),
            Self::Code(keys) => keys.len(),
            Self::Day(days) => days.len(),
        };
        self.validity().map_or_else(|| BooleanBuffer::new_set(rows), |known| known.inner().clone())
    }

    /// The code key of every row, [`UNKNOWN_KEY`] where there is none; empty if this is no column of codes.
    pub(crate) fn keys(&self) -> Cow<'_, [u16]> {
        let Self::Code(keys) = self else {
            return Cow::Borrowed(&[]);
        };
        if keys.null_count() == 0 {
            return Cow::Borrowed(keys.values());
        }
        let mut known_or_not = keys.values().to_vec();
        for row in (!&self.known()).set_indices() {
            known_or_not[row] = UNKNOWN_KEY;
        }
        Cow::Owned(known_or_not)
    }

    /// The number of a row, if it has one.
    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        if let Some(Cell::Number(number)) = self.cell(row) { Some(number) } else { None }
    }

    /// The day of a row, in days since 1970-01-01, if it has one.
    pub(crate) fn day(&self, row: usize) -> Option<i32> {
        if let Some(Cell::Day(day)) = self.cell(row) { Some(day) } else { None }
    }
}
