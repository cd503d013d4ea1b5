//! Withdrawals, transfers, the extract and the retention report over HTTP.

use cartotek_tests::{Engine, Scene, TestApp, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{with, without_names};

#[rstest]
#[actix_web::test]
async fn a_withdrawal_is_looked_at_and_then_done(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let patient = format!("/api/v1/patients/{}", scene.pseudonym);
    let path = format!("{patient}/withdrawals");
    let all = json!({ "all": true, "decided_on": "2026-03-01", "signed_by": "patient" });
    let rows = app.rows();
    let preview = manager.post(&format!("{path}?dry_run=true")).json(&all).send().await.expect(201);
    assert_eq!(app.rows(), rows);
    let expected = json!({ "every_purpose": true, "tubes": 2 });
    assert_eq!((&preview.json["samples"], &preview.json["collection_stops"]), (&expected, &true.into()));
    assert_eq!(preview.json["no_longer_expected"], 1, "the referral, which nobody can submit any more");
    let withdraw = || manager.post(&path).header("Idempotency-Key", "w").json(&all).send();
    let done = withdraw().await.expect(201);
    assert!(done.header("cartotek-receipt").is_some());
    assert_eq!(without_names(&done.json), preview.json);
    let purposes: Vec<_> =
        done.json["decisions"].as_array().unwrap().iter().map(|one| &one["purpose"]).collect();
    assert_eq!(purposes, ["registry_research", "biobank_research"]);
    let again = withdraw().await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &done.json));
    manager.post(&path).json(&all).send().await.problem(409, "wrong_state");
    let donor = app.biobank_staff("KI-BB").get(&format!("/api/v1/donors/{}", scene.pseudonym)).send().await;
    assert_eq!(donor.expect(200).json["consent_purposes"], json!([]));
}

#[rstest]
#[actix_web::test]
async fn a_withdrawal_says_in_one_way_what_is_withdrawn(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let path = format!("/api/v1/patients/{}/withdrawals", scene.pseudonym);
    let good = json!({ "purposes": ["biobank_research"], "decided_on": "2026-03-01" });
    let mut both = good.clone();
    both["all"] = true.into();
    let unknown = with(&good, "/purposes/0", "biobank");
    let rows = app.rows();
    for (body, finding) in [
        (both, ("R-CONS-09", "/purposes")),
        (json!({ "decided_on": "2026-03-01" }), ("R-CONS-09", "/purposes")),
        (unknown, ("API-SHAPE", "/purposes/0")),
        (with(&good, "/purposes/0", "biobank_care"), ("R-CONS-08", "/purposes/0")),
    ] {
        let answer = app.data_manager("KAR").post(&path).json(&body).send().await;
        let answer = answer.problem(422, "content_invalid");
        assert_eq!(answer.found(), [finding], "{body}");
    }
    assert_eq!(app.rows(), rows);
}

