//! Foreign and missing take one way through the database: the same statements, so that no time tells them apart.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Client, Engine, Scene, TestApp};
use rstest::rstest;

/// The statements by which the answer to a GET was read, without those by which the caller was known: a caller is
/// remembered for some seconds.
async fn statements(app: &TestApp, client: &Client, target: &str) -> Vec<String> {
    const CALLER: [&str; 4] = ["actor", "biobank_site", "role_grant", "token"];
    app.database.statements();
    client.get(target).send().await.expect(404);
    let mut heard = app.database.statements();
    heard.retain(|statement| {
        let selects = |table: &&str| {
            statement.starts_with(&format!("SELECT `{table}`"))
                || statement.starts_with(&format!("SELECT \"{table}\""))
        };
        statement.starts_with("SELECT") && !CALLER.iter().any(selects)
    });
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
            let foreign = statements(&app, &stranger, &scene.target(&operation)).await;
            let missing = statements(&app, &stranger, &nothing.target(&operation)).await;
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
        let missing = statements(&app, &stranger, &barcode("NOTHING")).await;
        for kind in ["SAMPLE", "ALIQUOT", "BOX"] {
            assert_eq!(statements(&app, &stranger, &barcode(kind)).await, missing, "{kind}");
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
    for list in ["samples", "records"] {
        let uppsala = app.data_manager("UPP");
        let read = async |pseudonym: &str| {
            statements(&app, &uppsala, &format!("/api/v1/{list}?patient={pseudonym}")).await
        };
        let foreign = read(&scene.pseudonym).await;
        assert_eq!(foreign, read(&nothing.pseudonym).await, "{list}");
        assert!(!foreign.is_empty());
    }
}
