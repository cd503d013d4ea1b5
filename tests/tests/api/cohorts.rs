//! Research questions over HTTP: how they are written, answered, labelled and refused.

use cartotek_persistence::Engine;
use cartotek_tests::operation::DOCUMENT;
use cartotek_tests::{TestApp, body};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::enrolled;

const COUNT: &str = "/api/v1/cohorts/count";
const SURVIVAL: &str = "/api/v1/cohorts/survival";

/// A patient of the site with one open course.
async fn referred(app: &TestApp, site: &str) {
    let patient = enrolled(app, site).await;
    let course = json!({"indication": "LBCL", "opened_on": "2026-02-01"});
    let place = format!("/api/v1/patients/{patient}/courses");
    app.data_manager(site).post(&place).json(&course).send().await.expect(201);
}

#[rstest]
#[actix_web::test]
async fn an_answer_says_for_whom_it_was_made_in_the_language_asked_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let app = TestApp::start(engine).await;
    referred(&app, "KAR").await;
    referred(&app, "UPP").await;
    app.service.seal_all().await.unwrap();
    let question = json!({
        "where": {"variable": "indication", "in": ["LBCL", "FL"]}, "by": {"variable": "course_number", "edges": [2]},
    });

    let manager = app.data_manager("KAR").post(COUNT).header("Accept-Language", "sv").json(&question);
    let exact = manager.send().await.expect(200);
    assert_eq!((&exact.json["protection"], &exact.json["patients"]), (&json!("exact"), &json!(1)));
    assert_eq!(exact.json["breakdown"]["groups"][0]["patients"], 1);
    assert!(exact.json["question"].as_str().unwrap().contains("Indikation är någon av"), "{}", exact.text);
    assert!(exact.json["explanation"].as_str().unwrap().contains("Exakta tal"), "{}", exact.text);
    assert!(exact.header("cartotek-receipt").is_some(), "the question is in the log");

    for client in [app.researcher(), app.coordinator()] {
        let protected = client.post(COUNT).json(&question).send().await.expect(200);
        assert_eq!(protected.json["protection"], "protected");
        assert_eq!(protected.json["patients"], Value::Null, "two are too few");
        assert!(protected.json["explanation"].as_str().unwrap().contains("zero counts as small"));
        let survival = json!({"where": {"all": []}, "strata": "indication", "times": [0, 365]});
        let survival = client.post(SURVIVAL).json(&survival).send().await.expect(200);
        assert_eq!((&survival.json["overall"], &survival.json["not_infused"]), (&Value::Null, &Value::Null));
    }
}

#[actix_web::test]
async fn what_does_not_fit_is_refused_where_it_stands() {
    let app = TestApp::start(Engine::Sqlite).await;
    for (path, question, rule, pointer) in [
        (
            COUNT,
            json!({"where": {"variable": "indicatio", "equals": "FL"}}),
            "COHORT-UNKNOWN-VARIABLE",
            "/where/variable",
        ),
        (COUNT, json!({"where": {"any": []}}), "COHORT-SHAPE", "/where/any"),
        (
            COUNT,
            json!({"where": {"all": []}, "by": {"variable": "age_at_infusion"}}),
            "COHORT-EDGES",
            "/by/edges",
        ),
        (COUNT, json!({"by": {"variable": "indication"}}), "API-MISSING-FIELD", ""),
        (COUNT, json!({"where": {"all": []}, "project": 1}), "API-UNKNOWN-FIELD", ""),
        (SURVIVAL, json!({"where": {"all": []}, "strata": "age_at_infusion"}), "COHORT-TYPE", "/strata"),
        (SURVIVAL, json!({"where": {"all": []}, "times": [50_000]}), "SURVIVAL-TIMES", "/times"),
    ] {
        let answer = app.researcher().post(path).json(&question).send().await;
        let answer = answer.problem(422, "content_invalid");
        let finding = &answer.findings()[0];
        assert_eq!((&finding["rule"], &finding["pointer"]), (&json!(rule), &json!(pointer)), "{question}");
    }
    let answer = app.researcher().post(COUNT).json(&body::enrolment("KAR")).send().await;
    answer.problem(422, "content_invalid");
}

#[actix_web::test]
async fn the_grammar_and_the_codebook_can_be_read() {
    let expression = &DOCUMENT["components"]["schemas"]["CohortExpression"];
    assert_eq!(expression["oneOf"].as_array().unwrap().len(), 4, "{expression}");
    let all = &DOCUMENT["components"]["schemas"]["CohortAll"]["properties"]["all"];
    assert_eq!(all["items"]["$ref"], "#/components/schemas/CohortExpression");

    let app = TestApp::start(Engine::Sqlite).await;
    let codebook = app.researcher().get("/api/v1/variables").send().await.expect(200);
    assert!(codebook.json["notice"].as_str().unwrap().contains("not for individual treatment decisions"));
    let indication =
        codebook.json["items"].as_array().unwrap().iter().find(|one| one["id"] == "indication").unwrap();
    assert_eq!(indication["title"], json!({"sv": "Indikation", "en": "Indication"}));
    assert_eq!(indication["codes"][0]["code"], "LBCL");
    app.auditor().get("/api/v1/variables").send().await.problem(403, "permission_missing");
}

#[actix_web::test]
async fn the_codebook_is_searched_by_words_and_form() {
    let app = TestApp::start(Engine::Sqlite).await;
    let find = async |query: &str| {
        let found = app.researcher().get(&format!("/api/v1/variables?{query}")).send().await.expect(200).json;
        let items = found["items"].as_array().unwrap().clone();
        items.into_iter().map(|one| [one["id"].clone(), one["form"].clone()]).collect::<Vec<_>>()
    };
    let max_grade = [json!("crs_max_grade"), json!("acute_toxicity")];
    for query in ["text=crs_max", "text=grade%20CRS", "text=h%C3%B6gsta%20crs-grad", "text=MAXIMUM%20crs"] {
        let found = find(query).await;
        assert!(found.contains(&max_grade) && found.len() < 15, "{query}: {found:?}");
    }
    let of_form = find("form=acute_toxicity").await;
    assert!(of_form.contains(&max_grade) && of_form.iter().all(|[_, form]| form == "acute_toxicity"));
    let computed = find("form=computed&text=indik").await;
    assert_eq!(computed, [[json!("indication"), json!("computed")]]);
    assert!(!find("form=course").await.is_empty() && find("form=infusion&text=crs_max").await.is_empty());
    assert!(find("").await.len() > of_form.len() && find("text=").await == find("").await);
    let unknown = app.researcher().get("/api/v1/variables?form=nonsense").send().await;
    assert_eq!(unknown.problem(422, "content_invalid").found(), [("FORM-UNKNOWN", "/form")]);
}
