//! A site's token sees nothing of another site's patients, through any route: foreign and missing answer alike.

use cartotek_domain::access::Role;
use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::common::enrolled;

#[rstest]
#[actix_web::test]
async fn foreign_and_missing_are_one_answer(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (scene, nothing) = (Scene::build(&app).await, Scene::of_nothing());
    let rows = app.rows();
    let mut compared = 0;
    for operation in Operation::all().into_iter().filter(|operation| scene.is_named_by(operation)) {
        for stranger in Scene::strangers(&app, &operation) {
            let body = scene.body(&operation);
            let foreign = operation.request_with(&stranger, &scene.target(&operation), &body).send().await;
            let missing = operation.request_with(&stranger, &nothing.target(&operation), &body).send().await;
            let name = operation.name();
            assert_eq!(foreign.status, 404, "{name}: {}", foreign.text);
            assert_eq!(foreign.without_request_id(), missing.without_request_id(), "{name}");
            assert_eq!(foreign.text.len(), missing.text.len(), "{name}");
            let headers = |answer: &cartotek_tests::TestResponse| {
                let mut headers = answer.headers.clone();
                headers.remove("x-request-id");
                headers
            };
            assert_eq!(headers(&foreign), headers(&missing), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 15, "only {compared} comparisons");
    assert_eq!(app.rows(), rows, "a stranger changed something");
}

/// The control of the test above: the same requests succeed for the site itself.
#[rstest]
#[actix_web::test]
async fn the_site_itself_gets_an_answer(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    for operation in Operation::all().into_iter().filter(|operation| scene.is_named_by(operation)) {
        if !operation.writes() {
            scene.request(&operation, &Scene::caller(&app, &operation)).send().await.expect(200);
        }
    }
}

/// A route that names patients and that the walk above does not know would go untested.
#[test]
fn every_path_about_patients_is_known_to_the_scene() {
    let scene = Scene::of_nothing();
    for operation in Operation::all() {
        let payload = operation.policy().is_some_and(|policy| policy.payload);
        let known = operation.parameters("path").is_empty() || scene.is_named_by(&operation);
        assert!(!payload || known, "teach tests/src/scene/request.rs the ids in {}", operation.name());
    }
}

#[rstest]
#[actix_web::test]
async fn lists_show_only_the_own_sites(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let own = enrolled(&app, "UPP").await;
    let uppsala = app.data_manager("UPP");
    let patients = uppsala.get("/api/v1/patients").send().await.expect(200).json;
    assert_eq!(patients["items"].as_array().unwrap().len(), 1);
    assert_eq!(patients["items"][0]["pseudonym"], own);
    let nothing = Scene::of_nothing();
    for list in ["records", "samples", "clarifications"] {
        for (foreign, missing) in [
            (String::new(), String::new()),
            (format!("?patient={}", scene.pseudonym), format!("?patient={}", nothing.pseudonym)),
            (format!("?course={}", scene.course), format!("?course={}", nothing.course)),
            (format!("?cursor={}", scene.draft), format!("?cursor={}", nothing.draft)),
            ("?form=infusion".to_owned(), "?form=event".to_owned()),
            ("?status=submitted".to_owned(), "?status=draft".to_owned()),
        ] {
            let ask = async |query: &str| uppsala.get(&format!("/api/v1/{list}{query}")).send().await;
            let (answer, missing) = (ask(&foreign).await, ask(&missing).await);
            assert_eq!(answer.status, missing.status, "{list}{foreign}");
            assert_eq!(answer.without_request_id(), missing.without_request_id(), "{list}{foreign}");
            if answer.status == 200 {
                assert_eq!(answer.json, json!({ "items": [] }), "{list}{foreign}");
            }
            assert_eq!(answer.header("cartotek-receipt"), None, "{list}{foreign}");
        }
    }
    let foreign =
        uppsala.get(&format!("/api/v1/patients?cursor={}", scene.pseudonym)).send().await.expect(200);
    assert!(!foreign.mentions(&scene.pseudonym));
}

#[rstest]
#[actix_web::test]
async fn a_body_that_names_a_foreign_patient_is_refused_like_one_that_names_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, nothing) = (Scene::build(&app).await, Scene::of_nothing());
    let uppsala = app.data_manager("UPP");
    let rows = app.rows();
    for id in ["create_record", "validate", "create_lock"] {
        let operation = Operation::of_id(id);
        let foreign = scene.request(&operation, &uppsala).send().await.expect(404);
        let missing = nothing.request(&operation, &uppsala).send().await.expect(404);
        assert_eq!(foreign.without_request_id(), missing.without_request_id(), "{id}");
    }
    assert_eq!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn a_site_enrols_for_itself_alone(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let rows = app.rows();
    let enrol = async |site: &str| {
        app.data_manager("UPP").post("/api/v1/patients").json(&body::enrolment(site)).send().await
    };
    let foreign = enrol("KAR").await.problem(404, "not_found");
    let missing = enrol("XXX").await.problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), missing.without_request_id());
    assert_eq!(app.rows(), rows);
}

