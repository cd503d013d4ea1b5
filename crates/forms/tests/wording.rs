//! What texts and documentation say of the schedule, and texts of an answer.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say at once what is wrong")]

use std::path::Path;

use cartotek_domain::finding::Finding;
use cartotek_domain::schedule::{Expectation, Expected, TimePoint, WindowRule};
use cartotek_forms::{CheckTime, Forms, SchemaSet};
use serde_json::json;

fn published() -> Forms {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let set = SchemaSet::read_folder(&folder).unwrap();
    Forms::compile(&set).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn what_lies_outside_a_window_is_told_its_days() {
    let forms = published();
    let schedule = forms.schedule(None).unwrap();
    for (form, rule, list) in [
        ("follow_up", "R-FU-01", "follow_up_time_point"),
        ("response_assessment", "R-RESP-08", "assessment_time_point"),
    ] {
        let text = forms.form(form, None).unwrap().rule_text(rule).unwrap();
        let codes = forms.code_list(list).unwrap().codes.iter();
        let points: Vec<TimePoint> = codes.filter_map(|one| one.code.parse().ok()).collect();
        assert!(points.len() > 16, "{list}");
        for code in points {
            let (sv, en) = match schedule.find(code).unwrap().window {
                WindowRule::SinceDay0 { from_day, to_day } => {
                    (format!("{code} dag {from_day}–{to_day}"), format!("{code} day {from_day} to {to_day}"))
                }
                WindowRule::AroundTarget { days_before, days_after } => {
                    assert_eq!(days_before, days_after, "{code}");
                    (
                        format!("Y2 till Y15 högst {days_before} dagar från årsdagen"),
                        format!("Y2 to Y15 within {days_before} days of the anniversary"),
                    )
                }
            };
            assert!(text.sv.contains(&sv) && text.en.contains(&en), "{rule}, {code}: {text:?}");
        }
    }
}

#[test]
fn a_contradiction_between_answer_and_list_names_the_columns_of_both() {
    let forms = published();
    for form in ["follow_up", "acute_toxicity"] {
        let form = forms.form(form, None).unwrap();
        let text = form.rule_text("R-INFX-04").unwrap();
        for column in ["infections_occurred", "infections[0].date"] {
            assert!(form.column(column).is_some(), "{column}");
            assert!(text.sv.contains(column) && text.en.contains(column), "{column}: {text:?}");
        }
    }
}

/// Whoever is told to remove a part is not asked to complete it.
#[test]
fn what_does_not_belong_is_not_to_be_completed() {
    let forms = published();
    let event = forms.form("event", None).unwrap();
    let content = json!({ "kind": "relapse_progression", "death": { "date": "2026-11" } });
    let checked = event
        .check_content(&content, &CheckTime { today: "2026-11-20".parse().unwrap(), first_submitted: None });
    let not_allowed = |one: &Finding| one.rule == "SCHEMA-NOT-ALLOWED" && one.pointer == "/death";
    assert!(checked.findings.iter().any(not_allowed), "{:#?}", checked.findings);
    assert!(!checked.unanswered.is_empty());
    assert!(
        !checked.unanswered.iter().any(|pointer| pointer.starts_with("/death")),
        "{:?}",
        checked.unanswered
    );
}

/// `baseline` of the figures is what has no time point: the questionnaires before the infusion are not among it.
#[test]
fn a_questionnaire_before_the_infusion_belongs_to_day_0() {
    let forms = published();
    let schedule = forms.schedule(None).unwrap();
    let is_questionnaire =
        |one: &&Expectation| matches!(&one.what, Expected::Form { form, .. } if form == "prom");
    let before = schedule.baseline.iter().flat_map(|one| &one.expects);
    assert_eq!(before.filter(is_questionnaire).count(), 0);
    let day0 = schedule.find("D0".parse().unwrap()).unwrap();
    let asked: Vec<_> = day0.expects.iter().filter(is_questionnaire).collect();
    assert_eq!(asked.len(), 3);
    for one in asked {
        let Expected::Form { key, .. } = &one.what else { panic!("{one:?}") };
        assert_eq!(key["time_point"], "BASELINE");
    }
}

#[test]
fn a_wrong_shape_is_told_in_the_words_of_its_field() {
    let forms = published();
    let today = "2026-03-01".parse().unwrap();
    for (form, content, pointer, words) in [
        ("prom", json!({ "language": "Svenska" }), "/language", "ISO 639"),
        ("patient_registration", json!({ "birth_year_month": "1957" }), "/birth_year_month", "YYYY-MM"),
        (
            "resource_use",
            json!({ "drg_codes": ["R04A", "r 4"] }),
            "/drg_codes/1",
            "A capital letter, two digits",
        ),
    ] {
        let time = CheckTime { today, first_submitted: None };
        let findings = forms.form(form, None).unwrap().check_content(&content, &time).findings;
        let found = findings.iter().find(|one| one.rule == "SCHEMA-PATTERN" && one.pointer == pointer);
        let said = &found.unwrap_or_else(|| panic!("{form}: {findings:#?}")).message.en;
        assert!(said.contains(words) && !said.contains('^'), "{said}");
    }
}
