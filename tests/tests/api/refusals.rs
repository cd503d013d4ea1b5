//! Every refusal says what is wrong here and how to mend it, in the client's language.

use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, body};
use rstest::rstest;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/patients";

#[rstest]
#[actix_web::test]
async fn every_refusal_says_what_and_how(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let scene = Scene::build(&app).await;
    let (manager, admin) = (app.data_manager("KAR"), app.admin());
    let of_id = |id: &str| {
        let operation = Operation::of_id(id);
        (Scene::caller(&app, &operation), scene.target(&operation), scene.body(&operation), operation)
    };
    let again = async |id: &str, version: &str| {
        let (client, target, body, operation) = of_id(id);
        let send = |version: &str| {
            client.request(&operation.method, &target).header("If-Match", version).json(&body).send()
        };
        send("\"1\"").await.expect(200);
        send(version).await
    };
    let twice = async |path: &str, body: Value| {
        admin.post(path).json(&body).send().await.expect(201);
        admin.post(path).json(&body).send().await
    };
    let actor = json!({ "kind": "person", "hsa_id": "SE2321000016-TWICE" });
    let created = admin.post("/api/v1/actors").json(&actor).send().await.expect(201);
    let actors = format!("/api/v1/actors/{}", created.json["id"].as_str().unwrap());
    let role = json!({ "role": "data_manager", "scope": { "kind": "site", "code": "KAR" } });
    let role = admin.post(&format!("{actors}/roles")).json(&role).send().await.expect(201);
    let role = format!("{actors}/roles/{}", role.json["id"].as_str().unwrap());
    admin.delete(&role).send().await.expect(200);
    let token = json!({ "label": "tests", "expires_at": "2026-06-01T00:00:00Z" });
    let token = admin.post(&format!("{actors}/tokens")).json(&token).send().await.expect(201);
    let token = format!("{actors}/tokens/{}", token.json["id"].as_str().unwrap());
    admin.delete(&token).send().await.expect(200);
    let site = json!({
        "code": "TWI", "name": "Twice", "region": "Region", "organisation_number": "232100-0016",
        "hsa_prefix": "SE2321000016-", "can_infuse": false,
    });
    let biobank = json!({ "code": "TWICE", "name": "Twice", "register_number": "1" });
    let unit = body::storage_unit("KI-BB", &scene.mark);
    let big = app.data_manager("KAR").post(PATH).bytes("application/json", vec![b' '; (1 << 20) + 1]);
    let cases = [
        (
            manager.get("/api/v1/patients?limit=many").send().await,
            400,
            "`limit` has not the right shape. Expected: a whole number that is not negative",
        ),
        (
            manager.get("/api/v1/samples?patient=CT-1").send().await,
            400,
            "`patient` has not the right shape. Expected: CT-",
        ),
        (
            manager.get("/api/v1/records?course=x").send().await,
            400,
            "`course` has not the right shape. Expected: a UUID",
        ),
        (
            manager.get("/api/v1/records?status=x").send().await,
            400,
            "`status` has not the right shape. Expected: one of `draft`",
        ),
        (manager.get("/api/v1/records?limit=1&limit=2").send().await, 400, "the parameter `limit` once"),
        (app.auditor().get("/api/v1/audit/review").send().await, 400, "parameter `from` is missing; give it"),
        (manager.get("/api/v1/sites?x=1").send().await, 400, "no parameters here; remove them"),
        (
            manager.get("/api/v1/patients?x=850101-2382").send().await,
            422,
            "parameter of the query looks like",
        ),
        (
            manager
                .post(PATH)
                .header("Idempotency-Key", "850101-2382")
                .json(&body::enrolment("KAR"))
                .send()
                .await,
            422,
            "Idempotency-Key looks like",
        ),
        (
            manager.post(PATH).bytes("text/plain", body::enrolment("KAR").to_string()).send().await,
            415,
            "Content-Type: application/json",
        ),
        (big.send().await, 413, "At most 1 MB (1048576 bytes)"),
        (
            admin.put("/api/v1/biobanks/KI-BB/sites/UPP").json(&json!({})).send().await,
            400,
            "No body belongs here",
        ),
        (
            manager.get("/api/v1/actors").send().await,
            403,
            "permission actors.read, which these roles hold: admin, auditor. Ask the administrator",
        ),
        (twice("/api/v1/sites", site).await, 409, "Another site has this code"),
        (twice("/api/v1/biobanks", biobank).await, 409, "Another biobank has this code"),
        (
            admin.put("/api/v1/biobanks/KI-BB/sites/KAR").send().await,
            409,
            "may register samples of the site's patients already",
        ),
        (
            admin.post("/api/v1/actors").json(&actor).send().await,
            409,
            "Another person or system has this HSA-id",
        ),
        (
            app.biobank_staff("KI-BB").post("/api/v1/storage-units").json(&unit).send().await,
            409,
            "storage unit of this name",
        ),
        (admin.delete(&role).send().await, 409, "role has ended already"),
        (admin.delete(&token).send().await, 409, "token is revoked already"),
        (again("end_participation", "\"2\"").await, 409, "participation has ended already"),
        (again("close_course", "\"2\"").await, 409, "course is closed already"),
    ];
    for (answer, status, said) in cases {
        let answer = answer.whole_problem();
        let text = answer.findings()[0]["message"].as_str().unwrap();
        assert!(
            answer.status == status && text.contains(said),
            "{} instead of {status}, {said}: {}",
            answer.status,
            answer.text
        );
    }
}

#[rstest]
#[actix_web::test]
async fn a_refusal_is_told_in_swedish(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let told = async |language: &str| {
        let request = app.data_manager("KAR").get("/api/v1/patients?limit=many");
        let answer =
            request.header("Accept-Language", language).send().await.problem(400, "invalid_parameter");
        answer.findings()[0]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        told("sv").await,
        "Parametern `limit` har fel format. Förväntat: ett heltal som inte är negativt."
    );
    let en = "The parameter `limit` has not the right shape. Expected: a whole number that is not negative.";
    assert_eq!(told("en").await, en);
}
