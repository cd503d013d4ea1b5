//! A check tells an erasure from a deletion, and finds what came back.

use cartotek_persistence::Engine;
use cartotek_service::check::DiscrepancyClass as Class;
use rstest::rstest;

use crate::looking::assert_clean;
use crate::world::{MARK, Person, World};

/// Everything of a patient that is vouched for and goes, kept aside in tables of the test's own.
const ASIDE: &str = "CREATE TABLE aside_record AS SELECT * FROM record; \
    CREATE TABLE aside_revision AS SELECT * FROM revision; CREATE TABLE aside_course AS SELECT * FROM course";
const BACK: &str = "INSERT INTO course SELECT * FROM aside_course; INSERT INTO record SELECT * FROM aside_record; \
    INSERT INTO revision SELECT * FROM aside_revision";

async fn opted_out(engine: Engine) -> (World, Person) {
    let world = World::start(engine).await;
    let person = world.treat(MARK, None).await;
    world.opt_out(person.pseudonym).await;
    (world, person)
}

#[rstest]
#[tokio::test]
async fn rows_that_come_back_are_named(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(true, false)] sealed: bool,
) {
    let (world, person) = opted_out(engine).await;
    world.ground.database.tamper(ASIDE);
    world.erase(person.pseudonym).await;
    if sealed {
        world.ground.service.seal_all().await.unwrap();
    }
    let report = world.check().await;
    assert_clean(&report);
    world.ground.database.tamper(BACK);
    let report = world.check().await;
    let returned: Vec<_> = report.findings.iter().filter(|found| found.class == Class::RowReturned).collect();
    let tables: Vec<_> = returned.iter().map(|found| found.table.as_str()).collect();
    assert_eq!(tables, ["course", "record", "revision"], "{:#?}", report.findings);
    assert_eq!(returned[1].row, person.infusion.to_string());
}

#[rstest]
#[tokio::test]
async fn a_row_deleted_past_the_service_is_missing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, _) = opted_out(engine).await;
    world.ground.database.tamper("DELETE FROM milestone; DELETE FROM revision; DELETE FROM record");
    let report = world.check().await;
    assert_eq!(
        report.counts[&Class::RowMissing],
        2,
        "an objection alone is no erasure: {:#?}",
        report.findings
    );
}

/// An erasure counts as one only as long as its event stands there as it was written.
#[rstest]
#[tokio::test]
async fn an_erasure_without_its_event_is_a_deletion(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for (case, tampering, class) in [
        (
            "another act",
            "UPDATE audit_event SET canonical = replace(canonical, '\"patients.erase\"', '\"patients.manage\"')",
            Class::RowMissing,
        ),
        (
            "no event",
            "DELETE FROM audit_subject WHERE event_id IN (SELECT event_id FROM audit_event WHERE canonical LIKE \
             '%\"patients.erase\"%'); DELETE FROM audit_pending WHERE event_id IN (SELECT event_id FROM audit_event \
             WHERE canonical LIKE '%\"patients.erase\"%'); \
             DELETE FROM audit_event WHERE canonical LIKE '%\"patients.erase\"%'",
            Class::RowMissing,
        ),
    ] {
        let (world, person) = opted_out(engine).await;
        world.erase(person.pseudonym).await;
        world.ground.database.tamper(tampering);
        let report = world.check().await;
        let found = report.findings.iter().any(|found| found.class == class && found.table == "revision");
        assert!(found, "{case}: {:#?}", report.findings);
    }
}
