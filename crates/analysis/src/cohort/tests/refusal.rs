use cartotek_domain::finding::Finding;
use serde_json::{Value, json};

use super::super::*;
use super::expression;
use crate::fixture::view;

/// Rule and pointer of what is refused, at reading or at compiling.
fn refused(value: &Value) -> Vec<(String, String)> {
    let findings = Expression::parse(value, "/cohort")
        .and_then(|expression| Plan::compile(&expression, &view(Vec::new()), "/cohort").map(|_| ()));
    let place = |finding: Finding| {
        let text = format!("{} {}", finding.message.sv, finding.message.en);
        assert!(!text.contains("190001019802") && !finding.pointer.contains("190001019802"), "{text}");
        (finding.rule, finding.pointer)
    };
    findings.unwrap_err().into_iter().map(place).collect()
}

#[test]
fn what_is_not_the_grammar_is_refused_where_it_stands() {
    let id = "190001019802";
    for (value, pointer) in [
        (json!([]), "/cohort"),
        (json!({}), "/cohort"),
        (json!({id: 1}), "/cohort"),
        (json!({"all": [], "any": []}), "/cohort"),
        (json!({"all": {}}), "/cohort/all"),
        (json!({"any": []}), "/cohort/any"),
        (json!({"all": [{"all": []}, id]}), "/cohort/all/1"),
        (json!({"not": {"variable": 5}}), "/cohort/not/variable"),
        (json!({"variable": "age_at_infusion"}), "/cohort"),
        (json!({"variable": "age_at_infusion", id: 1}), "/cohort"),
        (json!({"variable": "age_at_infusion", "equals": 1, "present": true}), "/cohort"),
        (json!({"variable": "age_at_infusion", "at_least": 1, "more_than": 1}), "/cohort"),
        (json!({"variable": "age_at_infusion", "equals": null}), "/cohort/equals"),
        (json!({"variable": "age_at_infusion", "in": []}), "/cohort/in"),
        (json!({"variable": "age_at_infusion", "in": [1, true]}), "/cohort/in/1"),
        (json!({"variable": "age_at_infusion", "between": [1]}), "/cohort/between"),
        (json!({"variable": "age_at_infusion", "present": "yes"}), "/cohort/present"),
    ] {
        assert_eq!(refused(&value), [("COHORT-SHAPE".to_owned(), pointer.to_owned())], "{value}");
    }
}

#[test]
fn what_does_not_fit_the_variables_is_refused_where_it_stands() {
    let id = "190001019802";
    for (value, rule, pointer) in [
        (json!({"variable": id, "present": true}), "COHORT-UNKNOWN-VARIABLE", "/cohort/variable"),
        (json!({"variable": "age_at_infusion", "equals": id}), "COHORT-TYPE", "/cohort/equals"),
        (json!({"variable": "age_at_infusion", "at_least": 5, "less_than": 5}), "COHORT-RANGE", "/cohort"),
        (json!({"variable": "product", "equals": 1}), "COHORT-TYPE", "/cohort/equals"),
        (json!({"variable": "product", "in": ["axi_cel", id]}), "COHORT-UNKNOWN-CODE", "/cohort/in/1"),
        (json!({"variable": "product", "at_least": "axi_cel"}), "COHORT-TYPE", "/cohort"),
        (json!({"variable": "crs_max_grade", "between": ["3", "1"]}), "COHORT-RANGE", "/cohort"),
        (json!({"variable": "crs_max_grade", "more_than": "4"}), "COHORT-RANGE", "/cohort"),
        (json!({"variable": "infusion_date", "less_than": "2024-02"}), "COHORT-TYPE", "/cohort/less_than"),
        (
            json!({"variable": "infusion_date", "between": ["2024-02-30", "2024-03-01"]}),
            "COHORT-TYPE",
            "/cohort/between/0",
        ),
        (
            json!({"variable": "infusion_date", "between": ["2024-03-02", "2024-03-01"]}),
            "COHORT-RANGE",
            "/cohort",
        ),
    ] {
        assert_eq!(refused(&value), [(rule.to_owned(), pointer.to_owned())], "{value}");
    }
}

#[test]
fn every_part_is_looked_at() {
    let unknown = json!({"variable": "nothing", "present": true});
    let all: Vec<String> = refused(&json!({"all": [unknown, {"not": unknown}]}))
        .into_iter()
        .map(|(_, pointer)| pointer)
        .collect();
    assert_eq!(all, ["/cohort/all/0/variable", "/cohort/all/1/not/variable"]);
}

#[test]
fn the_nearest_names_are_offered() {
    let asked = expression(json!({"variable": "age_at_infusoin", "present": true}));
    let findings = Plan::compile(&asked, &view(Vec::new()), "").unwrap_err();
    assert!(findings[0].message.en.contains("Nearest: `age_at_infusion`, "), "{}", findings[0].message.en);
    assert!(!findings[0].message.sv.contains("infusoin"));
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |depth: usize| (1..depth).fold(json!({"all": []}), |inner, _| json!({"not": inner}));
    assert!(Expression::parse(&nested(MAX_DEPTH), "").is_ok());
    assert_eq!(refused(&nested(MAX_DEPTH + 1))[0].0, "COHORT-DEPTH");
    let wide = |nodes: usize| json!({"all": vec![json!({"all": []}); nodes - 1]});
    assert!(Expression::parse(&wide(MAX_NODES), "").is_ok());
    assert_eq!(refused(&wide(50 * MAX_NODES)).len(), 1);
    assert_eq!(refused(&wide(MAX_NODES + 1))[0].0, "COHORT-SIZE");
}

#[test]
fn an_error_of_serde_echoes_nothing() {
    let error = serde_json::from_value::<Expression>(json!({"190001019802": 1})).unwrap_err().to_string();
    assert!(!error.contains("190001019802"), "{error}");
}
