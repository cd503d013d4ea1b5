//! Exports over HTTP: a file for another registry.

use cartotek_tests::{Engine, Scene, TestApp, body};
use rstest::rstest;
use serde_json::json;

const PATH: &str = "/api/v1/exports/ebmt?table=patient_registration";

#[rstest]
#[actix_web::test]
async fn what_is_agreed_to_leaves_as_a_table(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let empty = manager.get(PATH).send().await.expect(200);
    assert_eq!((empty.text.lines().count(), empty.header("cartotek-receipt")), (1, None));
    let consents = format!("/api/v1/patients/{}/consents", scene.pseudonym);
    manager.post(&consents).json(&body::sharing()).send().await.expect(201);
    // What a spreadsheet would take for a formula is none.
    let mut content = body::registration();
    content["ebmt_uic"] = "=1+1".into();
    content["missing"] = json!({ "trial_ids": "unknown" });
    let amend = format!("/api/v1/records/{}/amendments", scene.submitted);
    let amendment = json!({ "content": content, "reason": "source_update", "text": "The code came." });
    manager.post(&amend).header("If-Match", "\"1\"").json(&amendment).send().await.expect(200);

    let file = manager.get(PATH).send().await.expect(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"ebmt-patient_registration-1.csv\"")
    );
    assert!(file.header("cartotek-receipt").is_some(), "whoever reads it is on record");
    let lines: Vec<_> = file.text.lines().collect();
    assert_eq!(lines[0], "patient,site,registration_date,birth_year_month,sex,ebmt_uic,trial_ids");
    assert_eq!(lines[1], format!("{},KAR,,1961-04,male,'=1+1,#unknown", scene.pseudonym));

    let other = app.data_manager("UPP").get(PATH).send().await.expect(200);
    assert_eq!(other.text.lines().count(), 1);
    app.biobank_staff("KI-BB").get(PATH).send().await.problem(403, "permission_missing");
    manager.get("/api/v1/exports/ebmt?table=nothing").send().await.problem(422, "content_invalid");
    manager.get("/api/v1/exports/ebmt").send().await.problem(400, "invalid_parameter");
}
