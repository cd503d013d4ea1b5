//! Early haematotoxicity.

use serde::Serialize;

use super::{LAST_EARLY_DAY, NeutrophilCount, daily_counts, low_days, neutrophils, period};
use crate::grading::Grading;
use crate::text::Text;

const VERSION: &str = "EHA-EBMT2023/1";

/// The grade of early haematotoxicity with the days behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlyIcaht {
    /// The grade.
    pub grading: Grading,
    /// Days with at most 0.5 × 10⁹/L in days 0 to 30.
    pub days_at_most_0_5: u32,
    /// Days with at most 0.1 × 10⁹/L in days 0 to 30.
    pub days_at_most_0_1: u32,
}

/// Early haematotoxicity, days 0 to 30.
///
/// `counts` may be in any order and may begin before day 0. `censored_from` is the first day that no longer counts:
/// that of progression, next therapy or death. `None` when no day of the period is covered by a count.
pub fn early(counts: &[NeutrophilCount], censored_from: Option<i32>) -> Option<EarlyIcaht> {
    let daily = daily_counts(&neutrophils(counts), period(0, LAST_EARLY_DAY, censored_from));
    if daily.iter().all(Option::is_none) {
        return None;
    }
    let half = low_days(&daily, |count| count <= 0.5);
    let tenth = low_days(&daily, |count| count <= 0.1);
    let never_above = never_above_half(&daily);
    let by_half = match half {
        _ if never_above => 4,
        0 => 0,
        1..=6 => 1,
        7..=13 => 2,
        _ => 3,
    };
    let by_tenth = match tenth {
        0..=6 => 0,
        7..=13 => 3,
        _ => 4,
    };
    let half_text = if never_above {
        Text::new("ANC aldrig över 0,5 under dag 0–30", "ANC never above 0.5 in days 0 to 30")
    } else {
        Text::new(format!("ANC högst 0,5 i {half} dagar"), format!("ANC at most 0.5 on {half} days"))
    };
    let tenth_text =
        Text::new(format!("ANC högst 0,1 i {tenth} dagar"), format!("ANC at most 0.1 on {tenth} days"));
    let grading = Grading::worst_of(VERSION, &[(by_half, half_text), (by_tenth, tenth_text)]);
    Some(EarlyIcaht { grading, days_at_most_0_5: half, days_at_most_0_1: tenth })
}

/// Whether a count of at most 0.5 holds on each day of the whole period, from day 0 to day 30.
fn never_above_half(daily: &[Option<f64>]) -> bool {
    let whole_period = daily.len() == (0..=LAST_EARLY_DAY).count();
    whole_period && daily.iter().all(|count| count.is_some_and(|count| count <= 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Daily counts from `(first day, last day, value)` spells.
    fn spells(spells: &[(i32, i32, f64)]) -> Vec<NeutrophilCount> {
        spells
            .iter()
            .flat_map(|&(first, last, anc_e9_l)| {
                (first..=last).map(move |day_offset| NeutrophilCount { day_offset, anc_e9_l })
            })
            .collect()
    }

    fn early_grade(spelled: &[(i32, i32, f64)], censored_from: Option<i32>) -> (u8, u32, u32) {
        let result = early(&spells(spelled), censored_from).unwrap();
        (result.grading.grade, result.days_at_most_0_5, result.days_at_most_0_1)
    }

    #[test]
    fn the_worked_example_is_grade_two() {
        let example = [(0, 2, 2.0), (3, 4, 0.4), (5, 9, 0.1), (10, 12, 0.5), (13, 30, 1.2)];
        assert_eq!(early_grade(&example, None), (2, 10, 5));
        let longer = [(0, 2, 2.0), (3, 4, 0.4), (5, 12, 0.1), (13, 30, 1.2)];
        assert_eq!(early_grade(&longer, None), (3, 10, 8));
    }

    #[test]
    fn limits_between_grades() {
        for (days, grade) in [(0, 0), (1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (29, 3)] {
            assert_eq!(
                early_grade(&[(0, 0, 2.0), (1, days, 0.3), (days + 1, 31, 2.0)], None).0,
                grade,
                "{days} days"
            );
        }
        for (days, grade) in [(6, 1), (7, 3), (13, 3), (14, 4)] {
            assert_eq!(
                early_grade(&[(0, 0, 2.0), (1, days, 0.1), (days + 1, 31, 2.0)], None).0,
                grade,
                "{days} days"
            );
        }
    }

    #[test]
    fn never_above_half_is_grade_four_when_observed_to_the_end() {
        assert_eq!(early_grade(&[(0, 30, 0.4)], None).0, 4);
        assert_eq!(early_grade(&[(-3, -3, 0.4), (15, 15, 0.5), (31, 31, 2.0)], None).0, 4, "carried forward");
        assert_eq!(early_grade(&[(0, 20, 0.4)], None).0, 3);
        assert_eq!(early_grade(&[(1, 30, 0.4)], None).0, 3, "nobody knows of day 0");
        assert_eq!(early_grade(&[(0, 30, 0.4)], Some(10)), (2, 10, 0));
    }

    #[test]
    fn a_few_low_counts_late_in_the_period_are_not_the_whole_of_it() {
        assert_eq!(early_grade(&[(30, 30, 0.4)], None), (1, 1, 0));
        assert_eq!(early_grade(&[(-2, -2, 3.0), (29, 29, 0.4), (31, 31, 0.4)], None), (1, 2, 0));
    }

    #[test]
    fn values_are_carried_forward_until_the_next_and_no_further() {
        let sparse = [(-2, -2, 3.0), (4, 4, 0.3), (9, 9, 2.0), (20, 20, 0.4)];
        assert_eq!(early_grade(&sparse, None), (1, 6, 0));
    }

    #[test]
    fn short_recoveries_do_not_stop_the_count() {
        let two_days = [(0, 2, 2.0), (3, 6, 0.4), (7, 8, 0.9), (9, 10, 0.4), (11, 30, 2.0)];
        assert_eq!(early_grade(&two_days, None), (2, 8, 0));
        let three_days = [(0, 2, 2.0), (3, 6, 0.4), (7, 9, 0.9), (10, 11, 0.4), (12, 30, 2.0)];
        assert_eq!(early_grade(&three_days, None), (1, 6, 0));
    }

    #[test]
    fn the_lowest_of_a_day_counts_and_nothing_gives_nothing() {
        let twice = [(0, 0, 2.0), (5, 5, 0.9), (5, 5, 0.3), (6, 6, 2.0)];
        assert_eq!(early_grade(&twice, None), (1, 1, 0));
        assert_eq!(early(&[], None), None);
        assert_eq!(early(&spells(&[(5, 9, 0.3)]), Some(0)), None);
    }
}
