//! What is refused of a migration when it is loaded.

use cartotek_forms::Forms;
use serde_json::{Value, json};

use crate::migrations::{otherwise, said, set_of};

fn mistakes(change: impl FnOnce(&mut Value), said: &Value) -> Vec<String> {
    let errors = Forms::compile(&set_of(change, said)).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn no_answer_is_lost_unnamed() {
    let without = |member: &str, place: usize| {
        let mut said = said();
        said[member].as_array_mut().unwrap().remove(place);
        mistakes(otherwise, &said)
    };
    for (member, place, words) in [
        ("moved", 0, "`/detail/onset_date` has no place in version 2"),
        ("moved", 1, "`/infections/*/organism` has no place in version 2"),
        ("moved", 2, "`/infections/*/date` has no place in version 2"),
        ("dropped", 2, "`/comment` has no place in version 2"),
        ("codes", 0, "the code `one_pressor` of `/detail/hypotension` has no meaning in version 2"),
        ("constants", 0, "of the example `one` version 2 refuses REQUIRED at `/source`"),
    ] {
        let found = without(member, place);
        assert!(found.iter().any(|one| one.contains(words)), "{member} {place}: {found:#?}");
    }
    let kind = mistakes(|form| form["properties"]["confirmed"]["type"] = json!("string"), &json!({}));
    assert!(kind.iter().any(|one| one.contains("another kind of answer")), "{kind:#?}");
    let grams = |variable: &str, said: Value| {
        let change = |form: &mut Value| {
            let weight = &mut form["properties"]["weight_kg"];
            weight["x-unit"] = json!("g");
            weight["maximum"] = json!(300_000);
            weight["x-variable"]["id"] = json!(variable);
        };
        mistakes(change, &said)
    };
    let unit = grams("weight_kg", json!({}));
    for words in ["is in kg in version 1 and in g in version 2", "variable `weight_kg` has another unit"] {
        assert!(unit.iter().any(|one| one.contains(words)), "{words}: {unit:#?}");
    }
    let computed = json!({ "at": "/weight_kg", "needs": ["/weight_kg"], "value": "f.weight_kg * 1000.0" });
    assert_eq!(grams("weight_g", json!({ "computed": [computed] })), Vec::<String>::new());
}

#[test]
fn what_a_migration_names_must_be_there() {
    let why = json!({ "sv": "", "en": "" });
    for (said, words) in [
        (
            json!({ "moved": [{ "from": "/nowhere", "to": "/occurred" }] }),
            "the earlier version has nothing there",
        ),
        (
            json!({ "moved": [{ "from": "/comment", "to": "/nowhere" }] }),
            "the later version has nothing there",
        ),
        (json!({ "moved": [{ "from": "/infections/*/count", "to": "/episode_no" }] }), "stays an element"),
        (json!({ "moved": [{ "from": "/comment", "to": "/bag_id" }] }), "come to the same place `/bag_id`"),
        (json!({ "dropped": [{ "at": "/sites/*", "why": why }] }), "the earlier version has nothing there"),
        (json!({ "codes": [{ "at": "/occurred", "map": { "perhaps": "yes" } }] }), "no code `perhaps`"),
        (
            json!({ "codes": [{ "at": "/occurred", "map": { "yes": "aye" } }] }),
            "the later answer has no code `aye`",
        ),
        (json!({ "constants": [{ "at": "/nowhere", "value": 1 }] }), "the later version has nothing there"),
        (
            json!({ "constants": [{ "at": "/comment", "value": "x" }] }),
            "`/comment` comes from `/comment` already",
        ),
        (json!({ "computed": [{ "at": "/comment", "value": "f.weight_kg" }] }), "another kind of value"),
        (json!({ "computed": [{ "at": "/weight_kg", "value": "f.weight_kg + 1.0" }] }), "is absent"),
        (json!({ "computed": [{ "at": "/weight_kg", "value": "f.nowhere" }] }), "no property at `/nowhere`"),
        (json!({ "computed": [{ "at": "/contact_date", "value": "today" }] }), "sees `f` and `e` alone"),
        (json!({ "computed": [{ "at": "/infections/*/count", "value": "1.0" }] }), "needs `each`"),
        (json!({ "refused": [{ "example": "one", "rules": ["R-EP-01"] }] }), "version 2 refuses nothing"),
        (json!({ "refused": [{ "example": "two", "rules": [] }] }), "no such valid example"),
        (json!({ "to": 1 }), "must be those of the file's path"),
        (json!({ "surprise": 1 }), "not a migration"),
    ] {
        let found = mistakes(|_| {}, &said);
        assert!(found.iter().any(|one| one.contains(words)), "{said}: {found:#?}");
    }
    assert_eq!(mistakes(|_| {}, &json!({})), Vec::<String>::new());
}

#[test]
fn an_example_that_cannot_be_migrated_is_named() {
    let heavier = |form: &mut Value| form["properties"]["weight_kg"]["minimum"] = json!(100);
    let found = mistakes(heavier, &json!({}));
    assert!(found.iter().any(|one| one.contains("refuses SCHEMA-RANGE at `/weight_kg`")), "{found:#?}");
    let named = json!({ "refused": [{ "example": "one", "rules": ["SCHEMA-RANGE"] }] });
    assert_eq!(mistakes(heavier, &named), Vec::<String>::new());
}

#[test]
fn a_migration_is_tried_out_on_something() {
    let mut set = set_of(|_| {}, &json!({}));
    set.documents.remove("forms/episode/examples/valid/one.json");
    let errors = Forms::compile(&set).unwrap_err();
    assert!(errors[0].message.contains("version 1 has no valid example"), "{errors:#?}");
    let stray = json!({ "title": "One", "version": 9, "content": {}, "today": "2026-03-01" });
    let path = "forms/episode/examples/valid/stray.json";
    set.documents.insert(path.to_owned(), serde_json::to_vec(&stray).unwrap());
    let errors = Forms::compile(&set).unwrap_err();
    assert!(
        errors.iter().any(|one| one.file == path && one.message.contains("no such version")),
        "{errors:#?}"
    );
}

/// What an erasure keeps, and what answers the schedule, is found by its place in every version from the first that asks it.
#[test]
fn what_other_documents_look_for_stays_where_it_is() {
    let text = json!({ "sv": "T", "en": "T" });
    let table = |pointer: &str| {
        json!({"version": 1, "title": text, "classes": [{
            "code": "c", "title": text, "legal_source": text, "tables": [],
            "kept": {"rule": "years_after", "years": 30, "milestones": ["infusion_date"], "answers": {"episode": [pointer]}},
        }]})
    };
    let files = |change: fn(&mut Value), said: &Value, (path, document): (&str, Value)| {
        let mut set = set_of(change, said);
        set.documents.insert(path.to_owned(), serde_json::to_vec(&document).unwrap());
        let errors = Forms::compile(&set).err().unwrap_or_default();
        errors.into_iter().map(|one| one.file).collect::<Vec<_>>()
    };
    let retained = |pointer: &str| ("retention/1.json", table(pointer));
    let (second, step) = ("forms/episode/2.json", "migrations/episode/1-2.json");
    assert_eq!(files(otherwise, &said(), retained("/comment")), [second, step], "it is dropped");
    assert_eq!(files(otherwise, &said(), retained("/infections")), [second, step], "it moves");
    assert_eq!(files(otherwise, &said(), retained("/detail")), [step], "something within it moves");
    assert_eq!(files(otherwise, &said(), retained("/bag_id")), Vec::<String>::new());
    assert_eq!(files(otherwise, &said(), retained("/weight_g")), Vec::<String>::new(), "asked from then on");

    let schedule = include_str!("../../../../schemas/schedule/follow_up/1.json");
    let mut schedule: Value = serde_json::from_str(schedule).unwrap();
    schedule["time_points"][0]["expects"] =
        json!([{ "what": { "form": "episode", "key": { "comment": "first" } } }]);
    let scheduled = ("schedule/follow_up/1.json", schedule);
    assert_eq!(files(otherwise, &said(), scheduled.clone()), [second, step]);
    let exchanged = |from: &str| {
        let columns = json!([{ "name": "answer", "from": from }]);
        let table =
            json!({ "id": "ebmt/episode", "version": 1, "title": text, "note": text, "columns": columns });
        ("exchange/ebmt/episode/1.json", table)
    };
    assert_eq!(files(otherwise, &said(), exchanged("/detail/onset_date")), [step]);
    for stays in ["/onset", "/comment", "/bag_id"] {
        assert_eq!(files(otherwise, &said(), exchanged(stays)), Vec::<String>::new(), "{stays}");
    }
    assert_eq!(files(|_| {}, &json!({}), scheduled), Vec::<String>::new());
}
