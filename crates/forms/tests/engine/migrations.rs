//! Migrations: what becomes of answers between two versions of a form.

use cartotek_forms::{Forms, Migrated, SchemaSet};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::set::{episode, set_with, sound, titled};

/// The small form in two versions, with a migration from one to the other and one example of the first.
pub(crate) fn set_of(change: impl FnOnce(&mut Value), said: &Value) -> SchemaSet {
    let mut set = set_with(&episode());
    let mut second = episode();
    second["$id"] = json!("https://cartotek.example/schemas/forms/episode/2");
    change(&mut second);
    let text = json!({ "sv": "Steg", "en": "Step" });
    let mut migration = json!({ "form": "episode", "from": 1, "to": 2, "title": text, "note": text });
    migration.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    let example = json!({ "title": "One", "version": 1, "content": sound(|_| {}), "today": "2026-03-01" });
    for (path, document) in [
        ("forms/episode/2.json", second),
        ("migrations/episode/1-2.json", migration),
        ("forms/episode/examples/valid/one.json", example),
    ] {
        set.documents.insert(path.to_owned(), serde_json::to_vec(&document).unwrap());
    }
    set
}

/// The same form with a weight in grams, an onset by itself, infections under another name and fewer questions.
pub(crate) fn otherwise(form: &mut Value) {
    let properties = form["properties"].as_object_mut().unwrap();
    let mut detail = properties.remove("detail").unwrap();
    let onset = detail["properties"].as_object_mut().unwrap().remove("onset_date").unwrap();
    detail["properties"]["missing"]["propertyNames"]["enum"] = json!(["max_grade"]);
    detail["properties"]["hypotension"]["enum"] = json!(["none", "fluids", "pressor", "multi_pressor"]);
    let mut infections = properties.remove("infections").unwrap();
    let row = infections["items"]["properties"].as_object_mut().unwrap();
    let date = row.remove("date").unwrap();
    row.insert("onset_date".to_owned(), date);
    row.insert("severe".to_owned(), titled(json!({"type": "boolean"}), "Severe"));
    row["missing"]["propertyNames"]["enum"] = json!(["onset_date"]);
    row["organism"]["x-codelist"]["at"] = json!("/episodes/infections/*/onset_date");
    let inner =
        json!({"type": "object", "additionalProperties": false, "properties": { "infections": infections }});
    properties.insert("episodes".to_owned(), titled(inner, "Episodes"));
    properties.insert("detail".to_owned(), detail);
    properties.insert("onset".to_owned(), onset);
    for gone in ["weight_kg", "weight_kg_comparator", "comment"] {
        properties.remove(gone);
    }
    let grams = json!({"type": "integer", "minimum": 2000, "x-required": true});
    properties.insert("weight_g".to_owned(), titled(grams, "Weight"));
    properties.insert(
        "source".to_owned(),
        titled(json!({"type": "string", "enum": ["chart", "paper"], "x-required": true}), "Source"),
    );
    properties["missing"]["propertyNames"]["enum"] = json!(["weight_g", "occurred", "onset"]);
    form["x-rules"] = json!([]);
    form["x-derived"] = json!([]);
}

/// What becomes of the answers of the first version in that of [`otherwise`].
pub(crate) fn said() -> Value {
    let why = json!({ "sv": "Behövs inte", "en": "Not needed" });
    json!({
        "moved": [
            { "from": "/detail/onset_date", "to": "/onset" },
            { "from": "/infections", "to": "/episodes/infections" },
            { "from": "/infections/*/date", "to": "/episodes/infections/*/onset_date" },
            { "from": "/missing/weight_kg", "to": "/missing/weight_g" },
        ],
        "dropped": [
            { "at": "/weight_kg", "why": why },
            { "at": "/weight_kg_comparator", "why": why },
            { "at": "/comment", "why": why },
        ],
        "codes": [{ "at": "/detail/hypotension", "map": { "one_pressor": "pressor" } }],
        "computed": [
            { "at": "/weight_g", "needs": ["/weight_kg"], "value": "f.weight_kg * 1000.0" },
            { "at": "/episodes/infections/*/severe", "each": "/infections", "needs": ["/infections/*/count"],
                "value": "e.count > 5" },
        ],
        "constants": [{ "at": "/source", "value": "chart" }],
    })
}

fn migrate(forms: &Forms, content: &Value) -> Migrated {
    forms.migration("episode", 1, 2).unwrap().migrate(content)
}

#[test]
fn answers_go_where_the_document_says() {
    let forms = Forms::compile(&set_of(otherwise, &said())).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let before = sound(|content| {
        content["detail"]["hypotension"] = json!("one_pressor");
        content["comment"] = json!("Seen twice.");
        content["infections"] = json!([
            { "date": "2026-02-01", "count": 7, "organism": "bacterial" },
            { "missing": { "date": "unknown" } },
        ]);
        content["sites"] = json!([]);
    });
    let after = json!({
        "episode_no": 1, "contact_date": "2026-02-20", "occurred": "yes", "weight_g": 71500, "source": "chart",
        "onset": "2026-01-20", "sites": [],
        "detail": { "resolution_date": "2026-01-25", "hypotension": "pressor", "hypoxia": "none", "max_grade": 2 },
        "episodes": { "infections": [
            { "onset_date": "2026-02-01", "count": 7, "organism": "bacterial", "severe": true },
            { "missing": { "onset_date": "unknown" } },
        ] },
    });
    let migrated = migrate(&forms, &before);
    assert_eq!((migrated.content, migrated.findings), (after, Vec::new()));
    let unweighed = json!({ "missing": { "weight_kg": "not_done", "occurred": "unknown" } });
    let expected = json!({ "missing": { "weight_g": "not_done", "occurred": "unknown" }, "source": "chart" });
    assert_eq!(migrate(&forms, &unweighed).content, expected);

    let path = forms.migration("episode", 1, 2).unwrap();
    let pointer = |pointer: &str| path.pointer(pointer);
    assert_eq!(pointer("/infections/4/date").as_deref(), Some("/episodes/infections/4/onset_date"));
    assert_eq!((pointer("").as_deref(), pointer("/comment")), (Some(""), None));
}

