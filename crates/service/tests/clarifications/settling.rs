//! Questions of rules close by themselves once the rule finds nothing any more, whatever has mended it, and only then.

use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::clarification::ClarificationEventKind::{Answered, Closed, Opened};
use cartotek_domain::clarification::ClarificationStatus;
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Record};
use cartotek_domain::text::Language;
use cartotek_persistence::Engine;
use cartotek_service::clarification::{ClarificationFile, ClarificationQuery};
use cartotek_service::import::{Atomicity, Format, NewImport};
use cartotek_service::record::NewRecord;
use cartotek_service::{Act, IdempotencyKey};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{Registered, World, counts, kinds, no_men, question, refusal, registration, rule};

async fn all(world: &World) -> Vec<ClarificationFile> {
    world.list(ClarificationQuery::default()).await
}

/// The tables that the last change of an action has written to for a patient.
async fn tables_of(world: &World, patient: Pseudonym, action: &str) -> Vec<String> {
    let event = world.events(patient).await.into_iter().rfind(|one| one.action == action);
    event.unwrap().subjects.into_iter().map(|one| one.table).collect()
}

#[rstest]
#[tokio::test]
async fn an_amendment_that_mends_closes_what_rules_ask(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.publish(&[no_men(), rule("R-TEST-02", "warning", "f.sex != 'male'")]).await;
    world.run("ORE").await;
    let by_hand = world.ask("ORE", patient.record, question("/sex")).await.unwrap().value;
    world.answer("KAR", &by_hand).await.unwrap();
    let answered = all(&world).await.remove(0);
    world.answer("KAR", &answered).await.unwrap();

    // Other answers that the rule still finds change nothing.
    let mut content = registration("male");
    content["birth_year_month"] = "1961-05".into();
    world.amend(patient.record, 1, content).await;
    assert_eq!(all(&world).await[0].state.status, ClarificationStatus::Answered);

    world.amend(patient.record, 2, registration("female")).await;
    let [mended, unanswered, by_hand] = &all(&world).await[..] else { panic!("three are there") };
    assert_eq!(kinds(mended), [Opened, Answered, Closed]);
    let last = mended.events.last().unwrap();
    assert_eq!((last.actor, &last.text), (None, &None), "nobody closed it");
    assert_eq!(kinds(unanswered), [Opened, Closed], "what is mended needs no answer");
    assert_eq!(by_hand.state.status, ClarificationStatus::Answered, "a person decides about a person's");
    let written = tables_of(&world, patient.pseudonym, "records.write").await;
    assert_eq!(written, ["record", "revision"]);
    let closed = tables_of(&world, patient.pseudonym, "clarifications.close").await;
    assert_eq!(closed, ["clarification_event", "clarification_event"], "right after it, in nobody's name");

    // It would close at once: whoever is not content asks a question of their own, or the rule asks anew.
    assert_eq!(refusal(world.reopen("ORE", mended).await).problem, Problem::WrongState);
    world.amend(patient.record, 3, registration("male")).await;
    assert_eq!(counts(&world.run("ORE").await), [("KAR", "R-TEST-01", 1, 0), ("KAR", "R-TEST-02", 1, 0)]);
    assert_eq!(all(&world).await.len(), 5);
    world.assert_clean().await;
}

fn infusion(dose: u32) -> Value {
    json!({
        "infusion_no": 1, "infusion_date": "2026-02-12", "infusion_started_at": "2026-02-12T10:40:00+01:00",
        "batch_id": "KTE-48112", "bag_ids": ["KTE-48112-1"], "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": dose, "post_thaw_viability_pct": 84,
        "premedication": ["paracetamol", "antihistamine"], "infusion_reaction": "no",
    })
}

/// Why the infusion comes before its product.
fn reasons() -> Vec<Acknowledgement> {
    let (rule, pointer) = ("R-INF-04B".to_owned(), "/batch_id".to_owned());
    vec![Acknowledgement { rule, pointer, reason: "It follows.".to_owned() }]
}

async fn open_course(world: &World, patient: Registered) -> CourseId {
    let (service, act, opened) = (&world.ground.service, world.ground.act(), "2026-01-12".parse().unwrap());
    let manager = world.manager("KAR");
    let done = service.open_course(&manager, &act, patient.pseudonym, "LBCL".to_owned(), opened).await;
    done.unwrap().value.id
}

/// An infusion of the patient, as a draft without reasons.
async fn infuse(world: &World, patient: Registered, submission: Option<Vec<Acknowledgement>>) -> Record {
    let new = NewRecord {
        patient: patient.pseudonym,
        course: Some(open_course(world, patient).await),
        form: "infusion".to_owned(),
        form_version: None,
        content: infusion(150),
        submission,
    };
    let (service, act) = (&world.ground.service, world.ground.act());
    service.create_record(&world.manager("KAR"), &act, new).await.unwrap().value.record
}

