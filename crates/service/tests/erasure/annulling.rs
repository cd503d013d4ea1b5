//! What the annulment of a record that was another patient's takes along.

use cartotek_domain::change::{ChangeAct, ChangeKind, Since};
use cartotek_domain::id::RecordId;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason, RecordStatus};
use cartotek_persistence::Engine;
use cartotek_service::feed::Feed;
use cartotek_service::record::{Correction, RecordFile, RecordQuery, Version};
use cartotek_service::timeline::FindingQuery;
use cartotek_service::{Act, Done, Page, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;

use crate::common::annulment;
use crate::looking::assert_clean;
use crate::world::{MARK, Person, World, content, infusion, key, problem};

/// The batch of a patient whom nothing of this concerns.
const OTHER: &str = "KTE-48111";

async fn annul(
    world: &World,
    act: &Act,
    (record, expected): (RecordId, i64),
    reason: AmendmentReason,
) -> Result<Done<RecordFile>, ServiceError> {
    let (service, manager) = (&world.ground.service, world.ground.data_manager("KAR"));
    service.annul_record(&manager, act, record, expected, annulment(reason)).await
}

/// Destroys what was submitted, as a second person may once it is annulled; `expected` is its version before.
async fn destroy(
    world: &World,
    act: &Act,
    (record, expected): (RecordId, i64),
) -> Result<Done<RecordFile>, ServiceError> {
    annul(world, &world.ground.act(), (record, expected), AmendmentReason::EnteredInError).await.unwrap();
    as_second(world, act, (record, expected + 1)).await
}

async fn as_second(
    world: &World,
    act: &Act,
    (record, expected): (RecordId, i64),
) -> Result<Done<RecordFile>, ServiceError> {
    let (service, second) = (&world.ground.service, world.ground.second_manager());
    service.annul_record(&second, act, record, expected, annulment(AmendmentReason::OtherPatient)).await
}

/// An infusion of which all is told that can be: verified, signed, locked, unlocked, corrected, asked about.
async fn told(world: &World) -> Person {
    let person = world.treat(MARK, None).await;
    world.certify(&person).await;
    world.unlock().await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let mut corrected = content(MARK);
    corrected["dose_car_total_e6"] = 151.into();
    let text = format!("{MARK} was mistyped.");
    let correction = Correction {
        content: corrected,
        amendment: Amendment { reason: AmendmentReason::DataEntry, text },
        acknowledgements: infusion(person.pseudonym, person.course, MARK).submission.unwrap(),
    };
    let (manager, id) = (ground.data_manager("KAR"), person.infusion);
    service.amend(&manager, &ground.act(), id, 1, correction).await.unwrap();
    world.ask(&person, &format!("Is {MARK} the right batch?")).await;
    person
}

/// How many findings stand in the records of a patient.
async fn standing(world: &World, person: &Person) -> usize {
    let query = FindingQuery { patient: Some(person.pseudonym), ..FindingQuery::default() };
    let (service, reader) = (&world.ground.service, world.ground.data_manager("KAR"));
    service.findings(&reader, &world.ground.act(), query, Page::first(10)).await.unwrap().value.items.len()
}

async fn changes(world: &World, since: Since) -> Feed {
    let (service, reader) = (&world.ground.service, world.ground.data_manager("KAR"));
    // Whoever sealed before has fallen silent.
    world.ground.clock.advance(TimeDelta::seconds(11));
    service.seal_all().await.unwrap();
    service.changes(&reader, &world.ground.act(), since, 10).await.unwrap().value
}

/// Each content of a record with the reason that stands with it.
async fn contents(world: &World, record: RecordId) -> Vec<(String, Option<AmendmentReason>)> {
    let (service, reader) = (&world.ground.service, world.ground.data_manager("KAR"));
    let read = service.revisions(&reader, &world.ground.act(), record, Page::first(10)).await;
    let revisions = read.unwrap().value.items.into_iter();
    revisions.map(|one| (one.content, one.amendment.map(|why| why.reason))).collect()
}

#[rstest]
#[tokio::test]
async fn nothing_of_a_record_of_another_patient_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let (wrong, _) = (told(&world).await, world.treat(OTHER, None).await);
    let marked = [
        "clarification_event",
        "idempotent_answer",
        "milestone",
        "record_lock",
        "revision",
        "unlock_request",
    ];
    assert_eq!(world.tables_with(MARK), marked);
    assert_eq!(standing(&world, &wrong).await, 1);
    let (others, rows) = (world.tables_with(OTHER), world.count("revision"));
    let start = changes(&world, Since::Latest).await.cursor;

    let (reason, id) = (AmendmentReason::OtherPatient, wrong.infusion);
    let salt = || ground.database.dump()["record"].iter().find(|row| row.contains("infusion")).cloned();
    let before = salt();
    let done = destroy(&world, &world.keyed("annul"), (id, 2)).await.unwrap();
    assert_ne!(salt(), before);
    assert_eq!(world.tables_with(MARK), Vec::<String>::new());
    assert_eq!(world.tables_with(OTHER), others);
    assert_eq!(world.count("revision"), rows + 2, "who saved what and when stays");
    let gone = || ("{}".to_owned(), Some(reason));
    assert_eq!(contents(&world, id).await, [gone(), gone(), gone(), gone()]);
    let reader = ground.data_manager("KAR");
    let read = service.record(&reader, &ground.act(), id, Version::Current).await.unwrap().value;
    assert_eq!((read.record.status, read.record.revision), (RecordStatus::Annulled, 4));
    assert_eq!(read.revision, done.value.revision);
    let read = service.record(&reader, &ground.act(), id, Version::Number(1)).await.unwrap().value;
    assert_eq!((read.key.len(), read.revision.acknowledgements.len()), (0, 0));
    let signed = service.signatures(&reader, &ground.act(), id).await.unwrap().value;
    let signed: Vec<_> =
        signed.iter().map(|one| (one.signature.content_sha256.as_str(), one.valid, one.voided_by)).collect();
    assert_eq!(signed, [("", false, Some(2))]);
    let clarifications = ground.database.dump()["clarification_state"].clone();
    assert!(!clarifications.is_empty() && clarifications.iter().all(|row| row.contains("closed")));
    assert_eq!(standing(&world, &wrong).await, 0);

    let feed = changes(&world, Since::Cursor(start)).await;
    let told = feed.events.iter().flat_map(|event| &event.changes);
    let told: Vec<_> = told.filter(|one| one.kind == ChangeKind::Record).collect();
    let told: Vec<_> = told.iter().map(|one| (one.id.clone(), one.version, one.act)).collect();
    // Both acts, each with the version that the record has now.
    assert_eq!(told, vec![(id.to_string(), Some(4), ChangeAct::Changed); 2]);
    let event =
        world.events(wrong.pseudonym).await.into_iter().rfind(|event| event.action == "records.write");
    assert_eq!(event.unwrap().reason.as_deref(), Some("other_patient"));
    service.judge_timelines().await.unwrap();
    assert_clean(&world.check().await);

    // What was asked before is not done again, the annulment neither.
    let (writer, act) = (ground.data_manager("KAR"), world.keyed(&key("infuse", MARK)));
    let again = service.create_record(&writer, &act, infusion(wrong.pseudonym, wrong.course, MARK)).await;
    assert_eq!(problem(again), Problem::WrongState);
    let again = as_second(&world, &world.keyed("annul"), (id, 3)).await.unwrap();
    assert!(again.replayed && again.value == done.value);
    assert_eq!(problem(as_second(&world, &ground.act(), (id, 4)).await), Problem::WrongState);
    // The key is free for the patient's own infusion.
    let own = infusion(wrong.pseudonym, wrong.course, "KTE-48222");
    service.create_record(&writer, &ground.act(), own).await.unwrap();
    service.judge_timelines().await.unwrap();
    assert_clean(&world.check().await);
}