#[test]
fn what_finds_its_place_taken_is_told_and_not_lost() {
    let forms = Forms::compile(&set_of(otherwise, &said())).unwrap();
    // A draft may hold anything, also what the later version calls otherwise.
    let twice = json!({ "detail": { "onset_date": "2026-01-20" }, "onset": "yesterday" });
    for (draft, pointer) in [(twice, ""), (json!({ "episodes": 5, "infections": [{}] }), "/infections")] {
        let migrated = migrate(&forms, &draft);
        let told: Vec<_> = migrated
            .findings
            .iter()
            .map(|one| (one.rule.as_str(), one.pointer.as_str(), one.is_error()))
            .collect();
        assert_eq!(told, [("MIGRATION-PLACE", pointer, true)], "{draft}");
    }
}

/// An answer in whose place something is computed does not go when that cannot be computed.
#[test]
fn what_cannot_be_computed_anew_is_told_and_not_lost() {
    let needs = ["/weight_kg", "/episode_no"];
    let doubled = json!({ "at": "/weight_kg", "needs": needs, "value": "f.weight_kg > 200.0 ? null : f.weight_kg * 2.0" });
    let forms = Forms::compile(&set_of(|_| {}, &json!({ "computed": [doubled] })));
    let forms = forms.unwrap_or_else(|errors| panic!("{errors:#?}"));
    for (before, after, told) in [
        (
            json!({ "episode_no": 1, "weight_kg": 70.5 }),
            json!({ "episode_no": 1, "weight_kg": 141 }),
            &[][..],
        ),
        (json!({ "episode_no": 1, "weight_kg": 250 }), json!({ "episode_no": 1 }), &[]),
        (json!({ "weight_kg": 70.5 }), json!({}), &["/weight_kg"]),
        (json!({ "episode_no": 1 }), json!({ "episode_no": 1 }), &[]),
    ] {
        let migrated = migrate(&forms, &before);
        let pointers: Vec<_> = migrated.findings.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!((migrated.content, pointers), (after, told.to_vec()), "{before}");
    }
}

/// Everything in its place: what any content becomes when nothing is said.
#[test]
fn without_a_word_nothing_changes() {
    let forms = Forms::compile(&set_of(|_| {}, &json!({}))).unwrap();
    for content in [
        sound(|_| {}),
        json!({}),
        json!("text"),
        json!({ "detail": {}, "infections": [], "missing": {}, "sites": [] }),
        json!({ "infections": [{}, 5, null, { "date": ["x"], "missing": { "date": "unknown", "surprise": 1 } }] }),
        json!({ "detail": "text", "missing": [1], "surprise": { "deep": [{ "0": { "a/b": null } }] }, "weight_kg": null }),
        json!({ "missing": { "surprise": "unknown" }, "detail": { "missing": {}, "more": [1.50] }, "sites": [["x"], {}] }),
    ] {
        let migrated = migrate(&forms, &content);
        assert_eq!((&migrated.content, migrated.findings.len()), (&content, 0));
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from)
    ];
    let names =
        ["detail", "infections", "missing", "date", "onset_date", "weight_kg", "sites", "other", "a/b", "7"];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let members = prop::collection::btree_map(prop::sample::select(names.to_vec()), inner, 0..5);
        let object = members.prop_map(|members| {
            Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        });
        prop_oneof![list, object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn no_content_is_changed_by_a_migration_that_says_nothing(content in anything()) {
        static FORMS: std::sync::LazyLock<Forms> =
            std::sync::LazyLock::new(|| Forms::compile(&set_of(|_| {}, &json!({}))).unwrap());
        let migrated = migrate(&FORMS, &content);
        prop_assert_eq!(migrated.content, content);
        prop_assert!(migrated.findings.is_empty());
    }
}

#[test]
fn several_steps_are_one_way() {
    let mut set = set_of(|_| {}, &json!({}));
    let mut third = episode();
    third["$id"] = json!("https://cartotek.example/schemas/forms/episode/3");
    let properties = third["properties"].as_object_mut().unwrap();
    let comment = properties.remove("comment").unwrap();
    properties.insert("remark".to_owned(), comment);
    let text = json!({ "sv": "", "en": "" });
    let migration = json!({ "form": "episode", "from": 2, "to": 3, "title": text, "note": text,
        "moved": [{ "from": "/comment", "to": "/remark" }] });
    let example = json!({ "title": "Two", "version": 2, "content": sound(|_| {}), "today": "2026-03-01" });
    for (path, document) in [
        ("forms/episode/3.json", third),
        ("migrations/episode/2-3.json", migration),
        ("forms/episode/examples/valid/two.json", example),
    ] {
        set.documents.insert(path.to_owned(), serde_json::to_vec(&document).unwrap());
    }
    let forms = Forms::compile(&set).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let content = json!({ "comment": "x" });
    assert_eq!(forms.migration("episode", 1, 3).unwrap().migrate(&content).content, json!({ "remark": "x" }));
    let steps: Vec<_> = forms.migrations("episode").map(|one| (one.from(), one.to())).collect();
    assert_eq!(steps, [(1, 2), (2, 3)]);
    for (from, to) in [(3, 1), (2, 2), (1, 4)] {
        assert!(forms.migration("episode", from, to).is_none(), "{from} {to}");
    }
}
