use cartotek_domain::text::Language;
use serde_json::{Value, json};

use super::*;
use crate::fixture::{day, definitions, row, view};
use crate::view::{Scope, View};

mod logic;
mod refusal;

fn expression(value: Value) -> Expression {
    Expression::parse(&value, "/cohort").unwrap()
}

/// The chosen rows of a view whose course numbers are their places.
fn selected(view: &View, value: Value) -> Vec<usize> {
    let selection = Plan::compile(&expression(value), view, "/cohort").unwrap().evaluate(&Scope::Network);
    selection.chunks().flat_map(|(_, rows)| rows.set_indices().collect::<Vec<_>>()).collect()
}

fn sample() -> View {
    view(vec![
        row(0, 0, "KAR")
            .number("age_at_infusion", 18.0)
            .code("product", "axi_cel")
            .code("crs_max_grade", "0"),
        row(1, 1, "KAR")
            .number("age_at_infusion", 64.9)
            .code("product", "tisa_cel")
            .code("crs_max_grade", "2"),
        row(2, 2, "KAR")
            .number("age_at_infusion", 65.0)
            .code("product", "cilta_cel")
            .code("crs_max_grade", "3"),
        row(3, 3, "KAR").code("product", "axi_cel").date("infusion_date", day("2024-02-29")),
        row(4, 4, "KAR").number("age_at_infusion", -0.0).date("infusion_date", day("2024-03-01")),
    ])
}

#[test]
fn conditions_choose_by_their_bounds() {
    let cases = [
        (json!({"variable": "age_at_infusion", "at_least": 18, "less_than": 65}), vec![0, 1]),
        (json!({"variable": "age_at_infusion", "more_than": 18, "at_most": 65}), vec![1, 2]),
        (json!({"variable": "age_at_infusion", "between": [18, 65]}), vec![0, 1, 2]),
        (json!({"variable": "age_at_infusion", "equals": 0}), vec![4]),
        (json!({"variable": "age_at_infusion", "in": [65, 18]}), vec![0, 2]),
        (json!({"variable": "age_at_infusion", "present": false}), vec![3]),
        (json!({"variable": "product", "in": ["axi_cel", "tisa_cel"]}), vec![0, 1, 3]),
        (json!({"variable": "crs_max_grade", "at_least": "2"}), vec![1, 2]),
        (json!({"variable": "crs_max_grade", "more_than": "0", "less_than": "3"}), vec![1]),
        (json!({"variable": "infusion_date", "more_than": "2024-02-29"}), vec![4]),
        (json!({"variable": "infusion_date", "between": ["2024-02-29", "2024-03-01"]}), vec![3, 4]),
        (json!({"variable": "infusion_date", "equals": "2024-02-29"}), vec![3]),
        (json!({"all": []}), vec![0, 1, 2, 3, 4]),
    ];
    for (value, rows) in cases {
        assert_eq!(selected(&sample(), value.clone()), rows, "{value}");
    }
}

#[test]
fn a_missing_value_satisfies_neither_a_condition_nor_its_negation() {
    let young = json!({"variable": "age_at_infusion", "less_than": 18});
    assert_eq!(selected(&sample(), young.clone()), [4]);
    assert_eq!(selected(&sample(), json!({"not": young})), [0, 1, 2]);
    assert_eq!(selected(&sample(), json!({"any": [young, {"not": young}]})), [0, 1, 2, 4]);
    // What another part decides alone does not need the missing value.
    let axi = json!({"variable": "product", "equals": "axi_cel"});
    assert_eq!(selected(&sample(), json!({"any": [young, axi]})), [0, 3, 4]);
    assert_eq!(selected(&sample(), json!({"not": {"all": [young, {"not": axi}]}})), [0, 1, 2, 3]);
}

#[test]
fn a_scope_limits_the_selection() {
    let view = view(vec![row(1, 1, "KAR"), row(2, 2, "SUS")]);
    let plan = Plan::compile(&expression(json!({"all": []})), &view, "").unwrap();
    let count = |scope: &Scope| -> usize {
        plan.evaluate(scope).chunks().map(|(_, rows)| rows.count_set_bits()).sum()
    };
    assert_eq!(count(&Scope::Network), 2);
    assert_eq!(count(&Scope::Sites(vec!["SUS".to_owned()])), 1);
}

#[test]
fn a_query_is_told_in_words() {
    let asked = expression(json!({"all": [
        {"variable": "age_at_infusion", "at_least": 18, "less_than": 65},
        {"any": [{"variable": "product", "in": ["axi_cel", "tisa_cel"]}, {"variable": "death_date", "present": false}]},
        {"not": {"variable": "crs_max_grade", "at_least": "3"}}
    ]}));
    assert_eq!(
        describe(&asked, &definitions(), Language::En),
        "Age at infusion is at least 18 a and less than 65 a and (Product is one of axi_cel en, tisa_cel en or \
         Day of death is missing) and not (Highest CRS grade is at least 3 en)"
    );
    assert_eq!(
        describe(&asked, &definitions(), Language::Sv),
        "Ålder vid infusion är minst 18 a och mindre än 65 a och (Produkt är någon av axi_cel sv, tisa_cel sv eller \
         Dödsdag saknas) och inte (Högsta CRS-grad är minst 3 sv)"
    );
}

#[test]
fn a_wrapping_of_one_part_hides_no_parentheses() {
    let present = |variable: &str| json!({"variable": variable, "present": true});
    let either = json!({"any": [present("product"), present("death_date")]});
    let words = |value: Value| describe(&expression(value), &definitions(), Language::En);
    let told = "(Product is recorded or Day of death is recorded) and Age at infusion is recorded";
    for wrapped in [json!({"any": [either]}), json!({"all": [{"any": [either]}]}), either.clone()] {
        assert_eq!(words(json!({"all": [wrapped, present("age_at_infusion")]})), told, "{wrapped}");
    }
    assert_eq!(words(json!({"all": [either]})), "Product is recorded or Day of death is recorded");
    assert_eq!(words(json!({"all": [{"any": [present("product")]}]})), "Product is recorded");
}

#[test]
fn every_condition_survives_a_round_trip() {
    for value in [
        json!({"variable": "a", "equals": "x"}),
        json!({"variable": "a", "in": ["x", 1.5]}),
        json!({"variable": "a", "between": ["2024-01-01", "2024-01-02"]}),
        json!({"variable": "a", "present": false}),
        json!({"variable": "a", "more_than": 1.5, "at_most": 2.5}),
    ] {
        assert_eq!(serde_json::to_value(expression(value.clone())).unwrap(), value);
    }
}
