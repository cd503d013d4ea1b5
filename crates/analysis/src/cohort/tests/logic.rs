use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Expression;
use super::selected;
use crate::fixture::{row, view};
use crate::view::CourseRow;

/// Three-valued logic over one row, written the plain way.
fn truth(expression: &Value, age: Option<f64>, product: Option<&str>) -> Option<bool> {
    let parts = |parts: &Value| -> Vec<Option<bool>> {
        parts.as_array().unwrap().iter().map(|part| truth(part, age, product)).collect()
    };
    if let Some(all) = expression.get("all") {
        let parts = parts(all);
        return if parts.contains(&Some(false)) {
            Some(false)
        } else {
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
        };
    }
    if let Some(any) = expression.get("any") {
        let parts = parts(any);
        return if parts.contains(&Some(true)) {
            Some(true)
        } else {
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
        };
    }
    if let Some(not) = expression.get("not") {
        return truth(not, age, product).map(|truth| !truth);
    }
    if let Some(limit) = expression.get("at_least") {
        return age.map(|age| age >= limit.as_f64().unwrap());
    }
    if let Some(code) = expression.get("equals") {
        return product.map(|product| product == code.as_str().unwrap());
    }
    Some(product.is_some())
}

fn any_expression() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0..9).prop_map(|limit| json!({"variable": "age_at_infusion", "at_least": limit})),
        prop::sample::select(vec!["axi_cel", "tisa_cel"])
            .prop_map(|code| json!({"variable": "product", "equals": code})),
        Just(json!({"variable": "product", "present": true})),
    ];
    leaf.prop_recursive(4, 24, 4, |part| {
        prop_oneof![
            prop::collection::vec(part.clone(), 0..4).prop_map(|parts| json!({"all": parts})),
            prop::collection::vec(part.clone(), 1..4).prop_map(|parts| json!({"any": parts})),
            part.prop_map(|part| json!({"not": part})),
        ]
    })
}

proptest! {
    #[test]
    fn bitmaps_agree_with_logic_row_by_row(
        asked in any_expression(),
        values in prop::collection::vec((prop::option::of(0..9), prop::option::of(prop::sample::select(vec!["axi_cel", "tisa_cel"]))), 0..80)
    ) {
        let rows: Vec<CourseRow> = values.iter().enumerate().map(|(place, (age, product))| {
            let mut row = row(place as u128, place as u128, "KAR");
            if let Some(age) = age { row = row.number("age_at_infusion", f64::from(*age)); }
            if let Some(product) = product { row = row.code("product", product); }
            row
        }).collect();
        let expected: Vec<usize> = values.iter().enumerate()
            .filter(|(_, (age, product))| truth(&asked, age.map(f64::from), *product) == Some(true))
            .map(|(place, _)| place).collect();
        prop_assert_eq!(selected(&view(rows), asked), expected);
    }

    #[test]
    fn an_expression_survives_a_round_trip(asked in any_expression()) {
        let read = Expression::parse(&asked, "").unwrap();
        let written = serde_json::to_value(&read).unwrap();
        prop_assert_eq!(serde_json::from_value::<Expression>(written).unwrap(), read);
    }
}
