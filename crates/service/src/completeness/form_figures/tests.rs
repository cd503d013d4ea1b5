use cartotek_domain::completeness::{Punctuality, Reckoned};

use super::*;
use crate::completeness::FormShare;

fn cell(time_point: &str) -> ItemGroup {
    ItemGroup { time_point: Some(time_point.parse().unwrap()), ..ItemGroup::default() }
}

/// So many forms at a time point that are missing, each of another patient, some of them lost.
fn missing(time_point: &str, overdue: u64, lost: u64) -> Counts {
    let item = |lost, items| {
        let reckoned = Reckoned { settled: true, submission: None, lost };
        CountedItems { group: cell(time_point), reckoned, items }
    };
    let patients = CountedPatients { group: cell(time_point), settled: overdue + lost, answered: 0 };
    Counts { items: vec![item(false, overdue), item(true, lost)], patients: vec![patients], due: vec![] }
}

/// So many forms that are due, or overdue without an infusion, each of another patient.
fn waiting(time_point: &str, overdue: bool, patients: u64) -> Counts {
    let due = DueItems { group: cell(time_point), overdue, items: patients, patients };
    Counts { due: vec![due], ..Counts::default() }
}

fn due(time_point: &str, patients: u64) -> Counts {
    waiting(time_point, false, patients)
}

fn uninfused(time_point: &str, patients: u64) -> Counts {
    waiting(time_point, true, patients)
}

fn together(parts: [Counts; 2]) -> Counts {
    let [mut all, other] = parts;
    all.items.extend(other.items);
    all.patients.extend(other.patients);
    all.due.extend(other.due);
    all
}

/// How many of all are missing, how many overdue, missed by the lost, and due.
fn total(counts: Counts, exact: bool) -> Option<[Option<u64>; 4]> {
    let audience = Audience { exact, ..Audience::default() };
    let figures = figures(&FormQuestion::default(), counts, &audience);
    let one = figures.into_values().next()?;
    Some([one.completed.and_then(|share| share.rest), one.overdue, one.missed, one.due])
}

#[test]
fn a_site_sees_every_one() {
    for (counts, expected) in [
        (missing("D100", 1, 2), [3, 1, 2, 0]),
        (due("D100", 3), [0, 0, 0, 3]),
        (together([missing("D100", 0, 1), due("M6", 1)]), [1, 0, 1, 1]),
        (uninfused("D100", 3), [0, 3, 0, 0]),
        (together([missing("D100", 1, 2), uninfused("D100", 3)]), [3, 4, 2, 0]),
    ] {
        assert_eq!(total(counts, true), Some(expected.map(Some)));
    }
}

#[test]
fn others_see_no_few_that_are_overdue_lost_or_due() {
    let seen = |overdue, lost| total(missing("D100", overdue, lost), false);
    assert_eq!(seen(5, 0), Some([Some(5), Some(5), Some(0), None]));
    assert_eq!(seen(0, 5), Some([Some(5), None, Some(5), None]), "none is not told from a few");
    assert_eq!(seen(6, 5), Some([Some(11), Some(6), Some(5), None]));
    for (overdue, lost) in [(6, 1), (6, 4), (1, 6), (4, 6)] {
        assert_eq!(seen(overdue, lost), Some([Some(overdue + lost), None, None, None]));
    }
    assert_eq!(seen(4, 0), None);
    assert_eq!(total(due("D100", 4), false), None);
    assert_eq!(total(due("D100", 5), false), Some([None, None, None, Some(5)]));
    assert_eq!(total(uninfused("D100", 4), false), None);
    assert_eq!(total(uninfused("D100", 5), false), Some([None, Some(5), None, None]));
}

#[test]
fn ten_forms_of_four_patients_are_a_few() {
    for overdue in [false, true] {
        let few = DueItems { group: cell("D100"), overdue, items: 10, patients: 4 };
        assert_eq!(total(Counts { due: vec![few], ..Counts::default() }, false), None);
    }
}

