//! Haematotoxicity (ICAHT) after the EHA/EBMT consensus (Rejeski et al. 2023, Blood 142:865), and its counterpart for
//! platelets (T-ICAHT, Rejeski et al. 2025, Blood, `doi:10.1182/blood.2025028833`).
//!
//! Conventions of this registry, since the consensus leaves them open: a value holds from its day until the next
//! measurement; the last value holds for its own day only; of several on one day the lowest counts; a recovery of
//! one or two days between two spells counts as neutropenic days; "never above 0.5" needs a value for each day.
//!
//! Late grades, of platelets too, rest on at least two measurements that reach the limit. They are of different days of
//! the period before censoring and need not follow each other. A single one that would give more is a warning. A value
//! from before the period, carried into it, is no measurement of the period.

mod early;
mod late;
mod platelet;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub use early::{EarlyIcaht, early};
pub use late::late;
pub use platelet::{PlateletCount, early_thrombocytopenia, late_thrombocytopenia};

use crate::text::Text;

const LAST_EARLY_DAY: i32 = 30;
const FIRST_LATE_DAY: i32 = 31;
const SHORTEST_RECOVERY: u32 = 3;

/// One absolute neutrophil count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NeutrophilCount {
    /// Days since day 0.
    pub day_offset: i32,
    /// The count, 10⁹/L.
    pub anc_e9_l: f64,
}

/// Days since day 0, and a count in 10⁹/L.
type Measurement = (i32, f64);

fn neutrophils(counts: &[NeutrophilCount]) -> Vec<Measurement> {
    counts.iter().map(|count| (count.day_offset, count.anc_e9_l)).collect()
}

/// The days from `first` to `last` that lie before censoring.
fn period(first: i32, last: i32, censored_from: Option<i32>) -> RangeInclusive<i32> {
    first..=censored_from.map_or(last, |day| last.min(day.saturating_sub(1)))
}

/// The count that holds on each of `days`, carried forward until the next measurement.
fn daily_counts(counts: &[Measurement], days: RangeInclusive<i32>) -> Vec<Option<f64>> {
    let last_measured = counts.iter().map(|(day, _)| *day).max();
    let on_day = |day: i32| {
        counts
            .iter()
            .filter(|(measured, _)| *measured <= day && last_measured >= Some(day))
            .max_by(|(one_day, one), (other_day, other)| one_day.cmp(other_day).then(other.total_cmp(one)))
            .map(|(_, count)| *count)
    };
    days.map(on_day).collect()
}

/// Cumulative days with a low count, with recoveries shorter than three days between two spells.
fn low_days(daily: &[Option<f64>], is_low: impl Fn(f64) -> bool) -> u32 {
    let (mut total, mut recovery) = (0, 0);
    for count in daily {
        if count.is_some_and(&is_low) {
            // Nothing is bridged before the first spell.
            if total > 0 && recovery < SHORTEST_RECOVERY {
                total += recovery;
            }
            total += 1;
            recovery = 0;
        } else {
            recovery += 1;
        }
    }
    total
}

/// The lowest count of each day that has one, in ascending order of the counts.
fn lowest_counts(counts: &[Measurement], days: &RangeInclusive<i32>) -> Vec<f64> {
    let mut by_day: BTreeMap<i32, f64> = BTreeMap::new();
    for (day, count) in counts.iter().filter(|(day, _)| days.contains(day)) {
        by_day.entry(*day).and_modify(|lowest| *lowest = lowest.min(*count)).or_insert(*count);
    }
    let mut lowest: Vec<f64> = by_day.into_values().collect();
    lowest.sort_by(f64::total_cmp);
    lowest
}

/// That one measurement alone would give a higher grade.
fn unconfirmed(grade: u8) -> Text {
    Text::new(
        format!("en enstaka mätning skulle ge grad {grade}, men det krävs två"),
        format!("a single measurement would give grade {grade}, but it takes two"),
    )
}