#[rstest]
#[tokio::test]
async fn a_dry_run_destroys_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let wrong = told(&world).await;
    let rows = || {
        let mut rows = world.ground.database.dump();
        rows.retain(|table, _| !table.starts_with("audit_"));
        rows
    };
    annul(&world, &world.ground.act(), (wrong.infusion, 2), AmendmentReason::EnteredInError).await.unwrap();
    let before = rows();
    let done = as_second(&world, &world.ground.dry(), (wrong.infusion, 3)).await.unwrap();
    assert_eq!((done.value.revision.content.as_str(), done.receipt), ("{}", None));
    assert_eq!(rows(), before);
    assert_clean(&world.check().await);
}

#[rstest]
#[tokio::test]
async fn nobody_alone_destroys_what_was_submitted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let wrong = told(&world).await;
    let (other, ground) = (AmendmentReason::OtherPatient, &world.ground);
    let at_once = annul(&world, &ground.act(), (wrong.infusion, 2), other).await;
    assert_eq!(problem(at_once), Problem::WrongState);
    annul(&world, &ground.act(), (wrong.infusion, 2), AmendmentReason::EnteredInError).await.unwrap();
    let alone = annul(&world, &ground.act(), (wrong.infusion, 3), other).await;
    assert_eq!(problem(alone), Problem::PermissionMissing);
    assert!(!world.tables_with(MARK).is_empty());
    as_second(&world, &ground.act(), (wrong.infusion, 3)).await.unwrap();
    assert_eq!(world.tables_with(MARK), Vec::<String>::new());
}

