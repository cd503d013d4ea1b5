//! A patient moves from one site to another: one is responsible at any time, and each keeps what it has entered.

use cartotek_domain::patient::{Participation, ParticipationRole};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::participation::Joining;
use cartotek_service::record::{Correction, RecordFile, Version};
use cartotek_service::transfer::Transfer;
use cartotek_service::{Act, Done, ServiceError};
use chrono::NaiveDate;
use rstest::rstest;
use serde_json::json;

use crate::looking::assert_clean;
use crate::world::{MARK, Person, World, content, problem};

/// Pairs of requests: a single pair might miss each other.
const PAIRS: usize = 16;

const TODAY: &str = "2026-03-02";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn to(site: &str, on: &str, keep_role: Option<ParticipationRole>) -> Transfer {
    Transfer { to_site: site.parse().unwrap(), role: ParticipationRole::Following, on: day(on), keep_role }
}

async fn transfer(
    world: &World,
    from: &str,
    act: &Act,
    patient: Pseudonym,
    transfer: Transfer,
) -> Result<Done<Vec<Participation>>, ServiceError> {
    world.ground.service.transfer(&world.ground.data_manager(from), act, patient, transfer).await
}

/// The site, role and days of every participation, in the order of their beginning.
fn history(participations: &[Participation]) -> Vec<(String, &'static str, bool, String, Option<String>)> {
    let mut sorted: Vec<_> = participations.iter().collect();
    sorted.sort_by_key(|one| (one.valid_from, one.id));
    let line = |one: &Participation| {
        let to = one.valid_to.map(|last| last.to_string());
        (one.site.to_string(), one.role.name(), one.responsible, one.valid_from.to_string(), to)
    };
    sorted.into_iter().map(line).collect()
}

/// Exactly one site is responsible on every day from the first to the last.
#[track_caller]
fn assert_one_is_responsible(participations: &[Participation], last: &str) {
    let first = participations.iter().map(|one| one.valid_from).min().unwrap();
    for on in first.iter_days().take_while(|on| *on <= day(last)) {
        let responsible = participations.iter().filter(|one| one.responsible && one.holds_on(on));
        assert_eq!(responsible.count(), 1, "{on}: {participations:#?}");
    }
}

async fn amend(world: &World, site: &str, person: Person) -> Result<Done<RecordFile>, ServiceError> {
    let mut content = content(MARK);
    content["post_thaw_viability_pct"] = 85.into();
    let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Wrong percentage.".to_owned() };
    let acknowledgements = crate::world::infusion(person.pseudonym, person.course, MARK).submission.unwrap();
    let correction = Correction { content, amendment, acknowledgements };
    let writer = world.ground.data_manager(site);
    world.ground.service.amend(&writer, &world.ground.act(), person.infusion, 1, correction).await
}

async fn reads(world: &World, site: &str, person: Person) -> bool {
    let reader = world.ground.data_manager(site);
    let read =
        world.ground.service.record(&reader, &world.ground.act(), person.infusion, Version::Current).await;
    read.is_ok()
}

#[rstest]
#[tokio::test]
async fn the_site_that_hands_over_leaves_and_the_other_reads_all(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let act = world.ground.act();
    let done = transfer(&world, "KAR", &act, person.pseudonym, to("UPP", "2026-03-01", None)).await.unwrap();
    assert!(done.receipt.is_some());
    let kar = ("KAR".to_owned(), "treating", true, "2026-01-09".to_owned(), Some("2026-02-28".to_owned()));
    let upp = ("UPP".to_owned(), "following", true, "2026-03-01".to_owned(), None);
    assert_eq!(history(&done.value), [kar, upp]);
    assert_one_is_responsible(&done.value, TODAY);
    assert!(reads(&world, "UPP", person).await && !reads(&world, "KAR", person).await);
    assert_eq!(problem(amend(&world, "UPP", person).await), Problem::PermissionMissing, "not its own");
    assert_eq!(problem(amend(&world, "KAR", person).await), Problem::NotFound, "it has left");
    let report = world.check().await;
    assert_clean(&report);
}

