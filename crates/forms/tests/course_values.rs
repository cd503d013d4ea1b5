//! Values of a course by the published definitions.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

use std::path::Path;

use cartotek_domain::milestone::MilestoneValue;
use cartotek_forms::{DerivedValue, Forms, MilestoneView, SchemaSet};
use serde_json::json;

const DATES: [&str; 4] = ["infusion_date", "response_date", "relapse_date", "subsequent_therapy_start"];

fn published() -> Forms {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&folder).unwrap();
    Forms::compile(&set).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// A course infused on 12 February 2026, with a partial response after four weeks, a complete one after half a year, and
/// the milestones given.
fn course(milestones: &[(&str, &[&str])]) -> MilestoneView {
    let common: [(&str, &[&str]); 3] = [
        ("infusion_date", &["2026-02-12"]),
        ("response_date", &["2026-03-12", "2026-08-12"]),
        ("response", &["PR|PR", "CR|CR"]),
    ];
    let value = |name: &str, text: &str| {
        if DATES.contains(&name) {
            MilestoneValue::Date(text.parse().unwrap())
        } else {
            MilestoneValue::Code(text.to_owned())
        }
    };
    let mut view = MilestoneView::default();
    for (name, texts) in common.iter().chain(milestones) {
        let values = texts.iter().map(|text| value(name, text)).collect();
        view.course.insert((*name).to_owned(), values);
    }
    view
}

fn value(forms: &Forms, id: &str, milestones: &[(&str, &[&str])]) -> DerivedValue {
    forms.course_values(&course(milestones)).into_iter().find(|value| value.id == id).unwrap()
}

#[test]
fn the_best_response_is_the_greatest_before_progression_and_new_therapy() {
    let forms = published();
    let (starts, intents) = ("subsequent_therapy_start", "subsequent_therapy_intent");
    let cases: [(&str, &[(&str, &[&str])], &str, f64); 9] = [
        ("nothing in between", &[], "CR", 181.0),
        ("progression", &[("relapse_date", &["2026-05-01"])], "PR", 28.0),
        ("a relapse treated", &[(starts, &["2026-05-01"]), (intents, &["treatment_of_relapse"])], "PR", 28.0),
        ("maintenance", &[(starts, &["2026-05-01"]), (intents, &["maintenance"])], "CR", 181.0),
        ("toxicity treated", &[(starts, &["2026-05-01"]), (intents, &["toxicity"])], "CR", 181.0),
        (
            "consolidated",
            &[(starts, &["2026-05-01"]), (intents, &["consolidation_in_remission"])],
            "CR",
            181.0,
        ),
        ("an intent that is not known", &[(starts, &["2026-05"]), (intents, &["unknown"])], "PR", 28.0),
        (
            "one that does not count before one that does",
            &[(starts, &["2026-03-01", "2026-08-01"]), (intents, &["maintenance", "treatment_of_relapse"])],
            "PR",
            28.0,
        ),
        (
            "one that counts only after the better response",
            &[(starts, &["2026-03-01", "2026-08-20"]), (intents, &["toxicity", "treatment_of_relapse"])],
            "CR",
            181.0,
        ),
    ];
    for (what, milestones, class, days) in cases {
        assert_eq!(value(&forms, "best_response", milestones).value, json!(class), "{what}");
        assert_eq!(value(&forms, "days_to_best_response", milestones).value, json!(days), "{what}");
    }
}

#[test]
fn the_best_response_says_which_therapy_ended_its_time() {
    let forms = published();
    let therapies: [(&str, &[&str]); 2] = [
        ("subsequent_therapy_start", &["2026-03-01", "2026-08-01"]),
        ("subsequent_therapy_intent", &["maintenance", "treatment_of_relapse"]),
    ];
    let best = value(&forms, "best_response", &therapies);
    assert_eq!(best.version, 2);
    assert_eq!(best.reasoning.definition_version.as_deref(), Some("BEST-RESPONSE/2"));
    let because: Vec<&str> = best.reasoning.because.iter().map(|text| text.en.as_str()).collect();
    assert_eq!(
        because,
        [
            "PR, first on 2026-03-12",
            "1 of 2 assessments count",
            "assessments after new therapy on 2026-08-01 do not count",
        ]
    );
    assert_eq!(best.reasoning.warnings.len(), 1, "the better response that does not count");
    let intents = ("subsequent_therapy_intent".to_owned(), json!(["maintenance", "treatment_of_relapse"]));
    assert!(best.inputs.contains(&intents), "{:?}", best.inputs);
}
