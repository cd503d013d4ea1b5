use cartotek_domain::variable::{Level, Pick, ValueKind};
use cartotek_forms::{openapi_component, openapi_component_name};
use serde_json::json;

use crate::set::{compile, day, episode, forms};

#[test]
fn code_lists_are_expanded_for_a_day() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let organisms = |as_of| {
        let document = forms.expand_code_lists(form, day(as_of));
        document["properties"]["infections"]["items"]["properties"]["organism"]["enum"].clone()
    };
    assert_eq!(organisms("2024-06-01"), json!(["bacterial", "parasitic"]));
    assert_eq!(organisms("2026-02-01"), json!(["bacterial", "prion"]));
}

#[test]
fn components_refer_to_each_other_and_leave_the_rules_out() {
    let forms = forms();
    let form = forms.form("episode", None).unwrap();
    let component = openapi_component(form);
    assert_eq!(openapi_component_name(form), "EpisodeContent");
    assert_eq!(component["properties"]["occurred"]["$ref"], "#/components/schemas/TriStateType");
    assert!(component.get("$id").is_none() && component.get("x-rules").is_none());
    let components = forms.openapi_components();
    let text = serde_json::to_string(&components).unwrap();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(components.contains_key(name), "{name}");
    }
    assert_eq!(components.len(), 4);
}

#[test]
fn a_component_says_what_the_codes_of_a_choice_mean() {
    let mut form = episode();
    let comparator = &mut form["properties"]["weight_kg_comparator"];
    comparator["enum"] = json!(["<", ">"]);
    comparator["description"] = json!("How it relates.");
    comparator["x-sv"]["description"] = json!("Hur det förhåller sig.");
    let components = compile(&form).unwrap().openapi_components();
    let described = &components["EpisodeContent"]["properties"]["weight_kg_comparator"]["description"];
    assert_eq!(described, "How it relates.\n\n- `<`: <\n- `>`: >");
}

#[test]
fn the_codebook_says_where_a_variable_comes_from() {
    let forms = forms();
    let entry = |id: &str| forms.variables().iter().find(|entry| entry.id == id).unwrap().clone();
    let weight = entry("weight_kg");
    assert_eq!(
        (weight.kind, weight.level, weight.unit.as_deref()),
        (ValueKind::Number, Level::Ratio, Some("kg"))
    );
    assert_eq!(
        (weight.form.as_str(), weight.source.as_str(), weight.derived),
        ("episode", "/weight_kg", false)
    );
    let grade = entry("episode_grade");
    assert_eq!(
        (grade.kind, grade.pick, grade.derived, grade.source.as_str()),
        (ValueKind::Number, Pick::Max, true, "episode_grade")
    );
}
