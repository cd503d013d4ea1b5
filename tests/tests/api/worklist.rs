//! The worklist over HTTP: why an item is there, when its window closes and what would satisfy it, in both languages.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::enrolled;

/// The patient of the scene, infused on 2026-02-12.
async fn infused(app: &TestApp) -> Scene {
    let scene = Scene::build(app).await;
    let submit = scene.request(&Operation::of_id("submit"), &app.data_manager("KAR"));
    submit.send().await.expect(200);
    scene
}

/// What a list tells of the assessment of response on day 28, and of the plasma of that day.
async fn day_28(client: &Client, path: &str, language: &str) -> [Value; 2] {
    let list = client.get(path).header("Accept-Language", language).send().await.expect(200);
    let items = list.json["items"].as_array().unwrap();
    let find = |is: fn(&Value) -> bool| {
        let found = items.iter().find(|item| item["time_point"] == "D28" && is(item));
        found.unwrap_or_else(|| panic!("{}", list.text)).clone()
    };
    [
        find(|item| item["form"] == "response_assessment"),
        find(|item| item["form"].is_null() && item["title"].as_str().unwrap().starts_with("Plasma")),
    ]
}

fn texts(item: &Value) -> [&str; 3] {
    ["title", "why", "satisfied_by"].map(|name| item[name].as_str().unwrap())
}

#[rstest]
#[actix_web::test]
async fn an_item_says_why_until_when_and_what_is_to_be_done(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (infused(&app).await, app.data_manager("KAR"));
    let waiting = format!("/api/v1/worklist?patient={}", scene.pseudonym);
    for path in [waiting.clone(), format!("/api/v1/patients/{}/schedule", scene.pseudonym)] {
        let [form, sample] = day_28(&manager, &path, "en").await;
        let why = "Follow-up after CAR T, version 2: Day 28, counted from day 0 (2026-02-12)";
        let submit =
            "Submit the form Response assessment (D28), dated 2026-03-05 to 2026-03-19, by 2026-04-18.";
        assert_eq!(texts(&form), ["Response assessment", why, submit]);
        let plasma = "Plasma, EDTA or Plasma, tube that stabilises cell-free DNA";
        let register =
            format!("Register the sample: {plasma} (D28), of 2026-03-09 to 2026-03-15, by 2026-04-14.");
        assert_eq!(texts(&sample), [plasma, why, &register]);

        let [form, sample] = day_28(&manager, &path, "sv").await;
        let why = "Uppföljning efter CAR-T, version 2: Dag 28, räknat från dag 0 (2026-02-12)";
        let submit = "Skicka in formuläret Svarsbedömning (D28), daterat 2026-03-05 till 2026-03-19, senast 2026-04-18.";
        assert_eq!(texts(&form), ["Svarsbedömning", why, submit]);
        let plasma = "Plasma, EDTA eller Plasma, rör som stabiliserar cellfritt DNA";
        let register =
            format!("Registrera provet: {plasma} (D28), från 2026-03-09 till 2026-03-15, senast 2026-04-14.");
        assert_eq!(texts(&sample), [plasma, why, &register]);
    }
    let [form, sample] = day_28(&manager, &waiting, "en").await;
    let days = |item: &Value| {
        ["window_opens", "target", "window_closes", "overdue_after"].map(|name| item[name].clone())
    };
    assert_eq!(days(&form), ["2026-03-05", "2026-03-12", "2026-03-19", "2026-04-18"].map(Value::from));
    assert_eq!(days(&sample), ["2026-03-09", "2026-03-12", "2026-03-15", "2026-04-14"].map(Value::from));
    for (item, optional) in [(&form, false), (&sample, true)] {
        assert_eq!((&item["state"], &item["urgency"]), (&json!("upcoming"), &json!("due_soon")));
        assert_eq!((&item["optional"], &item["site"]), (&json!(optional), &json!("KAR")));
        assert_eq!((&item["patient"], &item["course"]), (&json!(scene.pseudonym), &json!(scene.course)));
    }
}

