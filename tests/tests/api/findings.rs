//! Findings over HTTP: a new one on an old record is seen in the list and with the record.

use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;
use serde_json::{Value, json};

/// A patient of 96 years who was infused: each form is right by itself. The registration was there first.
async fn aged(app: &TestApp) -> Scene {
    let scene = Scene::build(app).await;
    let manager = app.data_manager("KAR");
    let mut content = body::registration();
    content["birth_year_month"] = "1930-01".into();
    let amendment = json!({ "content": content, "reason": "source_update", "text": "Born in 1930." });
    let amend = manager.post(&format!("/api/v1/records/{}/amendments", scene.submitted));
    amend.header("If-Match", "\"1\"").json(&amendment).send().await.expect(200);
    let reason =
        |rule: &str, pointer: &str| json!({ "rule": rule, "pointer": pointer, "reason": "Confirmed." });
    let reasons = [reason("R-INF-04B", "/batch_id"), reason("R-PAT-02", "/infusion_date")];
    let submit = manager.post(&format!("/api/v1/records/{}/submission", scene.draft));
    let submit = submit.header("If-Match", "\"1\"").json(&json!({ "acknowledgements": reasons }));
    submit.send().await.expect(200);
    scene
}

fn items(answer: &TestResponse) -> &[Value] {
    answer.json["items"].as_array().unwrap()
}

#[rstest]
#[actix_web::test]
async fn a_new_finding_on_an_old_record_is_seen(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = aged(&app).await;
    let manager = app.data_manager("KAR");
    let list = format!("/api/v1/findings?patient={}&form=patient_registration", scene.pseudonym);
    assert_eq!(items(&manager.get(&list).send().await.expect(200)), [] as [Value; 0], "not judged yet");
    app.service.judge_timelines().await.unwrap();

    let listed = manager.get(&list).header("Accept-Language", "en").send().await.expect(200);
    let [found] = items(&listed) else { panic!("{}", listed.text) };
    assert!(listed.header("cartotek-receipt").is_some(), "it shows something of a patient");
    let rule = (&found["rule"], &found["severity"], &found["pointer"]);
    assert_eq!(rule, (&json!("R-PAT-02"), &json!("warning"), &json!("/birth_year_month")));
    assert_eq!((&found["record"], &found["patient"]), (&json!(scene.submitted), &json!(scene.pseudonym)));
    assert_eq!((&found["site"], &found["form_version"]), (&json!("KAR"), &json!(1)));
    assert_eq!((&found["explained"], &found["since"]), (&json!(false), &json!("2026-03-02T09:00:00Z")));
    assert!(found["message"].as_str().unwrap().contains("older than 90 years"), "{found}");

    let record = format!("/api/v1/records/{}", scene.submitted);
    let read = manager.get(&record).header("Accept-Language", "sv").send().await.expect(200);
    let told = &read.json["findings"][0];
    assert_eq!((&told["rule"], &told["pointer"]), (&json!("R-PAT-02"), &json!("/birth_year_month")));
    assert!(told["message"].as_str().unwrap().contains("äldre än 90 år"), "{told}");
    for earlier in ["/revisions/1", "/revisions/2", "?as_of=2026-03-02T09:00:00Z"] {
        let read = manager.get(&format!("{record}{earlier}")).send().await.expect(200);
        assert_eq!(read.json.get("findings"), None, "{earlier} is not read as it stands now");
    }
}

#[rstest]
#[actix_web::test]
async fn the_list_is_narrowed_by_whatever_is_asked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = aged(&app).await;
    app.service.judge_timelines().await.unwrap();
    let manager = app.data_manager("KAR");
    let found = async |query: &str| {
        let answer = manager.get(&format!("/api/v1/findings?{query}")).send().await.expect(200);
        items(&answer).iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = found("site=KAR").await;
    assert!(all.len() >= 3, "{all:?}");
    assert_eq!(found("explained=false&rule=R-PAT-02").await, ["R-PAT-02"]);
    assert_eq!(found("explained=true&rule=R-PAT-02").await, ["R-PAT-02"]);
    assert_eq!(found("rule=R-INF-04B&form=infusion&severity=warning").await, ["R-INF-04B"]);
    for nothing in ["site=ORE", "severity=error", "rule=R-PAT-01", "rule=R-INF-04B&form=patient_registration"]
    {
        assert_eq!(found(nothing).await, Vec::<String>::new(), "{nothing}");
    }
    let first = manager.get("/api/v1/findings?limit=1").send().await.expect(200);
    let cursor = first.json["next_cursor"].as_str().unwrap().to_owned();
    let rest = manager.get(&format!("/api/v1/findings?cursor={cursor}")).send().await.expect(200);
    assert_eq!([items(&first), items(&rest)].concat().len(), all.len());

    for bad in ["severity=grave", "explained=perhaps", "patient=CT-1", "cursor=x", "limit=0"] {
        manager.get(&format!("/api/v1/findings?{bad}")).send().await.problem(400, "invalid_parameter");
    }
    manager.get("/api/v1/findings?status=open").send().await.problem(400, "unknown_parameter");
    manager.get("/api/v1/findings?form=nothing").send().await.problem(422, "content_invalid");
    let stranger = app.data_manager("UPP");
    assert_eq!(items(&stranger.get("/api/v1/findings").send().await.expect(200)), [] as [Value; 0]);
    let foreign = format!("/api/v1/findings?patient={}", scene.pseudonym);
    stranger.get(&foreign).send().await.problem(404, "not_found");
    let followed = app.data_manager("ORE").get(&foreign).send().await.expect(200);
    assert_eq!(items(&followed).len(), all.len(), "who takes part in the care sees it too");
}
