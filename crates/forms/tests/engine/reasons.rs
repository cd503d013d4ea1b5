//! Reasons in `missing` where none belongs.

use cartotek_forms::CheckTime;
use serde_json::{Value, json};

use crate::set::{brief, check, compile, day, episode, sound};

#[test]
fn a_reason_for_an_answer_that_takes_none_is_told_which_and_what_to_do() {
    let told = |content: &Value| {
        let findings = check(content).findings;
        findings.iter().map(|one| (one.pointer.clone(), one.message.en.clone())).collect::<Vec<_>>()
    };
    let required = sound(|content| {
        content.as_object_mut().unwrap().remove("episode_no");
        content["missing"] = json!({"episode_no": "unknown"});
    });
    let text = "Answer takes no reason for its absence (in CSV #…); give a value in its place.";
    assert_eq!(told(&required), [("/missing/episode_no".to_owned(), text.to_owned())]);
    let optional = sound(|content| {
        content["detail"].as_object_mut().unwrap().remove("resolution_date");
        content["detail"]["missing"] = json!({"resolution_date": "unknown"});
    });
    let (pointer, text) = &told(&optional)[0];
    assert_eq!(pointer, "/detail/missing/resolution_date");
    assert!(text.ends_with("in its place or, where the answer is not required, nothing at all."), "{text}");

    // The same where no answer of the object takes one.
    let mut form = episode();
    form["properties"]["infections"]["items"]["properties"].as_object_mut().unwrap().remove("missing");
    let forms = compile(&form).unwrap();
    let at = CheckTime { today: day("2026-03-01"), first_submitted: None };
    let check = |row: Value| {
        let content = sound(|content| content["infections"] = json!([row]));
        let findings = forms.form("episode", None).unwrap().check_content(&content, &at).findings;
        brief(&findings).into_iter().map(|(rule, _, pointer)| (rule, pointer)).collect::<Vec<_>>()
    };
    let row = json!({"missing": {"date": "unknown", "nothing": "unknown"}});
    let missing = "/infections/0/missing";
    assert_eq!(
        check(row),
        [("SCHEMA-MISSING", &*format!("{missing}/date")), ("SCHEMA-UNKNOWN-FIELD", missing)]
            .map(|(rule, pointer)| (rule.to_owned(), pointer.to_owned()))
    );
    assert_eq!(
        check(json!({"missing": {}})),
        [("SCHEMA-UNKNOWN-FIELD".to_owned(), "/infections/0".to_owned())]
    );
}
