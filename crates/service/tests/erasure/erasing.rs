//! What an erasure takes, what it leaves, and who may ask for it.

use cartotek_domain::audit::AuditEvent;
use cartotek_domain::audit::Outcome;
use cartotek_domain::consent::ConsentDecision;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::ServiceError;
use cartotek_service::erase::Erased;
use cartotek_service::participation::Joining;
use rstest::rstest;

use crate::looking::assert_clean;
use crate::world::{MARK, VIABILITY, World, enrolment, problem};

/// The tables that still name a patient without samples: a table that is new and of patients is erased or listed here.
/// Of a stored answer only the claimed key is left.
const TOMBSTONE: [&str; 7] = [
    "audit_event",
    "audit_subject",
    "consent",
    "idempotent_answer",
    "participation",
    "patient",
    "traceability",
];

#[rstest]
#[tokio::test]
async fn everything_clinical_goes_and_nothing_of_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let linkage = format!("h1.{}", "0a".repeat(32));
    let (gone, other) = (world.treat(MARK, Some(&linkage)).await, world.treat("KTE-48111", None).await);
    world.draft(gone.pseudonym).await.unwrap();
    world.ask(&gone, &format!("Is {MARK} the right batch?")).await;
    world.certify(&gone).await;
    let marked = [
        "clarification_event",
        "idempotent_answer",
        "milestone",
        "record_lock",
        "revision",
        "unlock_request",
    ];
    assert_eq!(world.tables_with(MARK), marked);
    world.opt_out(gone.pseudonym).await;
    let id = world.patient_id(gone.pseudonym).await;

    let erased = world.erase(gone.pseudonym).await;
    let expected = Erased {
        records: 2,
        revisions: 2,
        verifications: 1,
        signatures: 1,
        locks: 1,
        unlock_requests: 1,
        linkages: 1,
        courses: 1,
        answers: 2,
        traceability: 1,
        ..erased
    };
    let expected = Erased { clarifications: 1, clarification_events: 1, ..expected };
    assert_eq!((erased, erased.courses_kept, erased.imports), (expected, 0, 0));
    assert!(erased.milestones > 1);
    assert_eq!(world.tables_with(MARK), ["traceability"]);
    assert_eq!(world.count("traceability"), 1);
    let text = id.to_string().replace('-', "");
    let naming =
        |rows: &Vec<String>| rows.iter().any(|row| row.to_lowercase().replace('-', "").contains(&text));
    let dump = world.ground.database.dump();
    let left: Vec<_> =
        dump.iter().filter(|(_, rows)| naming(rows)).map(|(table, _)| table.as_str()).collect();
    assert_eq!(left, TOMBSTONE);
    // The tombstone, with the evidence.
    let reader = world.ground.data_manager("KAR");
    let file =
        world.ground.service.patient(&reader, &world.ground.act(), gone.pseudonym).await.unwrap().value;
    assert_eq!((file.participations.len(), file.consents.len()), (1, 3));
    assert_eq!(world.tables_with("KTE-48111"), ["idempotent_answer", "milestone", "revision"], "the other's");
    let courses = world.ground.service.courses(&reader, &world.ground.act(), other.pseudonym).await.unwrap();
    assert_eq!(courses.value.len(), 1);

    let event = world.events(gone.pseudonym).await.into_iter().rfind(AuditEvent::erases).unwrap();
    assert_eq!((event.action.as_str(), event.outcome), ("patients.erase", Outcome::Changed));
    assert_eq!((event.unit.as_deref(), event.reason.as_deref()), (Some("KAR"), Some("patient_objects")));
    let named = |table: &str| {
        let of_table = event.subjects.iter().filter(|subject| subject.table == table);
        of_table.filter(|one| one.before.is_some() && one.after.is_none() && one.patient == Some(id)).count()
    };
    assert_eq!(["record", "revision", "course", "patient_linkage"].map(named), [2, 2, 1, 1]);
    assert_eq!(["clarification", "clarification_event"].map(named), [1, 1]);
    assert_eq!(["verification", "signature", "record_lock", "unlock_request"].map(named), [1, 1, 1, 1]);
    assert_eq!(event.subjects.len(), 15, "and the patient and the objection, who stay, and what is kept");
    let report = world.check().await;
    assert_clean(&report);
    world.ground.service.seal_all().await.unwrap();
    let report = world.check().await;
    assert_clean(&report);

    // The value leads to the tombstone no more.
    let (manager, act) = (world.ground.data_manager("KAR"), world.ground.act());
    let again = world.ground.service.enrol(&manager, &act, enrolment(Some(&linkage))).await.unwrap();
    assert_ne!(again.value.patient.pseudonym, gone.pseudonym);
}

