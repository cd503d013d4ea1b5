use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cohort::{Expression, Plan};
use crate::fixture::{day, row, view};
use crate::view::{CourseRow, Scope};

fn select(rows: Vec<CourseRow>) -> Selection {
    let all = Expression::parse(&json!({"all": []}), "").unwrap();
    Plan::compile(&all, &view(rows), "").unwrap().evaluate(&Scope::Network)
}

fn estimate(rows: Vec<CourseRow>, times: &[u32], strata: Option<&str>) -> Survival {
    let request = SurvivalRequest { strata: strata.map(str::to_owned), times: times.to_vec() };
    overall_survival(&select(rows), &request, "").unwrap()
}

/// One patient per `(days, died)`.
fn patients(followed: &[(i64, bool)]) -> Vec<CourseRow> {
    followed
        .iter()
        .enumerate()
        .map(|(number, (days, died))| row(number as u128, number as u128, "KAR").followed(*days, *died))
        .collect()
}

/// The 6-mercaptopurine arm of Freireich et al., Blood 1963;21:699–716: weeks of remission, here as days.
fn six_mp() -> Vec<(i64, bool)> {
    let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|week| (week, true));
    let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|week| (week, false));
    [relapsed.as_slice(), censored.as_slice()].concat()
}

/// The placebo arm: nobody is censored.
fn placebo() -> Vec<(i64, bool)> {
    [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23].map(|week| (week, true)).to_vec()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 5e-4
}

#[test]
fn the_published_estimates_are_found() {
    let curve = estimate(patients(&six_mp()), &[0, 6, 7, 24, 35, 36], None).overall;
    // Day, at risk, events, S, and the 95 % interval on the log(−log) scale.
    let published = [
        (6, 21, 3, 0.8571, 0.6197, 0.9516),
        (7, 17, 1, 0.8067, 0.5631, 0.9228),
        (10, 15, 1, 0.7529, 0.5032, 0.8894),
        (13, 12, 1, 0.6902, 0.4316, 0.8491),
        (16, 11, 1, 0.6275, 0.3675, 0.8049),
        (22, 7, 1, 0.5378, 0.2678, 0.7468),
        (23, 6, 1, 0.4482, 0.1881, 0.6801),
    ];
    assert_eq!(curve.steps.len(), published.len());
    for (step, (day, at_risk, deaths, survival, low, high)) in curve.steps.iter().zip(published) {
        assert_eq!((step.day, step.at_risk, step.deaths), (day, at_risk, deaths));
        let (lower, upper) = step.interval.unwrap();
        assert!(close(step.survival, survival) && close(lower, low) && close(upper, high), "{step:?}");
    }
    let median = curve.median;
    assert_eq!((median.day, median.low, median.high), (Some(23), Some(13), None));
    assert_eq!(curve.at_risk, [(0, 21), (6, 21), (7, 17), (24, 5), (35, 1), (36, 0)]);
    // By hand: 20/21 · 15/16 · 14/15 · 12/13 · 9/10 · 8/9 · 7/8 = 0.538, and · 4/5 = 0.431 at 25.
    assert_eq!(curve.follow_up, Some(25));
    assert_eq!((curve.patients, curve.deaths, curve.last_day), (21, 9, Some(35)));
}

#[test]
fn strata_are_estimated_apart_and_together() {
    let treated = patients(&six_mp()).into_iter().map(|row| row.code("product", "axi_cel"));
    let untreated = placebo().into_iter().enumerate().map(|(number, (days, died))| {
        let number = 100 + number as u128;
        row(number, number, "KAR").followed(days, died).code("product", "tisa_cel")
    });
    let unknown = row(500, 500, "KAR").followed(3, false);
    let survival = estimate(treated.chain(untreated).chain([unknown]).collect(), &[], Some("product"));
    let patients: Vec<_> = survival.strata.iter().map(|(_, curve)| curve.patients).collect();
    let medians: Vec<_> = survival.strata.iter().map(|(_, curve)| curve.median.day).collect();
    assert_eq!(patients, [21, 21, 0, 1]);
    assert_eq!(medians, [Some(23), Some(8), None, None]);
    assert_eq!(survival.overall.patients, 43);
    assert_eq!(survival.strata[3].0, GroupKey::Missing);
}

#[test]
fn a_death_on_day_zero_is_kept() {
    let curve = estimate(patients(&[(0, true), (0, false), (5, false)]), &[0, 1], None).overall;
    assert_eq!((curve.steps[0].day, curve.steps[0].at_risk, curve.deaths), (0, 3, 1));
    assert!(close(curve.steps[0].survival, 2.0 / 3.0));
    assert!((time(0) - 0.5).abs() < f64::EPSILON && (time(1) - 1.0).abs() < f64::EPSILON);
    assert_eq!(curve.at_risk, [(0, 3), (1, 1)]);
}

#[test]
fn the_median_is_the_first_time_at_one_half_or_below() {
    let median = |followed: &[(i64, bool)]| estimate(patients(followed), &[], None).overall.median.day;
    assert_eq!(median(&[(1, true), (2, true), (3, true), (4, true)]), Some(2));
    assert_eq!(median(&(1..=10).map(|day| (day, true)).collect::<Vec<_>>()), Some(5));
    assert_eq!(median(&[(1, true), (2, false), (3, false)]), None);
    assert_eq!(median(&[]), None);
}

