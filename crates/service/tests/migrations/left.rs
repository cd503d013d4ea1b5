//! Records that are left as they are, each with its reason.

use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::id::RecordId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::Acknowledgement;
use cartotek_domain::signature::SignatureMeaning;
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::lock::NewTarget;
use cartotek_service::participation::Joining;
use cartotek_service::record::migrate::{MOST_RECORDS, MigrationPart, RecordMigration};
use cartotek_service::record::{NewRecord, Version};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::content::infusion;
use crate::common::next_version::{next_version, second_version};
use crate::registry::{Registry, complete, migration_of, total};

fn outcome(part: &MigrationPart, id: RecordId) -> MigrationOutcome {
    part.records.iter().find(|one| one.id == id).unwrap().outcome
}

#[rstest]
#[tokio::test]
async fn what_is_locked_verified_or_signed_stays(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let registry = Registry::start(engine, 3).await;
    let mut ids = Vec::new();
    for patient in 0..3 {
        ids.push(registry.registration(patient, complete()).await.record.id);
    }
    let (service, ground) = (&registry.ground.service, &registry.ground);
    let lock = NewTarget::Record(ids[0]);
    let lock =
        service.create_lock(&ground.data_manager("KAR"), &ground.act(), lock, "Frozen".to_owned()).await;
    let lock = lock.unwrap().value.lock.id;
    service.verify_record(&ground.second_manager(), &ground.act(), ids[1], 1).await.unwrap();
    let meaning = SignatureMeaning::Approved;
    service.sign_record(&ground.data_manager("KAR"), &ground.act(), ids[2], 1, meaning).await.unwrap();
    registry.publish_registration().await;
    let part = registry.migrate(&Registry::migration(), None).await;
    let outcomes = ids.clone().into_iter().map(|id| outcome(&part, id)).collect::<Vec<_>>();
    assert_eq!(outcomes, [MigrationOutcome::Locked, MigrationOutcome::Marked, MigrationOutcome::Marked]);
    let detail = |id: RecordId| part.records.iter().find(|one| one.id == id).unwrap().detail.clone().unwrap();
    assert!(detail(ids[0]).en.contains(&lock.to_string()) && detail(ids[1]).sv.contains("void_marks"));
    for id in &ids {
        assert_eq!(registry.stored(*id, Version::Current).await.revision.number, 1);
    }

    let migration = RecordMigration { void_marks: true, ..Registry::migration() };
    let part = registry.migrate(&migration, None).await;
    let outcomes = ids.clone().into_iter().map(|id| outcome(&part, id)).collect::<Vec<_>>();
    assert_eq!(outcomes, [MigrationOutcome::Locked, MigrationOutcome::Migrated, MigrationOutcome::Migrated]);
    assert!(!registry.stored(ids[1], Version::Current).await.marks.verified);
    let signed = service.signatures(&ground.data_manager("KAR"), &ground.act(), ids[2]).await.unwrap().value;
    assert_eq!((signed[0].valid, signed[0].voided_by), (false, Some(2)));
    registry.check().await;
}

/// In the second version there is one assessment per course: the first that comes has the key.
#[rstest]
#[tokio::test]
async fn two_records_with_one_key_do_not_both_come(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 1).await;
    let mut ids = Vec::new();
    for day in ["2026-02-01", "2026-02-02", "2026-02-03"] {
        let content = json!({ "assessment_date": day });
        ids.push(registry.record(0, "response_assessment", content, None).await.record.id);
    }
    let mut second: Value = serde_json::from_str(&second_version("response_assessment")).unwrap();
    second["x-key"] = json!([]);
    registry.publish(next_version("response_assessment", &second.to_string(), &json!({}), None)).await;
    let migration = migration_of("response_assessment");
    let preview = registry.preview(&migration, None).await;
    let part = registry.migrate(&migration, None).await;
    assert_eq!(preview, part);
    let outcomes: Vec<_> = ids.iter().map(|id| outcome(&part, *id)).collect();
    assert_eq!(
        outcomes,
        [MigrationOutcome::Migrated, MigrationOutcome::KeyTaken, MigrationOutcome::KeyTaken]
    );
    assert!(part.records[1].detail.as_ref().unwrap().en.contains(&ids[0].to_string()));
    registry.check().await;
}

