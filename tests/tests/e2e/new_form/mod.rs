//! A form that is nothing but files: those of `docs/new-form.md`, published as it says, go through every door.

mod files;
mod next_version;
mod patient;

use std::fs;
use std::process::Command;

use cartotek_persistence::Engine;
use cartotek_tests::program::client::{Answer, Client};
use cartotek_tests::program::installation::{ADMINISTRATOR, Installation, fail, refused, succeed};
use cartotek_tests::program::network::{Network, SITES, data_manager};
use cartotek_tests::program::server::Server;
use cartotek_tests::program::waiting::eventually;
use rstest::rstest;
use serde_json::{Value, json};

use self::files::{file, files, folder};
use self::patient::{HEADER, Patient, contents};

const FORM: &str = "/api/v1/forms/nutrition/versions/1";
const IMPORT: &str = "/api/v1/imports?form=nutrition&site=KAR&atomic=row";
const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

/// How the files come into a registry.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// With a version of the program.
    Migrate,
    /// In between.
    Publish,
}

/// A registry with a network to which the files have come.
fn registry(installation: &Installation, way: Way) -> (Network, Server) {
    let folder = folder(installation);
    if matches!(way, Way::Migrate) {
        succeed(installation.migration().env("CARTOTEK_SCHEMAS", folder));
        return Network::found(installation);
    }
    let (network, server) = Network::found(installation);
    server.client(&network.data_managers[0]).get(FORM).expect(404);
    server.stop();
    let mut publish = installation.command(&["form", "publish", "--as", ADMINISTRATOR]);
    let printed = succeed(publish.arg("--folder").arg(&folder)).out;
    for (path, _) in files() {
        assert!(printed.lines().any(|line| line == path), "{path} in {printed}");
    }
    assert!(printed.contains("4 documents published"), "{printed}");
    (network, installation.serve())
}

/// The findings without the place in a file, as bytes.
fn bytes_of<'f>(findings: impl IntoIterator<Item = &'f Value>) -> String {
    let bare = |finding: &Value| {
        let mut finding = finding.clone();
        let members = finding.as_object_mut().unwrap();
        members.retain(|name, _| name != "row" && name != "column");
        finding
    };
    findings.into_iter().map(bare).collect::<Value>().to_string()
}

fn list(answer: &Answer) -> &[Value] {
    answer.json["findings"].as_array().map_or(&[], Vec::as_slice)
}

/// What the API finds in each content as a record, in a dry run; the rules are those expected.
fn by_record(client: &Client, patient: &Patient, contents: &[(Value, Vec<&str>)]) -> Vec<String> {
    let found = |(content, expected): &(Value, Vec<&str>)| {
        let answer = client.post("/api/v1/records?dry_run=true", &patient.record("nutrition", content));
        let rules: Vec<_> = list(&answer).iter().map(|one| one["rule"].as_str().unwrap()).collect();
        assert_eq!(rules, *expected, "{content} {answer:?}");
        assert_eq!(answer.status, if expected.is_empty() { 201 } else { 422 }, "{answer:?}");
        bytes_of(list(&answer))
    };
    contents.iter().map(found).collect()
}

/// What a dry run of an import finds row by row, and the file that comes back.
fn by_import(client: &Client, kind: &str, text: &str, first: usize, rows: usize) -> (Vec<String>, String) {
    let import = client.upload(&format!("{IMPORT}&dry_run=true"), "dry", kind, text).unwrap().expect(201);
    let of_row = |row: usize| bytes_of(list(&import).iter().filter(|one| one["row"] == row));
    let found = (first..first + rows).map(of_row).collect();
    let place = format!("/api/v1/imports/{}/file", import.json["id"].as_str().unwrap());
    (found, client.get(&place).expect(200).text)
}

/// The import command on a file of that name.
fn command(installation: &Installation, name: &str, text: &str) -> Command {
    let file = installation.path(name);
    fs::write(&file, text).unwrap();
    let import = ["import", "--form", "nutrition", "--site", SITES[0], "--atomic", "row"];
    let mut command = installation.command(&import);
    command.args(["--as", &data_manager(SITES[0])]).arg("--file").arg(file);
    command
}

