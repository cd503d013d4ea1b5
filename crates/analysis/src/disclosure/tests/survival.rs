use std::collections::BTreeMap;

use super::super::survival::protected;
use super::super::{Audience, MedianView, SurvivalView, THRESHOLD, VALUES_LEFT};
use super::{close, select};
use crate::fixture::row;
use crate::survival::{Curve, Median, Step, SurvivalRequest, overall_survival};
use crate::view::CourseRow;

/// One patient per `(days, died)`.
fn followed(followed: &[(i64, bool)]) -> Vec<CourseRow> {
    let rows = followed.iter().enumerate();
    rows.map(|(number, (days, died))| row(number as u128, number as u128, "KAR").followed(*days, *died))
        .collect()
}

fn survival(rows: Vec<CourseRow>, strata: Option<&str>, audience: Audience) -> SurvivalView {
    let request = SurvivalRequest { strata: strata.map(str::to_owned), ..SurvivalRequest::default() };
    overall_survival(&select(rows), &request, "").unwrap().answer(audience).into_result()
}

#[test]
fn the_protected_curve_lies_on_the_grid_and_ends_with_few_at_risk() {
    let mut people: Vec<(i64, bool)> = (0..40).map(|number| (number * 10, number % 2 == 0)).collect();
    people.push((9000, false));
    let curve = survival(followed(&people), None, Audience::Protected).overall.unwrap();
    assert_eq!(curve.patients, Some(40));
    assert_eq!(curve.followed_to, None);
    // Reaching day 300 are numbers 30 to 39 and the last person; day 330 eight.
    assert!(close(curve.steps.last().unwrap().time, 300.0));
    assert_eq!(curve.steps.last().unwrap().at_risk, Some(10));
    for step in &curve.steps {
        assert!(close(step.time % 30.0, 0.0));
        assert!(close(step.survival * 100.0, (step.survival * 100.0).round()));
    }
    assert_eq!(
        curve.at_risk.iter().map(|one| one.time).collect::<Vec<_>>(),
        [0, 90, 180, 360, 720, 1080, 1800]
    );
    assert_eq!(curve.at_risk[3].at_risk, None);
}

#[test]
fn few_patients_have_no_curve_and_no_median() {
    let people: Vec<(i64, bool)> = (0..9).map(|number| (number * 40, true)).collect();
    assert_eq!(survival(followed(&people), None, Audience::Protected).overall, None);
    assert!(survival(followed(&people), None, Audience::Exact).overall.is_some());
}

#[test]
fn the_protected_median_is_read_from_the_points_shown() {
    let people: Vec<(i64, bool)> = (0..100).map(|number| (number * 4, true)).collect();
    let median = |audience| survival(followed(&people), None, audience).overall.unwrap().median;
    assert!(matches!(median(Audience::Exact), MedianView::Reached { time, .. } if close(time, 196.0)));
    assert!(matches!(median(Audience::Protected), MedianView::Reached { time, .. } if close(time, 240.0)));
}

#[test]
fn curves_of_the_same_rounded_figures_look_the_same() {
    // 104 and 95 patients, of whom 54 and 45 are followed on: with the exact figures on either side of one half.
    let curve = |stay: usize, audience| {
        let people = [vec![(10, false); 50], vec![(400, false); stay]].concat();
        survival(followed(&people), None, audience).overall.unwrap()
    };
    assert_ne!(curve(54, Audience::Exact).median_follow_up, curve(45, Audience::Exact).median_follow_up);
    assert_eq!(curve(54, Audience::Protected), curve(45, Audience::Protected));
}

#[test]
fn a_curve_without_deaths_looks_like_one_with_hardly_any() {
    let mut people = vec![(400, false); 400];
    let none = survival(followed(&people), None, Audience::Protected);
    people[0] = (100, true);
    assert_eq!(survival(followed(&people), None, Audience::Protected), none);
}

#[test]
fn small_strata_are_hidden() {
    let rows = followed(&(0..120).map(|number| (number, number % 3 == 0)).collect::<Vec<_>>());
    let code = |number: usize| {
        if number < 4 {
            "tisa_cel"
        } else if number < 60 {
            "axi_cel"
        } else {
            "cilta_cel"
        }
    };
    let rows = rows.into_iter().enumerate().map(|(number, row)| row.code("product", code(number))).collect();
    let shown: Vec<bool> = survival(rows, Some("product"), Audience::Protected)
        .strata
        .iter()
        .map(|one| one.curve.is_some())
        .collect();
    assert_eq!(shown, [true, false, true, false]);
}

#[test]
fn the_curve_comes_down_only_where_ten_have_died() {
    // Three deaths in every 30 days, of 200.
    let people: Vec<(i64, bool)> = (0..200).map(|number| (number * 10 + 5, true)).collect();
    let curve = survival(followed(&people), None, Audience::Protected).overall.unwrap();
    let told: Vec<f64> =
        curve.steps.iter().filter(|step| step.deaths.is_some()).map(|step| step.time).collect();
    assert_eq!(told[..3], [120.0, 240.0, 360.0]);
    for step in curve.steps.iter().take(3) {
        assert!(close(step.survival, 1.0) && step.lower.is_none(), "{step:?}");
    }
    // 200 and then 190 at risk, 10 deaths: (390 - 10) / (390 + 10).
    assert!(close(curve.steps[3].survival, 0.95) && curve.steps[3].lower.is_some(), "{:?}", curve.steps[3]);
    assert!(close(curve.steps[4].survival, 0.95), "carried on");
    let exact = survival(followed(&people), None, Audience::Exact).overall.unwrap();
    for step in curve.steps.iter().filter(|step| step.deaths.is_some()) {
        let before = exact.steps.iter().rfind(|one| one.time < step.time).unwrap();
        assert!((before.survival - step.survival).abs() < 0.05, "{step:?} {before:?}");
    }
}

