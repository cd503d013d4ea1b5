//! What leaves for another registry: of whom, what, and that it is on record.

use cartotek_domain::access::PatientScope;
use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_persistence::{Engine, Page, ReadSession, StoreError};
use cartotek_service::ServiceError;
use cartotek_service::import::Atomicity;
use rstest::rstest;

use crate::common::decision;
use crate::world::{HEADER, World, enrol, table};

const TIME_POINTS: [&str; 10] = ["D100", "M6", "M12", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y8"];

pub(crate) async fn decide(
    world: &World,
    patient: usize,
    purpose: ConsentPurpose,
    decided: ConsentDecision,
    day: &str,
) {
    let granted = world.ground.data_manager("KAR");
    let (service, act) = (&world.ground.service, world.ground.act());
    let decision = decision(purpose, decided, day);
    service.record_consent(&granted, &act, world.patients[patient], decision).await.unwrap();
}

/// The parts of an export, each as its lines.
async fn export(world: &World, site: &str, form: &str) -> Vec<Vec<String>> {
    let granted = world.ground.data_manager(site);
    let (service, act) = (&world.ground.service, world.ground.act());
    let mut part = service.export_ebmt(&granted, &act, form, None).await.unwrap().value;
    let mut parts = Vec::new();
    loop {
        parts.push(part.text.lines().map(str::to_owned).collect());
        match service.next_export_part(&granted, &act, part).await.unwrap() {
            Some(next) => part = next,
            None => return parts,
        }
    }
}

async fn reads(world: &World) -> Vec<AuditEvent> {
    let look = |session: &mut dyn ReadSession| {
        let mut events = Vec::new();
        let mut page = Page::first(500);
        loop {
            let part = session.events(&page)?;
            events.extend(part.items);
            match part.next {
                Some(next) => page.after = Some(next),
                None => return Ok(events),
            }
        }
    };
    let events = world.ground.database.store.read::<_, StoreError>("look", look).await.unwrap();
    let events = events.iter().map(|stored| AuditEvent::from_canonical(&stored.canonical).unwrap());
    events.filter(|event| event.outcome == Outcome::Read && event.action == "records.export").collect()
}

#[rstest]
#[tokio::test]
async fn only_of_whom_agreed_and_whom_the_site_cares_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    use ConsentDecision::{Given, OptedOut, Withdrawn};
    use ConsentPurpose::{RegistryQuality, SharingEbmt};
    let mut world = World::start(engine, 5).await;
    let (foreign, _) = enrol(&world.ground, "UPP", 2, 1).await;
    world.patients.extend(foreign);
    let rows: Vec<String> = (0..5).map(|patient| world.row(patient, "D100", "2024-05-01")).collect();
    assert_eq!(world.import(&table(&rows), Atomicity::Row).await.counts.accepted, 5);
    let none = export(&world, "KAR", "follow_up").await;
    assert_eq!((none.len(), none[0].len(), reads(&world).await.len()), (1, 1, 0), "nobody has been asked");

    for patient in [0, 1, 2] {
        decide(&world, patient, SharingEbmt, Given, "2026-01-10").await;
    }
    decide(&world, 1, SharingEbmt, Withdrawn, "2026-02-10").await;
    decide(&world, 2, RegistryQuality, OptedOut, "2026-02-10").await;
    decide(&world, 3, SharingEbmt, Given, "2026-03-02").await;
    let exported = export(&world, "KAR", "follow_up").await.concat();
    let (header, rows) = exported.split_first().unwrap();
    assert!(header.starts_with("patient,course,site,time_point,contact_date,"), "{header}");
    let expected = [0, 3].map(|patient| format!("{},1,KAR,D100,2024-05-01,alive,", world.patients[patient]));
    assert_eq!(rows.len(), 2);
    for row in &expected {
        assert!(rows.iter().any(|one| one.starts_with(row)), "{row} in {rows:?}");
    }
    assert_eq!(export(&world, "UPP", "follow_up").await.concat().len(), 1, "Uppsala cares for another");

    // Who was shown is on record, with every row.
    let events = reads(&world).await;
    let [event] = &events[..] else { panic!("{events:?}") };
    let named: Vec<&str> = event.subjects.iter().map(|one| one.table.as_str()).collect();
    assert_eq!(named, ["record", "revision", "record", "revision"]);
    let pseudonym = world.patients[0];
    let look = move |session: &mut dyn ReadSession| session.patient(&pseudonym, &PatientScope::Every);
    let patient = world.ground.database.store.read::<_, StoreError>("look", look).await.unwrap().unwrap();
    assert!(event.subjects.iter().any(|one| one.patient == Some(patient.id)));
}