/// A draft holds the key of its record: whoever stays must be able to finish it.
#[rstest]
#[tokio::test]
async fn a_draft_that_is_left_behind_is_the_responsible_sites(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let (service, ground) = (&world.ground.service, &world.ground);
    for keep in [true, false] {
        let person = world.treat(&format!("KTE-4810{}", u8::from(keep)), None).await;
        let draft = world.draft(person.pseudonym).await.unwrap();
        let keep_role = keep.then_some(ParticipationRole::Treating);
        transfer(&world, "KAR", &ground.act(), person.pseudonym, to("UPP", TODAY, keep_role)).await.unwrap();
        let content =
            json!({ "birth_year_month": "1943-07", "sex": "male", "legal_basis": "quality_register" });
        let writer = ground.data_manager("UPP");
        let replaced = service.replace_draft(&writer, &ground.act(), draft, 1, content).await;
        if keep {
            assert_eq!(problem(replaced), Problem::PermissionMissing, "its site is still there");
            continue;
        }
        assert_eq!(replaced.unwrap().value.record.site.as_str(), "UPP");
        let submitted = service.submit(&writer, &ground.act(), draft, 2, Vec::new()).await.unwrap().value;
        assert_eq!((submitted.record.site.as_str(), submitted.record.revision), ("UPP", 3));
        let (reader, act) = (ground.data_manager("UPP"), ground.act());
        let first = service.record(&reader, &act, draft, Version::Number(1)).await.unwrap().value;
        assert_eq!(first.revision.content, r#"{"sex":"female"}"#, "what KAR wrote is still there");
    }
    let report = world.check().await;
    assert_clean(&report);
}

#[rstest]
#[tokio::test]
async fn a_site_that_keeps_a_part_amends_its_own(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let joining =
        Joining { site: "UPP".parse().unwrap(), role: ParticipationRole::Referring, from: day("2026-01-20") };
    let (service, manager) = (&world.ground.service, world.ground.data_manager("KAR"));
    service.add_participation(&manager, &world.ground.act(), person.pseudonym, joining).await.unwrap();
    let move_on = to("UPP", "2026-03-01", Some(ParticipationRole::Treating));
    let before = world.count("participation");
    let dry = transfer(&world, "KAR", &world.ground.dry(), person.pseudonym, move_on.clone()).await.unwrap();
    assert_eq!((dry.receipt, world.count("participation")), (None, before));
    let done = transfer(&world, "KAR", &world.ground.act(), person.pseudonym, move_on).await.unwrap().value;
    assert_eq!(history(&dry.value), history(&done));
    let line = |site: &str, role, responsible, from: &str, to: Option<&str>| {
        (site.to_owned(), role, responsible, from.to_owned(), to.map(str::to_owned))
    };
    let expected = [
        line("KAR", "treating", true, "2026-01-09", Some("2026-02-28")),
        line("UPP", "referring", false, "2026-01-20", Some("2026-02-28")),
        line("UPP", "following", true, "2026-03-01", None),
        line("KAR", "treating", false, "2026-03-01", None),
    ];
    assert_eq!(history(&done), expected);
    assert_one_is_responsible(&done, TODAY);
    amend(&world, "KAR", person).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_transfer_back_undoes_it_on_the_same_day_too(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    for (from, onto) in [("KAR", "UPP"), ("UPP", "KAR"), ("KAR", "SKA"), ("SKA", "KAR")] {
        let act = world.ground.act();
        let done = transfer(&world, from, &act, person.pseudonym, to(onto, TODAY, None)).await.unwrap().value;
        assert_one_is_responsible(&done, TODAY);
        let open: Vec<_> = done.iter().filter(|one| one.valid_to.is_none()).collect();
        assert_eq!((open.len(), open[0].site.as_str(), open[0].responsible), (1, onto, true));
    }
    amend(&world, "KAR", person).await.unwrap();
    let report = world.check().await;
    assert_clean(&report);
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_is_refused_and_said(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    let attempt = async |from: &str, move_on: Transfer| {
        let act = world.ground.act();
        let ServiceError::Refused(refusal) =
            transfer(&world, from, &act, person.pseudonym, move_on).await.unwrap_err()
        else {
            panic!("not refused")
        };
        let places = refusal.findings.iter().map(|one| format!("{} {}", one.rule, one.pointer));
        (refusal.problem, places.collect::<Vec<_>>().join(", "))
    };
    let invalid = |place: &str| (Problem::ContentInvalid, place.to_owned());
    let rows = world.ground.database.dump()["participation"].clone();
    assert_eq!(attempt("KAR", to("UPP", "2026-03-03", None)).await, invalid("R-DATE-02 /on"));
    assert_eq!(attempt("KAR", to("UPP", "2026-01-08", None)).await, invalid("R-DATE-01 /on"));
    assert_eq!(attempt("KAR", to("XXX", TODAY, None)).await, invalid("CODE-UNKNOWN /to_site"));
    assert_eq!(attempt("KAR", to("KAR", TODAY, None)).await.0, Problem::WrongState);
    assert_eq!(attempt("UPP", to("UPP", TODAY, None)).await.0, Problem::NotFound);
    assert_eq!(world.ground.database.dump()["participation"], rows);
    let keep = to("UPP", TODAY, Some(ParticipationRole::Following));
    transfer(&world, "KAR", &world.ground.act(), person.pseudonym, keep).await.unwrap();
    assert_eq!(attempt("KAR", to("SKA", TODAY, None)).await.0, Problem::PermissionMissing);
}

#[rstest]
#[tokio::test]
async fn of_two_transfers_at_once_one_wins(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    for round in 0..PAIRS {
        let person = world.treat(&format!("KTE-48{round:03}"), None).await;
        let acts = [world.ground.act(), world.ground.act()];
        let keep = Some(ParticipationRole::Treating).filter(|_| round % 2 == 0);
        let (first, second) = tokio::join!(
            transfer(&world, "KAR", &acts[0], person.pseudonym, to("UPP", TODAY, keep)),
            transfer(&world, "KAR", &acts[1], person.pseudonym, to("SKA", TODAY, keep)),
        );
        let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
        // Whoever has left the care finds the patient no more.
        let expected = if keep.is_some() { Problem::PermissionMissing } else { Problem::NotFound };
        assert_eq!(problem(lost), expected);
        assert_one_is_responsible(&won.unwrap().value, TODAY);
    }
}