#[test]
fn no_difference_tells_others_of_few_with_an_infusion_or_without() {
    let is_few = |number: u64| (1..5).contains(&number);
    let mut seen = 0;
    for (overdue, lost, without) in (0..1000).map(|n| (n / 100, n / 10 % 10, n % 10)) {
        let counts = together([missing("D100", overdue, lost), uninfused("D100", without)]);
        let Some([missing, all, missed, _]) = total(counts, false) else { continue };
        assert!(![missing, all, missed].into_iter().flatten().any(is_few), "{overdue} {lost} {without}");
        let Some((missing, missed)) = missing.zip(missed) else { continue };
        let infused = missing - missed;
        let others = all.unwrap_or(0) - infused;
        assert!(!is_few(infused) && !is_few(others), "{overdue} {lost} {without}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
    let alike = |without| together([missing("D100", 6, 0), uninfused("D100", without)]);
    for few in 0..=4 {
        assert_eq!(total(alike(few), false), Some([Some(6), Some(6), Some(0), None]), "{few}");
    }
    assert_eq!(total(alike(5), false), Some([Some(6), Some(11), Some(0), None]));
    let three_and_three = together([missing("D100", 3, 0), uninfused("D100", 3)]);
    assert_eq!(total(three_and_three, false), None, "six together, but each part is of a few");
}

#[test]
fn a_total_is_exact_or_of_everything_in_tens() {
    let parts = || [missing("D100", 6, 1), missing("M6", 7, 0)];
    // All 14 missing are shown; that one of seven was missed is not, nor by what is left of the others.
    assert_eq!(total(together(parts()), false), Some([Some(14), None, None, None]));
    assert_eq!(total(together(parts()), true), Some([14, 13, 1, 0].map(Some)));
    assert_eq!(total(together([missing("D100", 6, 5), missing("M6", 7, 0)]), false).unwrap()[1], Some(13));
    let seen = |one, other| total(together([due("D100", one), due("M6", other)]), false).map(|one| one[3]);
    assert_eq!(seen(6, 7), Some(Some(13)), "nothing is hidden");
    assert_eq!(seen(4, 26), Some(Some(20)), "of 30");
    assert_eq!(seen(3, 6), None, "nine");
    for shown in 10..20 {
        let told: Vec<_> = (1..=4).map(|few| seen(few, shown)).collect();
        assert_eq!(told, [Some(Some(10)); 4], "whatever is shown beside it, a hidden number is not told");
    }
    let both = together([uninfused("D100", 4), uninfused("M6", 26)]);
    assert_eq!(total(both, false).unwrap()[1], Some(20));
}

/// So many forms at a time point that are missing, and so many that are there in time, each of another patient.
fn answered(time_point: &str, lacking: u64, there: u64) -> Counts {
    let mut counts = missing(time_point, lacking, 0);
    let submission = Some(Punctuality { timely: true, delay: 1 });
    let reckoned = Reckoned { settled: true, submission, lost: false };
    counts.items.push(CountedItems { group: cell(time_point), reckoned, items: there });
    counts.patients[0].settled += there;
    counts.patients[0].answered = there;
    counts
}

/// Of all that should be there: those that are, all, those that are not, and the share.
fn completed(counts: Counts) -> Option<FormShare> {
    let figures = figures(&FormQuestion::default(), counts, &Audience::default());
    figures.into_values().next()?.completed
}

#[test]
fn many_cells_of_few_missing_are_not_complete() {
    // 64 + 64 of two cells are shown; of ten cells 29 of 32 each, 290 of 320, are hidden: 418 / 448 = 0.933.
    let mut counts = together([answered("D28", 0, 64), answered("D100", 0, 64)]);
    for year in 1..=10 {
        counts = together([counts, answered(&format!("Y{year}"), 3, 29)]);
    }
    let seen = FormShare { part: Some(410), whole: Some(440), rest: Some(30), fraction: Some(0.93) };
    assert_eq!(completed(counts), Some(seen), "120 + 290, 120 + 320, 0 + 30");
    let one = together([answered("D28", 0, 64), answered("Y1", 3, 29)]);
    let of_one = FormShare { part: Some(80), whole: Some(90), rest: None, fraction: None };
    assert_eq!(completed(one), Some(of_one), "60 + 20, 60 + 30; the three are not told");
    assert_eq!(completed(together([answered("Y1", 3, 29), due("M6", 9)])), None, "one hidden cell is no sum");
    let two =
        |one, other| completed(together([answered("Y1", one, 32 - one), answered("Y2", other, 32 - other)]));
    let of_two = FormShare { part: Some(50), whole: Some(60), rest: None, fraction: None };
    assert_eq!(two(4, 4), Some(of_two), "eight are four each");
    assert_eq!(two(3, 2), Some(FormShare { fraction: Some(0.92), ..of_two }), "59 of 64");
}

#[test]
fn those_that_came_before_their_grace_has_passed_are_not_told_as_a_few() {
    let early_of = |many| early("D100", 10, many);
    let is_told = |many, exact| {
        let audience = Audience { exact, ..Audience::default() };
        let figures = figures(&FormQuestion::default(), early_of(many), &audience);
        figures.into_values().next().unwrap().timely.is_some()
    };
    for early in 0..=9 {
        assert!(is_told(early, true), "{early}");
        assert_eq!(
            is_told(early, false),
            !(1..5).contains(&early),
            "all that came less the settled ones that are there: {early}"
        );
    }
}

/// So many forms at a time point that are there in time, of some of which the grace still runs.
fn early(time_point: &str, settled: u64, early: u64) -> Counts {
    let mut counts = answered(time_point, 0, settled);
    let submission = Some(Punctuality { timely: true, delay: 1 });
    let reckoned = Reckoned { settled: false, submission, lost: false };
    counts.items.push(CountedItems { group: cell(time_point), reckoned, items: early });
    counts.patients[0].answered += early;
    counts
}

#[test]
fn no_total_tells_how_few_came_before_their_grace_had_passed() {
    let timely = |parts: [Counts; 2]| {
        let figures = figures(&FormQuestion::default(), together(parts), &Audience::default());
        figures.into_values().next().unwrap().timely
    };
    // All are timely, 30 of one cell and 19 of the other, of which 18 are settled: the total would tell of 40 and of no late one.
    for few in 1..=4 {
        assert_eq!(timely([early("D100", 30, 0), early("M6", 18, few)]), None, "{few}");
    }
    assert_eq!(timely([early("D100", 18, 1), early("M6", 18, 1)]), None, "two are one each");
    for shown in [[early("D100", 30, 0), early("M6", 18, 0)], [early("D100", 18, 2), early("M6", 18, 3)]] {
        assert!(timely(shown).is_some());
    }
}
