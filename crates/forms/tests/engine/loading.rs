use cartotek_forms::{LoadError, SchemaSet};
use serde_json::{Value, json};

use crate::set::{EPISODE, compile, episode, rule, set_with};

fn mistakes(change: impl FnOnce(&mut Value)) -> Vec<LoadError> {
    let mut form = episode();
    change(&mut form);
    compile(&form).err().unwrap_or_default()
}

fn one_mistake(pointer: &str, words: &str, change: impl FnOnce(&mut Value)) {
    let mistakes = mistakes(change);
    let is_it = |mistake: &LoadError| {
        mistake.file == EPISODE && mistake.pointer == pointer && mistake.message.contains(words)
    };
    assert!(mistakes.iter().any(is_it), "expected {words:?} at {pointer}, got {mistakes:#?}");
}

fn with_rule(check: &str) -> Vec<LoadError> {
    mistakes(|form| form["x-rules"] = json!([rule("R-EP-01", "/detail/onset_date", &[], check)]))
}

#[test]
fn every_mistake_is_reported_with_file_and_pointer_at_once() {
    one_mistake("", "x-unknown", |form| form["x-unknown"] = json!(1));
    one_mistake("/$id", "as the file's path says", |form| {
        form["$id"] = json!("https://cartotek.example/schemas/forms/episode/2");
    });
    one_mistake("/properties/detail", "closed", |form| {
        drop(form["properties"]["detail"].as_object_mut().unwrap().remove("additionalProperties"));
    });
    one_mistake("/properties/comment", "title", |form| {
        drop(form["properties"]["comment"].as_object_mut().unwrap().remove("x-sv"));
    });
    one_mistake("/properties/missing", "no property", |form| {
        form["properties"]["missing"]["propertyNames"]["enum"] = json!(["wieght"]);
    });
    one_mistake("/x-key/0", "plain answer", |form| {
        form["x-key"] = json!(["/infections"]);
    });
    one_mistake("/x-date", "date", |form| form["x-date"] = json!("/weight_kg"));
    one_mistake("/x-rules/3", "the same id", |form| form["x-rules"][3]["id"] = json!("R-EP-01"));
    one_mistake("/properties/sites/items", "no code list", |form| {
        form["properties"]["sites"]["items"]["x-codelist"]["list"] = json!("nowhere");
    });
    let clash = mistakes(|form| {
        let milestone = json!({"name": "death_date", "pick": "last", "scope": "patient"});
        form["properties"]["detail"]["properties"]["onset_date"]["x-milestone"] = milestone;
    });
    assert!(clash.iter().any(|mistake| mistake.message.contains("another kind")), "{clash:#?}");
    one_mistake("/properties/detail/properties/onset_date/x-required/when", "/occured", |form| {
        form["properties"]["detail"]["properties"]["onset_date"]["x-required"] =
            json!({"when": "f.occured == 'yes'"});
    });
    one_mistake("/x-derived/0", "f` alone", |form| {
        form["x-derived"][0]["value"] = json!("m.infusion_date");
    });
    one_mistake("", "exists already", |form| {
        form["x-derived"][0]["x-variable"]["id"] = json!("weight_kg");
    });
    let several = mistakes(|form| {
        form["x-key"] = json!(["/nowhere"]);
        form["x-date"] = json!("/nowhere");
        form["x-rules"][0]["check"] = json!("f.nowhere == 1");
    });
    assert_eq!(several.len(), 3, "{several:#?}");
}

#[test]
fn a_form_says_who_writes_it() {
    use cartotek_domain::patient::ParticipationRole::{Following, Referring, Treating};
    let written_by = |form: &Value| {
        let forms = compile(form).unwrap();
        forms.form("episode", None).unwrap().written_by().to_vec()
    };
    assert_eq!(written_by(&episode()), [Referring, Treating, Following], "everybody unless it says");
    let mut form = episode();
    form["x-written-by"] = json!(["treating"]);
    assert_eq!(written_by(&form), [Treating]);
    for nobody in [json!([]), json!(["surgeon"]), json!(["treating", "treating"]), json!("treating")] {
        let mistakes = mistakes(|form| form["x-written-by"] = nobody.clone());
        assert!(mistakes.iter().any(|one| one.pointer.starts_with("/x-written-by")), "{mistakes:#?}");
    }
}

#[test]
fn a_retention_table_names_only_what_is_there() {
    let table = |milestone: &str, pointer: &str| {
        json!({"version": 1, "title": {"sv": "T", "en": "T"}, "classes": [{
            "code": "c", "title": {"sv": "T", "en": "T"}, "legal_source": {"sv": "T", "en": "T"}, "tables": [],
            "kept": {"rule": "years_after", "years": 30, "milestones": [milestone], "answers": {"episode": [pointer]}},
        }]})
    };
    let load = |path: &str, table: &Value| {
        let mut set = set_with(&episode());
        set.documents.insert(path.to_owned(), serde_json::to_vec(table).unwrap());
        cartotek_forms::Forms::compile(&set)
    };
    let sound = load("retention/1.json", &table("infusion_date", "/detail/onset_date")).unwrap();
    assert_eq!(sound.retention().unwrap().version, 1);
    let mistakes = |path: &str, table: &Value| {
        let errors: Vec<LoadError> = load(path, table).err().unwrap_or_default();
        errors.into_iter().map(|one| one.pointer).collect::<Vec<_>>()
    };
    let (dates, answers) = ("/classes/0/kept/milestones/0", "/classes/0/kept/answers/episode/0");
    assert_eq!(mistakes("retention/1.json", &table("nowhere", "/nowhere")), [answers, dates]);
    assert_eq!(mistakes("retention/1.json", &table("infusion_date", "")), [answers]);
    let mut later = table("infusion_date", "/detail");
    later["classes"][0]["kept"]["or_later"] = json!(["infusion_date", "nowhere"]);
    assert_eq!(mistakes("retention/1.json", &later), ["/classes/0/kept/or_later/1"]);
    assert_eq!(mistakes("retention/2.json", &table("infusion_date", "/detail")), ["/version"]);
    assert_eq!(mistakes("retention/1.json", &json!({"version": 1})), [""]);
    assert_eq!(mistakes("retention/draft.json", &json!({})), [""]);
    let days = |code: &str, days: u32| {
        let mut table = table("infusion_date", "/detail");
        table["classes"][0]["code"] = code.into();
        table["classes"][0]["kept"] = json!({"rule": "days", "days": days});
        table
    };
    assert!(load("retention/1.json", &days("import_files", 30)).is_ok());
    assert_eq!(mistakes("retention/1.json", &days("clinical_record", 30)), ["/classes/0/kept/rule"]);
    assert_eq!(mistakes("retention/1.json", &days("idempotent_answers", 6)), ["/classes/0/kept/days"]);
}