#[rstest]
#[actix_web::test]
async fn a_guardians_yes_is_due_when_the_patient_is_of_age(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let enrolment = with(&body::enrolment("KAR"), "/consents/0/signed_by", "guardian");
    let manager = app.data_manager("KAR");
    let enrolled = manager.post("/api/v1/patients").json(&enrolment).send().await.expect(201);
    let pseudonym = enrolled.json["pseudonym"].as_str().unwrap();
    let registration = with(&body::registration(), "/birth_year_month", "2008-03");
    let record = |content: &Value| {
        let mut record = body::record(pseudonym, None, "patient_registration", content.clone());
        record["submit"] = true.into();
        record
    };
    manager.post("/api/v1/records").json(&record(&registration)).send().await.expect(201);
    let listed = async || {
        let path = format!("/api/v1/patients/{pseudonym}/consents");
        manager.get(&path).send().await.expect(200).json["items"][0].clone()
    };
    let one = listed().await;
    assert_eq!((&one["reconsent_from"], &one["due_for_reconsent"]), (&"2026-04-01".into(), &false.into()));
    let expected = json!([{
        "patient": pseudonym, "site": "KAR", "reconsent_from": "2026-04-01", "due_for_reconsent": false,
        "purposes": ["registry_research"],
    }]);
    let asked = manager.get("/api/v1/reconsents").send().await.expect(200);
    assert_eq!(asked.json["items"], expected, "within thirty days");
    assert!(asked.header("cartotek-receipt").is_some());
    for (client, query) in [(&manager, "?soon_days=29"), (&app.data_manager("UPP"), "")] {
        let asked = client.get(&format!("/api/v1/reconsents{query}")).send().await.expect(200);
        assert_eq!(asked.json["items"], json!([]), "{query}");
    }
    app.clock.advance(TimeDelta::days(30));
    assert_eq!(listed().await["due_for_reconsent"], true);
    let event = body::record(pseudonym, None, "patient_registration", registration);
    let valid = manager.post("/api/v1/records/validation").json(&{
        let mut body = event;
        body.as_object_mut().unwrap().remove("submit");
        body
    });
    let valid = valid.send().await.expect(200);
    assert!(valid.json["findings"].to_string().contains("R-CONS-07"), "{}", valid.text);
}