#[test]
fn a_median_that_is_not_reached_keeps_its_lower_limit() {
    let people: Vec<(i64, bool)> = (1..=10).map(|day| (day, day <= 4)).collect();
    let curve = estimate(patients(&people), &[], None).overall;
    assert_eq!(curve.median.day, None);
    let (low, _) =
        curve.steps.iter().find(|step| Some(step.day) == curve.median.low).unwrap().interval.unwrap();
    assert!(low <= 0.5 && curve.median.high.is_none(), "{:?}", curve.median);
}

#[test]
fn when_everybody_has_died_there_is_no_interval() {
    let curve = estimate(patients(&[(1, true), (2, true)]), &[], None).overall;
    assert!(curve.steps[1].survival.abs() < 1e-12);
    assert_eq!(curve.steps[1].interval, None);
}

#[test]
fn a_patient_is_followed_from_the_first_course() {
    let courses = vec![
        row(1, 2, "KAR").date("infusion_date", day("2024-01-11")).code("product", "tisa_cel"),
        row(1, 1, "KAR").date("infusion_date", day("2024-03-01")).code("product", "axi_cel"),
        row(1, 3, "KAR").code("product", "cilta_cel"),
    ];
    let survival = estimate(courses, &[], Some("product"));
    assert_eq!(survival.strata.iter().map(|(_, curve)| curve.patients).collect::<Vec<_>>(), [0, 1, 0, 0]);
    // Alive at the second infusion, 2024-03-01.
    assert_eq!(survival.overall.last_day, Some(50));
}

#[test]
fn who_cannot_be_followed_is_counted_apart() {
    let rows = vec![
        row(1, 1, "KAR"),
        row(2, 2, "KAR").date("infusion_date", day("2024-01-10")).date("death_date", day("2024-01-09")),
        row(3, 3, "KAR")
            .date("infusion_date", day("0024-01-10"))
            .date("last_contact_date", day("2024-01-10")),
        row(4, 4, "KAR")
            .date("infusion_date", day("2024-01-10"))
            .date("last_contact_date", day("2023-01-10")),
    ];
    let survival = estimate(rows, &[], None);
    assert_eq!(survival.excluded, Excluded { not_infused: 1, impossible_dates: 2 });
    // The last contact lies before the infusion: known alive on day 0.
    assert_eq!((survival.overall.patients, survival.overall.last_day), (1, Some(0)));
}

#[test]
fn unfit_requests_are_refused() {
    let refused = |request: serde_json::Value| {
        let request: SurvivalRequest = serde_json::from_value(request).unwrap();
        let finding = overall_survival(&select(Vec::new()), &request, "/survival").unwrap_err().remove(0);
        (finding.rule, finding.pointer)
    };
    let is = |rule: &str, pointer: &str| (rule.to_owned(), pointer.to_owned());
    assert_eq!(refused(json!({"strata": "nothing"})), is("COHORT-UNKNOWN-VARIABLE", "/survival/strata"));
    assert_eq!(refused(json!({"strata": "age_at_infusion"})), is("COHORT-TYPE", "/survival/strata"));
    assert_eq!(refused(json!({"times": [MAX_DAYS + 1]})), is("SURVIVAL-TIMES", "/survival/times"));
    assert_eq!(refused(json!({"times": vec![1; MAX_TIMES + 1]})), is("SURVIVAL-TIMES", "/survival/times"));
}

proptest! {
    #[test]
    fn survival_never_rises_and_its_interval_holds_it(
        followed in prop::collection::vec((0_i64..60, any::<bool>()), 0..60)
    ) {
        let curve = estimate(patients(&followed), &[0, 10, 59], None).overall;
        let mut last = 1.0;
        for step in &curve.steps {
            prop_assert!((0.0..=last).contains(&step.survival));
            last = step.survival;
            if let Some((low, high)) = step.interval {
                prop_assert!(0.0 <= low && low <= step.survival && step.survival <= high && high <= 1.0);
            }
            let reaching = followed.iter().filter(|(days, _)| *days >= i64::try_from(step.day).unwrap()).count() as u64;
            prop_assert_eq!(step.at_risk, reaching);
        }
        for (time, at_risk) in &curve.at_risk {
            let reaching = followed.iter().filter(|(days, _)| *days >= i64::from(*time)).count() as u64;
            prop_assert_eq!(*at_risk, reaching);
        }
    }

    #[test]
    fn without_censoring_it_is_the_share_of_the_living(days in prop::collection::vec(0_u32..40, 1..60)) {
        let followed: Vec<_> = days.iter().map(|day| (i64::from(*day), true)).collect();
        let curve = estimate(patients(&followed), &[], None).overall;
        let all = f64::from(u32::try_from(days.len()).unwrap());
        for step in &curve.steps {
            let living = days.iter().filter(|day| **day as usize > step.day).count();
            prop_assert!((step.survival - f64::from(u32::try_from(living).unwrap()) / all).abs() < 1e-9);
        }
    }
}
