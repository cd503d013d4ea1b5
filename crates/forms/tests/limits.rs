//! Scores, grades and scales of the published forms from values that are reported as a limit, or that are incomplete.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

use std::path::Path;

use cartotek_forms::{DerivedValue, Forms, SchemaSet};
use serde_json::{Value, json};

fn published() -> Forms {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&folder).unwrap();
    Forms::compile(&set).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// What follows from a form with these answers.
fn derived(forms: &Forms, form: &str, content: &Value) -> Vec<DerivedValue> {
    forms.form(form, None).unwrap().derived(content)
}

/// The value of that id; `None` when nothing is told of it.
fn told<'d>(derived: &'d [DerivedValue], id: &str) -> Option<&'d DerivedValue> {
    derived.iter().find(|one| one.id == id)
}

fn labs(platelets: f64, comparator: &str) -> Value {
    json!({ "labs": {
        "platelets": platelets, "platelets_comparator": comparator, "anc": 2.4, "hb": 112, "crp": 1,
        "crp_comparator": "<", "ferritin": 410, "ldh": 4.5, "creatinine": 88.4,
    } })
}

#[test]
fn car_hematotox_uses_a_limit_that_leaves_no_choice() {
    let forms = published();
    for (platelets, comparator, score, min, max, risk) in [
        (75.0, "=", Some(1), 1, 1, Some("low")),
        (75.0, "<", Some(2), 2, 2, Some("high")),
        (75.0, "<=", None, 1, 2, None),
        (175.0, ">", Some(0), 0, 0, Some("low")),
        (175.0, ">=", None, 0, 1, Some("low")),
        (175.0, "<", None, 1, 2, None),
    ] {
        let found = derived(&forms, "pre_infusion", &labs(platelets, comparator));
        let number = |id: &str| told(&found, id).and_then(|one| one.value.as_f64());
        let what = format!("{comparator}{platelets}");
        assert_eq!(number("car_hematotox_score"), score.map(f64::from), "{what}");
        assert_eq!(number("car_hematotox_min"), Some(f64::from(min)), "{what}");
        assert_eq!(number("car_hematotox_max"), Some(f64::from(max)), "{what}");
        let group = told(&found, "car_hematotox_risk").and_then(|one| one.value.as_str());
        assert_eq!(group, risk, "{what}");
        let warnings = &told(&found, "car_hematotox_min").unwrap().reasoning.warnings;
        assert_eq!(
            warnings.iter().any(|text| text.en.contains("given as a limit: platelets")),
            min < max,
            "{what}"
        );
    }
}

#[test]
fn easix_says_why_no_number_follows() {
    let forms = published();
    for id in ["easix", "easix_log2", "m_easix", "m_easix_log2", "s_easix"] {
        let known = derived(&forms, "pre_infusion", &labs(100.0, "="));
        assert!(told(&known, id).unwrap().value.is_number(), "{id}");
        for comparator in ["<", "<=", ">=", ">"] {
            let open = derived(&forms, "pre_infusion", &labs(100.0, comparator));
            let open = told(&open, id).unwrap();
            assert_eq!(open.value, Value::Null, "{id} {comparator}");
            assert!(open.reasoning.because[0].en.contains("of the platelets only a limit is given"), "{id}");
        }
    }
    for id in ["easix", "easix_log2", "m_easix", "m_easix_log2", "s_easix"] {
        let none = derived(&forms, "pre_infusion", &labs(0.0, "="));
        let none = told(&none, id).unwrap();
        assert_eq!(none.value, Value::Null, "{id}");
        assert!(none.reasoning.because[0].en.contains("the platelets are stated as 0"), "{id}");
    }
    // Half of the limit of CRP: 270 U/L × 0.05 mg/dL ÷ 100.
    let known = derived(&forms, "pre_infusion", &labs(100.0, "="));
    let m_easix = told(&known, "m_easix").unwrap().value.as_f64().unwrap();
    assert!((m_easix - 0.135).abs() < 1e-9, "{m_easix}");
    // What does not follow is no variable of research.
    let form = forms.form("pre_infusion", None).unwrap();
    let variables = form.contribution(&labs(100.0, "<")).variables;
    assert!(variables.iter().all(|(id, _)| !id.contains("easix")), "{variables:?}");
}

#[test]
fn scales_of_questionnaires_name_their_definition_and_say_that_items_are_left_out() {
    let forms = published();
    let form = forms.form("prom", None).unwrap();
    let of = |name: &str| {
        let example = form.examples().iter().find(|example| example.name == name).unwrap();
        form.derived(&example.content)
    };
    let (profile, gaps, whole) = (of("baseline"), of("items_left_out"), of("fact_lym"));
    for found in [&profile, &gaps, &whole] {
        assert!(!found.is_empty());
        assert!(found.iter().all(|one| one.reasoning.definition_version.is_some()), "{found:#?}");
    }
    let version = &told(&whole, "fact_lym_total").unwrap().reasoning.definition_version;
    assert_eq!(version.as_deref(), Some("HLUBOCKY2013/1"));
    let warnings = |found: &[DerivedValue], id: &str| told(found, id).unwrap().reasoning.warnings.len();
    assert_eq!((warnings(&gaps, "qlq_c30_physical"), warnings(&gaps, "qlq_c30_role")), (1, 0));
    assert_eq!(warnings(&whole, "fact_lym_total"), 0);
}

#[test]
fn a_grade_follows_where_the_limits_leave_no_choice() {
    let forms = published();
    let early = |anc: f64, comparator: &str| {
        let low = json!({ "day": 3, "anc": anc, "anc_comparator": comparator });
        let cbc = json!([{ "day": 0, "anc": 2.0 }, low, { "day": 13, "anc": 1.2 }]);
        derived(&forms, "acute_toxicity", &json!({ "cytopenias": { "cbc": cbc } }))
    };
    for (anc, comparator, grade) in [
        (0.1, "<", Some(3)),
        (0.1, "<=", Some(3)),
        (0.2, "<", None),
        (0.5, "<=", None),
        (0.5, ">", Some(0)),
        (0.5, ">=", None),
        (0.5, "=", Some(2)),
    ] {
        let found = early(anc, comparator);
        let grading = told(&found, "early_icaht_derived_grade").unwrap();
        assert_eq!(grading.value.as_f64(), grade.map(f64::from), "{comparator}{anc}");
        let says_why =
            grading.reasoning.because.iter().any(|text| text.en.contains("the grade lies between"));
        assert_eq!(says_why, grade.is_none(), "{comparator}{anc}");
    }
}