/// `patients`, of whom some die within 30 days and some within the next 30; nobody is lost.
fn two_months(patients: u64, first: u64, second: u64) -> Curve {
    let step =
        |day: usize, deaths: u64| Step { day, at_risk: patients, deaths, survival: 0.0, interval: None };
    Curve {
        patients,
        deaths: first + second,
        steps: vec![step(15, first), step(45, second)],
        median: Median { day: None, low: None, high: None },
        follow_up: None,
        at_risk: Vec::new(),
        grid_at_risk: vec![patients, patients - first, patients - first - second],
        last_day: None,
    }
}

#[test]
fn no_answer_tells_a_number_of_deaths_below_ten() {
    let each = |patients: u64, first: u64, second: u64, seen: &mut dyn FnMut([u64; 3])| {
        for first in 0..=first.min(patients) {
            for second in 0..=second.min(patients - first) {
                seen([patients, first, second]);
            }
        }
    };
    let answer = |[patients, first, second]: [u64; 3]| {
        format!("{:?}", protected(&two_months(patients, first, second)))
    };
    let numbers = |[_, first, second]: [u64; 3]| [first, second, first + second];
    let mut possible: BTreeMap<String, [(u64, u64); 3]> = BTreeMap::new();
    for patients in 10..=215 {
        each(patients, 30, 14, &mut |people| {
            let ranges = possible.entry(answer(people)).or_insert([(u64::MAX, 0); 3]);
            for ((least, most), number) in ranges.iter_mut().zip(numbers(people)) {
                (*least, *most) = ((*least).min(number), (*most).max(number));
            }
        });
    }
    // What is possible reaches further than what is looked at, by what a figure may stand for.
    for patients in 10..=200 {
        each(patients, 20, 9, &mut |people| {
            for ((least, most), number) in possible[&answer(people)].iter().zip(numbers(people)) {
                let left = i128::from(most - least) + 1;
                assert!(number >= THRESHOLD || left >= VALUES_LEFT, "{people:?}: {least} to {most}");
            }
        });
    }
}

/// How many of four strata of 40 patients are shown, when so many of each end as `some` do and the others are alive
/// after 400 days.
fn strata_shown(of_each: [usize; 4], some: (i64, bool)) -> usize {
    let codes = [Some("axi_cel"), Some("tisa_cel"), Some("cilta_cel"), None];
    let people = codes.into_iter().zip(of_each).flat_map(|(code, those)| {
        (0..40).map(move |number| (code, if number < those { some } else { (400, false) }))
    });
    let rows = people.enumerate().map(|(number, (code, (days, died)))| {
        let row = row(number as u128, number as u128, "KAR").followed(days, died);
        if let Some(code) = code { row.code("product", code) } else { row }
    });
    let strata = survival(rows.collect(), Some("product"), Audience::Protected).strata;
    strata.iter().filter(|one| one.curve.is_some()).count()
}

#[test]
fn the_whole_less_the_other_strata_does_not_tell_the_deaths_of_one() {
    // 50 (45-54) less twice 10 (10-14) would leave at least 17 for two of at most 9.
    assert_eq!(strata_shown([14, 14, 9, 9], (15, true)), 0);
    assert_eq!(strata_shown([20, 20, 9, 9], (15, true)), 4);
}

/// A curve of 40 patients without a death, of whom so many are followed beyond day 30.
fn followed_on(at_risk: u64) -> Curve {
    Curve { steps: Vec::new(), grid_at_risk: vec![40, at_risk], ..two_months(40, 0, 0) }
}

#[test]
fn the_whole_less_the_other_strata_does_not_tell_the_few_at_risk_of_one() {
    let request = SurvivalRequest { strata: Some("product".to_owned()), ..SurvivalRequest::default() };
    let mut survival = overall_survival(&select(Vec::new()), &request, "").unwrap();
    let (key, _) = survival.strata[0].clone();
    let mut shown = |at_risk: [u64; 5]| {
        survival.overall =
            Curve { patients: 200, grid_at_risk: vec![200, at_risk.iter().sum()], ..followed_on(0) };
        survival.strata = at_risk.map(|at_risk| (key.clone(), followed_on(at_risk))).to_vec();
        let strata = survival.answer(Audience::Protected).into_result().strata;
        strata.iter().filter(|one| one.curve.is_some()).count()
    };
    // 70 (65-74) less four times 10 (10-14) would leave 9 alone.
    assert_eq!(shown([9, 14, 14, 14, 14]), 0);
    // 90 (85-94) less four times 20 (15-24) leaves anything from 0 to 34.
    assert_eq!(shown([9, 20, 20, 20, 20]), 5);
    assert_eq!(shown([14, 14, 14, 14, 14]), 5, "nobody is hidden");
}
