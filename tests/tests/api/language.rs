//! Problems speak Swedish or English, as the client asks.

use cartotek_tests::client::Request;
use cartotek_tests::operation::Operation;
use cartotek_tests::{Engine, Scene, TestApp, body};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::with;

/// What stands in our English texts about values and in no Swedish one.
const ENGLISH: [&str; 5] = [" a ", " an ", " or ", " of ", "xpected"];

#[rstest]
#[actix_web::test]
async fn problems_come_in_the_language_asked_for(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let body = with(&body::enrolment("KAR"), "/from", "2026-03-03");
    let sv = ("sv", "Innehållet följer inte reglerna; se findings.", "Dagen ligger i framtiden; rätta den.");
    let en = ("en", "The content breaks rules; see findings.", "The day lies in the future; correct it.");
    for (asked, (tag, title, message)) in [
        (None, en),
        (Some("sv"), sv),
        (Some("sv-SE"), sv),
        (Some("SV-se"), sv),
        (Some("en"), en),
        (Some("de"), en),
        (Some("de, sv;q=0.5"), sv),
        (Some("en;q=0.4, sv;q=0.8"), sv),
        (Some("sv;q=0, en;q=0.1"), en),
        (Some("sv, en"), sv),
        (Some("*"), en),
        (Some(""), en),
        (Some(";;;q=,sv=q"), en),
    ] {
        let mut request = app.data_manager("KAR").post("/api/v1/patients").json(&body);
        if let Some(asked) = asked {
            request = request.header("Accept-Language", asked);
        }
        let answer = request.send().await.problem(422, "content_invalid");
        assert_eq!(answer.header("content-language"), Some(tag), "{asked:?}");
        assert_eq!(answer.json["title"], title, "{asked:?}");
        assert_eq!(answer.findings()[0]["message"], message, "{asked:?}");
    }
}

/// Also where no handler is reached.
#[rstest]
#[actix_web::test]
async fn every_early_refusal_speaks_swedish(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let app = TestApp::start(engine).await;
    let manager = app.data_manager("KAR");
    for (request, title) in [
        (app.anonymous().get("/api/v1/me"), "Ange en giltig åtkomstnyckel: Authorization: Bearer ctk_…"),
        (manager.get("/api/v1/actors"), "Ingen av dina roller ger den behörighet som krävs."),
        (manager.get("/nowhere"), "Det finns inte, eller du har inte tillgång till det."),
        (manager.delete("/api/v1/me"), "Resursen har ingen sådan metod."),
        (manager.get("/api/v1/me?x=1"), "Frågan har en parameter som inte finns."),
        (manager.post("/api/v1/patients").bytes("application/json", "["), "Innehållet kunde inte läsas."),
        (manager.post("/api/v1/patients").bytes("text/csv", "a"), "Innehållstypen stöds inte."),
    ] {
        let answer = request.header("Accept-Language", "sv").send().await.whole_problem();
        assert_eq!(answer.json["title"], title);
    }
}

