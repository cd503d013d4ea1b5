//! Two changes of one patient at the same moment: each is judged by what was kept before it.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::course::CourseOutcome;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::CourseId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_persistence::Engine;
use cartotek_service::enrol::Enrolment;
use cartotek_service::record::{NewRecord, RecordFile};
use cartotek_service::{Done, ServiceError};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{TestGround, decision};

/// Pairs of requests: a single pair might miss each other.
const PAIRS: usize = 16;

/// A patient of site KAR with a course.
async fn patient(ground: &TestGround) -> (Pseudonym, CourseId) {
    let enrolment = Enrolment {
        site: "KAR".parse().unwrap(),
        role: ParticipationRole::Treating,
        from: "2026-01-09".parse().unwrap(),
        consents: vec![decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-01-09")],
        linkage: None,
    };
    let service = &ground.service;
    let enrolled = service.enrol(&ground.data_manager("KAR"), &ground.act(), enrolment).await.unwrap();
    let (pseudonym, opened) = (enrolled.value.patient.pseudonym, "2026-01-12".parse().unwrap());
    let course = service
        .open_course(&ground.data_manager("KAR"), &ground.act(), pseudonym, "LBCL".to_owned(), opened)
        .await
        .unwrap();
    (pseudonym, course.value.id)
}

fn record(
    (patient, course): (Pseudonym, CourseId),
    form: &str,
    content: Value,
    submission: Option<Vec<Acknowledgement>>,
) -> NewRecord {
    NewRecord {
        patient,
        course: Some(course),
        form: form.to_owned(),
        form_version: None,
        content,
        submission,
    }
}

async fn submit(
    ground: &TestGround,
    patient: (Pseudonym, CourseId),
    form: &str,
    content: Value,
    explained: Vec<Acknowledgement>,
) -> Result<Done<RecordFile>, ServiceError> {
    let new = record(patient, form, content, Some(explained));
    ground.service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await
}

fn death() -> Value {
    let death = json!({
        "date": "2026-02-10", "main_cause": "infection", "contributing": ["pulmonary"], "icd10_underlying": "A41.9",
        "autopsy": "no", "source": "chart"
    });
    json!({"kind": "death", "event_no": 1, "death": death})
}

fn infusion() -> Value {
    json!({
        "infusion_no": 1, "infusion_date": "2026-02-12", "infusion_started_at": "2026-02-12T10:40:00+01:00",
        "batch_id": "KTE-48112", "bag_ids": ["KTE-48112-1"], "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": 150, "post_thaw_viability_pct": 84,
        "premedication": ["paracetamol", "antihistamine"], "infusion_reaction": "no",
    })
}

fn explained() -> Vec<Acknowledgement> {
    vec![Acknowledgement {
        rule: "R-INF-04B".to_owned(),
        pointer: "/batch_id".to_owned(),
        reason: "The product form comes later.".to_owned(),
    }]
}

/// The rules that a refusal names.
fn rules(error: ServiceError) -> Vec<String> {
    let ServiceError::Refused(refusal) = error else { panic!("{error:?}") };
    refusal.findings.into_iter().filter(Finding::is_error).map(|finding| finding.rule).collect()
}

#[rstest]
#[tokio::test]
async fn of_an_infusion_and_an_earlier_death_one_is_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    for _ in 0..PAIRS {
        let patient = patient(&ground).await;
        let (infusion, death) = tokio::join!(
            submit(&ground, patient, "infusion", infusion(), explained()),
            submit(&ground, patient, "event", death(), Vec::new()),
        );
        match (infusion, death) {
            (Ok(_), Err(refused)) => assert_eq!(rules(refused), ["R-DATE-03Q"]),
            (Err(refused), Ok(_)) => assert_eq!(rules(refused), ["R-DATE-03A"]),
            both => panic!("{both:?}"),
        }
    }
}

#[rstest]
#[tokio::test]
async fn of_an_infusion_and_the_end_of_its_course_one_is_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    for _ in 0..PAIRS {
        let (pseudonym, course) = patient(&ground).await;
        let draft = record((pseudonym, course), "infusion", infusion(), None);
        let writer = ground.data_manager("KAR");
        let draft =
            ground.service.create_record(&writer, &ground.act(), draft).await.unwrap().value.record.id;
        let (manager, acts) = (ground.data_manager("KAR"), [ground.act(), ground.act()]);
        let (submitted, closed) = tokio::join!(
            ground.service.submit(&writer, &acts[0], draft, 1, explained()),
            ground.service.close_course(
                &manager,
                &acts[1],
                course,
                1,
                CourseOutcome::ManufacturingFailure,
                "2026-02-12".parse().unwrap()
            ),
        );
        match (submitted, closed) {
            (Ok(_), Err(refused)) => assert_eq!(refused.problem(), Problem::WrongState),
            (Err(refused), Ok(_)) => assert_eq!(rules(refused), ["R-COURSE-03"]),
            both => panic!("{both:?}"),
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_no_meanwhile_is_heard(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    for _ in 0..PAIRS {
        let patient = patient(&ground).await;
        let opted_out = decision(ConsentPurpose::RegistryQuality, ConsentDecision::OptedOut, "2026-01-09");
        let (manager, act) = (ground.data_manager("KAR"), ground.act());
        let no = ground.service.record_consent(&manager, &act, patient.0, opted_out);
        let (record, no) = tokio::join!(submit(&ground, patient, "event", death(), Vec::new()), no);
        let no = no.unwrap().value;
        match record {
            Ok(record) => assert!(record.value.revision.id.uuid() < no.id.uuid(), "the no was kept first"),
            Err(refused) => assert_eq!(rules(refused), ["R-CONS-01"]),
        }
    }
}

/// The rules and the milestones they need do not burden the writer twice.
#[tokio::test]
async fn what_nobody_has_changed_is_judged_once() {
    let ground = TestGround::start(Engine::Sqlite).await;
    let patient = patient(&ground).await;
    ground.database.statements();
    submit(&ground, patient, "infusion", infusion(), explained()).await.unwrap();
    let statements = ground.database.statements();
    // Once it is written, what is expected of the patient is computed from the milestones too.
    let judging = statements.iter().take_while(|text| !text.starts_with("INSERT INTO `record`"));
    let reads = judging.filter(|text| text.starts_with("SELECT") && text.contains("FROM `milestone`"));
    assert_eq!(reads.count(), 1, "{statements:#?}");
}
