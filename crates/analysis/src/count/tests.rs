use serde_json::json;

use super::*;
use crate::cohort::{Expression, Plan};
use crate::fixture::{day, row, view};
use crate::view::{Scope, View};

fn everything(view: &View) -> Selection {
    let all = Expression::parse(&json!({"all": []}), "").unwrap();
    Plan::compile(&all, view, "").unwrap().evaluate(&Scope::Network)
}

fn by(view: &View, variable: &str, edges: &[f64]) -> Vec<(GroupKey, u64, u64)> {
    let by = By { variable: variable.to_owned(), edges: edges.to_vec() };
    let counted = count_by(&everything(view), &by, "/by").unwrap();
    counted.groups.into_iter().map(|(key, figures)| (key, figures.patients, figures.courses)).collect()
}

fn sample() -> View {
    view(vec![
        row(1, 1, "KAR")
            .number("age_at_infusion", 17.9)
            .code("product", "axi_cel")
            .date("infusion_date", day("2023-12-31")),
        row(1, 2, "KAR")
            .number("age_at_infusion", 18.0)
            .code("product", "axi_cel")
            .date("infusion_date", day("2025-01-01")),
        row(1, 3, "KAR").number("age_at_infusion", 40.0).code("product", "tisa_cel"),
        row(2, 4, "KAR").code("product", "tisa_cel"),
        row(3, 5, "KAR"),
    ])
}

#[test]
fn a_patient_with_several_courses_counts_once() {
    let counted = count(&everything(&sample()));
    assert_eq!(counted.total, Figures { patients: 3, courses: 5 });
}

#[test]
fn codes_are_groups_even_when_empty_and_a_patient_counts_in_each_of_its_groups() {
    let groups = by(&sample(), "product", &[]);
    let figures: Vec<_> = groups.iter().map(|(_, patients, courses)| (*patients, *courses)).collect();
    assert_eq!(figures, [(1, 2), (2, 2), (0, 0), (1, 1)]);
    assert_eq!(groups[3].0, GroupKey::Missing);
}

#[test]
fn numbers_are_grouped_by_edges_that_begin_a_group() {
    let groups = by(&sample(), "age_at_infusion", &[18.0, 40.0]);
    let range = |from, below| GroupKey::Range { from, below };
    assert_eq!(
        groups,
        [
            (range(None, Some(18.0)), 1, 1),
            (range(Some(18.0), Some(40.0)), 1, 1),
            (range(Some(40.0), None), 1, 1),
            (GroupKey::Missing, 2, 2)
        ]
    );
}

#[test]
fn dates_are_grouped_by_year_without_gaps() {
    let year = |year| GroupKey::Year { year };
    assert_eq!(
        by(&sample(), "infusion_date", &[]),
        [(year(2023), 1, 1), (year(2024), 0, 0), (year(2025), 1, 1), (GroupKey::Missing, 3, 3)]
    );
    assert_eq!(by(&sample(), "death_date", &[]), [(GroupKey::Missing, 3, 5)]);
}

#[test]
fn unfit_edges_and_unknown_variables_are_refused() {
    let refused = |variable: &str, edges: &[f64]| {
        let by = By { variable: variable.to_owned(), edges: edges.to_vec() };
        let finding = count_by(&everything(&sample()), &by, "/by").unwrap_err().remove(0);
        (finding.rule, finding.pointer)
    };
    let edges = ("COHORT-EDGES".to_owned(), "/by/edges".to_owned());
    assert_eq!(refused("age_at_infusion", &[]), edges);
    assert_eq!(refused("age_at_infusion", &[2.0, 2.0]), edges);
    assert_eq!(refused("age_at_infusion", &[f64::NAN]), edges);
    assert_eq!(refused("age_at_infusion", &(0..21).map(f64::from).collect::<Vec<_>>()), edges);
    assert_eq!(refused("product", &[1.0]), edges);
    assert_eq!(refused("nothing", &[]), ("COHORT-UNKNOWN-VARIABLE".to_owned(), "/by/variable".to_owned()));
}
