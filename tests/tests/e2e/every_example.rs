//! Every example of every form as a line of one file, at the API and at the command line: the same file comes back. That the
//! API finds in a line what it finds in a single record is tested on both engines beside the service (`imports/alike.rs`).

use std::fs;

use cartotek_forms::{Forms, SchemaSet, Subject};
use cartotek_tests::body;
use cartotek_tests::program::client::Client;
use cartotek_tests::program::installation::{Installation, fail, repository};
use cartotek_tests::program::network::{Network, SITES, data_manager};
use serde_json::json;

/// A patient of the first site with a course; gives the pseudonym.
fn enrol(client: &Client) -> String {
    let enrolled = client.post("/api/v1/patients", &body::enrolment(SITES[0])).expect(201).json;
    let pseudonym = enrolled["pseudonym"].as_str().unwrap().to_owned();
    client.post(&format!("/api/v1/patients/{pseudonym}/courses"), &body::course()).expect(201);
    pseudonym
}

/// The examples of all forms, the first of each about one patient, the second about another, and so on.
fn examples(client: &Client) -> Vec<String> {
    let set = SchemaSet::read_folder(&repository().join("schemas")).unwrap();
    let forms = Forms::compile(&set).unwrap();
    let most = forms.latest().map(|form| form.examples().len()).max().unwrap();
    let patients: Vec<String> = (0..most).map(|_| enrol(client)).collect();
    let mut lines = Vec::new();
    for form in forms.latest() {
        let course = (form.subject() == Subject::Course).then_some(1);
        for (patient, example) in patients.iter().zip(form.examples()) {
            let (form, content) = (form.code(), &example.content);
            let line = json!({ "patient": patient, "course": course, "form": form, "content": content });
            lines.push(format!("{line}\n"));
        }
    }
    lines
}

#[test]
fn every_example_comes_back_alike_from_the_command_line() {
    let installation = Installation::on_sqlite();
    let (network, server) = Network::found(&installation);
    let client = server.client(&network.data_managers[0]);
    let lines = examples(&client);
    let text = lines.concat();
    let path = format!("/api/v1/imports?site={}&atomic=row&dry_run=true", SITES[0]);
    let import = client.upload(&path, "examples", "application/x-ndjson", &text).unwrap().expect(201).json;
    assert_eq!(import["rows"], json!(lines.len()));
    let refused = import["refused"].as_u64().unwrap();
    assert!(lines.len() > 600 && refused > 200, "{refused} of {} are refused", lines.len());
    let place = format!("/api/v1/imports/{}/file", import["id"].as_str().unwrap());
    let returned = client.get(&place).expect(200).text;
    assert_eq!(returned.lines().count(), lines.len());
    server.stop();

    let (file, output) = (installation.path("examples.ndjson"), installation.path("returned.ndjson"));
    fs::write(&file, text).unwrap();
    let mut command = installation.command(&["import", "--site", SITES[0], "--atomic", "row", "--dry-run"]);
    command.args(["--as", &data_manager(SITES[0])]).arg("--file").arg(&file).arg("--output").arg(&output);
    let said = fail(&mut command, 1).out;
    assert!(said.contains(&format!("{refused} refused")), "{said}");
    assert_eq!(fs::read_to_string(&output).unwrap(), returned);
}
