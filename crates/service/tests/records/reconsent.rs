//! A guardian's yes after the patient has come of age (rule R-CONS-07).

use std::slice;

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::finding::Severity;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::enrol::{Decision, Enrolment};
use cartotek_service::record::{Correction, NewRecord, RecordFile};
use cartotek_service::transfer::Transfer;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{TestGround, decision};

fn yes(signed_by: Signatory, day: &str) -> Decision {
    Decision { signed_by, ..decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, day) }
}

/// A patient of site KAR for whom a guardian signed.
async fn minor(ground: &TestGround) -> Pseudonym {
    let enrolment = Enrolment {
        site: "KAR".parse().unwrap(),
        role: ParticipationRole::Treating,
        from: "2026-01-09".parse().unwrap(),
        consents: vec![yes(Signatory::Guardian, "2026-01-09")],
        linkage: None,
    };
    let enrolled = ground.service.enrol(&ground.data_manager("KAR"), &ground.act(), enrolment).await;
    enrolled.unwrap().value.patient.pseudonym
}

/// The registration of somebody born in a month; a draft unless reasons are given.
async fn register(
    ground: &TestGround,
    patient: Pseudonym,
    born: &str,
    submission: Option<Vec<Acknowledgement>>,
) -> Result<RecordFile, ServiceError> {
    let content = json!({ "birth_year_month": born, "sex": "male", "legal_basis": "quality_register" });
    submit(ground, patient, "patient_registration", content, submission).await
}

async fn submit(
    ground: &TestGround,
    patient: Pseudonym,
    form: &str,
    content: Value,
    submission: Option<Vec<Acknowledgement>>,
) -> Result<RecordFile, ServiceError> {
    let courses = ground.service.courses(&ground.data_manager("KAR"), &ground.act(), patient).await?.value;
    let course = (form == "event").then(|| courses[0].course.id);
    let new = NewRecord { patient, course, form: form.to_owned(), form_version: None, content, submission };
    let done = ground.service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await?;
    Ok(done.value)
}

async fn open_course(ground: &TestGround, patient: Pseudonym) {
    let opened = "2026-01-12".parse().unwrap();
    let manager = ground.data_manager("KAR");
    let done = ground.service.open_course(&manager, &ground.act(), patient, "B_ALL".to_owned(), opened).await;
    done.unwrap();
}

fn death() -> Value {
    let death = json!({
        "date": "2026-02-10", "main_cause": "infection", "contributing": ["pulmonary"], "icd10_underlying": "A41.9",
        "autopsy": "no", "source": "chart"
    });
    json!({"kind": "death", "event_no": 1, "death": death})
}

fn reason() -> Vec<Acknowledgement> {
    vec![Acknowledgement {
        rule: "R-CONS-07".to_owned(),
        pointer: String::new(),
        reason: "Is asked at the next visit.".to_owned(),
    }]
}

fn is_reminded(file: &RecordFile) -> bool {
    let warns = |severity| severity == Severity::Warning;
    file.findings.iter().any(|finding| finding.rule == "R-CONS-07" && warns(finding.severity))
}

#[track_caller]
fn assert_wants_a_reason<T: std::fmt::Debug>(outcome: Result<T, ServiceError>) {
    let ServiceError::Refused(refusal) = outcome.unwrap_err() else { panic!("not refused") };
    let found: Vec<_> = refusal.findings.iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(found, ["ACKNOWLEDGE", "R-CONS-07"]);
}

#[rstest]
#[tokio::test]
async fn whoever_collects_more_is_reminded_until_the_patient_decides(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let patient = minor(&ground).await;
    open_course(&ground, patient).await;
    let registered = register(&ground, patient, "2008-03", Some(Vec::new())).await.unwrap();
    assert!(!is_reminded(&registered), "not of age for certain before April");
    let draft = submit(&ground, patient, "event", json!({}), None).await.unwrap();
    assert!(!is_reminded(&draft));

    ground.clock.advance(TimeDelta::days(30));
    let draft = submit(&ground, patient, "event", json!({}), None).await.unwrap();
    assert!(is_reminded(&draft), "{:?}", draft.findings);
    let relapse = json!({"kind": "relapse", "event_no": 1});
    let draft = submit(&ground, patient, "event", relapse, None).await.unwrap();
    assert!(is_reminded(&draft), "{:?}", draft.findings);

    // What was collected before is corrected without a word about it.
    let (service, writer) = (&ground.service, ground.data_manager("KAR"));
    let content =
        json!({ "birth_year_month": "2008-03", "sex": "female", "legal_basis": "quality_register" });
    let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Wrong box.".to_owned() };
    let correction = Correction { content, amendment, acknowledgements: Vec::new() };
    let amended = service.amend(&writer, &ground.act(), registered.record.id, 1, correction).await.unwrap();
    assert!(!is_reminded(&amended.value));

    let own = yes(Signatory::Patient, "2026-04-01");
    service.record_consent(&ground.data_manager("KAR"), &ground.act(), patient, own).await.unwrap();
    let draft = submit(&ground, patient, "event", json!({}), None).await.unwrap();
    assert!(!is_reminded(&draft));
}

