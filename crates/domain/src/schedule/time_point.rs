//! Codes of time points: `D28`, `M6`, `Y2`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::window::Target;
use crate::text::Text;

/// A nominal time after day 0.
///
/// Whole years from the second on are written `Yn`: `M24` is read as `Y2`, and `Y1` as `M12`. Whether a course has
/// that time point is for the schedule to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TimePoint {
    /// So many days.
    Day(u16),
    /// So many months, a year being twelve.
    Month(u16),
}

/// A text that is no code of a time point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a time point: give D and days, M and months up to 12 or whole years in months, or Y and the year, e.g. D28, M6, Y2"
)]
pub struct NotATimePoint;

impl NotATimePoint {
    /// What is expected, in both languages.
    pub fn text(self) -> Text {
        let sv = "inte en tidpunkt: ange D och dagar, M och månader till 12 eller hela år i månader, eller Y och år, \
                  t.ex. D28, M6, Y2";
        Text::new(sv, self.to_string())
    }
}

impl TimePoint {
    /// How far it lies from day 0.
    pub fn target(self) -> Target {
        match self {
            Self::Day(days) => Target::Days(days.into()),
            Self::Month(months) => Target::Months(months.into()),
        }
    }
}

impl FromStr for TimePoint {
    type Err = NotATimePoint;

    fn from_str(text: &str) -> Result<Self, NotATimePoint> {
        let (unit, digits) = text.split_at_checked(1).ok_or(NotATimePoint)?;
        let canonical = digits == "0" || !digits.starts_with('0');
        if !canonical || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotATimePoint);
        }
        let count: u16 = digits.parse().map_err(|_| NotATimePoint)?;
        match (unit, count) {
            ("D", _) => Ok(Self::Day(count)),
            // 18 months would be neither a year nor on the list.
            ("M", 1..=12) => Ok(Self::Month(count)),
            ("M", _) if count > 0 && count.is_multiple_of(12) => Ok(Self::Month(count)),
            ("Y", 1..=99) => Ok(Self::Month(12 * count)),
            _ => Err(NotATimePoint),
        }
    }
}

impl fmt::Display for TimePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(days) => write!(f, "D{days}"),
            Self::Month(months @ 0..=12) => write!(f, "M{months}"),
            Self::Month(months) => write!(f, "Y{}", months / 12),
        }
    }
}

impl TryFrom<String> for TimePoint {
    type Error = NotATimePoint;

    fn try_from(text: String) -> Result<Self, NotATimePoint> {
        text.parse()
    }
}

impl From<TimePoint> for String {
    fn from(time_point: TimePoint) -> Self {
        time_point.to_string()
    }
}

/// Where an item belongs: to a time point after day 0, or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// To none: what is counted from the enrolment, the opening of the course, the apheresis. The questionnaires before the
    /// infusion belong to D0.
    Baseline,
    /// A time point.
    At(TimePoint),
}

impl Moment {
    /// The name of [`Moment::Baseline`].
    pub const BASELINE: &str = "baseline";
}

impl FromStr for Moment {
    type Err = NotATimePoint;

    fn from_str(text: &str) -> Result<Self, NotATimePoint> {
        if text == Self::BASELINE { Ok(Self::Baseline) } else { text.parse().map(Self::At) }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Baseline => f.write_str(Self::BASELINE),
            Self::At(time_point) => time_point.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_years_in_months_are_read_as_years() {
        for (text, code) in [
            ("D0", "D0"),
            ("D100", "D100"),
            ("M6", "M6"),
            ("M12", "M12"),
            ("M24", "Y2"),
            ("M36", "Y3"),
            ("Y15", "Y15"),
            ("Y1", "M12"),
        ] {
            let parsed: TimePoint = text.parse().unwrap();
            assert_eq!(parsed.to_string(), code);
            assert_eq!(code.parse(), Ok(parsed));
        }
    }

    #[test]
    fn a_moment_is_a_time_point_or_before_them_all() {
        for text in ["baseline", "D0", "D100", "Y2"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        assert!(Moment::Baseline < Moment::At(TimePoint::Day(0)));
        assert!("BASELINE".parse::<Moment>().is_err() && "".parse::<Moment>().is_err());
    }

    #[test]
    fn a_time_point_has_its_target() {
        for (text, target) in
            [("D28", Target::Days(28)), ("M6", Target::Months(6)), ("Y2", Target::Months(24))]
        {
            assert_eq!(text.parse::<TimePoint>().unwrap().target(), target);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "YEARLY", "M18", "M0", "Y0", "D", "", "D-1", "d28", "D028", "M+6", "Å1", "D99999", "SCREEN",
            "Y2 ",
        ] {
            assert_eq!(text.parse::<TimePoint>(), Err(NotATimePoint), "{text}");
        }
    }
}
