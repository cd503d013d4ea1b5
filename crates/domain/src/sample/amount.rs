//! Amounts: whole numbers of nL, ng, cells or pieces, so that sums are exact.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::text::Text;

named! {
    /// The unit an amount is kept in.
    AmountUnit {
        /// Nanolitres.
        Nanolitre = "nL",
        /// Nanograms.
        Nanogram = "ng",
        /// Cells.
        Cell = "cells",
        /// Pieces, e.g. of tissue.
        Piece = "pieces",
    }
}

/// A quantity of one unit; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Amount {
    quantity: i64,
    unit: AmountUnit,
}

/// Why something is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAmount {
    /// Below zero, or not a number.
    #[error("An amount is a number that is not negative.")]
    Negative,
    /// More digits than the unit resolves.
    #[error("An amount is a whole number of nL, ng, cells or pieces.")]
    TooFine,
    /// Too large to count.
    #[error("The amount is too large; check the value and the unit.")]
    TooLarge,
    /// A unit that is not known.
    #[error("The unit is one of L, mL, uL, nL, g, mg, ug, ng, cells_e6, cells, pieces.")]
    UnknownUnit,
}

impl NotAnAmount {
    /// What is expected, in both languages.
    pub fn text(self) -> Text {
        let sv = match self {
            Self::Negative => "En mängd är ett tal som inte är negativt.",
            Self::TooFine => "En mängd är ett helt antal nL, ng, celler eller bitar.",
            Self::TooLarge => "Mängden är för stor; kontrollera värde och enhet.",
            Self::UnknownUnit => "Enheten är någon av L, mL, uL, nL, g, mg, ug, ng, cells_e6, cells, pieces.",
        };
        Text::new(sv, self.to_string())
    }
}

/// The units a user may write, with the base unit and how many of it they are.
const WRITTEN_UNITS: &[(&str, AmountUnit, f64)] = &[
    ("L", AmountUnit::Nanolitre, 1e9),
    ("mL", AmountUnit::Nanolitre, 1e6),
    ("uL", AmountUnit::Nanolitre, 1e3),
    ("nL", AmountUnit::Nanolitre, 1.0),
    ("g", AmountUnit::Nanogram, 1e9),
    ("mg", AmountUnit::Nanogram, 1e6),
    ("ug", AmountUnit::Nanogram, 1e3),
    ("ng", AmountUnit::Nanogram, 1.0),
    ("cells_e6", AmountUnit::Cell, 1e6),
    ("cells", AmountUnit::Cell, 1.0),
    ("pieces", AmountUnit::Piece, 1.0),
];

/// The largest quantity: integers up to 2^53 survive every JSON reader.
const LARGEST: f64 = 9_007_199_254_740_992.0;

impl Amount {
    /// An amount of whole base units.
    ///
    /// # Errors
    /// When the quantity is negative.
    pub const fn new(quantity: i64, unit: AmountUnit) -> Result<Self, NotAnAmount> {
        if quantity < 0 { Err(NotAnAmount::Negative) } else { Ok(Self { quantity, unit }) }
    }

    /// An amount as a user writes it, e.g. 4.5 and `mL`.
    ///
    /// # Errors
    /// When it is negative, too large, of an unknown unit or finer than the base unit.
    pub fn from_written(value: f64, unit: &str) -> Result<Self, NotAnAmount> {
        let (_, base, factor) =
            WRITTEN_UNITS.iter().find(|(name, ..)| *name == unit).ok_or(NotAnAmount::UnknownUnit)?;
        if value.is_nan() || value < 0.0 {
            return Err(NotAnAmount::Negative);
        }
        let exact = value * factor;
        let whole = exact.round();
        if whole > LARGEST {
            return Err(NotAnAmount::TooLarge);
        }
        // 4.1 mL times 1e6 is not exactly a whole number in binary; a real extra digit is off by far more.
        if (exact - whole).abs() > 1e-3 {
            return Err(NotAnAmount::TooFine);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 2^53")]
        let quantity = whole as i64;
        Ok(Self { quantity, unit: *base })
    }

    /// How many base units.
    pub const fn quantity(self) -> i64 {
        self.quantity
    }

    /// The base unit.
    pub const fn unit(self) -> AmountUnit {
        self.unit
    }

    /// The sum, or `None` when the units differ or it grows too large.
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.unit == other.unit)
            .then(|| self.quantity.checked_add(other.quantity))
            .flatten()
            .map(|quantity| Self { quantity, unit: self.unit })
    }

    /// The difference, or `None` when the units differ or nothing so large is there.
    pub fn minus(self, other: Self) -> Option<Self> {
        (self.unit == other.unit && other.quantity <= self.quantity)
            .then(|| Self { quantity: self.quantity - other.quantity, unit: self.unit })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.quantity, self.unit.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_units_become_whole_base_units() {
        let millilitres = |value| Amount::from_written(value, "mL");
        assert_eq!(millilitres(4.5), Amount::new(4_500_000, AmountUnit::Nanolitre));
        assert_eq!(millilitres(4.1), Amount::new(4_100_000, AmountUnit::Nanolitre));
        assert_eq!(Amount::from_written(12.5, "cells_e6"), Amount::new(12_500_000, AmountUnit::Cell));
        assert_eq!(millilitres(0.000_000_5), Err(NotAnAmount::TooFine));
        assert_eq!(Amount::from_written(1.5, "pieces"), Err(NotAnAmount::TooFine));
        assert_eq!(millilitres(-1.0), Err(NotAnAmount::Negative));
        assert_eq!(millilitres(f64::NAN), Err(NotAnAmount::Negative));
        assert_eq!(millilitres(1e30), Err(NotAnAmount::TooLarge));
        assert_eq!(Amount::from_written(1.0, "ml"), Err(NotAnAmount::UnknownUnit));
    }

    #[test]
    fn units_do_not_mix() {
        let volume = Amount::new(5, AmountUnit::Nanolitre).unwrap();
        let mass = Amount::new(5, AmountUnit::Nanogram).unwrap();
        assert_eq!(volume.plus(mass), None);
        assert_eq!(volume.minus(mass), None);
        assert_eq!(volume.minus(volume).map(Amount::quantity), Some(0));
    }
}