#[rstest]
#[tokio::test]
async fn a_dry_run_counts_and_changes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.opt_out(person.pseudonym).await;
    let rows = || {
        let mut rows = world.ground.database.dump();
        rows.retain(|table, _| !table.starts_with("audit_"));
        rows
    };
    let before = rows();
    let preview = world.try_erase("KAR", &world.ground.dry(), person.pseudonym).await.unwrap();
    assert_eq!(preview.receipt, None);
    assert_eq!(rows(), before);
    let events = world.events(person.pseudonym).await;
    assert!(events.iter().all(|event| !event.erases()));
    assert_eq!(events.last().unwrap().outcome, Outcome::DryRun);
    assert_eq!(world.erase(person.pseudonym).await, preview.value);
}

#[rstest]
#[tokio::test]
async fn a_sample_keeps_itself_and_its_course(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.draw(&person, Some(person.course), "KIBB-1").await;
    let second = world.open_course(person.pseudonym).await.unwrap();
    world.opt_out(person.pseudonym).await;
    let samples = world.ground.database.dump()["sample"].clone();
    let erased = world.erase(person.pseudonym).await;
    assert_eq!((erased.courses, erased.courses_kept, erased.records), (1, 1, 1));
    let service = &world.ground.service;
    let courses =
        service.courses(&world.ground.data_manager("KAR"), &world.ground.act(), person.pseudonym).await;
    let left: Vec<_> = courses.unwrap().value.iter().map(|file| (file.course.id, file.day0)).collect();
    assert_eq!(left, [(person.course, None)], "and not {second}");
    assert_eq!(world.ground.database.dump()["sample"], samples);
    assert_eq!(world.tables_with(MARK), ["traceability"]);
    assert_eq!(world.tables_with(VIABILITY), Vec::<String>::new(), "nothing else of the answers");
    let report = world.check().await;
    assert_clean(&report);
}

#[rstest]
#[tokio::test]
async fn only_the_responsible_site_erases_and_only_after_an_objection(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let revisions = world.count("revision");
    let attempt = async |site: &str| world.try_erase(site, &world.ground.act(), person.pseudonym).await;
    let Err(ServiceError::Refused(refusal)) = attempt("KAR").await else {
        panic!("erased without an objection")
    };
    assert_eq!(refusal.problem, Problem::WrongState);
    assert!(refusal.detail.unwrap().en.contains("opted_out"), "it says what is missing");
    for decided in [ConsentDecision::Withdrawn, ConsentDecision::Refused] {
        world.decide(person.pseudonym, decided).await;
        assert_eq!(problem(attempt("KAR").await), Problem::WrongState, "{decided:?}");
    }
    world.opt_out(person.pseudonym).await;
    assert_eq!(problem(attempt("UPP").await), Problem::NotFound);
    let joining = Joining {
        site: "UPP".parse().unwrap(),
        role: ParticipationRole::Following,
        from: "2026-02-01".parse().unwrap(),
    };
    let (service, manager) = (&world.ground.service, world.ground.data_manager("KAR"));
    service.add_participation(&manager, &world.ground.act(), person.pseudonym, joining).await.unwrap();
    assert_eq!(problem(attempt("UPP").await), Problem::PermissionMissing);
    assert_eq!(world.count("revision"), revisions);
    world.decide(person.pseudonym, ConsentDecision::Given).await;
    assert_eq!(problem(attempt("KAR").await), Problem::WrongState, "the patient has changed their mind");
    world.opt_out(person.pseudonym).await;
    attempt("KAR").await.unwrap();
    assert_eq!(world.count("revision"), 0);
}
