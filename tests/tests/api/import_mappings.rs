//! A site's own headings and codes over HTTP: saved, read, used by name.

use cartotek_tests::{Engine, TestApp, body};
use rstest::rstest;
use serde_json::json;

use crate::common::enrolled;

const PATH: &str = "/api/v1/sites/KAR/import-mappings/follow_up/lab-export";

#[rstest]
#[actix_web::test]
async fn a_mapping_is_saved_version_by_version(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let manager = app.data_manager("KAR");
    manager.get(PATH).send().await.problem(404, "not_found");
    let first = manager.put(PATH).json(&body::import_mapping()).send().await.expect(200);
    assert_eq!((first.header("etag"), &first.json["version"]), (Some("\"1\""), &1.into()));
    assert!(first.header("cartotek-receipt").is_some());
    manager.put(PATH).json(&body::import_mapping()).send().await.problem(428, "precondition_required");
    let next = json!({ "columns": [{ "heading": "Kontaktdatum", "to": "/contact_date" }] });
    let put = |version: &str| manager.put(PATH).header("If-Match", version).json(&next).send();
    put("\"1\"").await.expect(200);
    put("\"1\"").await.problem(412, "stale_version");
    let latest = manager.get(PATH).send().await.expect(200);
    assert_eq!((latest.header("etag"), &latest.json["columns"][0]["codes"]), (Some("\"2\""), &json!([])));
    let earlier = manager.get(&format!("{PATH}?version=1")).send().await.expect(200);
    assert_eq!((earlier.header("etag"), &earlier.json["columns"]), (None, &first.json["columns"]));
    let listed = manager.get("/api/v1/sites/KAR/import-mappings").send().await.expect(200);
    assert_eq!(listed.json["items"], json!([latest.json]));

    let uppsala = app.data_manager("UPP");
    for path in [PATH, "/api/v1/sites/KAR/import-mappings", "/api/v1/sites/NON/import-mappings"] {
        uppsala.get(path).send().await.problem(404, "not_found");
    }
    uppsala.put(PATH).json(&next).send().await.problem(404, "not_found");
    app.biobank_staff("KI-BB").get(PATH).send().await.problem(403, "permission_missing");
    let wrong = json!({ "columns": [{ "heading": "a", "to": "/nothing" }] });
    let answer = manager.put(PATH).header("If-Match", "\"2\"").json(&wrong).send().await;
    assert_eq!(answer.problem(422, "content_invalid").found(), [("IMPORT-MAPPING", "/columns/0/to")]);
}

#[rstest]
#[actix_web::test]
async fn an_import_reads_by_a_mapping(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (manager, patient) = (app.data_manager("KAR"), enrolled(&app, "KAR").await);
    let columns = json!({ "columns": [
        { "heading": "Pseudonym", "to": "patient" },
        { "heading": "Kön", "to": "/sex", "codes": [{ "cell": "M", "code": "male" }] },
    ] });
    let path = "/api/v1/sites/KAR/import-mappings/patient_registration/lab-export";
    manager.put(path).json(&columns).send().await.expect(200);
    let file = format!("Pseudonym;Kön;birth_year_month;legal_basis\n{patient};M;1961-04;quality_register\n");
    // As a spreadsheet of Windows writes it.
    let file: Vec<u8> = file.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let query = "/api/v1/imports?form=patient_registration&site=KAR&atomic=row";
    let send = |query: &str, key: &str| {
        let request = manager.post(query).header("Idempotency-Key", key);
        request.bytes("text/csv; charset=windows-1252", file.clone()).send()
    };
    let import = send(&format!("{query}&mapping=lab-export"), "k").await.expect(201);
    assert_eq!((&import.json["accepted"], &import.json["mapping"]), (&1.into(), &"lab-export".into()));
    let answer = send(query, "l").await.problem(422, "content_invalid");
    assert!(answer.mentions("Column A of the header"), "{}", answer.text);
    send(&format!("{query}&mapping=other"), "m").await.problem(422, "content_invalid");
    send(&format!("{query}&mapping=Lab%20export"), "n").await.problem(400, "invalid_parameter");
}
