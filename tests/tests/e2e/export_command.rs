//! `cartotek export`: a table for another registry on the disk of the machine itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::story::Story;
use cartotek_tests::body;
use cartotek_tests::program::client::Client;
use cartotek_tests::program::installation::{Installation, refused, succeed};
use cartotek_tests::program::network::{Network, SITES, data_manager};

/// The command for a table, by the data manager of the first site.
fn export(installation: &Installation, table: &str, output: &Path) -> Command {
    let mut command = installation.command(&["export", "--table", table]);
    command.args(["--as", &data_manager(SITES[0])]).arg("--output").arg(output);
    command
}

/// A registered patient of the first site; gives the pseudonym.
fn register(client: &Client, number: usize) -> String {
    let mut story = Story::new(0, format!("export-command-{number}"), number);
    story.go_on(client);
    let patient = story.pseudonym().expect("the patient is enrolled").to_owned();
    let mut record = body::record(&patient, None, "patient_registration", body::registration());
    record["submit"] = true.into();
    client.post("/api/v1/records", &record).expect(201);
    patient
}

#[test]
fn whoever_agreed_stands_in_the_table_and_nobody_else() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let client = server.client(&network.data_managers[0]);
    let [agreed, silent] = [0, 1].map(|number| register(&client, number));
    let consent = json!({ "purpose": "sharing_ebmt", "decision": "given", "decided_on": "2024-01-10" });
    client.post(&format!("/api/v1/patients/{agreed}/consents"), &consent).expect(201);
    server.stop();

    let output = installation.path("ebmt.csv");
    let message = refused(&mut export(&installation, "nothing", &output), 1);
    assert!(message.contains("patient_registration"), "{message}");
    assert!(!output.exists());
    fs::write(&output, "of an earlier export, and longer than what comes now: ".repeat(20)).unwrap();
    succeed(&mut export(&installation, "patient_registration", &output));
    let table = fs::read_to_string(&output).unwrap();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[0].starts_with("patient,site,registration_date,"), "{table}");
    assert!(lines[1].starts_with(&format!("{agreed},{},", SITES[0])), "{table}");
    assert!(!table.contains(&silent), "{table}");
    assert_eq!(fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
    installation.check();
}
