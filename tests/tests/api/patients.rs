//! Enrolment, linkage and consents.

use cartotek_tests::operation::Operation;
use cartotek_tests::redaction::{redacted, redacted_text};
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{enrolled, with, without_names};

async fn enrol(app: &TestApp, site: &str, body: &Value) -> TestResponse {
    app.data_manager(site).post("/api/v1/patients").json(body).send().await
}

/// Status, headers and body without what differs from run to run.
fn shape(answer: &TestResponse) -> Value {
    let headers: Value = answer
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(redacted_text(value))))
        .collect();
    json!({ "status": answer.status, "headers": headers, "body": redacted(&answer.json) })
}

#[rstest]
#[actix_web::test]
async fn a_patient_is_enrolled(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let answer = enrol(&app, "KAR", &body::enrolment("KAR")).await;
    insta::assert_json_snapshot!("enrolment", shape(&answer));
    let read = app.data_manager("KAR").get(answer.header("location").unwrap()).send().await.expect(200);
    let mut expected = answer.json;
    expected["participations"][0]["responsible"] = true.into();
    assert_eq!(read.json, expected);
}

#[rstest]
#[actix_web::test]
async fn what_is_missing_or_wrong_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let good = body::enrolment("KAR");
    let mut without_site = good.clone();
    without_site.as_object_mut().unwrap().remove("site");
    let rows = app.rows();
    for (body, finding) in [
        (with(&good, "/from", "2026-03-03"), ("R-DATE-02", "/from")),
        (with(&good, "/consents", json!([])), ("R-CONS-02", "/consents")),
        (with(&good, "/consents/0/decided_on", "2026-03-03"), ("R-DATE-02", "/consents/0/decided_on")),
        (with(&good, "/consents/0/valid_to", "2026-01-08"), ("R-CONS-03", "/consents/0/valid_to")),
        (with(&good, "/role", "surgeon"), ("API-SHAPE", "/role")),
        (with(&good, "/from", "2026-02-30"), ("API-SHAPE", "/from")),
        (with(&good, "/consents/0/decision", 1), ("API-SHAPE", "/consents/0/decision")),
        (without_site, ("API-MISSING-FIELD", "")),
        (body::linked_enrolment("KAR", "h1.zz"), ("API-SHAPE", "/linkage")),
    ] {
        let answer = enrol(&app, "KAR", &body).await.problem(422, "content_invalid");
        assert_eq!(answer.found(), [finding], "{body}");
    }
    assert_eq!(app.rows(), rows);
}

/// What a site that takes part must see for the care, it sees; the answer to its enrolment tells nothing of it.
#[rstest]
#[actix_web::test]
async fn a_site_that_has_joined_sees_who_takes_part(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    enrol(&app, "KAR", &body::linked_enrolment("KAR", &body::linkage(1))).await.expect(201);
    app.clock.advance(TimeDelta::days(30));
    let joined = enrol(&app, "UPP", &body::linked_enrolment("UPP", &body::linkage(1))).await.expect(201);
    let read = app.data_manager("UPP").get(joined.header("location").unwrap()).send().await.expect(200).json;
    let sites: Vec<_> = read["participations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["site"].as_str().unwrap(), one["responsible"].as_bool().unwrap()))
        .collect();
    assert_eq!(sites, [("KAR", true), ("UPP", false)]);
    let members: Vec<_> = read.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["consents", "participations", "pseudonym"], "no more than that");
}

