//! Foreign and missing take one way through the database: the same statements, so that no time tells them apart.

use cartotek_tests::client::Request;
use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp, body};
use rstest::rstest;

/// The statements of a request and its event, without those by which the caller was known: a caller is remembered for
/// some seconds.
async fn statements(app: &TestApp, request: Request, status: u16) -> Vec<String> {
    const CALLER: [&str; 4] = ["actor", "biobank_site", "role_grant", "token"];
    app.database.statements();
    request.send().await.expect(status);
    let mut heard = app.database.statements();
    heard.retain(|statement| {
        let selects = |table: &&str| {
            statement.starts_with(&format!("SELECT `{table}`"))
                || statement.starts_with(&format!("SELECT \"{table}\""))
        };
        let asks =
            ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| statement.starts_with(verb));
        asks && !CALLER.iter().any(selects)
    });
    heard
}

/// The statements by which a GET has read that finds nothing. Its event differs: it names a foreign patient.
async fn missed(app: &TestApp, client: &Client, target: &str) -> Vec<String> {
    let mut heard = statements(app, client.get(target), 404).await;
    heard.retain(|statement| statement.starts_with("SELECT"));
    heard
}

#[rstest]
#[actix_web::test]
async fn foreign_and_missing_run_the_same_statements(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, nothing) = (Scene::build(&app).await, Scene::of_nothing());
    let mut compared = 0;
    let reads = Operation::all().into_iter().filter(|one| !one.writes() && scene.is_named_by(one));
    for operation in reads {
        for stranger in Scene::strangers(&app, &operation) {
            let foreign = missed(&app, &stranger, &scene.target(&operation)).await;
            let missing = missed(&app, &stranger, &nothing.target(&operation)).await;
            assert_eq!(foreign, missing, "{}", operation.name());
            assert!(!foreign.is_empty(), "{} reads nothing", operation.name());
            compared += 1;
        }
    }
    assert!(compared > 15, "only {compared} comparisons");
}

/// A barcode may stick on a sample, an aliquot or a box.
#[rstest]
#[actix_web::test]
async fn whatever_a_foreign_barcode_sticks_on_is_as_good_as_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let barcode = |kind: &str| format!("/api/v1/barcodes/{kind}-{}", scene.mark);
    for stranger in [app.data_manager("UPP"), app.biobank_staff("UPP-BB")] {
        let missing = missed(&app, &stranger, &barcode("NOTHING")).await;
        for kind in ["SAMPLE", "ALIQUOT", "BOX"] {
            assert_eq!(missed(&app, &stranger, &barcode(kind)).await, missing, "{kind}");
        }
    }
    for kind in ["SAMPLE", "ALIQUOT", "BOX"] {
        app.biobank_staff("KI-BB").get(&barcode(kind)).send().await.expect(200);
    }
}

/// A list of samples asks for those of a patient, whether or not there is one.
#[rstest]
#[actix_web::test]
async fn a_list_about_a_foreign_patient_is_read_like_one_about_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let (scene, nothing) = (Scene::build(&app).await, Scene::of_nothing());
    for list in ["samples", "records", "findings", "clarifications"] {
        let uppsala = app.data_manager("UPP");
        let read = async |pseudonym: &str| {
            missed(&app, &uppsala, &format!("/api/v1/{list}?patient={pseudonym}")).await
        };
        let foreign = read(&scene.pseudonym).await;
        assert_eq!(foreign, read(&nothing.pseudonym).await, "{list}");
        assert!(!foreign.is_empty());
    }
}

/// Joining the care of a patient whom another site enrolled takes as many statements as enrolling a new one.
#[rstest]
#[actix_web::test]
async fn a_known_and_a_new_patient_are_enrolled_by_equally_many_statements(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let enrol = async |site: &str, linkage: u8| {
        let (client, body) = (app.data_manager(site), body::linked_enrolment(site, &body::linkage(linkage)));
        statements(&app, client.post("/api/v1/patients").json(&body), 201).await
    };
    enrol("KAR", 1).await;
    let (joined, new) = (enrol("UPP", 1).await, enrol("UPP", 2).await);
    assert_eq!(joined.len(), new.len(), "{joined:#?} {new:#?}");
    assert_ne!(joined, new, "both were new");
}

/// On PostgreSQL each statement is a round trip: the patient is locked, all that decides is asked, all rows are written.
#[actix_web::test]
async fn a_new_record_takes_three_statements_on_postgresql() {
    let app = TestApp::start(Engine::Postgres).await;
    let manager = app.data_manager("KAR");
    let enrolled = manager.post("/api/v1/patients").json(&body::enrolment("KAR")).send().await.expect(201);
    let pseudonym = enrolled.json["pseudonym"].as_str().unwrap();
    let mut form = body::record(pseudonym, None, "patient_registration", body::registration());
    form["submit"] = true.into();
    let heard = statements(&app, manager.post("/api/v1/records").json(&form), 201).await;
    let [lock, known, written] = heard.as_slice() else { panic!("{heard:#?}") };
    assert!(lock.contains("FOR UPDATE"), "{lock}");
    assert!(known.starts_with("SELECT ARRAY["), "{known}");
    // The form was expected.
    assert!(written.contains("UPDATE expected_item "), "{written}");
    let new =
        ["record", "revision", "milestone", "finding_due", "audit_event", "audit_subject", "audit_pending"];
    for table in new {
        assert!(written.contains(&format!("INSERT INTO {table} ")), "{table}: {written}");
    }
}
