use super::super::{Audience, MedianView, SurvivalView};
use super::{close, select};
use crate::fixture::row;
use crate::survival::{SurvivalRequest, overall_survival};
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
    assert!(matches!(median(Audience::Protected), MedianView::Reached { time, .. } if close(time, 210.0)));
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
