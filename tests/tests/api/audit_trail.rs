//! Every change, every read of a patient and every refusal leaves exactly one event, and the receipt proves it.

use cartotek_crypto::merkle::leaf_hash;
use cartotek_domain::access::Role;
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, TestResponse, body};
use rstest::rstest;

use crate::common::{assert_refusal, enrolled};

/// Permissions of patients' facts whose answers are counts, rows and rules alone.
const SHOW_NO_PATIENT: [&str; 4] = ["list_imports", "read_import", "list_findings", "cancel_import"];

/// The receipt must be the id and leaf hash of the event as it is stored.
async fn assert_receipt(app: &TestApp, answer: &TestResponse, event: &AuditEvent, context: &str) {
    let stored = app.stored_events().await.into_iter().find(|stored| stored.id == event.id).unwrap();
    let expected = format!("{} {}", event.id, leaf_hash(stored.canonical.as_bytes()));
    assert_eq!(answer.header("cartotek-receipt"), Some(expected.as_str()), "{context}");
}

#[rstest]
#[actix_web::test]
async fn whatever_shows_or_changes_a_patient_leaves_one_event_that_names_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let mut walked = 0;
    for operation in Operation::all() {
        let payload = operation.policy().is_some_and(|policy| policy.payload);
        if !payload || SHOW_NO_PATIENT.contains(&operation.id()) {
            continue;
        }
        let scene = Scene::for_operation(&app, &operation).await;
        let client = Scene::caller(&app, &operation);
        let (answer, events) = app.events_of(scene.request(&operation, &client).send()).await;
        let name = format!("{}: {}", operation.name(), answer.text);
        assert!((200..300).contains(&answer.status), "{name}");
        // An import is several transactions, each with its event; its receipt is that of the last.
        let event = events.last().filter(|_| events.len() == 1 || operation.id() == "run_import");
        let event = event.unwrap_or_else(|| panic!("{} events of {name}", events.len()));
        let changes = operation.writes() && !["validate", "preview_migration"].contains(&operation.id());
        assert_eq!(event.outcome, if changes { Outcome::Changed } else { Outcome::Read }, "{name}");
        assert_eq!(event.action, operation.policy().unwrap().name, "{name}");
        let role = operation.permitted_role();
        let scope = if role == Role::DataManager { "KAR" } else { "KI-BB" };
        assert_eq!(event.actor, Some(app.person(role, scope).actor), "{name}");
        assert_eq!(Some(event.request.to_string().as_str()), answer.header("x-request-id"), "{name}");
        assert_eq!(event.http_status, answer.status, "{name}");
        assert_eq!(event.unit.as_deref(), Some(scope), "{name}");
        let shown = answer.json["pseudonym"].as_str().unwrap_or(&scene.pseudonym);
        let patient = app.patient(shown).await.id;
        let subjects: Vec<_> = events.iter().flat_map(|event| &event.subjects).collect();
        assert!(subjects.iter().any(|subject| subject.patient == Some(patient)), "{name}");
        // An erasure leaves nothing.
        let leaves = changes && operation.id() != "erase";
        for subject in subjects {
            assert_eq!(subject.after.is_some(), leaves, "{name}: {subject:?}");
        }
        assert_receipt(&app, &answer, event, &name).await;
        walked += 1;
    }
    assert!(walked > 12, "only {walked} operations");
}

#[rstest]
#[actix_web::test]
async fn a_list_names_every_patient_it_shows_and_no_other(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    for _ in 0..5 {
        enrolled(&app, "KAR").await;
    }
    enrolled(&app, "UPP").await;
    let manager = app.data_manager("KAR");
    let mut path = "/api/v1/patients?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let (answer, events) = app.events_of(manager.get(&path).send()).await;
        let [event] = &events[..] else { panic!("{} events", events.len()) };
        let mut shown = Vec::new();
        for item in answer.json["items"].as_array().unwrap() {
            shown.push(app.patient(item["pseudonym"].as_str().unwrap()).await.id);
        }
        let named: Vec<_> = event.subjects.iter().filter_map(|subject| subject.patient).collect();
        assert_eq!(named, shown);
        assert_receipt(&app, &answer, event, "a page").await;
        pages += 1;
        let Some(cursor) = answer.json["next_cursor"].as_str() else { break };
        path = format!("/api/v1/patients?limit=2&cursor={cursor}");
    }
    assert_eq!(pages, 3);
}

#[rstest]
#[actix_web::test]
async fn an_empty_list_shows_nobody_and_leaves_no_event(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (answer, events) = app.events_of(app.data_manager("KAR").get("/api/v1/patients").send()).await;
    assert_eq!((answer.expect(200).header("cartotek-receipt"), events.len()), (None, 0));
}

