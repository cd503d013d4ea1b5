//! How late forms come and how long clarifications take, as distributions.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many forms were first submitted so many days after their window, or clarifications closed so many days after they
/// were opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Delays(BTreeMap<i32, u64>);

impl Delays {
    /// Counts so many of one delay, in days; negative before the last day of a window.
    pub fn add(&mut self, days: i32, times: u64) {
        *self.0.entry(days).or_default() += times;
    }

    /// Counts all those of others.
    pub fn add_all(&mut self, others: &Self) {
        for (days, times) in &others.0 {
            self.add(*days, *times);
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The median in days; `None` of nothing.
    pub fn median(&self) -> Option<f64> {
        let count = self.count();
        let lower = self.of_rank(count.checked_sub(1)? / 2)?;
        let upper = self.of_rank(count / 2)?;
        Some(f64::midpoint(lower.into(), upper.into()))
    }

    /// The delay of the one that so many others are not later than.
    fn of_rank(&self, rank: u64) -> Option<i32> {
        let mut counted = 0;
        let reached = |(days, times): (&i32, &u64)| {
            counted += times;
            (rank < counted).then_some(*days)
        };
        self.0.iter().find_map(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_all_forms() {
        let of = |delays: &[(i32, u64)]| {
            let mut all = Delays::default();
            for (days, times) in delays {
                all.add(*days, *times);
            }
            all.median()
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(-3, 1)]), Some(-3.0));
        assert_eq!(of(&[(40, 1), (-3, 1)]), Some(18.5));
        assert_eq!(of(&[(-3, 2), (5, 1), (40, 2)]), Some(5.0));
        assert_eq!(of(&[(-3, 3), (40, 2)]), Some(-3.0));
        assert_eq!(of(&[(-3, 2), (40, 2)]), Some(18.5));
        assert_eq!(of(&[(7, 1), (7, 3)]), Some(7.0));
    }
}
