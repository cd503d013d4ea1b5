//! The published schemas without the rules that look at other records of the patient: what these rules cost is the difference.

use std::fs;
use std::path::Path;

use cartotek_tests::program::installation::repository;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with them; what the records tell, and what is expected, is as it was.
pub(crate) fn schemas() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(&repository().join("schemas"), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is writable");
    for entry in fs::read_dir(from).expect("the schemas are there") {
        let path = entry.expect("the schemas are readable").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            // The examples say what the rules find.
            if !path.ends_with("examples") {
                copy(&path, &target);
            }
        } else {
            fs::write(target, without_rules(&fs::read(&path).expect("the schemas are readable")))
                .expect("the folder is writable");
        }
    }
}

fn without_rules(document: &[u8]) -> Vec<u8> {
    let Ok(mut parsed) = serde_json::from_slice::<Value>(document) else { return document.to_vec() };
    let Some(rules) = parsed.get_mut("x-rules").and_then(Value::as_array_mut) else {
        return document.to_vec();
    };
    rules.retain(|rule| !looks_at_others(rule));
    serde_json::to_vec_pretty(&parsed).expect("JSON can be written")
}

fn looks_at_others(rule: &Value) -> bool {
    let needs = rule["needs"].as_array().into_iter().flatten();
    let texts = needs.chain([&rule["check"]]).filter_map(Value::as_str);
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '/';
    let mut words = texts.flat_map(|text| text.split(move |c| !name(c)));
    words.any(|word| ["m.", "c.", "p."].iter().any(|root| word.starts_with(root)))
}