#[rstest]
#[actix_web::test]
async fn a_change_without_a_patient_is_witnessed_too(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let site = serde_json::json!({
        "code": "NYA", "name": "Nya sjukhuset", "region": "Region Kalmar län",
        "organisation_number": "232100-0073", "hsa_prefix": "SE2321000073-", "can_infuse": false,
    });
    let (answer, events) = app.events_of(app.admin().post("/api/v1/sites").json(&site).send()).await;
    let [event] = &events[..] else { panic!("{} events", events.len()) };
    let answer = answer.expect(201);
    assert_eq!((event.outcome, event.action.as_str()), (Outcome::Changed, "sites.manage"));
    assert_eq!((event.subjects[0].table.as_str(), event.subjects[0].row.as_str()), ("site", "NYA"));
    assert_eq!(event.roles, [Role::Admin]);
    assert_receipt(&app, &answer, event, "a site").await;
}

#[rstest]
#[actix_web::test]
async fn a_dry_run_is_witnessed_and_names_only_who_existed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let pseudonym = enrolled(&app, "KAR").await;
    let path = format!("/api/v1/patients/{pseudonym}/consents?dry_run=true");
    let request = app.data_manager("KAR").post(&path).json(&body::withdrawal());
    let (answer, events) = app.events_of(request.send()).await;
    let [event] = &events[..] else { panic!("{} events", events.len()) };
    assert_eq!(event.outcome, Outcome::DryRun);
    let patient = app.patient(&pseudonym).await.id;
    assert!(event.subjects.iter().all(|one| one.patient == Some(patient) && one.after.is_none()));
    assert_eq!(answer.expect(201).header("cartotek-receipt"), None);
}

#[rstest]
#[actix_web::test]
async fn refusals_name_the_caller_the_operation_and_the_code(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let manager = app.data_manager("KAR");
    let cases = [
        (manager.get("/api/v1/actors"), 403, "permission_missing", "GET /api/v1/actors"),
        (manager.get("/api/v1/sites/XXX"), 404, "not_found", "GET /api/v1/sites/{code}"),
        (manager.get("/api/v1/patients?limit=0"), 400, "invalid_parameter", "GET /api/v1/patients"),
        (
            manager.post("/api/v1/patients").bytes("application/json", "{"),
            400,
            "malformed_body",
            "POST /api/v1/patients",
        ),
        (manager.get("/api/v1/nowhere"), 404, "not_found", "GET unknown"),
        (manager.delete("/api/v1/patients"), 405, "method_not_allowed", "DELETE /api/v1/patients"),
    ];
    for (request, status, code, action) in cases {
        let (answer, events) = app.events_of(request.send()).await;
        answer.problem(status, code);
        assert_refusal(&events, status, code, action);
        assert_eq!(events[0].action, action);
        assert_eq!(events[0].actor, Some(app.person(Role::DataManager, "KAR").actor));
    }
}

/// A stale version is answered with clinical values: the log says whose, and for whom.
#[rstest]
#[actix_web::test]
async fn a_refusal_names_the_patient_it_concerns(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let patient = app.patient(&scene.pseudonym).await.id;
    let amend = Operation::of_id("amend");
    let correct = || scene.request(&amend, &app.data_manager("KAR"));
    let (answer, events) = app.events_of(correct().send()).await;
    answer.expect(200);
    assert_eq!(events[0].reason.as_deref(), Some("data_entry"));
    let (answer, events) = app.events_of(correct().send()).await;
    let answer = answer.problem(412, "stale_version");
    assert_eq!(answer.json["changes"][0]["path"], "/sex");
    assert_refusal(&events, 412, "stale_version", "a stale amendment");
    let named: Vec<_> = events[0].subjects.iter().map(|one| (one.table.as_str(), one.patient)).collect();
    assert_eq!(named, [("record", Some(patient)), ("patient", Some(patient))]);
    assert_eq!((events[0].unit.as_deref(), &events[0].roles[..]), (Some("KAR"), &[Role::DataManager][..]));
    let path = format!("/api/v1/patients/{}", scene.pseudonym);
    let (answer, events) = app.events_of(app.data_manager("UPP").get(&path).send()).await;
    answer.problem(404, "not_found");
    let named: Vec<_> = events[0].subjects.iter().map(|one| one.patient).collect();
    assert_eq!((named, events[0].unit.as_deref()), (vec![Some(patient)], Some("UPP")));
}

/// The very first request of a caller is refused with its caller known, not only later ones.
#[rstest]
#[actix_web::test]
async fn a_caller_is_known_before_the_body_is_looked_at(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let request = app.data_manager("SAH").post("/api/v1/patients").bytes("text/plain", "nothing");
    let (answer, events) = app.events_of(request.send()).await;
    answer.problem(415, "unsupported_media_type");
    assert_refusal(&events, 415, "unsupported_media_type", "the first request");
}

#[rstest]
#[actix_web::test]
async fn a_stranger_leaves_no_event(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (answer, events) = app.events_of(app.anonymous().get("/api/v1/patients").send()).await;
    answer.problem(401, "unauthenticated");
    assert_eq!(events, []);
}
