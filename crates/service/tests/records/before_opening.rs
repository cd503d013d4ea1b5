//! A course is opened by the day on which it begins: what a correction of the opening is refused for, forms are refused for too.

use cartotek_domain::finding::Finding;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::course::CourseCorrection;
use cartotek_service::record::Correction;
use rstest::rstest;
use serde_json::Value;

use crate::common::TestGround;
use crate::common::content::{collection, infusion};
use crate::judging::{explained, patient, record};

fn collected(day: &str) -> Value {
    let mut content = collection();
    content["collection_date"] = day.into();
    content
}

/// The errors of a refusal.
fn errors(refused: ServiceError) -> Vec<Finding> {
    let ServiceError::Refused(refusal) = refused else { panic!("{refused:?}") };
    refusal.findings.into_iter().filter(Finding::is_error).collect()
}

fn places(found: &[Finding]) -> Vec<(&str, &str)> {
    found.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect()
}

/// The course was opened on 2026-01-12.
#[rstest]
#[tokio::test]
async fn nothing_begins_a_course_before_it_is_opened(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (pseudonym, course) = patient(&ground).await;
    let service = &ground.service;
    for (form, content, pointer) in [
        ("apheresis", collected("2026-01-11"), "/collection_date"),
        ("infusion", infusion("2026-01-11"), "/infusion_date"),
    ] {
        let expected = [("R-DATE-01", pointer)];
        let subject = Some((pseudonym, Some(course)));
        let (writer, act) = (ground.data_manager("KAR"), ground.act());
        let told = service.validate(&writer, &act, form, None, content.clone(), subject).await.unwrap().value;
        let told: Vec<_> = told.findings.into_iter().filter(Finding::is_error).collect();
        assert_eq!(places(&told), expected);
        for act in [ground.dry(), ground.act()] {
            let new = record((pseudonym, course), form, content.clone(), Some(explained()));
            let refused = service.create_record(&ground.data_manager("KAR"), &act, new).await.unwrap_err();
            assert_eq!(errors(refused), told, "{form}");
        }
    }
    let on_the_day = record((pseudonym, course), "apheresis", collected("2026-01-12"), None);
    ground.submit("KAR", on_the_day).await;
}

#[rstest]
#[tokio::test]
async fn the_opening_and_the_form_are_corrected_by_the_same_rule(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (pseudonym, course) = patient(&ground).await;
    let service = &ground.service;
    let collected_on_the_day = record((pseudonym, course), "apheresis", collected("2026-01-12"), None);
    let file = ground.submit("KAR", collected_on_the_day).await;
    let amend = async |day: &str| {
        let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Read again.".to_owned() };
        let correction = Correction { content: collected(day), amendment, acknowledgements: Vec::new() };
        let (writer, act) = (ground.data_manager("KAR"), ground.act());
        service.amend(&writer, &act, file.record.id, 1, correction).await
    };
    let open = async |day: &str, version: i64| {
        let (correction, reason) = (
            CourseCorrection { opened_on: Some(day.parse().unwrap()), ..CourseCorrection::default() },
            AmendmentReason::DataEntry,
        );
        let (manager, act) = (ground.data_manager("KAR"), ground.act());
        service.correct_course(&manager, &act, course, version, correction, reason).await
    };
    let of_form = errors(amend("2026-01-11").await.unwrap_err());
    assert_eq!(places(&of_form), [("R-DATE-01", "/collection_date")]);
    open("2026-01-11", 1).await.unwrap();
    amend("2026-01-11").await.unwrap();
    let of_opening = errors(open("2026-01-12", 2).await.unwrap_err());
    assert_eq!(places(&of_opening), [("R-DATE-01", "/opened_on")]);
    assert_eq!(of_opening[0].message, of_form[0].message, "in the same words");
}