/// A rule looks at dates and codes of other forms: what is wrong there is mended there.
#[rstest]
#[tokio::test]
async fn what_is_mended_in_another_form_is_mended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let infused = infuse(&world, patient, Some(reasons())).await;
    let mut high_dose = rule("R-TEST-03", "warning", "sum_of(m.dose_car_total_e6) <= 100");
    high_dose["needs"] = json!(["m.dose_car_total_e6"]);
    world.publish(&[high_dose]).await;
    world.run("KAR").await;
    let asked = all(&world).await.remove(0);
    assert_eq!(asked.clarification.record, patient.record);
    world.answer("KAR", &asked).await.unwrap();
    world.amend_explained(infused.id, 1, infusion(90), reasons()).await;
    assert_eq!(kinds(&all(&world).await[0]), [Opened, Answered, Closed]);
    world.assert_clean().await;
}

/// The rule that asks for an infusion.
fn not_infused() -> Value {
    rule("R-TEST-04", "warning", "size(m.infusion_no) > 0")
}

#[rstest]
#[tokio::test]
async fn a_submission_of_another_form_mends(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.patient().await;
    world.publish(&[not_infused(), no_men()]).await;
    world.run("KAR").await;
    let draft = infuse(&world, patient, None).await;
    assert_eq!(world.live().await.len(), 4, "a draft tells nothing");
    let (service, manager) = (&world.ground.service, world.manager("KAR"));
    service.submit(&manager, &world.ground.act(), draft.id, draft.revision, reasons()).await.unwrap();
    world.judge().await;
    let written = tables_of(&world, patient.pseudonym, "records.write").await;
    assert_eq!(written, ["record", "revision"]);
    let written = tables_of(&world, patient.pseudonym, "clarifications.close").await;
    assert_eq!(written, ["clarification_event"]);
    let closed = all(&world).await.into_iter().filter(|one| kinds(one) == [Opened, Closed]);
    let closed: Vec<_> = closed.map(|one| (one.pseudonym, one.clarification.rule)).collect();
    assert_eq!(closed, [(patient.pseudonym, Some("R-TEST-04".to_owned()))]);
    world.assert_clean().await;
}

#[rstest]
#[tokio::test]
async fn an_import_of_another_form_mends(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    world.publish(&[not_infused(), no_men()]).await;
    world.run("KAR").await;
    open_course(&world, patient).await;
    let row = json!({
        "patient": patient.pseudonym, "course": 1, "content": infusion(150), "acknowledgements": reasons(),
    });
    let import = async |key: &str, dry_run| {
        let key = IdempotencyKey { key: key.to_owned(), fingerprint: sha256(&[key.as_bytes()]) };
        let act = Act { key: Some(key), dry_run, ..world.ground.act() };
        let new = NewImport {
            site: "KAR".parse().unwrap(),
            form: Some("infusion".to_owned()),
            form_version: None,
            mapping: None,
            format: Format::Ndjson,
            atomicity: Atomicity::Row,
            language: Language::En,
            file: row.to_string().into_bytes(),
        };
        let service = &world.ground.service;
        service.import(&world.manager("KAR"), &act, new, Arc::new(|_, _| ())).await.unwrap().value
    };
    assert_eq!(import("dry", true).await.counts.accepted, 1);
    assert_eq!(world.live().await.len(), 4, "a dry run keeps nothing");
    assert_eq!(import("real", false).await.counts.accepted, 1);
    world.judge().await;
    let written = tables_of(&world, patient.pseudonym, "imports.run").await;
    assert_eq!(written, ["record", "revision"]);
    let written = tables_of(&world, patient.pseudonym, "clarifications.close").await;
    assert_eq!(written, ["clarification_event"]);
    let live: Vec<_> = world.live().await.iter().map(|one| one.pseudonym).collect();
    assert_eq!(live.iter().filter(|one| **one == other.pseudonym).count(), 2);
    assert_eq!(live.len(), 3, "the other rule of the patient asks on");
    world.assert_clean().await;
}

/// A notice says that nobody can tell while a date is not known to the day.
#[rstest]
#[tokio::test]
async fn a_notice_is_no_pass(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let born = |month: &str, registered: &str| {
        let mut content = registration("male");
        (content["birth_year_month"], content["registration_date"]) = (month.into(), registered.into());
        content
    };
    world.amend(patient.record, 1, born("2026-01", "2026-02-20")).await;
    let mut unborn = rule("R-TEST-05", "warning", "not_after(f.registration_date, f.birth_year_month)");
    unborn["needs"] = json!(["/registration_date", "/birth_year_month"]);
    world.publish(&[unborn]).await;
    world.run("KAR").await;
    world.amend(patient.record, 2, born("2026-02", "2026-02-20")).await;
    assert_eq!(kinds(&all(&world).await[0]), [Opened]);
    world.amend(patient.record, 3, born("2026-02", "2026-02-01")).await;
    assert_eq!(kinds(&all(&world).await[0]), [Opened, Closed]);
}

/// Nothing can be run any more: a person closes it, and needs no reason.
#[rstest]
#[tokio::test]
async fn what_a_rule_asked_that_is_gone_waits_for_a_person(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    world.publish(&[no_men()]).await;
    world.run("KAR").await;
    world.revise("R-TEST-01", "R-TEST-09").await;
    world.amend(patient.record, 1, registration("female")).await;
    assert_eq!(counts(&world.run("KAR").await), []);
    let asked = all(&world).await.remove(0);
    assert_eq!(kinds(&asked), [Opened]);
    let closed = world.close("KAR", &asked, None).await.unwrap().value;
    assert_eq!(refusal(world.reopen("KAR", &closed).await).problem, Problem::WrongState);
}
