//! The caller's own file comes back with what is to be mended, and may be sent again as it is.

use cartotek_domain::problem::Problem;
use cartotek_persistence::{Engine, StoreError, WriteSession};
use cartotek_service::import::{Atomicity, Format, NewImport};
use cartotek_service::{Page, ServiceError};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{HEADER, World, csv, errors, statuses, table};

#[rstest]
#[tokio::test]
async fn own_cells_come_back_byte_for_byte(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 2).await;
    let odd =
        world.row(0, "D100", "2024-05-01").replace("Infusion form follows", "\"=1+1 \"\"so\"\"\nto say\"");
    let file = format!("{HEADER}\r\n{odd}\r\n\r\n,,\r\n{}", world.row(1, "D100", "+1"));
    let import = world.import(&file, Atomicity::Row).await;
    let returned = world.file(&import).await;
    let stripped: String = returned
        .replace(",_status,_errors", "")
        .lines()
        .map(|line| line.split(",accepted,").next().unwrap().split(",refused,").next().unwrap().to_owned())
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(stripped, file.replace("\r\n", "\n"));
    assert_eq!(returned.matches("\r\n").count(), 4, "{returned}");

    // Mended in the returned file and sent again, it says the same as the first one mended.
    let mended = returned.replace(",+1,", ",2024-05-01,");
    let second = world.import(&mended, Atomicity::Row).await;
    assert_eq!((second.counts.accepted, second.counts.already_there), (1, 1), "{:?}", second.findings);
    let again = world.file(&second).await;
    assert_eq!(again.matches(",_status,_errors").count(), 1, "{again}");
    assert_eq!(statuses(&again), ["already_there", "accepted"]);
}

#[rstest]
#[tokio::test]
async fn lines_come_back_with_two_more_members(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let line = json!({ "patient": world.patients[0], "course": world.courses[0], "content": {"ecog": 9} });
    let new = |text: &str| NewImport { format: Format::Ndjson, ..csv(text, Atomicity::Row) };
    let import = world.try_import(&world.keyed("one", ""), new(&format!("{line}\n"))).await.unwrap().value;
    let returned = world.file(&import).await;
    let own = line.to_string();
    assert!(returned.starts_with(own.strip_suffix('}').unwrap()), "{returned}");
    let read: Value = serde_json::from_str(&returned).unwrap();
    assert_eq!(read["_status"], "refused");
    assert!(read["_errors"].as_array().unwrap().iter().any(|error| error["pointer"] == "/ecog"));
    let second = world.try_import(&world.keyed("two", ""), new(&returned)).await.unwrap().value;
    assert_eq!(second.findings, import.findings);
    assert_eq!(serde_json::from_str::<Value>(&world.file(&second).await).unwrap(), read);
}

#[rstest]
#[tokio::test]
async fn findings_are_listed_by_page(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let rows: Vec<String> = (0..130).map(|_| world.row(0, "M24", "2031-05-01")).collect();
    let import = world.import(&table(&rows), Atomicity::Row).await;
    assert_eq!(import.findings.len(), 100);
    let (granted, act) = (world.granted(), world.ground.act());
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = Page { after, limit: 70 };
        let page = world.ground.service.import_findings(&granted, &act, import.id, page).await.unwrap().value;
        listed.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed.len(), 260);
    assert_eq!(listed[..100], import.findings[..]);
    assert_eq!(errors(&listed).last().unwrap().0, 131);
}

#[rstest]
#[tokio::test]
async fn an_import_belongs_to_its_site_for_a_week(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::start(engine, 1).await;
    let import = world.import(&table(&[world.row(0, "D100", "2024-05-01")]), Atomicity::All).await;
    let service = &world.ground.service;
    let own = service.import_status(&world.granted(), &world.ground.act(), import.id).await.unwrap();
    assert_eq!(own.value, import);
    assert!(own.receipt.is_some(), "the findings are about a patient");

    let other = world.ground.data_manager("UPP");
    let not_found = ServiceError::refused(Problem::NotFound);
    let act = world.ground.act();
    assert_eq!(service.import_status(&other, &act, import.id).await, Err(not_found.clone()));
    assert_eq!(service.import_file(&other, &act, import.id).await, Err(not_found.clone()));
    let page = Page { after: None, limit: 10 };
    assert_eq!(service.import_findings(&other, &act, import.id, page).await, Err(not_found.clone()));

    world.ground.clock.advance(chrono::TimeDelta::days(8));
    assert_eq!(service.import_status(&world.granted(), &act, import.id).await, Err(not_found));
    let now = service.now();
    let work = move |tx: &mut dyn WriteSession| tx.delete_expired_imports(now, now);
    assert_eq!(world.ground.database.store.write::<_, StoreError>("tidy up", work).await, Ok(1));
    assert_eq!((world.count("import_job"), world.count("import_chunk")), (0, 0));
    assert_eq!(world.count("record"), 1);
}

/// However large the file, one part of it is in memory at a time, and the first leaves after its reading is on record.
#[rstest]
#[tokio::test]
async fn a_large_file_is_given_back_part_by_part(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let row = world.row(0, "D100", "2024-13-01").replace("Infusion form follows", &"long ".repeat(80));
    let file = table(&vec![row; 3_000]);
    let import = world.import(&file, Atomicity::Row).await;
    let (service, events) = (&world.ground.service, world.count("audit_event"));
    let done = service.import_file(&world.granted(), &world.ground.act(), import.id).await.unwrap();
    assert_eq!(world.count("audit_event"), events + 1, "the reading is on record before a byte is read");
    assert!(done.receipt.is_some());
    world.ground.database.statements();
    let first = service.import_file_part(done.value, 0).await.unwrap().unwrap();
    let statements = world.ground.database.statements();
    let of_parts = statements.iter().filter(|statement| statement.contains("import_chunk")).count();
    assert_eq!(of_parts, 1, "{statements:?}");
    let parts = world.parts(&import).await;
    assert_eq!((first.len(), &first), (512 * 1024, &parts[0]));
    assert!(parts.len() > 2 && parts.iter().all(|part| part.len() <= 512 * 1024));
    assert_eq!(statuses(&world.file(&import).await).len(), 3_000);

    // What is deleted in between is no shorter file but an error.
    let work = move |tx: &mut dyn WriteSession| {
        let late = "2030-01-01T00:00:00Z".parse().unwrap();
        tx.delete_expired_imports(late, late)
    };
    world.ground.database.store.write::<_, StoreError>("tidy up", work).await.unwrap();
    assert!(matches!(service.import_file_part(done.value, 1).await, Err(ServiceError::Defect(_))));
}
