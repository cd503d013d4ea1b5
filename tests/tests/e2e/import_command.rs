//! `cartotek import`: a file from the disk of the machine itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::story::Story;
use cartotek_tests::identifier::DISGUISED;
use cartotek_tests::program::client::Client;
use cartotek_tests::program::installation::{Installation, fail, refused, succeed};
use cartotek_tests::program::network::{Network, SITES, data_manager};

/// The command on a file, by the data manager of the first site.
fn import(installation: &Installation, file: &Path, output: &Path) -> Command {
    let form = ["import", "--form", "patient_registration", "--site", SITES[0], "--atomic", "row"];
    let mut command = installation.command(&form);
    command.args(["--as", &data_manager(SITES[0])]).arg("--file").arg(file).arg("--output").arg(output);
    command
}

/// Enrols a patient of the site; gives the pseudonym.
fn enrol(client: &Client, site: usize) -> String {
    let mut story = Story::new(site, format!("import-command-{site}"), 0);
    story.go_on(client);
    story.pseudonym().expect("the patient is enrolled").to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_row_that_was_refused_is_taken_once_its_cause_is_mended() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let [own, foreign] = [0, 1].map(|site| enrol(&server.client(&network.data_managers[site]), site));
    let (file, output) = (installation.path("registrations.csv"), installation.path("returned.csv"));
    let rows = [&own, &foreign].map(|patient| format!("{patient};;1961-04;female;quality_register"));
    let table = format!("patient;course;birth_year_month;sex;legal_basis\n{}\n", rows.join("\n"));
    fs::write(&file, table).unwrap();

    // The server has the database to itself: the command says how the file gets to the server.
    let busy = refused(&mut import(&installation, &file, &output), 1);
    let address = "/api/v1/imports?form=patient_registration&site=KAR&atomic=row&dry_run=false";
    for part in ["another process writes to", "curl --data-binary @", "Idempotency-Key: ", address] {
        assert!(busy.contains(part), "{busy}");
    }
    assert!(!output.exists());
    server.stop();

    // Nothing is imported when the file cannot be written back: the row is new to the next command.
    let nowhere = installation.path("nowhere/returned.csv");
    let message = refused(&mut import(&installation, &file, &nowhere), 1);
    assert!(message.contains(nowhere.to_str().unwrap()), "{message}");

    let first = fail(&mut import(&installation, &file, &output), 1);
    for part in
        ["row 3 patient IMPORT-PATIENT: ", "1 of 2 rows imported, 0 there already, 1 refused, 0 not kept"]
    {
        assert!(first.out.contains(part), "{}", first.out);
    }
    assert!(first.err.contains("run the same command again"), "{}", first.err);
    let returned = fs::read_to_string(&output).unwrap();
    let lines: Vec<_> = returned.lines().collect();
    assert!(lines[1].starts_with(&format!("{};accepted;", rows[0])), "{returned}");
    assert!(lines[2].starts_with(&format!("{};refused;", rows[1])), "{returned}");
    assert!(lines[2].contains("patient: ") && lines[2].contains("[IMPORT-PATIENT]"), "{returned}");
    assert_eq!(mode(&output), 0o600);

    let server = installation.serve();
    let joining = json!({ "site": SITES[0], "role": "following", "from": "2020-02-01" });
    let path = format!("/api/v1/patients/{foreign}/participations");
    server.client(&network.data_managers[1]).post(&path, &joining).expect(201);
    server.stop();
    fs::set_permissions(&output, Permissions::from_mode(0o644)).unwrap();
    let second = succeed(&mut import(&installation, &file, &output)).out;
    assert!(second.contains("1 of 2 rows imported, 1 there already, 0 refused, 0 not kept"), "{second}");
    let returned = fs::read_to_string(&output).unwrap();
    let states: Vec<_> = returned.lines().skip(1).map(|line| line.rsplit(';').nth(1).unwrap()).collect();
    assert_eq!(states, ["already_there", "accepted"], "{returned}");
    assert_eq!(mode(&output), 0o600, "whoever could read the one before cannot read this one");
    installation.check();
}

#[test]
fn a_file_named_after_a_person_is_refused_without_its_name() {
    let installation = Installation::on_sqlite();
    let harmless = installation.path("registrations.csv");
    for name in
        [format!("{DISGUISED}.csv"), "19850101-2382.csv".to_owned(), "850101-2382/rows.csv".to_owned()]
    {
        let named = installation.path(&name);
        for (file, output, flag) in [(&named, &harmless, "--file"), (&harmless, &named, "--output")] {
            let said = fail(&mut import(&installation, file, output), 2);
            assert!(said.err.contains(flag) && said.err.contains("personal identifier"), "{}", said.err);
            assert!(!said.err.contains("2382") && said.out.is_empty(), "{}{}", said.out, said.err);
        }
    }
    assert!(!installation.path("cartotek.db").exists());
}
