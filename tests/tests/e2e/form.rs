//! `cartotek form publish`: forms that come after the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cartotek_tests::program::installation::{ADMINISTRATOR, Installation, refused, repository, succeed};
use cartotek_tests::program::network::first_administrator;

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
