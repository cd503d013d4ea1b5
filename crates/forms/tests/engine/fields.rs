use cartotek_domain::completeness::FieldStanding::{Absent, Reason, Value as Given};
use serde_json::{Value, json};

use crate::set::{check, day, forms, sound};

/// Pointer, whether it is required and standing of the fields that apply to a content.
fn applied(content: &Value) -> Vec<(String, bool, &'static str)> {
    let forms = forms();
    let fields = forms.form("episode", None).unwrap().applied_fields(content, day("2026-03-01"));
    fields.into_iter().map(|field| (field.pointer, field.required, field.standing.name())).collect()
}

fn standing_of(content: &Value, pointer: &str) -> Option<(bool, &'static str)> {
    let found = applied(content).into_iter().find(|(at, ..)| at == pointer);
    found.map(|(_, required, standing)| (required, standing))
}

#[test]
fn a_form_lists_the_answers_that_somebody_may_miss() {
    let forms = forms();
    let fields = forms.form("episode", None).unwrap().fields();
    let patterns: Vec<_> = fields.iter().map(|field| (field.pattern.as_str(), field.required)).collect();
    for field in [
        ("/episode_no", true),
        ("/detail/onset_date", true),
        ("/detail/max_grade", false),
        ("/infections", false),
        ("/infections/*/date", true),
        ("/comment", false),
    ] {
        assert!(patterns.contains(&field), "{field:?} is not among {patterns:?}");
    }
    for other in ["/detail", "/infections/*", "/sites/*", "/weight_kg_comparator", "/missing"] {
        assert!(patterns.iter().all(|(pattern, _)| *pattern != other), "{other}");
    }
    assert!(patterns.is_sorted_by_key(|(pattern, _)| pattern.split('/').nth(1)), "by name: {patterns:?}");
    assert_eq!(fields[0].title.en, "Answer");
}

#[test]
fn a_field_in_a_list_or_under_a_condition_does_not_always_apply() {
    let forms = forms();
    let fields = forms.form("episode", None).unwrap().fields();
    let always = |pattern: &str| fields.iter().find(|field| field.pattern == pattern).unwrap().always_applies;
    for (pattern, applies) in [
        ("/episode_no", true),
        ("/comment", true),
        ("/infections", false),
        ("/infections/*/date", false),
        ("/detail/onset_date", false),
        ("/detail/max_grade", false),
    ] {
        assert_eq!(always(pattern), applies, "{pattern}");
    }
}

#[test]
fn a_field_has_a_value_a_reason_or_neither() {
    let content = sound(|content| {
        content.as_object_mut().unwrap().remove("weight_kg");
        content["missing"] = json!({"weight_kg": "not_done"});
        content["detail"].as_object_mut().unwrap().remove("max_grade");
        content["sites"] = json!([]);
    });
    assert_eq!(standing_of(&content, "/weight_kg"), Some((true, Reason.name())));
    assert_eq!(standing_of(&content, "/contact_date"), Some((true, Given.name())));
    assert_eq!(standing_of(&content, "/detail/max_grade"), Some((false, Absent.name())));
    assert_eq!(standing_of(&content, "/sites"), Some((false, Given.name())), "none is an answer");
    assert_eq!(standing_of(&content, "/infections"), Some((false, Absent.name())));
}

#[test]
fn a_field_applies_where_its_object_is_there_and_its_condition_holds() {
    assert_eq!(standing_of(&sound(|_| ()), "/detail/onset_date"), Some((true, Given.name())));
    let unknown = sound(|content| content["occurred"] = json!("unknown"));
    assert_eq!(standing_of(&unknown, "/detail/onset_date"), None, "given all the same, but not asked for");
    let without = sound(|content| {
        content["occurred"] = json!("no");
        content.as_object_mut().unwrap().remove("detail");
    });
    assert!(applied(&without).iter().all(|(pointer, ..)| !pointer.starts_with("/detail")));
}

#[test]
fn each_place_in_a_list_has_fields_of_its_own() {
    let content = sound(|content| {
        content["infections"] = json!([{"date": "2026-01-30"}, {"missing": {"date": "unknown"}}, {}]);
    });
    for (pointer, standing) in
        [("/infections/0/date", Given), ("/infections/1/date", Reason), ("/infections/2/date", Absent)]
    {
        assert_eq!(standing_of(&content, pointer), Some((true, standing.name())), "{pointer}");
    }
    let forms = forms();
    let fields = forms.form("episode", None).unwrap().applied_fields(&content, day("2026-03-01"));
    let dates = fields.iter().filter(|field| field.pattern == "/infections/*/date");
    assert_eq!(dates.count(), 3);
}

/// What is required and absent is what a submission would be refused for.
#[test]
fn absent_required_fields_are_the_unanswered_ones() {
    for content in [
        sound(|_| ()),
        sound(|content| content["infections"] = json!([{}, {"date": "2026-01-30"}])),
        json!({"occurred": "yes", "detail": {}}),
        json!({}),
    ] {
        let absent = applied(&content)
            .into_iter()
            .filter(|(_, required, standing)| *required && *standing == Absent.name());
        let absent: Vec<_> = absent.map(|(pointer, ..)| pointer).collect();
        assert_eq!(absent, check(&content).unanswered, "{content}");
    }
}
