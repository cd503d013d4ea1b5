//! Measured values as a laboratory reports them: a number, or a limit below or above which the value lies.

use crate::names::named;

named! {
    /// How the true value relates to the reported number.
    Comparator {
        /// Less than it.
        Below = "<",
        /// At most it.
        AtMost = "<=",
        /// It.
        Exactly = "=",
        /// At least it.
        AtLeast = ">=",
        /// More than it.
        Above = ">",
    }
}

/// A value as reported, in whatever unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The number.
    pub number: f64,
    /// How the true value relates to it.
    pub comparator: Comparator,
}

impl From<f64> for Measured {
    fn from(number: f64) -> Self {
        Self { number, comparator: Comparator::Exactly }
    }
}

impl Measured {
    /// The true value, when it is more than a limit.
    pub fn exact(self) -> Option<f64> {
        (self.comparator == Comparator::Exactly).then_some(self.number)
    }

    /// The least that the true value may be; nothing is measured below 0.
    pub fn least(self) -> f64 {
        match self.comparator {
            Comparator::Below | Comparator::AtMost => 0.0,
            Comparator::Exactly | Comparator::AtLeast => self.number,
            Comparator::Above => self.number.next_up(),
        }
    }

    /// The greatest that the true value may be.
    pub fn greatest(self) -> f64 {
        match self.comparator {
            Comparator::Below => self.number.next_down(),
            Comparator::AtMost | Comparator::Exactly => self.number,
            Comparator::AtLeast | Comparator::Above => f64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_leaves_open_what_lies_beyond_it() {
        for (sign, number_is_least, number_is_greatest) in [
            ("<", false, false),
            ("<=", false, true),
            ("=", true, true),
            (">=", true, false),
            (">", false, false),
        ] {
            let comparator = Comparator::from_name(sign).unwrap();
            let measured = Measured { number: 75.0, comparator };
            let (least, greatest) = (measured.least(), measured.greatest());
            assert!((0.0..=75.0_f64.next_up()).contains(&least) && least <= greatest, "{sign}");
            assert_eq!(least.total_cmp(&75.0).is_eq(), number_is_least, "{sign}");
            assert_eq!(greatest.total_cmp(&75.0).is_eq(), number_is_greatest, "{sign}");
            assert_eq!(measured.exact().is_some(), number_is_least && number_is_greatest, "{sign}");
        }
        let below = Measured { number: 75.0, comparator: Comparator::Below };
        assert!(below.greatest() < 75.0 && below.greatest() > 74.999);
        let above = Measured { number: 75.0, comparator: Comparator::Above };
        assert!(above.least() > 75.0 && above.least() < 75.001 && above.greatest().is_finite());
    }
}