/// Staff see of the patients whose samples their biobank registers what samples need, and no clinical fact.
#[rstest]
#[actix_web::test]
async fn a_biobank_reads_the_patients_of_its_sites(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (karolinska, orebro, uppsala) =
        (enrolled(&app, "KAR").await, enrolled(&app, "ORE").await, enrolled(&app, "UPP").await);
    let staff = app.biobank_staff("KI-BB");
    let list = staff.get("/api/v1/donors").send().await.expect(200).json;
    let mut shown: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| &one["pseudonym"]).collect();
    shown.sort_by_key(ToString::to_string);
    let mut expected = [karolinska.clone(), orebro];
    expected.sort();
    assert_eq!(shown, expected.iter().collect::<Vec<_>>());
    let donor = staff.get(&format!("/api/v1/donors/{karolinska}")).send().await.expect(200).json;
    let expected =
        json!({ "pseudonym": karolinska, "courses": [], "consent_purposes": ["registry_research"] });
    assert_eq!(donor, expected);
    staff.get(&format!("/api/v1/donors/{uppsala}")).send().await.problem(404, "not_found");
    for path in ["", "/consents", "/courses"] {
        let clinical = staff.get(&format!("/api/v1/patients/{karolinska}{path}")).send().await;
        clinical.problem(403, "permission_missing");
    }
    let consent = staff.post(&format!("/api/v1/patients/{karolinska}/consents")).json(&body::consent());
    consent.send().await.problem(403, "permission_missing");
}

#[rstest]
#[actix_web::test]
async fn a_site_that_takes_part_sees_the_patient_and_one_that_has_left_does_not(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let path = format!("/api/v1/patients/{}", scene.pseudonym);
    let orebro = app.data_manager("ORE");
    app.data_manager("SKA").get(&path).send().await.problem(404, "not_found");
    let draft = body::record(&scene.pseudonym, Some(&scene.course), "event", json!({}));
    let own = orebro.post("/api/v1/records").json(&draft).send().await.expect(201);
    let own = format!("/api/v1/records/{}", own.json["id"].as_str().unwrap());
    let end = format!("{path}/participations/{}/end", scene.participation);
    let end = orebro.post(&end).header("If-Match", "\"1\"").json(&json!({ "to": "2026-03-02" }));
    end.send().await.expect(200);
    let reads = [path.clone(), own.clone(), format!("/api/v1/courses/{}", scene.course)];
    for read in &reads {
        orebro.get(read).send().await.expect(200);
    }
    app.clock.advance(TimeDelta::days(1));
    for read in &reads {
        orebro.get(read).send().await.problem(404, "not_found");
    }
    let replace = orebro.put(&format!("{own}/draft")).header("If-Match", "\"1\"");
    replace.json(&json!({ "content": {} })).send().await.problem(404, "not_found");
    let close = orebro.post(&format!("/api/v1/courses/{}/closure", scene.course)).header("If-Match", "\"1\"");
    let closure = json!({ "outcome": "other", "closed_on": "2026-03-01" });
    close.json(&closure).send().await.problem(404, "not_found");
    assert_eq!(orebro.get("/api/v1/patients").send().await.expect(200).json, json!({ "items": [] }));
    assert_eq!(orebro.get("/api/v1/records").send().await.expect(200).json, json!({ "items": [] }));
    app.data_manager("KAR").get(&own).send().await.expect(200);
}

/// What an admin or an auditor may reach shows no clinical fact.
#[rstest]
#[actix_web::test]
async fn admin_and_auditor_reach_no_patient(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    for operation in Operation::all().into_iter().filter(|one| one.policy().is_some_and(|one| one.payload)) {
        for client in [app.admin(), app.auditor(), app.researcher(), app.coordinator()] {
            let answer = scene.request(&operation, &client).send().await.problem(403, "permission_missing");
            assert!(!answer.mentions(&scene.pseudonym), "{}", operation.name());
        }
    }
}

/// Somebody of two hospitals acts for the one whose part it is, and is counted for each.
#[rstest]
#[actix_web::test]
async fn a_caller_of_two_sites_ends_the_part_of_either(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let karolinska = app.data_manager("KAR");
    let enrolled = karolinska.post("/api/v1/patients").json(&body::enrolment("KAR")).send().await.expect(201);
    let path = format!("/api/v1/patients/{}", enrolled.json["pseudonym"].as_str().unwrap());
    let mut parts = Vec::new();
    for site in ["UPP", "ORE"] {
        let join = karolinska.post(&format!("{path}/participations")).json(&body::participation(site));
        parts.push(join.send().await.expect(201).json["id"].as_str().unwrap().to_owned());
    }
    let actor = app.person(Role::DataManager, "UPP").actor;
    let role = json!({ "role": "data_manager", "scope": { "kind": "site", "code": "ORE" } });
    app.admin().post(&format!("/api/v1/actors/{actor}/roles")).json(&role).send().await.expect(201);
    let both = app.data_manager("UPP");
    both.get(&path).send().await.expect(200);
    for part in parts {
        let end = both.post(&format!("{path}/participations/{part}/end")).header("If-Match", "\"1\"");
        end.json(&json!({ "to": "2026-03-02" })).send().await.expect(200);
    }
    let review = "/api/v1/audit/review?from=2026-03-01T00:00:00Z&to=2026-03-04T00:00:00Z";
    let review = app.auditor().get(review).send().await.expect(200).text.clone();
    assert!(review.contains("\"UPP\"") && review.contains("\"ORE\""), "{review}");
    assert!(!review.contains("ORE,UPP") && !review.contains("UPP,ORE"), "{review}");
}
