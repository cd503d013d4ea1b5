//! Another version of a published form, with what leads to it.

use cartotek_forms::SchemaSet;
use serde_json::{Value, json};

use super::template::schemas;

/// The document of version 1 of a form as version 2: the same text but for its number.
pub fn second_version(form: &str) -> String {
    let path = schemas().join(format!("forms/{form}/1.json"));
    let first = std::fs::read_to_string(path).unwrap();
    let second = first.replace(&format!("schemas/forms/{form}/1\""), &format!("schemas/forms/{form}/2\""));
    assert_ne!(first, second, "{form} does not say its version");
    second
}

/// What publishes version 2 of a form, with a migration from version 1 of which `said` tells the rest, tried out on one of
/// the valid examples: that of the name, or any.
pub fn next_version(form: &str, second: &str, said: &Value, example: Option<&str>) -> SchemaSet {
    let published = SchemaSet::read_folder(&schemas()).unwrap();
    let folder = format!("forms/{form}/examples/valid/");
    let named = |path: &str| {
        let name = path.strip_prefix(&folder).and_then(|name| name.strip_suffix(".json"));
        name.is_some_and(|name| example.is_none_or(|example| example == name))
    };
    let (_, bytes) = published.documents.iter().find(|(path, _)| named(path)).expect("a valid example");
    let mut tried: Value = serde_json::from_slice(bytes).unwrap();
    tried["version"] = 1.into();
    let text = json!({ "sv": "Version 1 till 2", "en": "Version 1 to 2" });
    let mut migration = json!({ "form": form, "from": 1, "to": 2, "title": text, "note": text });
    migration.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    let mut set = SchemaSet::default();
    for (path, text) in [
        (format!("forms/{form}/2.json"), second.to_owned()),
        (format!("migrations/{form}/1-2.json"), migration.to_string()),
        (format!("{folder}of_the_first_version.json"), tried.to_string()),
    ] {
        set.documents.insert(path, text.into_bytes());
    }
    set
}
