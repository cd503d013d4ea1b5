//! What a patient takes back, and what follows.

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::schedule::Closing;
use cartotek_persistence::Engine;
use cartotek_service::enrol::Enrolment;
use cartotek_service::sample::SamplesConcerned;
use cartotek_service::schedule::worklist::WorklistItem;
use cartotek_service::withdraw::{Purposes, Withdrawal, Withdrawn};
use cartotek_service::{Act, Done, ServiceError};
use rstest::rstest;

use crate::common::decision;
use crate::looking::assert_clean;
use crate::world::{MARK, World, problem};

const TODAY: &str = "2026-03-02";

fn withdrawal(purposes: Purposes, day: &str) -> Withdrawal {
    let (decided_on, document_ref) = (day.parse().unwrap(), Some("binder 7".to_owned()));
    Withdrawal { purposes, decided_on, signed_by: Signatory::Patient, document_ref }
}

async fn withdraw(
    world: &World,
    act: &Act,
    patient: Pseudonym,
    withdrawal: Withdrawal,
) -> Result<Done<Withdrawn>, ServiceError> {
    world.ground.service.withdraw(&world.ground.data_manager("KAR"), act, patient, withdrawal).await
}

/// How many items of the patient a withdrawal has closed.
async fn closed(world: &World, patient: Pseudonym) -> usize {
    let (service, reader) = (&world.ground.service, world.ground.data_manager("KAR"));
    let items = service.patient_schedule(&reader, &world.ground.act(), patient).await.unwrap().value;
    let is_closed =
        |item: &&WorklistItem| matches!(item.entry.item.closed, Some(Closing::Withdrawn | Closing::Stopped));
    items.iter().filter(is_closed).filter(|item| item.entry.answer.is_none()).count()
}

fn purposes(withdrawn: &Withdrawn) -> Vec<ConsentPurpose> {
    withdrawn.decisions.iter().map(|one| one.purpose).collect()
}

#[track_caller]
fn findings<T: std::fmt::Debug>(outcome: Result<T, ServiceError>) -> Vec<Finding> {
    let ServiceError::Refused(refusal) = outcome.unwrap_err() else { panic!("not refused") };
    assert_eq!(refusal.problem, Problem::ContentInvalid);
    refusal.findings
}

#[rstest]
#[tokio::test]
async fn one_purpose_goes_and_the_tubes_taken_for_it_are_counted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (person, other) = (world.treat(MARK, None).await, world.treat("KTE-48111", None).await);
    world.draw(&person, None, "KIBB-1").await;
    world.draw(&other, None, "KIBB-2").await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let care = decision(ConsentPurpose::BiobankCare, ConsentDecision::Given, "2026-01-09");
    service.record_consent(&ground.data_manager("KAR"), &ground.act(), person.pseudonym, care).await.unwrap();
    let one = || withdrawal(Purposes::Named(vec![ConsentPurpose::BiobankResearch; 2]), TODAY);

    let consents = world.count("consent");
    let preview = withdraw(&world, &ground.dry(), person.pseudonym, one()).await.unwrap();
    assert_eq!((world.count("consent"), preview.receipt), (consents, None));
    let done = withdraw(&world, &ground.act(), person.pseudonym, one()).await.unwrap();
    assert!(done.receipt.is_some());
    let (withdrawn, preview) = (done.value, preview.value);
    assert_eq!(purposes(&withdrawn), [ConsentPurpose::BiobankResearch], "once, though named twice");
    assert_eq!(withdrawn.decisions[0].decision, ConsentDecision::Withdrawn);
    assert_eq!(withdrawn.decisions[0].document_ref.as_deref(), Some("binder 7"));
    let expected = SamplesConcerned { every_purpose: false, tubes: 1 };
    assert_eq!((withdrawn.samples, preview.samples), (expected, expected));
    assert!(!withdrawn.collection_stops && !withdrawn.left_out_of_research, "the register goes on");
    assert_eq!((withdrawn.no_longer_expected, preview.no_longer_expected), (0, 0));
    world.draft(person.pseudonym).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn everything_goes_at_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.draw(&person, None, "KIBB-1").await;
    let all = || withdrawal(Purposes::All, TODAY);
    let preview = withdraw(&world, &world.ground.dry(), person.pseudonym, all()).await.unwrap().value;
    assert_eq!(closed(&world, person.pseudonym).await, 0);
    let done = withdraw(&world, &world.ground.act(), person.pseudonym, all()).await.unwrap();
    let both = [ConsentPurpose::RegistryQuality, ConsentPurpose::BiobankResearch];
    assert_eq!(purposes(&done.value), both);
    assert!(done.value.collection_stops && done.value.left_out_of_research);
    assert_eq!(done.value.samples, SamplesConcerned { every_purpose: true, tubes: 1 }, "form E1");
    let no_longer_expected = closed(&world, person.pseudonym).await;
    assert!(no_longer_expected > 15, "the follow-up of fifteen years");
    let told = [preview.no_longer_expected, done.value.no_longer_expected];
    assert_eq!(told, [no_longer_expected; 2]);
    assert_eq!(problem(world.draft(person.pseudonym).await), Problem::ContentInvalid);
    let changed = |event: &AuditEvent| event.outcome == Outcome::Changed;
    let event = world.events(person.pseudonym).await.into_iter().rfind(changed).unwrap();
    let named = event.subjects.iter().filter(|one| one.table == "consent" && one.after.is_some());
    assert_eq!(named.count(), 2, "one event for both");
    let again = withdraw(&world, &world.ground.act(), person.pseudonym, all()).await;
    assert_eq!(problem(again), Problem::WrongState);
    let report = world.check().await;
    assert_clean(&report);
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_withdrawn_is_named_and_nothing_is_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    use ConsentPurpose::{BiobankCare, BiobankResearch, RegistryQuality, RegistryResearch};
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let consents = world.count("consent");
    let attempt = async |purposes: Purposes, day: &str| {
        let places = findings(
            withdraw(&world, &world.ground.act(), person.pseudonym, withdrawal(purposes, day)).await,
        );
        places.into_iter().map(|one| format!("{} {}", one.rule, one.pointer)).collect::<Vec<_>>()
    };
    let named = Purposes::Named(vec![BiobankCare, RegistryQuality, RegistryResearch]);
    assert_eq!(attempt(named, TODAY).await, ["R-CONS-08 /purposes/0", "R-CONS-08 /purposes/2"]);
    let early = Purposes::Named(vec![BiobankResearch]);
    assert_eq!(attempt(early, "2026-01-08").await, ["R-CONS-08 /purposes/0"], "before the yes");
    assert_eq!(attempt(Purposes::All, "2026-03-03").await, ["R-DATE-02 /decided_on"]);
    let stranger = world.ground.data_manager("UPP");
    let foreign = withdrawal(Purposes::All, TODAY);
    let foreign =
        world.ground.service.withdraw(&stranger, &world.ground.act(), person.pseudonym, foreign).await;
    assert_eq!(problem(foreign), Problem::NotFound);
    assert_eq!(world.count("consent"), consents);
}

