//! A record among the milestones of other records: amended, and read with what follows from it.

use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_forms::MilestoneView;
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::record::{Correction, NewRecord, RecordFile, Version};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::World;

async fn submit(world: &World, form: &str, content: Value, about_course: bool) -> RecordFile {
    let new = NewRecord {
        patient: world.patients[0],
        course: about_course.then_some(world.courses[0]),
        form: form.to_owned(),
        form_version: None,
        content,
        submission: Some(Vec::new()),
    };
    let granted = world.ground.data_manager("KAR");
    world.ground.service.create_record(&granted, &world.ground.act(), new).await.unwrap().value
}

fn infused(day: &str) -> MilestoneView {
    let date = MilestoneValue::Date(day.parse().unwrap());
    MilestoneView { course: [("infusion_date".to_owned(), vec![date])].into(), ..MilestoneView::default() }
}

/// The infusion is of a course, the birth month of the patient.
#[rstest]
#[tokio::test]
async fn a_birth_month_cannot_be_amended_past_an_infusion(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    world.seed(0, &infused("2026-02-12")).await;
    let born = |month: &str| json!({ "birth_year_month": month, "sex": "female", "legal_basis": "quality_register" });
    let file = submit(&world, "patient_registration", born("1961-04"), false).await;
    let amend = async |month: &str| {
        let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Misread".to_owned() };
        let correction = Correction { content: born(month), amendment, acknowledgements: Vec::new() };
        let granted = world.ground.data_manager("KAR");
        world.ground.service.amend(&granted, &world.ground.act(), file.record.id, 1, correction).await
    };
    match amend("2026-03").await {
        Err(ServiceError::Refused(refusal)) => {
            assert!(refusal.findings.iter().any(|one| one.rule == "R-DATE-01A"), "{:?}", refusal.findings);
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(amend("1961-05").await.unwrap().value.record.revision, 2);
}

#[rstest]
#[tokio::test]
async fn a_record_is_read_with_its_grades_and_why(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    world.seed(0, &infused("2026-01-12")).await;
    let content = json!({
        "assessment_date": "2026-02-12",
        "crs": {
            "occurred": "yes", "onset_date": "2026-01-14", "resolution_date": "2026-01-16", "max_grade": 2,
            "fever": "yes", "hypotension_max": "fluids", "hypoxia_max": "none",
        },
        "icans": { "occurred": "no" }, "interventions": [], "icu": { "admitted": "no" },
        "iec_hs": { "occurred": "no" }, "cytopenias": { "early_icaht_grade": 0 }, "tls": { "occurred": "no" },
        "infections_occurred": "no",
    });
    let file = submit(&world, "acute_toxicity", content, true).await;
    let granted = world.ground.data_manager("KAR");
    let read =
        world.ground.service.record(&granted, &world.ground.act(), file.record.id, Version::Current).await;
    let derived = read.unwrap().value.derived;
    assert_eq!(derived, file.derived);
    let grade = |id: &str| derived.iter().find(|one| one.id == id).unwrap();
    let crs = grade("crs_derived_grade");
    assert_eq!(crs.value, json!(2.0));
    assert_eq!(crs.reasoning.definition_version.as_deref(), Some("ASTCT2019/1"));
    assert_eq!(crs.reasoning.because[0].en, "hypotension without need of a vasopressor");
    assert_eq!(grade("icans_derived_grade").value, json!(0.0));
    assert_eq!(grade("tocilizumab_given").value, json!("no"));
}
