//! The identifier guard at the door for files: cells, headings, lines, headers, names.

use cartotek_tests::identifier::{DISGUISED, NUMBERS, disguises};
use cartotek_tests::{Engine, TestApp, TestResponse};
use rstest::rstest;

use crate::common::enrolled;

const QUERY: &str = "/api/v1/imports?form=patient_registration&site=KAR&atomic=row";

/// Sends a file with a header beside those it needs.
async fn send(app: &TestApp, file: &str, name: &str, value: &str) -> TestResponse {
    let request = app.data_manager("KAR").post(QUERY).header("Idempotency-Key", "k");
    request.header(name, value).bytes("text/csv", file).send().await
}

fn table(pseudonym: &str) -> String {
    format!("patient;course;birth_year_month;sex;legal_basis\n{pseudonym};;2019-11;male;research_consent\n")
}

/// A cell that holds one comes back empty; the row is refused, whatever the disguise.
#[rstest]
#[actix_web::test]
async fn no_cell_lets_a_number_through(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let good = table(&enrolled(&app, "KAR").await);
    let row = good.lines().nth(1).unwrap();
    let secrets: Vec<String> = NUMBERS.map(str::to_owned).into_iter().chain(disguises()).collect();
    let mut file = good.lines().next().unwrap().to_owned();
    for secret in &secrets {
        for cell in ["2019-11", "male", "research_consent"] {
            file.push('\n');
            file.push_str(&row.replacen(cell, secret, 1));
        }
    }
    let answer = send(&app, &file, "X-Nothing", "1").await.expect(201);
    assert_eq!(answer.json["accepted"], 0);
    assert_eq!(answer.json["refused"], secrets.len() * 3);
    let place = answer.header("location").unwrap().to_owned();
    let manager = app.data_manager("KAR");
    let returned = manager.get(&format!("{place}/file")).send().await.expect(200);
    let findings = manager.get(&format!("{place}/findings?limit=500")).send().await.expect(200);
    let guarded = findings.json["items"].as_array().unwrap().iter();
    assert_eq!(guarded.filter(|one| one["rule"] == "R-ID-01").count(), secrets.len() * 3);
    for secret in secrets {
        for answer in [&answer, &returned, &findings] {
            assert!(!answer.mentions(&secret), "{secret} comes back");
        }
        app.assert_nowhere(&secret);
    }
}

#[rstest]
#[actix_web::test]
async fn no_heading_and_no_line_lets_a_number_through(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let good = table(&enrolled(&app, "KAR").await);
    let jobs = app.rows()["import_job"].clone();
    for file in [
        good.replacen("sex", DISGUISED, 1),
        good.replacen("sex", "19850101-2382", 1),
        format!("{DISGUISED};{good}"),
        DISGUISED.to_owned(),
        format!("{DISGUISED}\n{good}"),
    ] {
        let answer = send(&app, &file, "X-Nothing", "1").await;
        assert_eq!(answer.status, 422, "{file}: {}", answer.text);
        let answer = answer.whole_problem();
        assert!(!answer.mentions(DISGUISED) && !answer.mentions("19850101-2382"), "{}", answer.text);
    }
    assert_eq!(app.rows()["import_job"], jobs);
    app.assert_nowhere(DISGUISED);
    app.assert_nowhere("19850101-2382");
}

/// The name of a file is often that of a patient. It is asked for nowhere; what a client sends all the same is neither
/// kept nor repeated. The key is kept, so it is screened.
#[rstest]
#[actix_web::test]
async fn names_of_files_and_headers_are_screened_or_left_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let good = table(&enrolled(&app, "KAR").await);
    for (name, value) in [
        ("Content-Disposition", format!("attachment; filename=\"{DISGUISED}.csv\"")),
        ("Content-Disposition", format!("attachment; filename*=UTF-8''{DISGUISED}.csv")),
        ("X-File-Name", format!("{DISGUISED}.csv")),
    ] {
        let answer = send(&app, &good, name, &value).await.expect(201);
        let place = answer.header("location").unwrap().to_owned();
        let file = app.data_manager("KAR").get(&format!("{place}/file")).send().await.expect(200);
        assert!(!answer.mentions(DISGUISED) && !file.mentions(DISGUISED), "{name}");
    }
    let rows = app.rows();
    let kinds = [format!("text/csv; name={DISGUISED}"), format!("text/{DISGUISED}")];
    for (key, kind) in [(DISGUISED, "text/csv"), ("19850101-2382.csv", "text/csv")]
        .into_iter()
        .chain(kinds.iter().map(|kind| ("k2", kind.as_str())))
    {
        let request = app.data_manager("KAR").post(QUERY).header("Idempotency-Key", key);
        let answer = request.bytes(kind, good.replacen("male", "nothing", 1)).send().await;
        assert!(answer.status < 500 && !answer.mentions(DISGUISED), "{kind}: {}", answer.text);
        if key != "k2" {
            answer.problem(422, "person_id_detected");
        }
    }
    for query in [format!("{QUERY}&file={DISGUISED}.csv"), format!("{QUERY}&{DISGUISED}=1")] {
        let request = app.data_manager("KAR").post(&query).header("Idempotency-Key", "k3");
        request.bytes("text/csv", good.clone()).send().await.problem(422, "person_id_detected");
    }
    assert_eq!(app.rows()["record"], rows["record"]);
    app.assert_nowhere(DISGUISED);
    app.assert_nowhere("19850101-2382");
}
