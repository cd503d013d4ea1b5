//! Every example of every form as a line of one file, among the milestones that it names, at the API and at the command
//! line: the same file comes back. That the API finds in a line what it finds in a single record is tested beside the service
//! (`imports/alike.rs`).

use std::fs;

use cartotek_crypto::random::SeededRandom;
use cartotek_forms::{Forms, SchemaSet, Subject};
use cartotek_persistence::Engine;
use cartotek_service::SystemIds;
use rstest::rstest;
use serde_json::json;

use cartotek_tests::program::installation::{Installation, fail, repository};
use cartotek_tests::program::network::{Network, SITES, data_manager};
use cartotek_tests::seeded::{draw, indication, told};

/// An example as a line about a patient of its own, with the rules that it names.
struct Line {
    text: String,
    rules: Vec<String>,
}

impl Line {
    /// Whether the line came back with all that it names.
    fn is_explained_by(&self, returned: &str) -> bool {
        self.rules.iter().all(|rule| returned.contains(&format!("\"rule\":\"{rule}\"")))
    }
}

/// Puts a patient of the first site into the database for each example of each form, among the milestones that it names;
/// gives the examples.
fn plant(installation: &Installation) -> Vec<Line> {
    let set = SchemaSet::read_folder(&repository().join("schemas")).unwrap();
    let forms = Forms::compile(&set).unwrap();
    let (random, now) = (SeededRandom::new(1), "2026-01-01T00:00:00Z".parse().unwrap());
    let (mut patients, mut participations, mut courses) = (Vec::new(), Vec::new(), Vec::new());
    let (mut milestones, mut lines) = (Vec::new(), Vec::new());
    for form in forms.latest() {
        let number = (form.subject() == Subject::Course).then_some(1);
        for example in form.examples() {
            let (patient, participation, mut course) = draw(SITES[0], now, &SystemIds, &random);
            milestones.extend(told(&example.milestones, patient.id, course.id, &SystemIds));
            course.indication = indication(&example.milestones).unwrap_or(course.indication);
            let (pseudonym, content) = (patient.pseudonym, &example.content);
            let line =
                json!({ "patient": pseudonym, "course": number, "form": form.code(), "content": content });
            let rules = example.findings.iter().map(|finding| finding.rule.clone()).collect();
            lines.push(Line { text: format!("{line}\n"), rules });
            patients.push(patient);
            participations.push(participation);
            courses.push(course);
        }
    }
    installation.write(move |session| {
        session.insert_patients(&patients)?;
        session.insert_participations(&participations)?;
        session.insert_courses(&courses)?;
        session.insert_milestones(&milestones)
    });
    lines
}

/// What came back of the examples that name findings tells nearly all of these. Not all: the program goes by the day of the
/// test, and rules about milestones wait until the content is sound by itself.
fn assert_explained(lines: &[Line], returned: &str) {
    let named = || lines.iter().zip(returned.lines()).filter(|(line, _)| !line.rules.is_empty());
    let explained = named().filter(|(line, returned)| line.is_explained_by(returned)).count();
    assert!(explained * 10 > named().count() * 9, "{explained} of {} are explained", named().count());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn every_example_comes_back_alike_from_the_command_line(#[case] engine: Engine) {
    let installation = Installation::migrated(engine);
    let (network, server) = Network::found(&installation);
    server.stop();
    let lines = plant(&installation);
    let text: String = lines.iter().map(|line| line.text.as_str()).collect();
    let server = installation.serve();
    let client = server.client(&network.data_managers[0]);
    let path = format!("/api/v1/imports?site={}&atomic=row&dry_run=true", SITES[0]);
    let import = client.upload(&path, "examples", "application/x-ndjson", &text).unwrap().expect(201).json;
    assert_eq!(import["rows"], json!(lines.len()));
    let refused = import["refused"].as_u64().unwrap();
    assert!(lines.len() > 600 && refused > 400, "{refused} of {} are refused", lines.len());
    let place = format!("/api/v1/imports/{}/file", import["id"].as_str().unwrap());
    let returned = client.get(&place).expect(200).text;
    assert_eq!(returned.lines().count(), lines.len());
    assert_explained(&lines, &returned);
    server.stop();

    let (file, output) = (installation.path("examples.ndjson"), installation.path("returned.ndjson"));
    fs::write(&file, text).unwrap();
    let mut command = installation.command(&["import", "--site", SITES[0], "--atomic", "row", "--dry-run"]);
    command.args(["--as", &data_manager(SITES[0])]).arg("--file").arg(&file).arg("--output").arg(&output);
    let said = fail(&mut command, 1).out;
    assert!(said.contains(&format!("{refused} refused")), "{said}");
    assert_eq!(fs::read_to_string(&output).unwrap(), returned);
}