#[rstest]
#[tokio::test]
async fn an_export_of_any_size_leaves_part_by_part(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 60).await;
    let row = |row: usize| {
        let (patient, visit) = (row / 10, row % 10);
        world.row(patient, TIME_POINTS[visit], &format!("{}-05-01", 2010 + visit))
    };
    let rows: Vec<String> = (0..600).map(row).collect();
    assert_eq!(world.import(&table(&rows), Atomicity::Row).await.counts.accepted, 600);
    for patient in 0..60 {
        let given = ConsentDecision::Given;
        decide(&world, patient, ConsentPurpose::SharingEbmt, given, "2026-01-10").await;
    }
    let parts = export(&world, "KAR", "follow_up").await;
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [501, 100]);
    let mut rows = parts.concat();
    rows.sort();
    rows.dedup();
    assert_eq!((rows.len(), reads(&world).await.len()), (601, 2));
}

/// What a form may have several of is a table of its own: a row for each.
#[rstest]
#[tokio::test]
async fn every_element_of_a_list_is_a_row(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let answers = ["date", "organism_group", "site", "severity", "previously_reported"];
    let columns: Vec<String> =
        (0..2).flat_map(|place| answers.map(|answer| format!("infections[{place}].{answer}"))).collect();
    let infected = world.row(0, "D100", "2024-05-01").replace(",0,no,", ",0,yes,");
    let text = format!(
        "{HEADER},{}\n{infected},2024-03-01,bacterial,blood,severe,no,2024-04,viral,lung,mild,no\n{}{}\n",
        columns.join(","),
        world.row(1, "D100", "2024-05-01"),
        ",".repeat(columns.len()),
    );
    let import = world.import(&text, Atomicity::Row).await;
    assert_eq!(import.counts.accepted, 2, "{:?}", import.findings);
    for patient in [0, 1] {
        decide(&world, patient, ConsentPurpose::SharingEbmt, ConsentDecision::Given, "2026-01-10").await;
    }
    let exported = export(&world, "KAR", "follow_up.infections").await.concat();
    let start = format!("{},1,KAR,D100", world.patients[0]);
    let expected = [
        format!("{start},1,2024-03-01,bacterial,,blood,severe,,,,no"),
        format!("{start},2,2024-04,viral,,lung,mild,,,,no"),
    ];
    assert_eq!(exported[1..], expected);
    let shown = reads(&world).await.pop().unwrap().subjects;
    assert_eq!(shown.len(), 2, "who has none is not shown: {shown:?}");
}

/// What EBMT does not ask for has no table (domain brief 1.2).
#[rstest]
#[tokio::test]
async fn every_form_of_theirs_has_a_table_and_no_other_is_exported(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let published = world.ground.service.forms().unwrap();
    let without: Vec<&str> = published
        .forms
        .latest()
        .map(cartotek_service::forms::Form::code)
        .filter(|code| published.forms.exchange("ebmt", code, None).is_none())
        .collect();
    assert_eq!(without, ["prom", "referral", "resource_use"]);
    let (granted, act) = (world.ground.data_manager("KAR"), world.ground.act());
    for (table, version) in [("nothing", None), ("prom", None), ("infusion", Some(99))] {
        match world.ground.service.export_ebmt(&granted, &act, table, version).await {
            Err(ServiceError::Refused(refusal)) => {
                let said = &refusal.findings[0].message.en;
                assert!(said.contains("acute_toxicity, acute_toxicity.car_persistence, "), "{said}");
            }
            other => panic!("not refused: {other:?}"),
        }
    }
}
