use serde_json::json;

use crate::set::{forms, sound};

#[test]
fn every_answer_has_its_question_and_a_code_its_meaning() {
    let content = sound(|content| {
        content["infections"] = json!([{ "date": "2026-02-01", "organism": "bacterial" }]);
        content["sites"] = json!(["prion"]);
        content["nowhere"] = json!(1);
        content["missing"] = json!({ "weight_kg": "not_done" });
    });
    let forms = forms();
    let wordings = forms.form("episode", None).unwrap().wordings(&content);
    let pointers: Vec<_> = wordings.keys().map(String::as_str).collect();
    let expected = [
        "/contact_date",
        "/detail/hypotension",
        "/detail/hypoxia",
        "/detail/max_grade",
        "/detail/onset_date",
        "/detail/resolution_date",
        "/episode_no",
        "/infections/0/date",
        "/infections/0/organism",
        "/missing/weight_kg",
        "/occurred",
        "/sites/0",
        "/weight_kg",
    ];
    assert_eq!(pointers, expected, "what the form does not ask is left out");
    let meaning = |pointer: &str| wordings[pointer].answer.as_ref().map(|text| text.sv.as_str());
    assert_eq!(meaning("/infections/0/organism"), Some("bacterial"));
    assert_eq!(meaning("/sites/0"), Some("prion"));
    assert_eq!(meaning("/contact_date"), None);
    assert!(wordings.values().all(|one| one.question.sv == "Answer"));
}
