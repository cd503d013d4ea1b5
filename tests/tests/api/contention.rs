//! Records that many want to write at once.

use actix_web::rt::spawn;
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{enrolled, with};

/// Starts everything at once; the answers in the order of the requests.
async fn at_once(requests: impl IntoIterator<Item = cartotek_tests::client::Request>) -> Vec<TestResponse> {
    let running: Vec<_> = requests.into_iter().map(|request| spawn(request.send())).collect();
    let mut answers = Vec::new();
    for answer in running {
        answers.push(answer.await.unwrap());
    }
    answers
}

/// The one who comes second is told what the first has changed, and may then decide.
#[rstest]
#[actix_web::test]
async fn of_two_who_amend_one_wins_and_the_other_gets_the_difference(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, path) = (app.data_manager("KAR"), format!("/api/v1/records/{}", scene.submitted));
    let read = manager.get(&path).send().await.expect(200);
    let (etag, version) = (read.header("etag").unwrap(), read.json["revision"].as_i64().unwrap());
    let amendment = |pointer: &str, value: &str| {
        let content = with(&body::registration(), pointer, value);
        let body = json!({ "content": content, "reason": "data_entry", "text": "Typed wrong." });
        manager.post(&format!("{path}/amendments")).header("If-Match", etag).json(&body)
    };
    let answers = at_once([amendment("/sex", "female"), amendment("/birth_year_month", "1961-05")]).await;
    let (winner, stale) = match answers[0].status {
        200 => (0, answers[1].clone().problem(412, "stale_version")),
        _ => (1, answers[0].clone().problem(412, "stale_version")),
    };
    answers[winner].clone().expect(200);
    let (place, value) = [("/sex", "female"), ("/birth_year_month", "1961-05")][winner];
    assert_eq!(stale.json["current_version"], version + 1);
    assert_eq!(stale.json["changes"], json!([{ "op": "replace", "path": place, "value": value }]));
    let now = manager.get(&path).send().await.expect(200).json;
    assert_eq!(now["revision"], version + 1);
    assert_eq!(now["content"]["content"], with(&body::registration(), place, value));
}

#[rstest]
#[actix_web::test]
async fn sixty_four_parallel_submissions_of_one_form_make_one_record(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let pseudonym = enrolled(&app, "KAR").await;
    let mut body = body::record(&pseudonym, None, "patient_registration", body::registration());
    body["submit"] = Value::Bool(true);
    let manager = app.data_manager("KAR");
    let answers = at_once((0..64).map(|_| manager.post("/api/v1/records").json(&body))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        refused.problem(409, "already_exists");
    }
    assert_eq!((app.rows()["record"].len(), app.rows()["revision"].len()), (1, 1));
}
