//! Thrombocytopenia, graded like haematotoxicity (T-ICAHT).

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{
    FIRST_LATE_DAY, LAST_EARLY_DAY, Measurement, daily_counts, low_days, lowest_counts, period, unconfirmed,
};
use crate::grading::Grading;
use crate::text::Text;

const VERSION: &str = "T-ICAHT2025/1";
const LAST_LATE_DAY: i32 = 100;
/// A count that is carried forward for longer leaves the number of days in doubt.
const LONGEST_GAP: i32 = 7;

/// One platelet count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlateletCount {
    /// Days since day 0.
    pub day_offset: i32,
    /// The count, 10⁹/L.
    pub platelets_e9_l: f64,
}

/// Early thrombocytopenia, days 0 to 30.
///
/// `counts` may be in any order and may begin before day 0. `censored_from` is the first day that no longer counts:
/// that of progression, next therapy or death. `None` when no day of the period is covered by a count.
pub fn early_thrombocytopenia(counts: &[PlateletCount], censored_from: Option<i32>) -> Option<Grading> {
    let daily = daily_counts(&measured(counts), period(0, LAST_EARLY_DAY, censored_from));
    if daily.iter().all(Option::is_none) {
        return None;
    }
    let below_50 = low_days(&daily, |count| count < 50.0);
    let below_20 = low_days(&daily, |count| count < 20.0);
    let by_50 = match below_50 {
        0 => 0,
        1..=6 => 1,
        _ => 2,
    };
    let domains = [(by_50, days_below(50, below_50)), (severe(below_20), days_below(20, below_20))];
    Some(Grading::worst_of(VERSION, &domains))
}

/// Late thrombocytopenia, days 31 to 100: the highest grade that at least two measurements reach.
///
/// `counts` may be in any order and may begin before day 31. `censored_from` is the first day that no longer counts:
/// that of progression, next therapy or death. `None` without a count of the period.
pub fn late_thrombocytopenia(counts: &[PlateletCount], censored_from: Option<i32>) -> Option<Grading> {
    let counts = measured(counts);
    let days = period(FIRST_LATE_DAY, LAST_LATE_DAY, censored_from);
    let lowest = lowest_counts(&counts, &days);
    let daily = daily_counts(&counts, days.clone());
    let below_20 = low_days(&daily, |count| count < 20.0);
    let domain = |count: f64| {
        if count < 20.0 {
            Some((severe(below_20), days_below(20, below_20)))
        } else if count < 50.0 {
            Some((2, twice_below(50)))
        } else {
            (count < 100.0).then(|| (1, twice_below(100)))
        }
    };
    let single = domain(*lowest.first()?).map_or(0, |(grade, _)| grade);
    let confirmed = lowest.get(1).and_then(|count| domain(*count));
    let mut grading = Grading::worst_of(VERSION, confirmed.as_slice());
    if single > grading.grade {
        grading.warnings.push(unconfirmed(single));
    }
    if is_carried_long(&counts, &days) {
        grading.warnings.push(Text::new(
            "mer än 7 dagar mellan mätningar efter ett värde under 20: antalet dagar är osäkert",
            "more than 7 days between measurements after a value below 20: the number of days is doubtful",
        ));
    }
    Some(grading)
}

fn measured(counts: &[PlateletCount]) -> Vec<Measurement> {
    counts.iter().map(|count| (count.day_offset, count.platelets_e9_l)).collect()
}

/// The grade by the days below 20.
fn severe(days_below_20: u32) -> u8 {
    match days_below_20 {
        0 => 0,
        1..=13 => 3,
        _ => 4,
    }
}

fn days_below(limit: u8, days: u32) -> Text {
    Text::new(
        format!("antal dagar med trombocyter under {limit}: {days}"),
        format!("days with platelets below {limit}: {days}"),
    )
}

fn twice_below(limit: u8) -> Text {
    Text::new(
        format!("trombocyter under {limit} vid minst två mätningar dag 31–100"),
        format!("platelets below {limit} in at least two measurements of days 31 to 100"),
    )
}

