//! The form in a second version: its records come through the door that is left, the migration.

use std::fs;

use cartotek_tests::program::client::Client;
use cartotek_tests::program::installation::{ADMINISTRATOR, Installation, succeed};
use cartotek_tests::program::network::SITES;
use serde_json::{Value, json};

use super::files::{file, files};
use super::patient::Patient;
use super::{by_record, bytes_of};

/// Publishes a version that warns of what the first one takes, and what leads to it.
pub(super) fn publish(installation: &Installation) {
    let (_, first) = files().into_iter().find(|(path, _)| path == "forms/nutrition/1.json").unwrap();
    let second = first.replacen("schemas/forms/nutrition/1\"", "schemas/forms/nutrition/2\"", 1);
    let second = second.replacen("index >= 16", "index >= 30", 1);
    let mut tried = file("forms/nutrition/examples/valid/eats_well.json");
    tried["version"] = json!(1);
    let text = json!({ "sv": "Version 1 till 2", "en": "Version 1 to 2" });
    let migration = json!({ "form": "nutrition", "from": 1, "to": 2, "title": text, "note": text });
    let folder = installation.path("second-version");
    for (path, text) in [
        ("forms/nutrition/2.json", second),
        ("migrations/nutrition/1-2.json", migration.to_string()),
        ("forms/nutrition/examples/valid/of_the_first_version.json", tried.to_string()),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut publish = installation.command(&["form", "publish", "--as", ADMINISTRATOR]);
    let printed = succeed(publish.arg("--folder").arg(&folder)).out;
    assert!(printed.contains("3 documents published"), "{printed}");
}

/// What a migration finds in a stored record is what the API finds in its content; with a reason it comes along.
pub(super) fn comes_along(client: &Client, other: &Patient, record: &Value, content: &Value) {
    let single = by_record(client, other, &[(content.clone(), vec!["ACKNOWLEDGE", "R-NUT-03"])]);
    let mut order = json!({ "form": "nutrition", "to": 2, "site": SITES[0], "records": [record] });
    let preview = client.post("/api/v1/records/migration/preview", &order).expect(200).json;
    let migrated = &preview["records"][0];
    assert_eq!(migrated["outcome"], "refused", "{preview}");
    assert_eq!(bytes_of(migrated["findings"].as_array().unwrap()), single[0]);

    order["acknowledgement"] = json!("Asked for by version 2.");
    let done = client.post("/api/v1/records/migration", &order).expect(200).json;
    assert_eq!(done["outcomes"], json!([{ "outcome": "migrated", "records": 1 }]), "{done}");
    let path = format!("/api/v1/records/{}", record.as_str().unwrap());
    assert_eq!(client.get(&path).expect(200).json["content"]["form_version"], 2);
}
