//! Questions that are refused, and the codebook that says how to ask.

use cartotek_domain::course::CourseOutcome;
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::cohort::{By, CountQuestion, VariableQuery};
use rstest::rstest;
use serde_json::json;

use crate::asking::asking;
use crate::network::{Network, count, every_course};

#[rstest]
#[tokio::test]
async fn a_question_that_does_not_fit_the_codebook_is_refused_whole(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    let refused = async |question| match network.ask(&network.service, "", question).await {
        Err(ServiceError::Refused(refusal)) => *refusal,
        other => panic!("not refused: {other:?}"),
    };
    let refusal = refused(count(json!({"all": [
        {"variable": "age_at_infusio", "at_least": 18}, {"variable": "indication", "equals": "LBCLX"},
    ]})))
    .await;
    assert_eq!(refusal.problem, Problem::ContentInvalid);
    let places: Vec<_> =
        refusal.findings.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect();
    assert_eq!(
        places,
        [
            ("COHORT-UNKNOWN-VARIABLE", "/where/all/0/variable"),
            ("COHORT-UNKNOWN-CODE", "/where/all/1/equals"),
        ]
    );
    assert!(refusal.findings[0].message.en.contains("`age_at_infusion`"));

    let by = Some(By { variable: "age_at_infusion".to_owned(), edges: Vec::new() });
    let refusal = refused(CountQuestion { by, ..every_course() }).await;
    assert_eq!(refusal.findings[0].pointer, "/by/edges");
    let refusal = refused(count(json!({"some": []}))).await;
    assert_eq!(
        (refusal.findings[0].rule.as_str(), refusal.findings[0].pointer.as_str()),
        ("COHORT-SHAPE", "/where")
    );
    // What decides whether a row is seen by researchers is no variable.
    let refusal = refused(count(json!({"variable": "research", "present": true}))).await;
    assert_eq!(refusal.findings[0].rule, "COHORT-UNKNOWN-VARIABLE");
}

#[tokio::test]
async fn the_codebook_speaks_both_languages_and_names_each_variable_once() {
    let network = Network::start(Engine::Sqlite).await;
    let entries = network.service.variables(&asking(""), &VariableQuery::default()).unwrap().value;
    let mut ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
    for id in [
        "age_at_infusion",
        "course_number",
        "indication",
        "course_status",
        "infusion_date",
        "death_date",
        "crs_max_grade",
    ] {
        assert!(ids.contains(&id), "{id}");
    }
    for entry in &entries {
        assert!(!entry.title.sv.is_empty() && !entry.title.en.is_empty(), "{}", entry.id);
        let coded = entry.conditions.iter().all(|condition| condition != "at_least");
        assert!(!coded || !entry.codes.is_empty(), "{} has codes to choose from", entry.id);
    }
    let death = entries.iter().find(|entry| entry.id == "death_date").unwrap();
    assert_eq!((death.form.as_str(), death.derived), ("computed", true));
    let outcome = entries.iter().find(|entry| entry.id == "course_outcome").unwrap();
    let codes: Vec<&str> = outcome.codes.iter().map(|one| one.code.as_str()).collect();
    let names: Vec<&str> = CourseOutcome::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(codes, names);
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