/// Whether a count below 20 is carried over a long time without measurement within `days`.
fn is_carried_long(counts: &[Measurement], days: &RangeInclusive<i32>) -> bool {
    counts.iter().filter(|(_, count)| *count < 20.0).any(|(day, _)| {
        let next = counts.iter().map(|(other, _)| *other).filter(|other| other > day).min();
        let within = day.max(days.start());
        next.is_some_and(|next| next.min(*days.end()).saturating_sub(*within) > LONGEST_GAP)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Daily counts from `(first day, last day, value)` spells.
    fn spells(spells: &[(i32, i32, f64)]) -> Vec<PlateletCount> {
        spells
            .iter()
            .flat_map(|&(first, last, platelets_e9_l)| {
                (first..=last).map(move |day_offset| PlateletCount { day_offset, platelets_e9_l })
            })
            .collect()
    }

    fn early(spelled: &[(i32, i32, f64)]) -> u8 {
        early_thrombocytopenia(&spells(spelled), None).unwrap().grade
    }

    /// The grade and the number of warnings.
    fn late(spelled: &[(i32, i32, f64)]) -> (u8, usize) {
        let grading = late_thrombocytopenia(&spells(spelled), None).unwrap();
        (grading.grade, grading.warnings.len())
    }

    #[test]
    fn limits_between_early_grades() {
        for (days, grade) in [(0, 0), (1, 1), (6, 1), (7, 2), (29, 2)] {
            let spelled = [(0, 0, 150.0), (1, days, 49.0), (days + 1, 31, 150.0)];
            assert_eq!(early(&spelled), grade, "{days} days below 50");
        }
        for (days, grade) in [(1, 3), (13, 3), (14, 4)] {
            let spelled = [(0, 0, 150.0), (1, days, 19.0), (days + 1, 31, 150.0)];
            assert_eq!(early(&spelled), grade, "{days} days below 20");
        }
        assert_eq!(early(&[(0, 30, 50.0)]), 0, "50 is not below 50");
        assert_eq!(early(&[(0, 30, 20.0)]), 2, "20 is not below 20");
    }

    #[test]
    fn early_days_are_carried_forward_and_bridged() {
        assert_eq!(early(&[(0, 0, 150.0), (3, 3, 40.0), (10, 10, 150.0)]), 2, "days 3 to 9");
        let bridged = [(0, 2, 150.0), (3, 5, 40.0), (6, 7, 60.0), (8, 9, 40.0), (10, 30, 150.0)];
        assert_eq!(early(&bridged), 2, "3 + 2 + 2 days");
        let counts = spells(&[(0, 30, 15.0)]);
        assert_eq!(early_thrombocytopenia(&counts, Some(5)).unwrap().grade, 3);
        assert_eq!(early_thrombocytopenia(&counts, Some(0)), None);
        assert_eq!(early_thrombocytopenia(&[], None), None);
        let explained = early_thrombocytopenia(&counts, None).unwrap().explanation;
        assert_eq!(
            explained,
            [Text::new("antal dagar med trombocyter under 20: 31", "days with platelets below 20: 31")]
        );
    }

    #[test]
    fn limits_between_late_grades() {
        for (count, grade) in [(100.0, 0), (99.0, 1), (50.0, 1), (49.0, 2), (20.0, 2), (19.0, 3)] {
            assert_eq!(late(&[(40, 41, count), (42, 42, 150.0)]), (grade, 0), "{count}");
        }
        for (days, grade) in [(2, 3), (13, 3), (14, 4)] {
            assert_eq!(late(&[(31, 30 + days, 19.0), (31 + days, 100, 150.0)]), (grade, 0), "{days} days");
        }
    }

    #[test]
    fn two_late_measurements_decide_and_a_single_lower_one_warns() {
        assert_eq!(late(&[(40, 40, 15.0), (42, 42, 40.0), (45, 45, 80.0)]), (2, 1));
        assert_eq!(late(&[(40, 40, 80.0)]), (0, 1));
        assert_eq!(late(&[(40, 40, 180.0)]), (0, 0));
        assert_eq!(late(&[(30, 31, 80.0), (101, 120, 80.0)]), (0, 1), "one count of the period");
        let counts = spells(&[(40, 45, 40.0), (46, 60, 15.0)]);
        assert_eq!(late_thrombocytopenia(&counts, Some(46)).unwrap().grade, 2);
        assert_eq!(late_thrombocytopenia(&counts, Some(40)), None);
        assert_eq!(late_thrombocytopenia(&spells(&[(20, 30, 15.0), (101, 120, 15.0)]), None), None);
    }

    #[test]
    fn a_severe_count_carried_over_a_week_is_doubtful() {
        assert_eq!(late(&[(40, 41, 15.0), (48, 48, 150.0)]), (3, 0));
        assert_eq!(late(&[(40, 41, 15.0), (60, 60, 150.0)]), (4, 1));
        assert_eq!(late(&[(40, 40, 150.0), (98, 99, 15.0), (150, 150, 150.0)]), (3, 0), "beyond day 100");
    }
}