/// The second site gets the pseudonym of the first, and an answer that differs in nothing from a new enrolment.
#[rstest]
#[actix_web::test]
async fn a_known_person_is_joined_silently(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let first = enrol(&app, "KAR", &body::linked_enrolment("KAR", &body::linkage(1))).await.expect(201);
    app.clock.advance(TimeDelta::days(30));
    let joined = enrol(&app, "UPP", &body::linked_enrolment("UPP", &body::linkage(1))).await;
    let fresh = enrol(&app, "UPP", &body::linked_enrolment("UPP", &body::linkage(2))).await;
    assert_eq!(joined.json["pseudonym"], first.json["pseudonym"]);
    assert_ne!(fresh.json["pseudonym"], first.json["pseudonym"]);
    assert_eq!(shape(&joined), shape(&fresh));
    let values = |answer: &TestResponse| (without_names(&answer.json), answer.text.len());
    assert_eq!(values(&joined), values(&fresh), "an instant betrays an earlier enrolment");
    let again = enrol(&app, "KAR", &body::linked_enrolment("KAR", &body::linkage(1))).await;
    again.problem(409, "already_exists");
}

#[rstest]
#[actix_web::test]
async fn the_linkage_value_is_stored_nowhere(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let linkage = body::linkage(0xd7);
    let answer = enrol(&app, "KAR", &body::linked_enrolment("KAR", &linkage)).await.expect(201);
    assert!(!answer.mentions(&linkage[3..]));
    app.assert_nowhere(&linkage[3..]);
}

