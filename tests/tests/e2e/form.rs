//! `cartotek form`: forms that come after the program, and records that come along to their next versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cartotek_tests::body;
use cartotek_tests::next_version::{next_version, second_version};
use cartotek_tests::program::installation::{ADMINISTRATOR, Installation, refused, repository, succeed};
use cartotek_tests::program::network::{Network, SITES, data_manager, first_administrator};
use serde_json::json;

/// A folder with one document.
fn folder(installation: &Installation, name: &str, document: &str, content: &str) -> PathBuf {
    let folder = installation.path(name);
    let path = folder.join(document);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    folder
}

fn publish(installation: &Installation, folder: &Path) -> Command {
    let mut command = installation.command(&["form", "publish", "--as", ADMINISTRATOR]);
    command.arg("--folder").arg(folder);
    command
}

#[test]
fn a_new_version_is_published_once_and_what_is_wrong_never() {
    let installation = Installation::on_sqlite();
    installation.migrate();
    let token = first_administrator(&installation);
    let (first, second) = ("forms/patient_registration/1.json", "forms/patient_registration/2.json");
    let published = fs::read_to_string(repository().join("schemas").join(first)).unwrap();
    let good = published.replace("forms/patient_registration/1\"", "forms/patient_registration/2\"");
    assert_ne!(good, published);

    let empty = installation.path("empty");
    fs::create_dir(&empty).unwrap();
    let message = refused(&mut publish(&installation, &empty), 2);
    assert!(message.contains("there are no schemas in"), "{message}");
    // Its name says that it is the second version, its content that it is the first.
    let contradictory = folder(&installation, "contradictory", second, &published);
    let message = refused(&mut publish(&installation, &contradictory), 1);
    assert!(message.contains(second) && message.contains("$id"), "{message}");
    let altered = folder(&installation, "altered", first, &published.replace("\"interval\"", "\"nominal\""));
    let message = refused(&mut publish(&installation, &altered), 1);
    assert!(message.contains(first) && message.contains("Publish the change as a new version"), "{message}");

    let new = folder(&installation, "new", second, &good);
    let printed = succeed(&mut publish(&installation, &new)).out;
    assert!(printed.contains(second) && printed.contains("1 documents published"), "{printed}");
    let again = succeed(&mut publish(&installation, &new)).out;
    assert!(again.contains("0 documents published"), "{again}");

    let server = installation.serve();
    let form = server.client(&token).get("/api/v1/forms/patient_registration/versions/2").expect(200).json;
    assert_eq!(form, serde_json::from_str::<serde_json::Value>(&good).unwrap());
    server.stop();
    installation.check();
}

fn migrate(installation: &Installation, arguments: &[&str]) -> Command {
    let form = ["form", "migrate", "--form", "patient_registration", "--to", "2", "--site", SITES[0]];
    let mut command = installation.command(&form);
    command.args(["--as", &data_manager(SITES[0])]).args(arguments);
    command
}

#[test]
fn records_come_along_to_the_next_version() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let client = server.client(&network.data_managers[0]);
    let patient =
        client.post("/api/v1/patients", &body::enrolment(SITES[0])).expect(201).json["pseudonym"].clone();
    let mut registration = json!({ "patient": patient, "form": "patient_registration", "submit": true });
    registration["content"] = body::registration();
    let id = client.post("/api/v1/records", &registration).expect(201).json["id"].clone();
    let path = format!("/api/v1/records/{}", id.as_str().unwrap());
    server.stop();

    let message = refused(&mut migrate(&installation, &[]), 1);
    assert!(message.contains("FORM-UNKNOWN"), "{message}");
    let second = second_version("patient_registration");
    let next = installation.path("next");
    for (path, bytes) in next_version("patient_registration", &second, &json!({}), None).documents {
        let path = next.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let printed = succeed(&mut publish(&installation, &next)).out;
    assert!(printed.contains("3 documents published"), "{printed}");

    let printed = succeed(&mut migrate(&installation, &[])).out;
    assert!(printed.contains("1 records would be migrated; nothing is changed, --run does it"), "{printed}");
    let message = refused(&mut migrate(&installation, &["--status", "lost"]), 2);
    assert!(message.contains("write draft or submitted"), "{message}");
    let printed = succeed(&mut migrate(&installation, &["--run"])).out;
    assert!(printed.contains("1 records migrated"), "{printed}");
    let printed = succeed(&mut migrate(&installation, &["--run"])).out;
    assert!(printed.contains("0 records migrated"), "{printed}");

    let server = installation.serve();
    let record = server.client(&network.data_managers[0]).get(&path).expect(200).json;
    assert_eq!((&record["revision"], &record["content"]["form_version"]), (&json!(2), &json!(2)));
    server.stop();
    installation.check();
}
