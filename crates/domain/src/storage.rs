//! Freezers, tanks, boxes and positions.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::code::site::BiobankCode;
use crate::fact::Salt;
use crate::id::{BoxId, StorageUnitId};
use crate::names::named;
use crate::text::Text;

named! {
    /// Storage temperature, in the words of MIABIS Sample 1.1.
    TemperatureClass {
        /// Room temperature.
        RoomTemperature = "RT",
        /// 2 °C to 10 °C.
        Cool = "2to10",
        /// −18 °C to −35 °C.
        Minus20 = "-18to-35",
        /// −60 °C to −85 °C.
        Minus80 = "-60to-85",
        /// Below −135 °C.
        BelowMinus135 = "<-135",
        /// Vapour phase of liquid nitrogen.
        NitrogenVapour = "LN_vapour",
        /// Liquid nitrogen.
        NitrogenLiquid = "LN_liquid",
    }
}

/// A freezer or tank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageUnit {
    /// Its id.
    pub id: StorageUnitId,
    /// The biobank that runs it.
    pub biobank: BiobankCode,
    /// What the staff call it, unique within the biobank.
    pub name: String,
    /// How cold it is.
    pub temperature: TemperatureClass,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// A box with numbered rows and columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageBox {
    /// Its id.
    pub id: BoxId,
    /// The unit it stands in.
    pub unit: StorageUnitId,
    /// Its barcode.
    pub barcode: String,
    /// Number of rows, lettered A, B, …; 1–26.
    pub rows: i16,
    /// Number of columns, numbered 1, 2, …; 1–99.
    pub columns: i16,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl StorageBox {
    /// The free positions in reading order, those behind `wanted` first.
    pub fn free_behind(&self, wanted: Position, taken: &BTreeSet<Position>) -> Vec<Position> {
        let free = Position::all(self.rows, self.columns).filter(|position| !taken.contains(position));
        let (mut behind, before): (Vec<_>, Vec<_>) = free.partition(|position| *position > wanted);
        behind.extend(before);
        behind
    }
}

/// A place in a box, e.g. `A1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    row: i16,
    column: i16,
}

/// Why a text is no position of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPosition {
    /// Not a letter followed by a number.
    #[error("A position is a letter and a number, e.g. A1.")]
    Malformed,
    /// Outside the box, whose last position is this.
    #[error("The box has the positions A1 to {0}.")]
    OutsideBox(Position),
}

impl NotAPosition {
    /// What is expected, in both languages.
    pub fn text(self) -> Text {
        let sv = match self {
            Self::Malformed => "En position är en bokstav och ett tal, t.ex. A1.".to_owned(),
            Self::OutsideBox(last) => format!("Lådan har positionerna A1 till {last}."),
        };
        Text::new(sv, self.to_string())
    }
}

impl Position {
    /// The position named `text` in a box of that size.
    ///
    /// # Errors
    /// When the text is no letter and number, or lies outside the box.
    pub fn parse(text: &str, rows: i16, columns: i16) -> Result<Self, NotAPosition> {
        let mut characters = text.chars();
        let letter =
            characters.next().map(|letter| letter.to_ascii_uppercase()).ok_or(NotAPosition::Malformed)?;
        let digits = characters.as_str();
        if !letter.is_ascii_uppercase()
            || digits.is_empty()
            || !digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(NotAPosition::Malformed);
        }
        let row = i16::from(u8::try_from(letter).map_err(|_| NotAPosition::Malformed)? - b'A') + 1;
        let outside = NotAPosition::OutsideBox(Self { row: rows, column: columns });
        let column: i16 = digits.parse().map_err(|_| outside)?;
        if row > rows || column < 1 || column > columns {
            return Err(outside);
        }
        Ok(Self { row, column })
    }

    /// Every position of a box, row by row.
    pub fn all(rows: i16, columns: i16) -> impl Iterator<Item = Self> {
        (1..=rows).flat_map(move |row| (1..=columns).map(move |column| Self { row, column }))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = u8::try_from(self.row - 1).map_or('?', |offset| char::from(b'A' + offset));
        write!(f, "{letter}{}", self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_of_a_box_survives_a_round_trip() {
        let names: Vec<_> = Position::all(9, 9).map(|position| position.to_string()).collect();
        assert_eq!(names.len(), 81);
        assert_eq!((names.first().unwrap().as_str(), names.last().unwrap().as_str()), ("A1", "I9"));
        for name in names {
            assert_eq!(Position::parse(&name, 9, 9).unwrap().to_string(), name);
        }
    }

    #[test]
    fn free_positions_begin_behind_the_wanted_one() {
        let storage_box = StorageBox {
            id: BoxId::from_uuid(uuid::Uuid::nil()),
            unit: StorageUnitId::from_uuid(uuid::Uuid::nil()),
            barcode: "BOX1".to_owned(),
            rows: 2,
            columns: 2,
            salt: Salt::default(),
        };
        let at = |text| Position::parse(text, 2, 2).unwrap();
        let free = storage_box.free_behind(at("A2"), &BTreeSet::from([at("A2")]));
        assert_eq!(free, [at("B1"), at("B2"), at("A1")]);
        let all = Position::all(2, 2).collect();
        assert_eq!(storage_box.free_behind(at("A2"), &all), []);
    }

    #[test]
    fn places_outside_the_box_are_refused() {
        for text in ["J1", "A10", "A0", "A99999"] {
            let refused = Position::parse(text, 9, 9).unwrap_err();
            assert_eq!(refused.to_string(), "The box has the positions A1 to I9.", "{text}");
        }
        for text in ["", "A", "1A", "Å1", "A-1", "A1B"] {
            assert_eq!(Position::parse(text, 9, 9), Err(NotAPosition::Malformed), "{text}");
        }
    }
}
