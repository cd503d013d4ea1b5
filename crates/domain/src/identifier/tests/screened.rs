//! Whole JSON values.

use serde_json::json;

use super::*;

#[test]
fn numbers_of_json_are_screened_as_text_is() {
    for refused in [
        json!(198_501_012_382_u64),
        json!(8_501_012_382_u64),
        json!(8_501_012_382.0),
        json!(850_101.238_2),
        json!(19_850_101.238_2),
        json!(991_981_000_010_u64),
        json!(-8_501_012_382_i64),
        json!(1.985_010_123_82e11),
    ] {
        assert_eq!(screened(&json!({ "a": refused })).len(), 1, "{refused}");
    }
    for clean in [
        json!(1_234_567_890.5),
        json!(8_501_012_382.5),
        json!(8.501_012_382),
        json!(2_321_000_016_u64),
        json!(420e6),
        json!(5_010_100_000_u64),
        json!(1e300),
        json!(-3),
        json!(0.1),
        json!(u64::MAX),
        json!(8_501_012_383_u64),
    ] {
        assert_eq!(screened(&json!({ "a": [clean] })), [], "{clean}");
    }
}

#[test]
fn a_hit_never_names_what_it_hit() {
    let content = json!({
        "a/b~c": [{ "note": "850101-2382" }, "ok"],
        "outer": { "x": { "198501012382": { "19810829M071": ["8501012382", { "y": 8_501_012_382_u64 }] } } },
    });
    let hits = screened(&content);
    let found: Vec<_> = hits.iter().map(|hit| (hit.pointer.as_str(), hit.in_key)).collect();
    assert_eq!(
        found,
        [
            ("/a~1b~0c/0/note", false),
            ("/outer/x", true),
            ("/outer/x", true),
            ("/outer/x", false),
            ("/outer/x", false),
        ]
    );
    for hit in &hits {
        let finding = finding(hit);
        let text = serde_json::to_string(&finding).unwrap();
        assert_eq!((finding.rule.as_str(), finding.is_error()), ("R-ID-01", true));
        assert!(!text.contains("8501") && !text.contains("M071"), "{text}");
    }
}

#[test]
fn a_name_is_told_as_one_and_never_repeated() {
    let hits = screen(&json!({ "note": "namn: Anna" }), today(), &|_| FieldKind::FreeText);
    let finding = finding(&hits[0]);
    assert_eq!(
        (finding.rule.as_str(), finding.pointer.as_str(), finding.is_error()),
        ("R-ID-01", "/note", true)
    );
    assert!(finding.message.sv.contains("personnamn") && finding.message.en.contains("name of a person"));
    assert!(!finding.message.sv.contains("Anna"));
}

#[test]
fn the_kind_of_a_field_is_asked_by_pointer() {
    let content = json!({ "batch_id": "850101-2383", "code": "850101-2383" });
    let hits = screen(&content, today(), &|pointer| match pointer {
        "/batch_id" => FieldKind::Label,
        _ => FieldKind::Structured,
    });
    let refused: Vec<_> = hits.iter().map(|hit| (hit.pointer.as_str(), hit.refused)).collect();
    assert_eq!(refused, [("/batch_id", false), ("/code", true)]);
    assert!(!finding(&hits[0]).is_error());
}