/// A pseudonym with a wrong check character.
fn mistyped(pseudonym: &str) -> String {
    let (rest, last) = pseudonym.split_at(pseudonym.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

async fn assert_swedish(request: Request, said: &str) {
    let answer = request.header("Accept-Language", "sv").send().await.whole_problem();
    let told = answer.findings()[0]["message"].as_str().unwrap();
    assert!(told.contains(said), "{said}: {}", answer.text);
    assert!(ENGLISH.iter().all(|word| !told.contains(word)), "{told}");
}

/// Every kind of value that a body may hold says in Swedish what it should have been.
#[rstest]
#[actix_web::test]
async fn values_in_bodies_are_asked_for_in_swedish(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::of_nothing();
    let mistyped = json!(mistyped(&scene.pseudonym));
    let cases = [
        ("enrol", "/site", json!("kar"), "fel format: en sjukhuskod är tre stora bokstäver A–Z."),
        ("enrol", "/site", json!(7), "Förväntat: en text."),
        ("enrol", "/role", json!("x"), "Förväntat: ett av `referring`, `treating`, `following`."),
        ("enrol", "/role", json!(7), "Förväntat: en text."),
        ("enrol", "/from", json!("x"), "Förväntat: en dag mellan 1800-01-01 och 2199-12-31, t.ex."),
        ("enrol", "/consents", json!({}), "Förväntat: en lista (JSON-array)."),
        ("enrol", "/consents/0", json!([]), "Förväntat: ett objekt."),
        ("enrol", "/consents/0", json!("x"), "Förväntat: ett objekt."),
        ("enrol", "/consents/0/form_version", json!(" "), "Förväntat: en text på 1–40 tecken, inte bara"),
        ("create_record", "/patient", json!("CT-1"), "Förväntat: CT- och tio tecken, minst ett av"),
        ("create_record", "/patient", mistyped, "Förväntat: en pseudonym utan skrivfel"),
        ("create_record", "/course", json!("x"), "Förväntat: en UUID."),
        ("create_record", "/submit", json!("x"), "Förväntat: true eller false."),
        ("register_sample", "/barcode", json!("x"), "fel format: en streckkod är 3–40 synliga"),
        ("register_sample", "/biobank", json!("x"), "fel format: en biobankskod är 2–16 tecken"),
        ("register_sample", "/collected_at", json!("x"), "Förväntat: en tidpunkt mellan åren 1800 och 2199"),
        ("register_sample", "/amount/value", json!("x"), "Förväntat: ett tal."),
        ("create_box", "/rows", json!(70_000), "Förväntat: ett heltal inom gränserna i API-beskrivningen."),
        ("create_actor", "/hsa_id", json!("x"), "fel format: HSA-id skrivs SE, tio siffror"),
    ];
    for (id, pointer, value, said) in cases {
        let operation = Operation::of_id(id);
        let (client, target) = (Scene::caller(&app, &operation), scene.target(&operation));
        let body = with(&scene.body(&operation), pointer, value);
        assert_swedish(operation.request_with(&client, &target, &body), said).await;
    }
    let (mut without, mut beside) = (body::enrolment("KAR"), body::enrolment("KAR"));
    without.as_object_mut().unwrap().remove("site");
    beside["colour"] = Value::Null;
    let enrol = |body: &Value| app.data_manager("KAR").post("/api/v1/patients").json(body);
    assert_swedish(enrol(&without), "Fältet `site` saknas; lägg till det.").await;
    assert_swedish(enrol(&beside), "Kända fält: `site`, `role`, `from`,").await;
}

#[rstest]
#[actix_web::test]
async fn values_in_queries_are_asked_for_in_swedish(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    let scene = Scene::of_nothing();
    let mistyped = mistyped(&scene.pseudonym);
    for (query, said) in [
        (
            "patients?limit=many",
            "Parametern `limit` har fel format. Förväntat: ett heltal som inte är negativt.",
        ),
        ("patients?limit=", "Förväntat: ett heltal som inte är negativt."),
        ("patients?limit=100000", "limit ska vara 1–500."),
        ("patients?limit=0", "limit ska vara 1–500."),
        ("worklist?soon_days=367", "soon_days ska vara 0–366."),
        ("reconsents?soon_days=9999999999", "soon_days ska vara 0–366."),
        ("clarifications?older_than_days=70000", "older_than_days ska vara 0–65535."),
        ("patients?limit=1&limit=2", "Ange parametern `limit` en gång."),
        ("patients?cursor=x", "cursor ska vara next_cursor från föregående sida;"),
        ("patients?x=1", "Kända parametrar: `cursor`, `limit`."),
        ("sites?x=1", "Här finns inga parametrar; ta bort dem."),
        (
            "records?patient=CT-1",
            "Parametern `patient` har fel format. Förväntat: CT- och tio tecken, minst ett av",
        ),
        (&*format!("records?patient={mistyped}"), "Förväntat: en pseudonym utan skrivfel"),
        ("records?course=x", "Förväntat: en UUID."),
        ("records?course=1-1", "Förväntat: en UUID."),
        ("records?status=x", "Förväntat: ett av `draft`, `submitted`, `annulled`."),
        (
            &*format!("records/{}?as_of=x", scene.submitted),
            "Förväntat: en tidpunkt mellan åren 1800 och 2199",
        ),
        (&*format!("records/{}/diff?to=1", scene.submitted), "Parametern `from` saknas; ange den."),
        ("forms/infusion/versions/1?as_of=x", "Förväntat: en dag mellan 1800-01-01 och 2199-12-31, t.ex."),
    ] {
        assert_swedish(app.data_manager("KAR").get(&format!("/api/v1/{query}")), said).await;
    }
    for (query, said) in [
        (
            "imports?form=x&site=x",
            "Parametern `site` har fel format: en sjukhuskod är tre stora bokstäver A–Z.",
        ),
        ("imports?form=x&site=KAR&atomic=x", "Förväntat: `all` eller `row`."),
        ("imports?form=x&site=KAR&dry_run=x", "Förväntat: true eller false."),
    ] {
        let request = app.data_manager("KAR").post(&format!("/api/v1/{query}"));
        assert_swedish(request.bytes("text/csv", "patient"), said).await;
    }
}
