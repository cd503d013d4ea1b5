//! Values of a course: what follows from the milestones of all its records.

use cartotek_domain::milestone::MilestoneValue;
use cartotek_forms::{DerivedValue, Forms, MilestoneValues, MilestoneView, SchemaSet};
use serde_json::json;

use crate::set::{episode, set_with};

const PATH: &str = "course_values/1.json";

fn with_values(values: serde_json::Value) -> SchemaSet {
    let mut set = set_with(&episode());
    let document =
        json!({ "version": 1, "title": "Values", "x-sv": { "title": "Värden" }, "values": values });
    set.documents.insert(PATH.to_owned(), document.to_string().into_bytes());
    set
}

fn value(id: &str, needs: &[&str], value: &str) -> serde_json::Value {
    json!({ "id": id, "version": 1, "title": id, "x-sv": { "title": id }, "needs": needs, "value": value })
}

fn dates(values: &[(&str, &[&str])]) -> MilestoneValues {
    let date = |text: &&str| MilestoneValue::Date(text.parse().unwrap());
    values.iter().map(|(name, days)| ((*name).to_owned(), days.iter().map(date).collect())).collect()
}

fn mistakes(set: &SchemaSet) -> Vec<String> {
    let errors = Forms::compile(set).err().unwrap_or_default();
    errors.into_iter().filter(|error| error.file == PATH).map(|error| error.message).collect()
}

#[test]
fn a_value_sees_all_of_the_course_and_says_from_what_it_came() {
    let onset = value("onset", &["m.episode_onset"], "latest(c.episode_onset)");
    let all = value("onsets", &["m.episode_onset"], "size(p.episode_onset)");
    let forms = Forms::compile(&with_values(json!([onset, all]))).unwrap();
    let course = dates(&[("episode_onset", &["2026-01-15", "2026-03-01"])]);
    let patient = dates(&[("episode_onset", &["2025-01-01", "2026-01-15", "2026-03-01"])]);
    let values = forms.course_values(&MilestoneView { patient, course });
    let told = |one: &DerivedValue| (one.id.clone(), one.value.clone(), one.inputs.clone());
    let inputs = vec![("episode_onset".to_owned(), json!(["2026-01-15", "2026-03-01"]))];
    assert_eq!(
        values.iter().map(told).collect::<Vec<_>>(),
        [
            ("onset".to_owned(), json!("2026-03-01"), inputs.clone()),
            ("onsets".to_owned(), json!(3.0), inputs)
        ]
    );
    assert_eq!(forms.course_values(&MilestoneView::default()), [], "nothing follows from nothing");
}

#[test]
fn what_cannot_be_right_is_refused_when_loaded() {
    let unknown = value("unknown", &[], "m.nowhere");
    assert_eq!(mistakes(&with_values(json!([unknown]))), ["no form declares milestone `nowhere`"]);
    let answers = value("answers", &[], "f.weight_kg");
    assert_eq!(mistakes(&with_values(json!([answers]))), ["a value of a course sees `m`, `c` and `p` alone"]);
    let mut shown = value("shown", &[], "m.episode_onset");
    shown["at"] = json!("/weight_kg");
    assert!(!mistakes(&with_values(json!([shown]))).is_empty(), "there is no answer beside which it stands");
    let mut listed = value("listed", &["m.episode_onset"], "'virus'");
    listed["x-variable"] = json!({ "id": "listed", "level": "nominal" });
    listed["x-codelist"] = json!({ "list": "organism" });
    assert_eq!(mistakes(&with_values(json!([listed]))), ["the code list `organism` lacks the code `virus`"]);
    let mut further = value("further", &["m.episode_onset"], "latest(c.episode_onset)");
    further["x-variable"] = json!({ "id": "further", "level": "interval" });
    assert!(mistakes(&with_values(json!([further]))).is_empty());
    for (name, asked) in [("also", json!(["first"])), ("per", json!("/occurred"))] {
        let mut further = further.clone();
        further["x-variable"][name] = asked;
        assert!(!mistakes(&with_values(json!([further]))).is_empty(), "a course has one value: {name}");
    }
}