/// What was the patient's own stays, until it turns out to be somebody else's.
#[rstest]
#[tokio::test]
async fn another_reason_leaves_the_contents(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(AmendmentReason::EnteredInError, AmendmentReason::Duplicate)] reason: AmendmentReason,
) {
    let world = World::start(engine).await;
    let wrong = told(&world).await;
    annul(&world, &world.ground.act(), (wrong.infusion, 2), reason).await.unwrap();
    let contents = contents(&world, wrong.infusion).await;
    assert!(contents.iter().all(|(content, _)| content.contains(MARK)), "{contents:?}");
    assert_eq!(contents[2].1, Some(reason));
    let kept = ["clarification_event", "idempotent_answer", "record_lock", "revision", "unlock_request"];
    assert_eq!(world.tables_with(MARK), kept);
    assert_clean(&world.check().await);
    assert_eq!(
        problem(annul(&world, &world.ground.act(), (wrong.infusion, 3), reason).await),
        Problem::WrongState
    );
    as_second(&world, &world.ground.act(), (wrong.infusion, 3)).await.unwrap();
    assert_eq!(world.tables_with(MARK), Vec::<String>::new());
    assert_clean(&world.check().await);
}

/// A file that cannot hold the form is left alone; one that can goes, for a draft as well.
#[rstest]
#[tokio::test]
async fn imports_that_may_hold_the_record_go(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (wrong, other) = (world.treat(MARK, None).await, world.treat(OTHER, None).await);
    let row = "1943-07;male;quality_register";
    world.import("KAR", &world.keyed("wrong"), &[(wrong.pseudonym, row)]).await.unwrap();
    world
        .import("KAR", &world.keyed("other"), &[(other.pseudonym, "1944-08;male;quality_register")])
        .await
        .unwrap();
    let (service, ground, reason) = (&world.ground.service, &world.ground, AmendmentReason::OtherPatient);
    destroy(&world, &ground.act(), (wrong.infusion, 1)).await.unwrap();
    assert_eq!(world.count("import_job"), 2);
    assert!(!world.tables_with("1943-07").is_empty());

    let form = Some("patient_registration".to_owned());
    let query = RecordQuery { patient: Some(wrong.pseudonym), form, ..RecordQuery::default() };
    let listed = service.records(&ground.data_manager("KAR"), &ground.act(), query, Page::first(2)).await;
    let registration = listed.unwrap().value.items[0].record.clone();
    destroy(&world, &ground.act(), (registration.id, registration.revision)).await.unwrap();
    assert_eq!((world.count("import_job"), world.count("import_patient")), (1, 1));
    assert_eq!(world.tables_with("1943-07"), Vec::<String>::new());
    assert!(!world.tables_with("1944-08").is_empty());

    let draft = world.draft(wrong.pseudonym).await.unwrap();
    annul(&world, &ground.act(), (draft, 1), reason).await.unwrap();
    let gone = || ("{}".to_owned(), Some(reason));
    assert_eq!(contents(&world, draft).await, [gone(), gone()]);
    service.judge_timelines().await.unwrap();
    assert_clean(&world.check().await);
}