#[test]
fn schemas_that_could_run_wild_are_refused() {
    let pattern = |pattern: &str| mistakes(|form| form["properties"]["bag_id"]["pattern"] = json!(pattern));
    assert!(!pattern(r"^(?=a)b$").is_empty());
    assert!(!pattern(r"^(a)\1$").is_empty());
    assert_eq!(pattern("^(a+)+$"), []);
    let reference = |address: &str| mistakes(|form| form["properties"]["comment"] = json!({"$ref": address}));
    for address in [
        "https://example.org/x",
        "file:///etc/passwd",
        "#/properties/bag_id",
        "https://cartotek.example/schemas/types/nowhere",
    ] {
        assert!(!reference(address).is_empty(), "{address}");
    }
    assert!(!mistakes(|form| form["properties"]["detail"]["oneOf"] = json!([{}])).is_empty());
    assert!(!mistakes(|form| form["required"] = json!(["occurred"])).is_empty());
}

#[test]
fn a_rule_that_would_fail_in_service_is_refused_when_loaded() {
    for check in [
        "f.weight_kg > 5",                                      // null
        "f.detail.max_grade + 1 > 2",                           // null, and double + int
        "f.weight_kg == null || f.weight_kg + 1 > 2",           // double + int
        "f.occurred == 'yes' ? f.weight_kg > 5 : true",         // null in one branch
        "f.occurred != 'unknown' || f.weight_kg > 5",           // null with one code
        "f.contact_date == null || f.contact_date < today",     // dates have no order
        "f.detail.nowhere == null",                             // no such property
        "f.infections.exists(i, i.nowhere == null)",            // no such property of an element
        "f.infections.exists(i, i.count > 5)",                  // null in an element
        "e.date == null",                                       // no element
        "m.nowhere == null",                                    // no such milestone
        "crs_grade('yes', 'none')  == null",                    // too few arguments
        "not_after(f.weight_kg, today) || f.weight_kg == null", // not a date
        "code_attribute('nowhere', 'a', 'b') == null",          // no such list
        "f.occurred",                                           // not a truth
    ] {
        assert!(!with_rule(check).is_empty(), "{check}");
    }
    for check in [
        "f.weight_kg == null || f.weight_kg > 5",
        "f.occurred == 'yes' && f.weight_kg != null ? f.weight_kg > 5 : true",
        "f.infections.exists(i, i.count != null && i.count > 5)",
        "not_after(f.contact_date, today)",
        "f.infections.filter(i, i.count != null).map(i, i.count).all(n, n > 1.0)",
    ] {
        assert_eq!(with_rule(check), [], "{check}");
    }
}

#[test]
fn documents_in_wrong_places_and_broken_json_are_named() {
    let mut set = set_with(&episode());
    let mut add =
        |path: &str, text: &str| drop(set.documents.insert(path.to_owned(), text.as_bytes().to_vec()));
    add("forms/episode/draft.json", "{}");
    add("codelists/broken.json", "{\"id\": 1,");
    add("codelists/twice.json", r#"{"id": "twice", "id": "twice"}"#);
    add(
        "forms/episode/examples/valid/x.json",
        r#"{"title": "x", "content": {}, "today": "2026-01-01", "surprise": 1}"#,
    );
    add("exchange/episode/1.json", "{}");
    add("notes/anything.json", "not read here");
    let files: Vec<String> =
        cartotek_forms::Forms::compile(&set).unwrap_err().into_iter().map(|error| error.file).collect();
    let expected = [
        "codelists/broken.json",
        "codelists/twice.json",
        "exchange/episode/1.json",
        "forms/episode/draft.json",
        "forms/episode/examples/valid/x.json",
    ];
    assert_eq!(files, expected);
}

#[test]
fn every_version_stays_and_the_latest_answers() {
    let mut set: SchemaSet = set_with(&episode());
    let mut second = episode();
    second["$id"] = json!("https://cartotek.example/schemas/forms/episode/2");
    second["properties"]["weight_kg"]["maximum"] = json!(400);
    set.documents.insert("forms/episode/2.json".to_owned(), serde_json::to_vec(&second).unwrap());
    let forms = cartotek_forms::Forms::compile(&set).unwrap();
    assert_eq!(forms.form("episode", None).unwrap().version(), 2);
    assert_eq!(forms.form("episode", Some(1)).unwrap().bytes(), set.documents[EPISODE]);
    assert!(forms.form("episode", Some(3)).is_none());
    assert_eq!(forms.forms().count(), 3);
    assert_eq!(forms.variables().iter().filter(|variable| variable.id == "weight_kg").count(), 1);
}