/// Neither a single decision nor an enrolment takes back what was not given.
#[rstest]
#[tokio::test]
async fn no_door_takes_a_withdrawal_without_a_yes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    use ConsentDecision::{Given, Refused};
    use ConsentPurpose::{BiobankResearch, RegistryResearch};
    const BACK: ConsentDecision = ConsentDecision::Withdrawn;
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let record = async |purpose: ConsentPurpose, said: ConsentDecision, day: &str| {
        let (manager, decision) = (ground.data_manager("KAR"), decision(purpose, said, day));
        service.record_consent(&manager, &ground.act(), person.pseudonym, decision).await
    };
    let place = |findings: Vec<Finding>| {
        let [one] = &findings[..] else { panic!("{findings:?}") };
        format!("{} {}", one.rule, one.pointer)
    };
    let consents = world.count("consent");
    for (purpose, day) in [(RegistryResearch, TODAY), (BiobankResearch, "2026-01-08")] {
        assert_eq!(place(findings(record(purpose, BACK, day).await)), "R-CONS-08 /decision", "{purpose:?}");
    }
    assert_eq!(world.count("consent"), consents);
    record(RegistryResearch, Refused, TODAY).await.unwrap();
    record(BiobankResearch, BACK, TODAY).await.unwrap();
    let again = record(BiobankResearch, BACK, TODAY).await;
    assert_eq!(place(findings(again)), "R-CONS-08 /decision", "it was taken back already");

    let enrol = async |said: &[(ConsentDecision, &str)]| {
        let consents = said.iter().map(|(said, day)| decision(RegistryResearch, *said, day)).collect();
        let enrolment = Enrolment { consents, ..crate::world::enrolment(None) };
        service.enrol(&ground.data_manager("KAR"), &ground.act(), enrolment).await
    };
    let (yes, no, back) = ((Given, "2026-02-01"), (Refused, "2026-02-05"), (BACK, "2026-02-10"));
    assert_eq!(place(findings(enrol(&[back]).await)), "R-CONS-08 /consents/0/decision");
    assert_eq!(place(findings(enrol(&[yes, no, back]).await)), "R-CONS-08 /consents/2/decision");
    enrol(&[back, yes]).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn of_two_at_once_one_is_recorded(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let consents = world.count("consent");
    let acts = [world.ground.act(), world.ground.act()];
    let one = || withdrawal(Purposes::Named(vec![ConsentPurpose::BiobankResearch]), TODAY);
    let (first, second) = tokio::join!(
        withdraw(&world, &acts[0], person.pseudonym, one()),
        withdraw(&world, &acts[1], person.pseudonym, one()),
    );
    let refused = if first.is_ok() { second } else { first };
    assert_eq!(findings(refused)[0].rule, "R-CONS-08");
    assert_eq!(world.count("consent"), consents + 1);
}

#[rstest]
#[tokio::test]
async fn a_retry_gets_the_same_answer(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let act = world.keyed("withdrawal");
    let first = withdraw(&world, &act, person.pseudonym, withdrawal(Purposes::All, TODAY)).await.unwrap();
    let again = withdraw(&world, &act, person.pseudonym, withdrawal(Purposes::All, TODAY)).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, first.value);
}