#[rstest]
#[tokio::test]
async fn a_submission_wants_a_reason(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let patient = minor(&ground).await;
    assert_wants_a_reason(register(&ground, patient, "2008-02", Some(Vec::new())).await);
    let file = register(&ground, patient, "2008-02", Some(reason())).await.unwrap();
    assert_eq!(file.revision.acknowledgements, reason());
}

#[rstest]
#[tokio::test]
async fn nobody_is_asked_after_the_death(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let patient = minor(&ground).await;
    open_course(&ground, patient).await;
    register(&ground, patient, "2008-01", Some(reason())).await.unwrap();
    submit(&ground, patient, "event", death(), Some(Vec::new())).await.unwrap();
    let draft = submit(&ground, patient, "event", json!({}), None).await.unwrap();
    assert!(!is_reminded(&draft), "{:?}", draft.findings);
}

#[rstest]
#[tokio::test]
async fn the_list_of_consents_says_which_are_due_and_since_when(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let patient = minor(&ground).await;
    let listed = async |on: Option<&str>| {
        let on = on.map(|day| day.parse().unwrap());
        let (reader, act) = (ground.data_manager("KAR"), ground.act());
        let listed = ground.service.consents(&reader, &act, patient, None, on).await.unwrap().value;
        let shown = listed.iter().map(|one| (one.reconsent_from, one.due_for_reconsent));
        shown.collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, [(None, false)], "the month of birth is not known");
    register(&ground, patient, "2008-03", Some(Vec::new())).await.unwrap();
    let from = Some("2026-04-01".parse().unwrap());
    assert_eq!(listed(None).await, [(from, false)]);
    assert_eq!(listed(Some("2026-03-31")).await, [(from, false)]);
    assert_eq!(listed(Some("2026-04-01")).await, [(from, true)]);
    let own = yes(Signatory::Patient, "2026-03-01");
    let manager = ground.data_manager("KAR");
    ground.service.record_consent(&manager, &ground.act(), patient, own).await.unwrap();
    assert_eq!(listed(Some("2026-04-01")).await, [(None, false), (None, false)]);
}

/// Pseudonym, day from which the patient is asked, and whether it has come, of whom a site asks anew.
async fn asked_by(ground: &TestGround, site: &str, soon: u32) -> Vec<(Pseudonym, String, bool)> {
    let (reader, act) = (ground.data_manager(site), ground.act());
    let done = ground.service.reconsents(&reader, &act, soon).await.unwrap();
    assert_eq!(done.receipt.is_some(), !done.value.is_empty(), "patients that were shown are in the log");
    assert!(done.value.iter().all(|one| one.purposes == [ConsentPurpose::RegistryQuality]));
    let shown = done.value.into_iter().map(|one| {
        assert_eq!(one.site.as_str(), site);
        (one.pseudonym, one.from.to_string(), one.is_due)
    });
    shown.collect()
}

#[rstest]
#[tokio::test]
async fn a_site_sees_whom_it_asks_anew(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (younger, elder) = (minor(&ground).await, minor(&ground).await);
    minor(&ground).await;
    register(&ground, younger, "2008-04", Some(Vec::new())).await.unwrap();
    register(&ground, elder, "2008-02", Some(reason())).await.unwrap();
    let due = (elder, "2026-03-01".to_owned(), true);
    let soon = (younger, "2026-05-01".to_owned(), false);
    assert_eq!(
        asked_by(&ground, "KAR", 59).await,
        slice::from_ref(&due),
        "who is asked in sixty days is not yet listed"
    );
    assert_eq!(asked_by(&ground, "KAR", 60).await, [due, soon.clone()]);
    assert_eq!(asked_by(&ground, "UPP", 60).await, [], "another site's patients");
    let composed = ground.service.compose_reminders(&["KAR".parse().unwrap()]).await.unwrap();
    let digest: Value = serde_json::from_str(&composed.reminders[0].body).unwrap();
    assert_eq!(digest["reconsents"], 1, "within thirty days: {digest}");

    let (service, manager) = (&ground.service, ground.data_manager("KAR"));
    let own = yes(Signatory::Patient, "2026-03-02");
    service.record_consent(&manager, &ground.act(), elder, own).await.unwrap();
    assert_eq!(asked_by(&ground, "KAR", 60).await, slice::from_ref(&soon), "the elder has decided");
    let transfer = Transfer {
        to_site: "UPP".parse().unwrap(),
        role: ParticipationRole::Following,
        on: "2026-03-02".parse().unwrap(),
        keep_role: Some(ParticipationRole::Treating),
    };
    service.transfer(&manager, &ground.act(), younger, transfer).await.unwrap();
    assert_eq!(asked_by(&ground, "KAR", 60).await, [], "the responsible site asks");
    assert_eq!(asked_by(&ground, "UPP", 60).await, [soon]);
    let ends = Decision { valid_to: "2026-04-30".parse().ok(), ..yes(Signatory::Guardian, "2026-03-02") };
    let manager = ground.data_manager("UPP");
    service.record_consent(&manager, &ground.act(), younger, ends).await.unwrap();
    assert_eq!(asked_by(&ground, "UPP", 60).await, [], "nothing is left of it by then");
}