#[rstest]
#[actix_web::test]
async fn a_patient_moves_there_and_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let patient = format!("/api/v1/patients/{}", scene.pseudonym);
    let path = format!("{patient}/transfer");
    let (karolinska, orebro) = (app.data_manager("KAR"), app.data_manager("ORE"));
    let mut joining = body::participation("UPP");
    joining["responsible"] = true.into();
    let joined = karolinska.post(&format!("{patient}/participations")).json(&joining).send().await;
    let joined = joined.problem(422, "content_invalid");
    assert_eq!(joined.found(), [("API-UNKNOWN-FIELD", "")], "a transfer alone moves the responsibility");
    orebro.post(&path).json(&body::transfer("ORE")).send().await.problem(403, "permission_missing");
    let moved = karolinska.post(&path).json(&body::transfer("ORE")).send().await.expect(200);
    let responsible = |answer: &Value| -> Vec<String> {
        let open = answer["participations"].as_array().unwrap().iter();
        let open = open.filter(|one| one["responsible"] == true && one.get("to").is_none());
        open.map(|one| one["site"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(responsible(&moved.json), ["ORE"]);
    let waits = async |client: &cartotek_tests::Client| {
        let waiting = client.get("/api/v1/worklist").send().await.expect(200);
        !waiting.json["items"].as_array().unwrap().is_empty()
    };
    assert!(waits(&orebro).await && !waits(&karolinska).await, "the worklist moves with the patient");
    karolinska.post(&path).json(&body::transfer("UPP")).send().await.problem(403, "permission_missing");
    let record = format!("/api/v1/records/{}", scene.submitted);
    orebro.get(&record).send().await.expect(200);
    let mut content = body::registration();
    content["sex"] = "female".into();
    let correction = json!({ "content": content, "reason": "data_entry", "text": "Wrong box." });
    let amend = async |client: &cartotek_tests::Client| {
        let request = client.post(&format!("{record}/amendments")).header("If-Match", "\"1\"");
        request.json(&correction).send().await
    };
    amend(&orebro).await.problem(403, "permission_missing");
    amend(&karolinska).await.expect(200);
    let back = json!({ "to_site": "KAR", "role": "treating", "on": "2026-03-02" });
    let back = orebro.post(&path).json(&back).send().await.expect(200);
    assert_eq!(responsible(&back.json), ["KAR"]);
    assert!(waits(&karolinska).await);
    orebro.get(&record).send().await.problem(404, "not_found");
}

#[rstest]
#[actix_web::test]
async fn an_extract_speaks_the_asked_language(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let path = format!("/api/v1/patients/{}/extract", scene.pseudonym);
    app.data_manager("ORE").get(&path).send().await.problem(403, "permission_missing");
    app.biobank_staff("KI-BB").get(&path).send().await.problem(403, "permission_missing");
    let mut said = Vec::new();
    for language in ["sv", "en"] {
        let request = app.data_manager("KAR").get(&path).header("Accept-Language", language);
        let extract = request.send().await.expect(200).json;
        assert_eq!(extract["pseudonym"], scene.pseudonym);
        let records = extract["records"].as_array().unwrap();
        assert_eq!(records.len(), 3);
        let is = |one: &&Value| one["form"] == "patient_registration";
        let registration = records.iter().find(is).unwrap();
        said.push(registration["revisions"][0]["wordings"]["/sex"].clone());
        assert_eq!(registration["revisions"][0]["content"]["sex"], "male");
        let expected = extract["expected"].as_array().unwrap();
        assert!(expected.iter().any(|one| one["answered_by"] == registration["id"]), "{expected:?}");
        let asked = &extract["clarifications"][0];
        assert_eq!((&asked["record"], &asked["events"][0]["kind"]), (&registration["id"], &json!("opened")));
        let lock = &extract["locks"][0];
        assert_eq!(
            (&lock["id"], &lock["unlock_requests"][0]["id"]),
            (&json!(scene.lock), &json!(scene.unlock_request))
        );
        assert_eq!((&registration["verified"], &registration["signatures"]), (&json!(false), &json!([])));
        let kept = extract["retention"].as_array().unwrap();
        assert!(kept.iter().any(|one| one["code"] == "audit_log" && one["number"] == 5), "{kept:?}");
        let sample = &extract["samples"][0];
        assert_eq!(sample["aliquots"].as_array().unwrap().len(), 1);
        assert!(sample["custody_events"].as_array().unwrap().len() > 3);
        assert!(extract["accesses"].as_array().unwrap().len() > 5);
    }
    assert_ne!(said[0]["question"], said[1]["question"]);
    assert_ne!(said[0]["answer"], said[1]["answer"]);
}

/// Neither the keyed hash leaves the registry, nor the instant at which it first heard of the patient.
#[rstest]
#[actix_web::test]
async fn an_extract_says_that_a_linkage_is_held_and_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let manager = app.data_manager("KAR");
    let enrolment = body::linked_enrolment("KAR", &body::linkage(1));
    let enrolled = manager.post("/api/v1/patients").json(&enrolment).send().await.expect(201);
    let path = format!("/api/v1/patients/{}/extract", enrolled.json["pseudonym"].as_str().unwrap());
    let extract = manager.get(&path).send().await.expect(200).json;
    let linkages = extract["linkages"].as_array().unwrap();
    let members: Vec<_> = linkages.iter().flat_map(|one| one.as_object().unwrap().keys()).collect();
    assert_eq!(members, ["key_id"]);
    assert_eq!(extract.get("enrolled_at"), None);
}

#[rstest]
#[actix_web::test]
async fn the_retention_report_counts_and_names_nobody(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let path = "/api/v1/reports/retention";
    for client in [app.auditor(), app.admin()] {
        let answer = client.get(path).header("Accept-Language", "sv").send().await.expect(200);
        assert!(!answer.mentions(&scene.pseudonym) && answer.mentions("Spårbarhet"), "{}", answer.text);
        let classes = answer.json["classes"].as_array().unwrap();
        let class = |code: &str| classes.iter().find(|one| one["code"] == code).unwrap();
        assert_eq!(class("clinical_record")["years"], json!([{ "count": 1 }]));
        assert_eq!(class("audit_log")["years"][0]["year"], 2031);
        assert_eq!(class("atmp_traceability")["number"], 30);
    }
    for client in [app.data_manager("KAR"), app.researcher(), app.coordinator()] {
        client.get(path).send().await.problem(403, "permission_missing");
    }
}
