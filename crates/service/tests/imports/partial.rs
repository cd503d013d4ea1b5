//! A date that is known to the month or the year stays what was written, on every way in and out.

use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::Engine;
use cartotek_service::Page;
use cartotek_service::import::{Atomicity, NewImport};
use cartotek_service::record::{Correction, NewRecord, RecordQuery, Version};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{World, csv};

fn death(date: &str, autopsy: &str) -> Value {
    let death = json!({
        "date": date, "main_cause": "infection", "contributing": ["pulmonary"], "icd10_underlying": "A41.9",
        "autopsy": autopsy, "source": "chart"
    });
    json!({ "kind": "death", "event_no": 1, "death": death })
}

#[rstest]
#[tokio::test]
async fn a_date_stays_as_exact_as_it_was_written(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("2026", "2026-02", "2026-02-10")] date: &str,
) {
    let world = World::start(engine, 2).await;
    let (service, writer) = (&world.ground.service, world.ground.data_manager("KAR"));
    let new = NewRecord {
        patient: world.patients[0],
        course: Some(world.courses[0]),
        form: "event".to_owned(),
        form_version: None,
        content: death(date, "no"),
        submission: None,
    };
    let draft = service.create_record(&writer, &world.ground.act(), new).await.unwrap().value.record.id;
    service.submit(&writer, &world.ground.act(), draft, 1, Vec::new()).await.unwrap();
    let amendment = Amendment { reason: AmendmentReason::SourceUpdate, text: "Done after all".to_owned() };
    let correction = Correction { content: death(date, "yes"), amendment, acknowledgements: Vec::new() };
    service.amend(&writer, &world.ground.act(), draft, 2, correction).await.unwrap();

    let row = format!("{},1,death,1,{date},infection,pulmonary,A41.9,yes,chart", world.patients[1]);
    let columns = "patient,course,kind,event_no,death.date,death.main_cause,death.contributing,\
                   death.icd10_underlying,death.autopsy,death.source";
    let file = format!("{columns}\n{row}\n");
    let new = NewImport { form: "event".to_owned(), ..csv(&file, Atomicity::All) };
    let import = world.try_import(&world.keyed("event", &file), new).await.unwrap().value;
    assert_eq!(import.counts.accepted, 1, "{:?}", import.findings);
    assert!(world.file(&import).await.contains(&row), "it comes back as it was sent");

    let reader = world.ground.data_manager("KAR");
    let query = RecordQuery { patient: Some(world.patients[1]), ..RecordQuery::default() };
    let listed = service.records(&reader, &world.ground.act(), query, Page::first(10)).await.unwrap().value;
    let read = async |id, version| {
        service.record(&reader, &world.ground.act(), id, version).await.unwrap().value.revision.content
    };
    let written = format!("\"date\":\"{date}\"");
    for number in 1..=3 {
        assert!(read(draft, Version::Number(number)).await.contains(&written), "revision {number}");
    }
    let imported = read(listed.items[0].record.id, Version::Current).await;
    assert_eq!(imported, read(draft, Version::Current).await, "byte for byte");
    // Rules of other records see it as exact as it is.
    let milestones = world.ground.database.dump()["milestone"].clone();
    let kept = milestones.iter().filter(|row| row.contains("death_date"));
    assert!(kept.clone().count() == 2 && kept.clone().all(|row| row.contains(date)), "{milestones:#?}");
    assert!(
        date.len() == 10 || kept.clone().all(|row| !row.contains(&format!("{date}-"))),
        "{milestones:#?}"
    );
}