#[rstest]
fn a_form_of_files_alone_goes_through_every_door(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Way::Migrate, Way::Publish)] way: Way,
) {
    let installation = Installation::migrated(engine);
    let (network, server) = registry(&installation, way);
    let client = server.client(&network.data_managers[0]);
    is_described(&client);

    let patients: Vec<Patient> = (0..4).map(|_| Patient::enrol(&client)).collect();
    // Of this one nothing is kept.
    let other = Patient::enrol(&client);
    let contents = contents();
    let lines: String = contents.iter().map(|(content, _)| other.line(content)).collect();
    let table: String = contents.iter().map(|(content, _)| other.row(content)).collect();
    let table = format!("{HEADER}\n{table}");
    let records = by_record(&client, &other, &contents);
    let (by_line, lines_back) = by_import(&client, NDJSON, &lines, 1, contents.len());
    let (by_row, table_back) = by_import(&client, CSV, &table, 2, contents.len());
    assert_eq!((&by_line, &by_row), (&records, &records));
    milestones_are_heard(&client);

    let valid = &contents[0].0;
    let kept = client.post("/api/v1/records", &patients[0].record("nutrition", valid)).expect(201).json;
    let index = &kept["derived"][0];
    assert_eq!((&index["id"], &index["unit"]), (&json!("nutrition_bmi"), &json!("kg/m2")));
    // 74 kg at 1.72 m.
    assert!((index["value"].as_f64().unwrap() - 25.01).abs() < 0.01, "{index}");
    let (line, row) = (patients[1].line(valid), format!("{HEADER}\n{}", patients[2].row(valid)));
    for (key, kind, text) in [("a-line", NDJSON, line), ("a-row", CSV, row)] {
        let import = client.upload(IMPORT, key, kind, &text).unwrap().expect(201).json;
        assert_eq!((&import["accepted"], &import["refused"]), (&json!(1), &json!(0)), "{import}");
    }
    server.stop();

    let output = installation.path("returned");
    for (name, text, back) in [("rows.ndjson", &lines, lines_back), ("rows.csv", &table, table_back)] {
        let mut dry = command(&installation, name, text);
        let said = fail(dry.arg("--dry-run").arg("--output").arg(&output), 1);
        assert!(said.out.contains("2 of 7 rows would be imported"), "{}", said.out);
        assert_eq!(fs::read_to_string(&output).unwrap(), back, "the same file comes back at both doors");
    }
    let printed = succeed(&mut command(&installation, "one.ndjson", &patients[3].line(valid))).out;
    assert!(printed.contains("1 of 1 rows imported"), "{printed}");

    let server = installation.serve();
    let client = server.client(&network.data_managers[0]);
    let stored = client.get("/api/v1/records?form=nutrition").expect(200).json;
    assert_eq!(stored["items"].as_array().unwrap().len(), patients.len());
    is_asked_for(&client, patients.len());
    server.stop();

    // How the first version has come makes no difference to the second.
    if matches!(way, Way::Publish) {
        next_version::publish(&installation);
        let server = installation.serve();
        let client = server.client(&network.data_managers[0]);
        next_version::comes_along(&client, &other, &kept["id"], valid);
        server.stop();
    }
    installation.check();
}

/// The API describes the form from its file.
fn is_described(client: &Client) {
    assert_eq!(client.get(FORM).expect(200).json, file("forms/nutrition/1.json"));
    let example = file("forms/nutrition/examples/valid/eats_well.json");
    assert_eq!(client.get(&format!("{FORM}/example")).expect(200).json, example["content"]);
    let columns = HEADER.replace("course,", "course,acknowledgement,");
    assert_eq!(client.get(&format!("{FORM}/template.csv")).expect(200).text, format!("{columns}\r\n"));
    let list = client.get("/api/v1/code-lists/appetite").expect(200).json;
    assert_eq!(list["codes"].as_array().unwrap().len(), 3);
    let variables = client.get("/api/v1/variables").expect(200).json;
    for (id, derived) in [("appetite", false), ("nutrition_bmi", true)] {
        let variable = variables["items"].as_array().unwrap().iter().find(|one| one["id"] == id);
        let variable = variable.expect("the codebook has the variable");
        assert_eq!((&variable["form"], &variable["derived"]), (&json!("nutrition"), &json!(derived)));
    }
    let api = client.get("/api/v1/openapi.json").expect(200).json;
    assert!(api["components"]["schemas"]["NutritionContent"].is_object());
}

/// A rule hears what another form tells, at both doors.
fn milestones_are_heard(client: &Client) {
    let patient = Patient::enrol(client);
    let death = json!({ "date": "2024-03-01", "main_cause": "infection", "source": "chart" });
    let death = patient.record("event", &json!({ "kind": "death", "event_no": 1, "death": death }));
    client.post("/api/v1/records", &death).expect(201);
    let after = [(contents()[0].0.clone(), vec!["R-NUT-02"])];
    let records = by_record(client, &patient, &after);
    assert_eq!(by_import(client, NDJSON, &patient.line(&after[0].0), 1, 1).0, records);
    let table = format!("{HEADER}\n{}", patient.row(&after[0].0));
    assert_eq!(by_import(client, CSV, &table, 2, 1).0, records);
}

/// The variables select a cohort, as soon as the log has been sealed.
fn is_asked_for(client: &Client, patients: usize) {
    let parts = json!([
        { "variable": "nutrition_bmi", "at_least": 25, "less_than": 26 },
        { "variable": "appetite", "equals": "good" },
    ]);
    let question = json!({ "where": { "all": parts } });
    eventually("the cohort holds all patients", || {
        let count = client.post("/api/v1/cohorts/count", &question).expect(200).json;
        (count["patients"] == patients && count["protection"] == "exact").then_some(())
    });
}

#[test]
fn a_mistake_is_named_before_anything_is_published() {
    let installation = Installation::on_sqlite();
    let folder = folder(&installation);
    let check = || {
        let mut command = installation.command(&["openapi"]);
        command.env("CARTOTEK_SCHEMAS", &folder);
        command
    };
    assert!(succeed(&mut check()).out.contains("NutritionContent"));
    let path = folder.join("forms/nutrition/1.json");
    let form = fs::read_to_string(&path).unwrap();
    fs::write(&path, form.replacen("bmi(f.weight_kg,", "bmi(f.weight,", 1)).unwrap();
    let said = refused(&mut check(), 1);
    assert!(said.contains("schemas/forms/nutrition/1.json#/x-rules/2: "), "{said}");
    assert!(said.contains("`/weight`"), "{said}");
}