#[rstest]
#[actix_web::test]
async fn what_is_closed_says_what_has_closed_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (infused(&app).await, app.data_manager("KAR"));
    let consents = format!("/api/v1/patients/{}/consents", scene.pseudonym);
    manager.post(&consents).json(&body::objection()).send().await.expect(201);
    let waiting = format!("/api/v1/worklist?patient={}", scene.pseudonym);
    assert_eq!(manager.get(&waiting).send().await.expect(200).json["items"], json!([]));
    let closed = format!("{waiting}&urgency=closed");
    for (language, counted, reason) in [
        (
            "en",
            "counted from day 0 (2026-02-12)",
            "consent had been withdrawn, or registration objected to, by the target day",
        ),
        (
            "sv",
            "räknat från dag 0 (2026-02-12)",
            "samtycket var återkallat, eller patienten hade motsatt sig registreringen, på måldagen",
        ),
    ] {
        for item in day_28(&manager, &closed, language).await {
            assert_eq!(
                (&item["state"], &item["urgency"]),
                (&json!("not_applicable_withdrawn"), &json!("closed"))
            );
            let [_, why, _] = texts(&item);
            assert!(why.ends_with(&format!("{counted}; {reason}")), "{why}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn a_list_is_narrowed_to_an_urgency_and_leads_to_the_draft(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, manager) = (infused(&app).await, app.data_manager("KAR"));
    app.clock.advance(TimeDelta::days(120));
    let draft = json!({
        "patient": scene.pseudonym, "course": scene.course, "form": "follow_up", "content": { "time_point": "D100" }
    });
    let draft = manager.post("/api/v1/records").json(&draft).send().await.expect(201).json["id"].clone();
    let list = format!("/api/v1/worklist?patient={}&limit=500", scene.pseudonym);
    let read = async |path: String| {
        let json = manager.get(&path).send().await.expect(200).json;
        json["items"].as_array().unwrap().clone()
    };
    let all = read(list.clone()).await;
    for urgency in ["overdue", "due", "open", "due_soon"] {
        let having = all.iter().filter(|item| item["urgency"] == urgency).cloned();
        assert_eq!(read(format!("{list}&urgency={urgency}")).await, having.collect::<Vec<_>>(), "{urgency}");
    }
    assert!(all.iter().any(|item| item["urgency"] == "overdue"), "{all:?}");
    let begun: Vec<_> = all.iter().filter(|item| !item["draft"].is_null()).collect();
    let [item] = begun[..] else { panic!("{all:?}") };
    assert_eq!((&item["time_point"], &item["draft"]), (&json!("D100"), &draft));
    let path = format!("/api/v1/records/{}", item["draft"].as_str().unwrap());
    assert_eq!(manager.get(&path).send().await.expect(200).json["status"], "draft");
    manager.get(&format!("{list}&urgency=late")).send().await.problem(400, "invalid_parameter");
}

#[rstest]
#[actix_web::test]
async fn what_is_overdue_before_an_infusion_is_counted_and_missing_nowhere(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (manager, patient) = (app.data_manager("KAR"), enrolled(&app, "KAR").await);
    let place = format!("/api/v1/patients/{patient}/courses");
    manager.post(&place).json(&body::course()).send().await.expect(201);
    app.clock.advance(TimeDelta::days(40));
    let list = manager.get("/api/v1/worklist").send().await.expect(200).json;
    let items = list["items"].as_array().unwrap();
    let states: Vec<_> = items.iter().map(|item| (&item["form"], &item["state"])).collect();
    let overdue = json!("overdue");
    assert_eq!(states, [(&json!("referral"), &overdue), (&json!("patient_registration"), &overdue)]);
    let figures = manager.get("/api/v1/completeness/forms?by=total").send().await.expect(200).json;
    let names = ["due_now", "overdue", "missing", "missed_lost", "missing_items"];
    let stand = names.map(|name| &figures["items"][0][name]);
    assert_eq!(stand, [&json!(0), &json!(2), &json!(0), &json!(0), &Value::Null]);
    let missing = manager.get("/api/v1/completeness/forms/missing").send().await.expect(200).json;
    assert_eq!(missing["items"], json!([]));
}
