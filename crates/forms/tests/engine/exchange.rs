//! Exchange tables: what of a form leaves for another registry.

use cartotek_forms::{Forms, SchemaSet};
use serde_json::{Value, json};

use crate::set::{episode, set_with};

/// A set with a table of that name.
fn with_table(name: &str, version: u32, columns: &[(&str, &str)]) -> SchemaSet {
    let columns: Vec<Value> =
        columns.iter().map(|(name, from)| json!({ "name": name, "from": from })).collect();
    let text = json!({ "sv": "Episod", "en": "Episode" });
    let document = json!({
        "id": format!("other/{name}"), "version": version, "title": text, "note": text, "columns": columns,
    });
    let mut set = set_with(&episode());
    set.documents.insert(path(name, version), document.to_string().into_bytes());
    set
}

fn path(name: &str, version: u32) -> String {
    format!("exchange/other/{name}/{version}.json")
}

/// Pointers of the mistakes of a table.
fn mistakes(name: &str, columns: &[(&str, &str)]) -> Vec<String> {
    let errors = Forms::compile(&with_table(name, 1, columns)).err().unwrap_or_default();
    assert!(errors.iter().all(|error| error.file == path(name, 1)), "{errors:#?}");
    errors.into_iter().map(|error| error.pointer).collect()
}

#[test]
fn the_latest_version_answers_and_every_one_stays() {
    let columns = [("who", "patient"), ("number", "/episode_no"), ("onset", "/detail/onset_date")];
    let mut set = with_table("episode", 1, &columns);
    set.documents.extend(with_table("episode", 2, &columns[..2]).documents);
    let forms = Forms::compile(&set).unwrap();
    let columns = |version| forms.exchange("other", "episode", version).map(|table| table.columns.len());
    assert_eq!([columns(None), columns(Some(1)), columns(Some(2))], [Some(2), Some(3), Some(2)]);
    assert_eq!([columns(Some(3)), forms.exchange("ebmt", "episode", None).map(|_| 0)], [None, None]);
    assert_eq!(forms.exchanges().map(|table| table.id.as_str()).collect::<Vec<_>>(), ["other/episode"]);
}

#[test]
fn a_table_names_what_its_form_has() {
    let sound = [
        ("who", "patient"),
        ("no", "number"),
        ("day", "/infections/*/date"),
        ("onset", "/detail/onset_date"),
    ];
    assert_eq!(mistakes("episode.infections", &sound), [""; 0]);
    assert_eq!(mistakes("nothing", &[("who", "patient")]), ["/id"]);
    let columns = [
        ("Who", "patient"),
        ("onset", "/detail/onset_date"),
        ("onset", "/episode_no"),
        ("group", "/detail"),
        ("no", "number"),
        ("day", "/infections/*/date"),
        ("list", "/infections"),
    ];
    let expected = [
        "/columns/0/name",
        "/columns/2/name",
        "/columns/3/from",
        "/columns/4/from",
        "/columns/5/from",
        "/columns/6/from",
    ];
    assert_eq!(mistakes("episode", &columns), expected);
    assert_eq!(mistakes("episode.detail", &[("who", "patient")]), ["/columns"]);
    assert_eq!(mistakes("episode.infections", &[("d", "/sites/*/date")]), ["/columns/0/from"]);
}

#[test]
fn a_table_is_what_its_path_says() {
    let mut set = with_table("episode", 1, &[("who", "patient")]);
    let document = set.documents.remove(&path("episode", 1)).unwrap();
    set.documents.insert(path("episode", 2), document);
    let errors = Forms::compile(&set).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].message.contains("those of the file's path"), "{errors:#?}");
}
