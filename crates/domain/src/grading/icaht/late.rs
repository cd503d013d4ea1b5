//! Late haematotoxicity.

use super::{FIRST_LATE_DAY, NeutrophilCount, lowest_counts, neutrophils, period, unconfirmed};
use crate::grading::Grading;
use crate::text::Text;

const VERSION: &str = "EHA-EBMT2023/1";
/// Counts in 10⁹/L, from the lowest, with the grade of those at most as high.
const LIMITS: [(f64, u8); 4] = [(0.1, 4), (0.5, 3), (1.0, 2), (1.5, 1)];

/// Late haematotoxicity, after day 30: the highest grade that at least two measurements reach.
///
/// `counts` may be in any order. `censored_from` is the first day that no longer counts: that of progression, next
/// therapy or death. `None` without a count between day 30 and that day.
pub fn late(counts: &[NeutrophilCount], censored_from: Option<i32>) -> Option<Grading> {
    let days = period(FIRST_LATE_DAY, i32::MAX, censored_from);
    let lowest = lowest_counts(&neutrophils(counts), &days);
    let single = reached(*lowest.first()?).map_or(0, |(_, grade)| grade);
    let confirmed = lowest.get(1).and_then(|count| reached(*count));
    let domain = confirmed.map(|(limit, grade)| (grade, line(limit)));
    let mut grading = Grading::worst_of(VERSION, domain.as_slice());
    if single > grading.grade {
        grading.warnings.push(unconfirmed(single));
    }
    Some(grading)
}

/// The lowest limit that a count does not exceed, with its grade.
fn reached(count: f64) -> Option<(f64, u8)> {
    LIMITS.into_iter().find(|(limit, _)| count <= *limit)
}

fn line(limit: f64) -> Text {
    let point = format!("{limit:.1}");
    let comma = point.replace('.', ",");
    Text::new(
        format!("ANC högst {comma} vid minst två mätningar efter dag 30"),
        format!("ANC at most {point} in at least two measurements after day 30"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(counts: &[(i32, f64)], censored_from: Option<i32>) -> Option<Grading> {
        let count = |&(day_offset, anc_e9_l): &(i32, f64)| NeutrophilCount { day_offset, anc_e9_l };
        late(&counts.iter().map(count).collect::<Vec<_>>(), censored_from)
    }

    /// The grade and the number of warnings.
    fn late_grade(counts: &[(i32, f64)], censored_from: Option<i32>) -> (u8, usize) {
        let grading = graded(counts, censored_from).unwrap();
        (grading.grade, grading.warnings.len())
    }

    #[test]
    fn limits_between_grades() {
        for (count, grade) in
            [(1.6, 0), (1.5, 1), (1.1, 1), (1.0, 2), (0.6, 2), (0.5, 3), (0.2, 3), (0.1, 4), (0.0, 4)]
        {
            assert_eq!(late_grade(&[(40, count), (60, count)], None), (grade, 0), "{count}");
        }
    }

    #[test]
    fn two_measurements_decide_and_a_single_lower_one_warns() {
        assert_eq!(late_grade(&[(40, 0.4), (60, 0.9), (80, 2.5)], None), (2, 1));
        assert_eq!(late_grade(&[(60, 0.4), (40, 0.05), (80, 1.4)], None), (3, 1), "in any order");
        assert_eq!(late_grade(&[(40, 0.4), (60, 3.0)], None), (0, 1));
        assert_eq!(late_grade(&[(40, 0.4)], None), (0, 1));
        assert_eq!(late_grade(&[(40, 3.0)], None), (0, 0));
        assert_eq!(late_grade(&[(400, 0.4), (800, 0.3)], None), (3, 0), "without end");
    }

    #[test]
    fn several_counts_of_one_day_are_one_measurement() {
        assert_eq!(late_grade(&[(40, 0.9), (40, 0.4)], None), (0, 1));
        assert_eq!(late_grade(&[(40, 0.9), (40, 0.4), (41, 0.5)], None), (3, 0));
    }

    #[test]
    fn day_30_and_what_follows_censoring_do_not_count() {
        assert_eq!(late_grade(&[(30, 0.4), (31, 0.4), (32, 0.9)], None), (2, 1));
        let counts = [(40, 0.9), (50, 0.9), (60, 0.4), (61, 0.4)];
        assert_eq!(late_grade(&counts, Some(60)), (2, 0));
        assert_eq!(late_grade(&counts, Some(62)), (3, 0));
        assert_eq!(graded(&counts, Some(40)), None);
        assert_eq!(graded(&counts, Some(i32::MIN)), None);
        assert_eq!(graded(&[(30, 0.1)], None), None);
        assert_eq!(graded(&[], None), None);
    }

    #[test]
    fn the_explanation_names_the_limit() {
        let grading = graded(&[(40, 0.9), (50, 0.8)], None).unwrap();
        assert_eq!(
            grading.explanation,
            [Text::new(
                "ANC högst 1,0 vid minst två mätningar efter dag 30",
                "ANC at most 1.0 in at least two measurements after day 30",
            )]
        );
        assert_eq!(graded(&[(40, 3.0)], None).unwrap().explanation.len(), 1);
    }
}
