//! Questions of rules close by themselves once they are answered and the rule finds nothing any more, and only then.

use cartotek_domain::clarification::ClarificationEventKind::{Answered, Closed, Opened};
use cartotek_domain::clarification::ClarificationStatus;
use cartotek_persistence::Engine;
use cartotek_service::clarification::{ClarificationFile, ClarificationQuery};
use cartotek_service::record::NewRecord;
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{World, kinds, no_men, question, registration, rule};

async fn all(world: &World) -> Vec<ClarificationFile> {
    world.list(ClarificationQuery::default()).await
}

#[rstest]
#[tokio::test]
async fn an_amendment_that_mends_closes_what_was_answered(
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
    assert_eq!(unanswered.state.status, ClarificationStatus::Open, "nobody has answered yet");
    assert_eq!(by_hand.state.status, ClarificationStatus::Answered, "a person decides about a person's");

    // In the amendment's own event, and by whoever asked without a word once the rule is content.
    let event = world.events(patient.pseudonym).await.into_iter().rfind(|one| one.action == "records.write");
    let tables: Vec<_> = event.unwrap().subjects.into_iter().map(|one| one.table).collect();
    assert_eq!(tables, ["record", "revision", "clarification_event"]);
    world.close("ORE", unanswered, None).await.unwrap();
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

/// A rule looks at dates and codes of other forms: what is wrong there is mended there.
#[rstest]
#[tokio::test]
async fn what_is_mended_in_another_form_is_mended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine).await;
    let patient = world.patient().await;
    let (service, ground) = (&world.ground.service, &world.ground);
    let opened = "2026-01-12".parse().unwrap();
    let course = service
        .open_course(&world.manager("KAR"), &ground.act(), patient.pseudonym, "LBCL".to_owned(), opened)
        .await
        .unwrap();
    let reasons = || {
        let (rule, pointer) = ("R-INF-04B".to_owned(), "/batch_id".to_owned());
        vec![cartotek_domain::record::Acknowledgement { rule, pointer, reason: "It follows.".to_owned() }]
    };
    let new = NewRecord {
        patient: patient.pseudonym,
        course: Some(course.value.id),
        form: "infusion".to_owned(),
        form_version: None,
        content: infusion(150),
        submission: Some(reasons()),
    };
    let infused =
        service.create_record(&world.manager("KAR"), &ground.act(), new).await.unwrap().value.record;
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
