//! What a patient has had erased is in no file any more, and does not come back with an old backup.

use std::fs;
use std::path::Path;

use cartotek_persistence::Engine;
use rstest::rstest;
use serde_json::{Value, json};

use cartotek_tests::program::client::{Client, Write};
use cartotek_tests::program::installation::{Installation, refused, succeed};
use cartotek_tests::program::network::Network;

/// Stands in the record, and nowhere else in the world.
const TEXT: &str = "Kornblixtvals";

/// A patient with a record that bears the text, in a draft and an amendment; gives pseudonym and record.
fn live(client: &Client, text: &str) -> (String, String) {
    let write = |method, path: &str, version, body: Value| {
        // It stays when the rest is erased, so it does not bear the text.
        let key = format!("{}-{method}-{path}-{version:?}", text.len());
        client.write(&Write { method, path: path.to_owned(), version, key, body }).unwrap()
    };
    let decision = json!({ "purpose": "registry_quality", "decision": "given", "decided_on": "2020-01-09" });
    let enrolment =
        json!({ "site": "KAR", "role": "treating", "from": "2020-01-10", "consents": [decision] });
    let pseudonym = write("POST", "/api/v1/patients", None, enrolment).expect(201).json["pseudonym"].clone();
    let content = json!({
        "birth_year_month": "1961-04", "sex": "female", "legal_basis": "quality_register",
    });
    let record = json!({
        "patient": pseudonym, "form": "patient_registration", "content": content, "submit": true,
    });
    let record = write("POST", "/api/v1/records", None, record).expect(201).json["id"].clone();
    let path = format!("/api/v1/records/{}/amendments", record.as_str().unwrap());
    for version in 1..40 {
        let mut content = content.clone();
        content["birth_year_month"] = format!("1961-{:02}", 1 + version % 12).into();
        let amendment =
            json!({ "content": content, "reason": "data_entry", "text": format!("{text} {version}") });
        write("POST", &path, Some(version), amendment).expect(200);
    }
    (pseudonym.as_str().unwrap().to_owned(), record.as_str().unwrap().to_owned())
}

fn erase(client: &Client, pseudonym: &str) {
    let patient = format!("/api/v1/patients/{pseudonym}");
    let objection =
        json!({ "purpose": "registry_quality", "decision": "opted_out", "decided_on": "2020-02-01" });
    client.post(&format!("{patient}/consents"), &objection).expect(201);
    client.post(&format!("{patient}/erasure"), &json!({ "reason": "patient_objects" })).expect(200);
}

/// The files of the database that hold the text.
fn files_with(installation: &Installation, name: &str, text: &str) -> Vec<String> {
    let names = [name.to_owned(), format!("{name}-wal"), format!("{name}-shm")];
    let holds = |name: &String| {
        let bytes = fs::read(installation.path(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    names.into_iter().filter(holds).collect()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn erased_data_are_in_no_file_and_do_not_come_back() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let client = server.client(&network.data_managers[0]);
    let (gone, record) = live(&client, TEXT);
    let (_, other) = live(&client, "Rosenpolskan");
    let (old, new) = (installation.path("old"), installation.path("new"));
    installation.run(&["backup", "--out", path(&old)]);
    assert!(!files_with(&installation, "cartotek.db", TEXT).is_empty());
    erase(&client, &gone);
    // Beside the running server, whose log has been emptied.
    assert_eq!(files_with(&installation, "cartotek.db", TEXT), Vec::<String>::new());
    assert!(!files_with(&installation, "cartotek.db", "Rosenpolskan").is_empty());
    let printed = installation.run(&["backup", "--out", path(&new)]).out;
    assert!(printed.contains("1 erasures listed"), "{printed}");
    client.get(&format!("/api/v1/records/{record}")).expect(404);
    server.stop();
    installation.check();
    let list = installation.path("list.ndjson");
    installation.run(&["erasure", "list", "--out", path(&list)]);
    assert_eq!(fs::read(&list).unwrap(), fs::read(new.join("erasures.ndjson")).unwrap());

    let restored = |name: &str| format!("sqlite:{}", installation.path(name).display());
    let restore = |name: &str, more: &[&str]| {
        let mut command = installation.command(&[&["restore", "--from", path(&old)], more].concat());
        command.env("CARTOTEK_DATABASE", restored(name));
        command
    };
    let forgetful = succeed(&mut restore("plain.db", &["--verify", "--without-erasures"])).out;
    assert!(
        forgetful.contains("no erasures are repeated") && forgetful.contains("cartotek erasure replay"),
        "{forgetful}"
    );
    assert!(!files_with(&installation, "plain.db", TEXT).is_empty());
    let mut replay = installation.command(&["erasure", "replay", "--from", path(&list)]);
    let replayed = succeed(replay.env("CARTOTEK_DATABASE", restored("plain.db"))).out;
    assert!(replayed.contains("1 of 1 erasures replayed"), "{replayed}");
    assert_eq!(files_with(&installation, "plain.db", TEXT), Vec::<String>::new());

    let erasures = new.join("erasures.ndjson");
    let printed = succeed(&mut restore("whole.db", &["--verify", "--erasures", path(&erasures)])).out;
    assert!(printed.contains("1 of 1 erasures replayed"), "{printed}");
    assert!(!printed.contains("no erasures are repeated"), "{printed}");
    assert_eq!(files_with(&installation, "whole.db", TEXT), Vec::<String>::new());
    let mut check = installation.command(&["check"]);
    succeed(check.env("CARTOTEK_DATABASE", restored("whole.db")));
    assert!(!files_with(&installation, "whole.db", "Rosenpolskan").is_empty(), "of {other}");

    let forged = installation.path("forged.ndjson");
    fs::write(&forged, fs::read_to_string(&list).unwrap().replace("patient_objects", "guardian_objects"))
        .unwrap();
    let message = refused(&mut restore("forged.db", &["--erasures", path(&forged)]), 1);
    assert!(message.contains("MAC is wrong") && message.contains("Do not serve it"), "{message}");
}

/// A restoration that fails says where its file lies.
#[test]
fn a_failed_restoration_names_what_it_left() {
    let installation = Installation::on_sqlite();
    let (_, server) = Network::found(&installation);
    server.stop();
    let folder = installation.path("backup");
    installation.run(&["backup", "--out", path(&folder)]);
    let copy = folder.join("cartotek.db");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    let target = installation.path("restored.db");
    let restore = ["restore", "--from", path(&folder), "--without-erasures", "--verify"];
    let mut restore = installation.command(&restore);
    let message = refused(restore.env("CARTOTEK_DATABASE", format!("sqlite:{}", target.display())), 1);
    assert!(target.exists());
    assert!(message.contains(path(&target)) && message.contains("Do not serve it"), "{message}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn no_table_holds_what_was_erased(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    let (network, server) = Network::found(&installation);
    let client = server.client(&network.data_managers[0]);
    let (gone, _) = live(&client, TEXT);
    assert_eq!(installation.tables_with(TEXT), ["idempotent_answer", "revision"]);
    erase(&client, &gone);
    assert_eq!(installation.tables_with(TEXT), Vec::<String>::new());
    server.stop();
    installation.check();
    // A list replayed where it was made does nothing.
    let list = installation.path("list.ndjson");
    installation.run(&["erasure", "list", "--out", path(&list)]);
    let replayed = installation.run(&["erasure", "replay", "--from", path(&list)]).out;
    assert!(replayed.contains("erased here already") && replayed.contains("0 of 1"), "{replayed}");
}
