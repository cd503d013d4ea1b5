use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cohort::{Expression, Plan, Selection};
use crate::count::{By, count, count_by};
use crate::fixture::{day, row, view};
use crate::survival::{SurvivalRequest, overall_survival};
use crate::view::{CourseRow, Scope};

mod suppression;
mod survival;

fn select(rows: Vec<CourseRow>) -> Selection {
    let all = Expression::parse(&json!({"all": []}), "").unwrap();
    Plan::compile(&all, &view(rows), "").unwrap().evaluate(&Scope::Network)
}

fn courses(codes: &[(&str, usize)]) -> Vec<CourseRow> {
    let codes = codes.iter().flat_map(|(code, times)| std::iter::repeat_n(*code, *times));
    codes
        .enumerate()
        .map(|(number, code)| row(number as u128, number as u128, "KAR").code("product", code))
        .collect()
}

fn by(variable: &str) -> By {
    By { variable: variable.to_owned(), edges: Vec::new() }
}

fn protected_products(codes: &[(&str, usize)]) -> CountView {
    count_by(&select(courses(codes)), &by("product"), "").unwrap().answer(Audience::Protected).into_result()
}

fn patients(view: &CountView) -> Vec<Option<u64>> {
    view.breakdown.as_ref().unwrap().groups.iter().map(|group| group.patients).collect()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

#[test]
fn small_is_hidden_zero_included_and_the_rest_rounded() {
    for (exact, shown) in
        [(0, None), (1, None), (9, None), (10, Some(10)), (14, Some(10)), (15, Some(20)), (24, Some(20))]
    {
        assert_eq!(figure(Audience::Protected, exact), shown, "{exact}");
        assert_eq!(figure(Audience::Exact, exact), Some(exact));
    }
}

#[test]
fn an_answer_says_how_it_was_protected() {
    let counted = count(&select(courses(&[("axi_cel", 23)])));
    let exact = serde_json::to_value(counted.answer(Audience::Exact)).unwrap();
    assert_eq!(
        exact,
        json!({"protection": {"kind": "exact"}, "as_of": 7, "result": {"patients": 23, "courses": 23, "breakdown": null}})
    );
    let protected = serde_json::to_value(counted.answer(Audience::Protected)).unwrap();
    assert_eq!(protected["protection"]["kind"], "protected");
    assert_eq!(protected["protection"]["threshold"], 10);
    assert_eq!(protected["result"], json!({"patients": 20, "courses": 20, "breakdown": null}));
}

#[test]
fn courses_of_few_patients_are_hidden_too() {
    let rows = (0..30).map(|number| row(number % 3, number, "KAR")).collect();
    let view = count(&select(rows)).answer(Audience::Protected).into_result();
    assert_eq!((view.patients, view.courses), (None, None));
}

#[test]
fn a_small_group_that_rounding_covers_hides_no_other() {
    // Total 240 (235–244) less 110 (105–114) and 130 (125–134) leaves anything from 0 to 14.
    let view = protected_products(&[("axi_cel", 110), ("tisa_cel", 130)]);
    assert_eq!(patients(&view), [Some(110), Some(130), None, None]);
    assert_eq!((view.patients, view.courses), (Some(240), Some(240)));
}

#[test]
fn the_total_of_a_breakdown_is_the_sum_of_what_is_shown() {
    let view = protected_products(&[("axi_cel", 104), ("tisa_cel", 6), ("cilta_cel", 52)]);
    let groups = patients(&view);
    assert_eq!(groups[1], None);
    assert_eq!(view.patients, Some(groups.iter().flatten().sum()));
}

#[test]
fn years_of_single_persons_are_not_listed() {
    let dated = |year: i32, times: u128| {
        (0..times).map(move |number| {
            let number = u128::try_from(year).unwrap() * 1000 + number;
            row(number, number, "KAR").date("infusion_date", day(&format!("{year}-05-05")))
        })
    };
    let rows = dated(1999, 1)
        .chain(dated(2020, 40))
        .chain(dated(2021, 3))
        .chain(dated(2022, 40))
        .chain(dated(2030, 1));
    let counted = count_by(&select(rows.collect()), &by("infusion_date"), "").unwrap();
    let years = |audience| counted.answer(audience).result().breakdown.as_ref().unwrap().groups.len();
    assert_eq!(years(Audience::Exact), 2030 - 1999 + 2);
    assert_eq!(years(Audience::Protected), 4);
}

/// Every count in a JSON answer, wherever it stands.
fn counts(value: &serde_json::Value, found: &mut Vec<u64>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                if let (
                    "patients" | "courses" | "deaths" | "at_risk" | "not_infused" | "impossible_dates",
                    Some(count),
                ) = (key.as_str(), value.as_u64())
                {
                    found.push(count);
                }
                counts(value, found);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| counts(item, found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_protected_answer_holds_a_small_or_unrounded_count(
        people in prop::collection::vec((0_i64..400, any::<bool>(), prop::sample::select(vec!["axi_cel", "tisa_cel", "cilta_cel"])), 0..90)
    ) {
        let rows: Vec<CourseRow> = people.iter().enumerate().map(|(number, (days, died, code))| {
            // Every seventh course belongs to the patient before.
            let patient = if number % 7 == 0 { number.saturating_sub(1) } else { number };
            row(patient as u128, number as u128, "KAR").followed(*days, *died).code("product", code)
        }).collect();
        let selection = select(rows);
        let request = SurvivalRequest { strata: Some("product".to_owned()), ..SurvivalRequest::default() };
        let mut found = Vec::new();
        for answer in [
            serde_json::to_value(count(&selection).answer(Audience::Protected)).unwrap(),
            serde_json::to_value(count_by(&selection, &by("product"), "").unwrap().answer(Audience::Protected)).unwrap(),
            serde_json::to_value(overall_survival(&selection, &request, "").unwrap().answer(Audience::Protected)).unwrap(),
        ] {
            counts(&answer, &mut found);
        }
        prop_assert!(found.iter().all(|count| *count >= THRESHOLD && count % ROUNDING == 0), "{:?}", found);
    }
}