#[rstest]
#[actix_web::test]
async fn consents_are_read_as_they_were_known(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let pseudonym = enrolled(&app, "KAR").await;
    let path = format!("/api/v1/patients/{pseudonym}/consents");
    let manager = app.data_manager("KAR");
    app.clock.advance(TimeDelta::hours(2));
    let recorded = manager.post(&path).json(&body::withdrawal()).send().await.expect(201);
    assert_eq!(recorded.json["decision"], "withdrawn");
    let decisions = async |query: &str| -> Vec<String> {
        let answer = manager.get(&format!("{path}{query}")).send().await.expect(200);
        let items = answer.json["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["decision"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(decisions("").await, ["given", "withdrawn"]);
    assert_eq!(decisions("?as_of=2026-03-02T11:00:00Z").await, ["given", "withdrawn"]);
    assert_eq!(decisions("?as_of=2026-03-02T10:59:59.999999Z").await, ["given"]);
    assert_eq!(decisions("?as_of=2026-03-02T11:30:00%2B01:00").await, ["given"]);
    assert!(decisions("?as_of=2026-03-02T08:59:59Z").await.is_empty());
    for nonsense in ["yesterday", "2026-03-02", "", "2026-03-02T10:00:00"] {
        let answer = manager.get(&format!("{path}?as_of={nonsense}")).send().await;
        answer.problem(400, "invalid_parameter");
    }
    let in_force = async |query: &str| -> Vec<bool> {
        let answer = manager.get(&format!("{path}{query}")).send().await.expect(200);
        let items = answer.json["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["in_force"].as_bool().unwrap()).collect()
    };
    assert_eq!(in_force("").await, [false, true]);
    let given = &body::enrolment("KAR")["consents"][0]["decided_on"];
    let (given, withdrawn) = (given.as_str().unwrap(), recorded.json["decided_on"].as_str().unwrap());
    assert_eq!(in_force(&format!("?on={given}")).await, [true, false]);
    assert_eq!(in_force(&format!("?on={withdrawn}")).await, [false, true]);
    assert_eq!(in_force("?on=1990-01-01").await, [false, false]);
    assert_eq!(in_force("?as_of=2026-03-02T10:00:00Z").await, [true], "as it was known then");
    manager.get(&format!("{path}?on=2026-02-30")).send().await.problem(400, "invalid_parameter");
}

#[rstest]
#[actix_web::test]
async fn pages_continue_where_the_last_one_ended(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.push(enrolled(&app, "KAR").await);
    }
    expected.sort();
    let manager = app.data_manager("KAR");
    let mut shown = Vec::new();
    let mut path = "/api/v1/patients?limit=3".to_owned();
    loop {
        let page = manager.get(&path).send().await.expect(200).json;
        let items = page["items"].as_array().unwrap();
        shown.extend(items.iter().map(|item| item["pseudonym"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/patients?limit=3&cursor={cursor}");
    }
    assert_eq!(shown, expected);
    for query in ["limit=0", "limit=501", "limit=-1", "limit=ten", "limit=99999999999999999999", "cursor=x"] {
        manager.get(&format!("/api/v1/patients?{query}")).send().await.problem(400, "invalid_parameter");
    }
}

/// Rule R-CONS-01: after a no nothing new is collected; what was collected before may be corrected. Rule R-FU-03: a
/// clinical date in the time of the no is refused after a new yes too.
#[rstest]
#[actix_web::test]
async fn a_withdrawal_stops_new_collection(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    let consents = format!("/api/v1/patients/{}/consents", scene.pseudonym);
    let decide = async |decision: &str, on: &str| {
        let body = json!({ "purpose": "registry_research", "decision": decision, "decided_on": on });
        manager.post(&consents).json(&body).send().await.expect(201);
    };
    decide("withdrawn", "2026-02-10").await;
    for id in ["create_record", "replace_draft", "submit", "open_course"] {
        let operation = Operation::of_id(id);
        let answer = scene.request(&operation, &manager).send().await.problem(422, "content_invalid");
        assert!(answer.found().contains(&("R-CONS-01", "")), "{id}: {}", answer.text);
    }
    scene.request(&Operation::of_id("amend"), &manager).send().await.expect(200);
    let row = json!({ "patient": scene.pseudonym, "course": 1, "content": body::infusion() }).to_string();
    let import = manager.post("/api/v1/imports?form=infusion&site=KAR").header("Idempotency-Key", "w1");
    let answer = import.bytes("application/x-ndjson", row).send().await.expect(201);
    assert!(answer.mentions("R-CONS-01"), "{}", answer.text);
    decide("given", "2026-02-20").await;
    let answer =
        scene.request(&Operation::of_id("submit"), &manager).send().await.problem(422, "content_invalid");
    assert!(answer.found().contains(&("R-FU-03", "")), "{}", answer.text);
}

#[rstest]
#[actix_web::test]
async fn decisions_that_contradict_themselves_are_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let mut opposite = body::enrolment("KAR");
    let mut no = body::consent();
    no["decision"] = "refused".into();
    opposite["consents"].as_array_mut().unwrap().push(no);
    let answer = enrol(&app, "KAR", &opposite).await.problem(422, "content_invalid");
    let limited = ("R-CONS-06", "/consents/1/valid_to");
    assert_eq!(answer.found(), [limited, ("R-CONS-04", "/consents/1/decision")]);
    let strange = with(&body::enrolment("KAR"), "/consents/0/decision", "opted_out");
    let answer = enrol(&app, "KAR", &strange).await.problem(422, "content_invalid");
    let limited = ("R-CONS-06", "/consents/0/valid_to");
    assert_eq!(answer.found(), [limited, ("R-CONS-05", "/consents/0/decision")]);
}

/// Rule R-COURSE-03: a course that was closed without an infusion gets none, by a draft or an import either.
#[rstest]
#[actix_web::test]
async fn a_closed_course_is_not_infused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let manager = app.data_manager("KAR");
    scene.request(&Operation::of_id("close_course"), &manager).send().await.expect(200);
    let submit = scene.request(&Operation::of_id("submit"), &manager).send().await;
    let answer = submit.problem(422, "content_invalid");
    assert!(answer.found().contains(&("R-COURSE-03", "")), "{}", answer.text);
    let row = json!({ "patient": scene.pseudonym, "course": 1, "content": body::infusion() }).to_string();
    let import = manager.post("/api/v1/imports?form=infusion&site=KAR").header("Idempotency-Key", "c1");
    let answer = import.bytes("application/x-ndjson", row).send().await.expect(201);
    assert!(answer.mentions("R-COURSE-03"), "{}", answer.text);
}
