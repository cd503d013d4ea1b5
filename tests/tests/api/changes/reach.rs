//! The change feed: a site that leaves or joins the care, and what was erased.

use std::collections::BTreeSet;

use cartotek_tests::{Client, Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::{changes, kinds, settle, since};

#[rstest]
#[actix_web::test]
async fn who_has_left_the_care_is_told_of_that_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let start = settle(&app).await;
    let scene = Scene::build(&app).await;
    settle(&app).await;
    let orebro = app.data_manager("ORE");
    assert!(!changes(&since(&orebro, &start).await).is_empty());
    let end = format!("/api/v1/patients/{}/participations/{}/end", scene.pseudonym, scene.participation);
    let end = orebro.post(&end).header("If-Match", "\"1\"").json(&json!({ "to": "2026-03-02" }));
    end.send().await.expect(200);
    settle(&app).await;
    let told = changes(&since(&orebro, &start).await);
    let ended = json!({
        "kind": "participation", "id": scene.participation, "patient": scene.pseudonym, "version": 2,
        "change": "changed",
    });
    assert!(told.contains(&ended), "on the last day it still takes part: {told:#?}");
    app.clock.advance(TimeDelta::days(1));
    let left = changes(&since(&orebro, &start).await);
    assert!(left.iter().all(|change| change["id"] == scene.participation), "{left:#?}");
    assert!(left.contains(&ended), "{left:#?}");
    assert!(!changes(&since(&app.data_manager("KAR"), &start).await).is_empty());
}

/// Its last day was yesterday when it was taken out, so that it reaches the patient no more.
#[rstest]
#[actix_web::test]
async fn who_is_taken_out_of_the_care_is_told_of_that(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let cursor = settle(&app).await;
    let (karolinska, patient) = (app.data_manager("KAR"), format!("/api/v1/patients/{}", scene.pseudonym));
    let away = json!({ "to_site": "ORE", "role": "following", "on": "2026-03-02" });
    karolinska.post(&format!("{patient}/transfer")).json(&away).send().await.expect(200);
    settle(&app).await;
    karolinska.get(&patient).send().await.problem(404, "not_found");
    let told = changes(&since(&karolinska, &cursor).await);
    assert_eq!(kinds(&told), BTreeSet::from(["participation"]), "{told:#?}");
    assert_eq!((told.len(), &told[0]["version"], &told[0]["change"]), (1, &json!(2), &json!("changed")));
}

/// Else the feed would say since when another site has known the person.
#[rstest]
#[actix_web::test]
async fn who_joins_the_care_is_told_from_then_on(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let start = settle(&app).await;
    let (karolinska, uppsala) = (app.data_manager("KAR"), app.data_manager("UPP"));
    let enrol = async |client: &Client, site: &str| {
        let body = body::linked_enrolment(site, &body::linkage(1));
        let answer = client.post("/api/v1/patients").json(&body).send().await.expect(201);
        format!("/api/v1/patients/{}", answer.json["pseudonym"].as_str().unwrap())
    };
    let patient = enrol(&karolinska, "KAR").await;
    karolinska.post(&format!("{patient}/courses")).json(&body::course()).send().await.expect(201);
    settle(&app).await;
    assert_eq!(enrol(&uppsala, "UPP").await, patient);
    settle(&app).await;
    let joined = since(&uppsala, &start).await;
    assert_eq!(joined["items"].as_array().unwrap().len(), 1, "{joined}");
    assert_eq!(kinds(&changes(&joined)), BTreeSet::from(["consent", "participation"]));
    karolinska.post(&format!("{patient}/consents")).json(&body::withdrawal()).send().await.expect(201);
    settle(&app).await;
    let later = since(&uppsala, joined["cursor"].as_str().unwrap()).await;
    assert_eq!(kinds(&changes(&later)), BTreeSet::from(["consent"]));
    let all = changes(&since(&karolinska, &start).await);
    assert_eq!(kinds(&all), BTreeSet::from(["consent", "course", "participation", "patient"]));
}

/// Erases the patient of a scene.
async fn erase(app: &TestApp, scene: &Scene) -> Value {
    let (manager, patient) = (app.data_manager("KAR"), format!("/api/v1/patients/{}", scene.pseudonym));
    manager.post(&format!("{patient}/consents")).json(&body::objection()).send().await.expect(201);
    let order = json!({ "reason": "patient_objects" });
    manager.post(&format!("{patient}/erasure")).json(&order).send().await.expect(200).json
}

/// Day 0 goes with the records, also where a sample keeps the course.
#[rstest]
#[actix_web::test]
async fn a_biobank_is_told_of_an_erasure_that_leaves_the_course(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let staff = app.biobank_staff("KI-BB");
    let mut sample = body::sample(&scene.pseudonym, "KI-BB", &format!("COURSE-{}", scene.mark));
    sample["course"] = scene.course.clone().into();
    staff.post("/api/v1/samples").json(&sample).send().await.expect(201);
    let before = settle(&app).await;
    assert_eq!(erase(&app, &scene).await["courses_kept"], 1);
    settle(&app).await;
    let told = changes(&since(&staff, &before).await);
    let erased = json!({
        "kind": "donor", "id": scene.pseudonym, "patient": scene.pseudonym, "change": "erased",
    });
    assert!(told.contains(&erased), "{told:#?}");
}

#[rstest]
#[actix_web::test]
async fn of_what_was_erased_the_erasure_is_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let start = settle(&app).await;
    let scene = Scene::build(&app).await;
    let erasure = erase(&app, &scene).await;
    assert_eq!(erasure["courses_kept"], 0);
    settle(&app).await;

    let told = changes(&since(&app.data_manager("KAR"), &start).await);
    let erased = json!({
        "kind": "patient", "id": scene.pseudonym, "patient": scene.pseudonym, "change": "erased",
    });
    assert_eq!(told.iter().filter(|change| **change == erased).count(), 1, "{told:#?}");
    let left = kinds(&told);
    for gone in ["record", "lock", "course", "clarification"] {
        assert!(!left.contains(gone), "{gone}: {told:#?}");
    }
    assert!(left.is_superset(&BTreeSet::from(["consent", "participation", "sample"])), "{left:?}");
    let staff = changes(&since(&app.biobank_staff("KI-BB"), &start).await);
    let erased = staff.iter().find(|change| change["change"] == "erased").unwrap();
    assert_eq!((&erased["kind"], &erased["id"]), (&json!("donor"), &json!(scene.pseudonym)));
}