/// A site that only follows the patient does not write the second version: its draft stays in the first.
#[rstest]
#[tokio::test]
async fn a_draft_comes_only_into_a_version_that_its_site_writes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 1).await;
    let (service, ground) = (&registry.ground.service, &registry.ground);
    let (patient, course) = registry.patients[0];
    let (upp, from) = ("UPP".parse().unwrap(), "2026-02-01".parse().unwrap());
    let joining = Joining { site: upp, role: ParticipationRole::Following, from };
    service.add_participation(&ground.data_manager("KAR"), &ground.act(), patient, joining).await.unwrap();
    let own = json!({ "assessment_date": "2026-02-01" });
    let own = registry.record(0, "response_assessment", own, None).await.record.id;
    let draft = NewRecord {
        patient,
        course: Some(course),
        form: "response_assessment".to_owned(),
        form_version: Some(1),
        content: json!({ "assessment_date": "2026-02-02" }),
        submission: None,
    };
    let draft = service.create_record(&ground.data_manager("UPP"), &ground.act(), draft).await.unwrap();
    let draft = draft.value.record.id;
    let mut second: Value = serde_json::from_str(&second_version("response_assessment")).unwrap();
    second["x-written-by"] = json!(["treating"]);
    registry.publish(next_version("response_assessment", &second.to_string(), &json!({}), None)).await;

    let migration = RecordMigration { site: "UPP".parse().unwrap(), ..migration_of("response_assessment") };
    let part = service.migrate_records(&ground.data_manager("UPP"), &ground.act(), migration, None).await;
    let part = part.unwrap().value;
    assert_eq!(outcome(&part, draft), MigrationOutcome::Refused);
    let found: Vec<_> = part.records[0].findings.iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(found, ["R-PART-01"]);
    let part = registry.migrate(&migration_of("response_assessment"), None).await;
    assert_eq!(outcome(&part, own), MigrationOutcome::Migrated, "the responsible site writes every form");
    registry.check().await;
}

#[rstest]
#[tokio::test]
async fn only_the_own_records_that_are_chosen_come(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 3).await;
    let chosen = registry.registration(0, complete()).await.record.id;
    registry.registration(1, complete()).await;
    let draft = registry.record(2, "patient_registration", json!({}), None).await.record.id;
    registry.publish_registration().await;
    let unknown = RecordId::next(registry.ground.service.ids());
    let migration = RecordMigration { records: vec![chosen, unknown], ..Registry::migration() };
    let part = registry.migrate(&migration, None).await;
    assert_eq!(part.records.iter().map(|one| one.id).collect::<Vec<_>>(), [chosen]);
    assert_eq!((part.absent, part.outcomes.get(&MigrationOutcome::Absent)), (vec![unknown], Some(&1)));
    let drafts = RecordMigration {
        status: Some(cartotek_domain::record::RecordStatus::Draft),
        ..Registry::migration()
    };
    let part = registry.migrate(&drafts, None).await;
    assert_eq!(part.records.iter().map(|one| one.id).collect::<Vec<_>>(), [draft]);

    let (service, ground) = (&registry.ground.service, &registry.ground);
    let refused = async |site: &str, migration: RecordMigration| {
        let answer =
            service.migrate_records(&ground.data_manager(site), &ground.act(), migration, None).await;
        let Err(ServiceError::Refused(refusal)) = answer else { panic!("not refused: {answer:?}") };
        (refusal.problem, refusal.findings.into_iter().map(|one| one.rule).collect::<Vec<_>>())
    };
    let all = || Registry::migration();
    assert_eq!(refused("UPP", all()).await, (Problem::NotFound, vec![]));
    let (from, to) = (Some(2), 9);
    let cases = [
        (RecordMigration { from, ..all() }, "FORM-MIGRATION"),
        (RecordMigration { to, ..all() }, "FORM-UNKNOWN"),
        (RecordMigration { to: 1, ..all() }, "FORM-MIGRATION"),
        (RecordMigration { form: "nothing".to_owned(), ..all() }, "FORM-UNKNOWN"),
        (RecordMigration { records: vec![chosen; MOST_RECORDS + 1], ..all() }, "FORM-MIGRATION"),
        (RecordMigration { acknowledgement: Some("x".repeat(501)), ..all() }, "ACKNOWLEDGE"),
    ];
    for (migration, rule) in cases {
        assert_eq!(refused("KAR", migration).await, (Problem::ContentInvalid, vec![rule.to_owned()]));
    }
    let named = RecordMigration { acknowledgement: Some("See 19850101-2382.".to_owned()), ..all() };
    assert_eq!(refused("KAR", named).await, (Problem::PersonIdDetected, vec!["R-ID-01".to_owned()]));
    assert_eq!(total(&registry.preview_all(&all()).await, MigrationOutcome::Migrated), 1);
}

/// A course that is opened after its infusion cannot be entered, nor its infusion be taken along.
#[rstest]
#[tokio::test]
async fn an_infusion_before_its_course_was_opened_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let registry = Registry::start(engine, 1).await;
    let reason = "The product form comes later.".to_owned();
    let explained =
        vec![Acknowledgement { rule: "R-INF-04B".to_owned(), pointer: "/batch_id".to_owned(), reason }];
    let infused = registry.record(0, "infusion", infusion("2026-02-12"), Some(explained)).await.record.id;
    registry.ground.database.execute("UPDATE course SET opened_on = '2026-02-13'");
    registry.publish(next_version("infusion", &second_version("infusion"), &json!({}), None)).await;
    let part = registry.migrate(&migration_of("infusion"), None).await;
    let [left] = &part.records[..] else { panic!("{part:?}") };
    assert_eq!((left.id, left.outcome), (infused, MigrationOutcome::Refused));
    let errors = left.findings.iter().filter(|one| one.is_error());
    let errors: Vec<_> = errors.map(|one| (one.rule.as_str(), one.pointer.as_str())).collect();
    assert_eq!(errors, [("R-DATE-01", "/infusion_date")]);
}
