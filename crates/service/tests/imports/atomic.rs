//! What is kept when a row is wrong, and when a file is sent again.

use cartotek_domain::audit::{AuditEvent, Outcome};
use cartotek_persistence::{Engine, Page, ReadSession, StoreError};
use cartotek_service::import::{Atomicity, ImportState};
use rstest::rstest;

use crate::world::{ACCEPTED, REFUSED, World, errors, statuses, table};

/// The codes of the refusals in the log.
async fn refusals(world: &World) -> Vec<Option<String>> {
    let look = |session: &mut dyn ReadSession| session.events(&Page::first(500));
    let events = world.ground.database.store.read::<_, StoreError>("look", look).await.unwrap().items;
    let events = events.iter().map(|stored| AuditEvent::from_canonical(&stored.canonical).unwrap());
    events.filter(|event| event.outcome == Outcome::Refused).map(|event| event.code).collect()
}

#[rstest]
#[tokio::test]
async fn one_wrong_row_keeps_everything_out(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 3).await;
    let rows = [
        world.row(0, "D100", "2024-05-01"),
        world.row(1, "D100", "2031-05-01"),
        world.row(2, "D100", "2024-05-01"),
    ];
    let before = world.ground.database.dump();
    let import = world.import(&table(&rows), Atomicity::All).await;
    assert_eq!(import.state, ImportState::Refused);
    assert_eq!((import.counts.accepted, import.counts.not_kept, import.counts.refused), (0, 2, 1));
    let after = world.ground.database.dump();
    for table in ["record", "revision", "milestone"] {
        assert_eq!(before[table], after[table], "{table}");
    }
    assert_eq!(statuses(&world.file(&import).await), ["not_kept", REFUSED, "not_kept"]);
    assert_eq!(refusals(&world).await, [Some("content_invalid".to_owned())]);
}

#[rstest]
#[tokio::test]
async fn right_rows_are_kept_one_by_one(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 3).await;
    let rows = [
        world.row(0, "D100", "2024-05-01"),
        world.row(1, "D100", "2031-05-01"),
        world.row(2, "D100", "2024-05-01"),
    ];
    let events = world.count("audit_event");
    let import = world.import(&table(&rows), Atomicity::Row).await;
    assert_eq!(import.state, ImportState::Done);
    assert_eq!((import.counts.accepted, import.counts.refused), (2, 1));
    assert_eq!((world.count("record"), world.count("revision")), (2, 2));
    // One for each record, one for the row that was looked at, one for the import.
    assert_eq!(world.count("audit_event"), events + 4);
    assert_eq!(statuses(&world.file(&import).await), [ACCEPTED, REFUSED, ACCEPTED]);
}

#[rstest]
#[tokio::test]
async fn a_file_may_be_sent_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Atomicity::All, Atomicity::Row)] atomicity: Atomicity,
) {
    let world = World::start(engine, 2).await;
    let rows = [
        world.row(0, "D100", "2024-05-01"),
        world.row(0, "M6", "2024-08-01"),
        world.row(1, "D100", "2024-05-01"),
    ];
    let first = world.import(&table(&rows), atomicity).await;
    assert_eq!(first.counts.accepted, 3);
    let again = world.import(&table(&rows), atomicity).await;
    assert_eq!((again.state, again.counts.accepted, again.counts.already_there), (ImportState::Done, 0, 3));
    assert_eq!(again.findings, []);
    assert_eq!(world.count("record"), 3);

    let other = [world.row(0, "D100", "2024-04-30")];
    let import = world.import(&table(&other), atomicity).await;
    assert_eq!(errors(&import.findings), [(2, "", "IMPORT-EXISTS")]);
    assert_eq!(world.count("revision"), 3);
}

#[rstest]
#[tokio::test]
async fn a_row_that_stands_twice_is_one_record(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let rows = [
        world.row(0, "D100", "2024-05-01"),
        world.row(0, "D100", "2024-05-01"),
        world.row(0, "D100", "2024-04-30"),
    ];
    let import = world.import(&table(&rows), Atomicity::Row).await;
    let counts = import.counts;
    assert_eq!((counts.accepted, counts.already_there, counts.refused), (1, 1, 1));
    assert_eq!(errors(&import.findings), [(4, "", "IMPORT-DUPLICATE")]);
    assert!(import.findings.iter().any(|one| one.row == 3 && one.finding.message.en.contains("row 2")));
    assert_eq!(world.count("record"), 1);
}

/// A row that contradicts the record of its key is told so, and not that it has that record's contact date too.
#[rstest]
#[tokio::test]
async fn a_row_is_not_compared_with_the_record_whose_place_it_claims(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Atomicity::All, Atomicity::Row)] atomicity: Atomicity,
) {
    let world = World::start(engine, 1).await;
    let kept = world.row(0, "D100", "2024-05-01");
    let other = kept.replace(",visit,", ",remote,");
    let within = table(&[kept.clone(), other.clone()]);
    let dry = world.dry(&within, atomicity).await;
    let real = world.import(&within, Atomicity::Row).await;
    for import in [&dry, &real] {
        assert_eq!(errors(&import.findings), [(3, "", "IMPORT-DUPLICATE")]);
    }

    let later = table(&[other, world.row(0, "M6", "2024-05-01")]);
    let dry = world.dry(&later, atomicity).await;
    let real = world.import(&later, atomicity).await;
    let expected =
        [(2, "", "IMPORT-EXISTS"), (3, "contact_date", "R-FU-02A"), (3, "contact_date", "R-FU-02B")];
    assert_eq!(errors(&real.findings), expected);
    assert_eq!(real.findings, dry.findings);
}
