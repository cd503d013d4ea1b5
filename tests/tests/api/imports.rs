//! Imports over HTTP: a file in, a report and the file back.

use cartotek_tests::{Engine, TestApp, TestResponse};
use rstest::rstest;

use crate::common::enrolled;

const QUERY: &str = "/api/v1/imports?form=patient_registration&site=KAR&atomic=row";

async fn send(app: &TestApp, path: &str, kind: &str, key: &str, file: &str) -> TestResponse {
    app.data_manager("KAR").post(path).header("Idempotency-Key", key).bytes(kind, file).send().await
}

fn table(rows: &[String]) -> String {
    format!("patient;course;birth_year_month;sex;legal_basis\r\n{}\r\n", rows.join("\r\n"))
}

#[rstest]
#[actix_web::test]
async fn a_file_comes_back_with_what_is_to_be_mended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (one, two) = (enrolled(&app, "KAR").await, enrolled(&app, "KAR").await);
    let rows =
        [format!("{one};;2019-11;male;research_consent"), format!("{two};;2019-13;male;research_consent")];
    let file = table(&rows);
    let answer = send(&app, QUERY, "text/csv; charset=utf-8", "k", &file).await.expect(201);
    assert_eq!((&answer.json["state"], &answer.json["accepted"]), (&"done".into(), &1.into()));
    assert_eq!((&answer.json["rows"], &answer.json["refused"]), (&2.into(), &1.into()));
    let finding = &answer.json["findings"][0];
    assert_eq!((&finding["row"], &finding["column"]), (&3.into(), &"birth_year_month".into()), "{finding}");
    let place = answer.header("location").unwrap().to_owned();
    assert_eq!(place, format!("/api/v1/imports/{}", answer.json["id"].as_str().unwrap()));

    let manager = app.data_manager("KAR");
    let status = manager.get(&place).send().await.expect(200);
    assert_eq!(status.json, answer.json);
    let findings = manager.get(&format!("{place}/findings?limit=1")).send().await.expect(200);
    assert_eq!(&findings.json["items"][0], finding);
    let returned = manager.get(&format!("{place}/file")).send().await.expect(200);
    assert_eq!(returned.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(returned.header("content-disposition").unwrap().starts_with("attachment; filename=\"import-"));
    assert!(returned.header("cartotek-receipt").is_some(), "whoever reads it is on record");
    let lines: Vec<_> = returned.text.lines().collect();
    assert!(lines[0].ends_with(";_status;_errors"), "{}", returned.text);
    assert!(lines[1].starts_with(&format!("{};accepted;", rows[0])), "{}", returned.text);
    assert!(lines[2].starts_with(&format!("{};refused;", rows[1])), "{}", returned.text);

    for path in [place.clone(), format!("{place}/findings"), format!("{place}/file")] {
        app.data_manager("UPP").get(&path).send().await.problem(404, "not_found");
    }
}

#[rstest]
#[actix_web::test]
async fn an_import_is_repeated_safely(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let patient = enrolled(&app, "KAR").await;
    let content =
        serde_json::json!({"birth_year_month": "2019-11", "sex": "male", "legal_basis": "research_consent"});
    let line = serde_json::json!({"patient": patient, "content": content}).to_string();
    let dry =
        send(&app, &format!("{QUERY}&dry_run=true"), "application/x-ndjson", "k", &line).await.expect(201);
    assert_eq!((dry.json["accepted"].as_i64(), dry.header("location")), (Some(1), None));
    let first = send(&app, QUERY, "application/x-ndjson", "k", &line).await.expect(201);
    assert_eq!(first.json["accepted"], 1);
    let again = send(&app, QUERY, "application/x-ndjson", "k", &line).await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json));
    let other = send(&app, QUERY, "application/x-ndjson", "l", &line).await.expect(201);
    assert_eq!((&other.json["accepted"], &other.json["already_there"]), (&0.into(), &1.into()));
    send(&app, QUERY, "application/x-ndjson", "k", "{}").await.problem(422, "idempotency_key_reused");
    assert_eq!(app.rows()["record"].len(), 1);
}

#[rstest]
#[actix_web::test]
async fn what_is_no_import_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let patient = enrolled(&app, "KAR").await;
    let file = table(&[format!("{patient};;2019-11;male;research_consent")]);
    let rows = app.rows();
    let manager = app.data_manager("KAR");
    manager.post(QUERY).bytes("text/csv", file.clone()).send().await.problem(400, "invalid_parameter");
    for kind in ["application/json", "text/csv; charset=iso-8859-1", "text/plain", ""] {
        send(&app, QUERY, kind, "k", &file).await.problem(415, "unsupported_media_type");
    }
    for (query, status, code) in [
        ("form=patient_registration&site=SUS", 404, "not_found"),
        ("form=patient_registration&site=KAR&atomic=some", 400, "invalid_parameter"),
        ("form=patient_registration", 400, "invalid_parameter"),
        ("form=patient_registration&site=KAR&mode=fast", 400, "unknown_parameter"),
        ("form=nothing&site=KAR", 422, "content_invalid"),
        ("form=patient_registration&version=9&site=KAR", 422, "content_invalid"),
    ] {
        let answer = send(&app, &format!("/api/v1/imports?{query}"), "text/csv", "k", &file).await;
        answer.problem(status, code);
    }
    let wrong = file.replace("sex", "sexx");
    let answer = send(&app, QUERY, "text/csv", "k", &wrong).await.problem(422, "content_invalid");
    assert!(answer.mentions("`sex`"), "{}", answer.text);
    let unchanged: Vec<&str> = vec!["record", "revision", "import_job", "idempotent_answer"];
    for table in unchanged {
        assert_eq!(app.rows()[table], rows[table], "{table}");
    }
    let missing = "/api/v1/imports/01980000-0000-7000-8000-000000000000";
    manager.get(missing).send().await.problem(404, "not_found");
}
