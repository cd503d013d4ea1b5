//! Whatever somebody does to the log, the check names what and where.

use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::check::{CheckOptions, DiscrepancyClass as Class};
use chrono::TimeDelta;
use rstest::rstest;

use crate::registry::{Registry, assert_found};

/// The event of leaf 6, in SQL.
const SIXTH: &str = "(SELECT event_id FROM audit_leaf WHERE leaf_index = 6)";

/// An id that is no event's, in SQL.
const FOREIGN: &str = "(SELECT id FROM actor)";

/// An id before every other, in SQL of the engine.
fn nil(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "zeroblob(16)",
        Engine::Postgres => "'00000000-0000-0000-0000-000000000000'::uuid",
    }
}

/// What is done, and how it is found: class, table, row (empty for any).
pub(crate) type Case = (&'static str, Class, &'static str, &'static str);

/// What is done to the log.
const LOG: &[Case] = &[
    (
        "UPDATE audit_event SET canonical = replace(canonical, 'changed', 'read') WHERE event_id = {6}",
        Class::EventAltered,
        "audit_event",
        "6",
    ),
    ("UPDATE audit_event SET canonical = 'x' WHERE event_id = {6}", Class::EventAltered, "audit_event", "6"),
    (
        "UPDATE audit_event SET occurred_at = (SELECT max(occurred_at) FROM audit_event) WHERE event_id = {6}",
        Class::EventAltered,
        "audit_event",
        "6",
    ),
    (
        "UPDATE audit_event SET actor_id = {foreign} WHERE event_id = {6}",
        Class::EventAltered,
        "audit_event",
        "6",
    ),
    (
        "UPDATE audit_event SET event_id = {foreign} WHERE event_id = {6}",
        Class::EventMissing,
        "audit_event",
        "6",
    ),
    (
        "UPDATE audit_event SET row_mac = (SELECT hash FROM audit_tile) WHERE event_id = {6}",
        Class::MacInvalid,
        "audit_event",
        "6",
    ),
    (
        "UPDATE audit_event SET row_mac = substr(row_mac, 1, 0) WHERE event_id = {6}",
        Class::MacInvalid,
        "audit_event",
        "6",
    ),
    ("DELETE FROM audit_event WHERE event_id = {6}", Class::EventMissing, "audit_event", "6"),
    (
        "INSERT INTO audit_event SELECT {foreign}, occurred_at, actor_id, canonical, row_mac FROM audit_event \
         WHERE event_id = {6}",
        Class::EventUnlisted,
        "audit_event",
        "",
    ),
    (
        "INSERT INTO audit_event SELECT {nil}, occurred_at, actor_id, canonical, row_mac FROM audit_event \
         WHERE event_id = {6}",
        Class::EventUnlisted,
        "audit_event",
        "00000000-0000-0000-0000-000000000000",
    ),
    (
        "INSERT INTO audit_event SELECT {nil}, occurred_at, actor_id, 'x', row_mac FROM audit_event \
         WHERE event_id = {6};
         INSERT INTO audit_leaf SELECT -1, {nil}, leaf_hash FROM audit_leaf WHERE leaf_index = 6",
        Class::LeafUnsigned,
        "audit_leaf",
        "-1",
    ),
    (
        "INSERT INTO audit_event SELECT {nil}, occurred_at, actor_id, 'x', row_mac FROM audit_event \
         WHERE event_id = {6};
         INSERT INTO audit_leaf SELECT -1, {nil}, leaf_hash FROM audit_leaf WHERE leaf_index = 6",
        Class::EventAltered,
        "audit_event",
        "-1",
    ),
    (
        "UPDATE audit_subject SET ordinal = ordinal + 100 WHERE event_id = {6}",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_subject SET table_name = 'token' WHERE event_id = {6}",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_subject SET row_id = 'x' WHERE event_id = {6}",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_subject SET patient_id = {foreign} WHERE event_id = {6}",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_subject SET before_hash = after_hash WHERE event_id = {6} AND before_hash IS NULL",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_subject SET after_hash = NULL WHERE event_id = {6}",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_subject SET event_id = {foreign} WHERE event_id = {6}",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    ("DELETE FROM audit_subject WHERE event_id = {6}", Class::SubjectAltered, "audit_subject", "6"),
    (
        "INSERT INTO audit_subject SELECT event_id, 99, table_name, row_id, patient_id, before_hash, after_hash \
         FROM audit_subject WHERE event_id = {6} AND ordinal = 0",
        Class::SubjectAltered,
        "audit_subject",
        "6",
    ),
    (
        "UPDATE audit_leaf SET leaf_hash = (SELECT hash FROM audit_tile) WHERE leaf_index = 6",
        Class::LeafAltered,
        "audit_leaf",
        "6",
    ),
    (
        "UPDATE audit_leaf SET leaf_hash = substr(leaf_hash, 1, 5) WHERE leaf_index = 6",
        Class::LeafAltered,
        "audit_leaf",
        "6",
    ),
    (
        "UPDATE audit_leaf SET event_id = {foreign} WHERE leaf_index = 6",
        Class::EventMissing,
        "audit_event",
        "6",
    ),
    ("UPDATE audit_leaf SET leaf_index = 90000 WHERE leaf_index = 6", Class::LeafGap, "audit_leaf", "6"),
    (
        "UPDATE audit_leaf SET leaf_index = 9223372036854775807 WHERE leaf_index = 6",
        Class::LeafGap,
        "audit_leaf",
        "6",
    ),
    ("DELETE FROM audit_leaf WHERE leaf_index = 6", Class::LeafGap, "audit_leaf", "6"),
    (
        "UPDATE audit_leaf SET leaf_index = 90000 WHERE leaf_index = 6;
         UPDATE audit_leaf SET leaf_index = 6 WHERE leaf_index = 7;
         UPDATE audit_leaf SET leaf_index = 7 WHERE leaf_index = 90000",
        Class::RootDiffers,
        "audit_checkpoint",
        "",
    ),
    (
        "INSERT INTO audit_leaf SELECT (SELECT max(leaf_index) + 1 FROM audit_leaf), event_id, leaf_hash \
         FROM audit_pending ORDER BY event_id LIMIT 1",
        Class::LeafUnsigned,
        "audit_leaf",
        "",
    ),
    (
        "UPDATE audit_tile SET hash = (SELECT leaf_hash FROM audit_leaf WHERE leaf_index = 6)",
        Class::TileAltered,
        "audit_tile",
        "8/0",
    ),
    ("UPDATE audit_tile SET tile_index = 1", Class::TileAltered, "audit_tile", "8/1"),
    ("UPDATE audit_tile SET level = 16", Class::TileAltered, "audit_tile", "8/0"),
    ("DELETE FROM audit_tile", Class::TileAltered, "audit_tile", "8/0"),
    ("INSERT INTO audit_tile SELECT level, 7, hash FROM audit_tile", Class::TileAltered, "audit_tile", "8/7"),
    (
        "INSERT INTO audit_tile SELECT level, -1, hash FROM audit_tile",
        Class::TileAltered,
        "audit_tile",
        "8/-1",
    ),
    ("INSERT INTO audit_tile SELECT 9, 0, hash FROM audit_tile", Class::TileAltered, "audit_tile", "9/0"),
    (
        "INSERT INTO audit_checkpoint SELECT -1, root, epoch, signed_at, note FROM audit_checkpoint \
         WHERE tree_size = (SELECT max(tree_size) FROM audit_checkpoint)",
        Class::CheckpointInvalid,
        "audit_checkpoint",
        "-1",
    ),
    (
        "UPDATE audit_checkpoint SET root = (SELECT hash FROM audit_tile)",
        Class::CheckpointInvalid,
        "audit_checkpoint",
        "",
    ),
    ("UPDATE audit_checkpoint SET epoch = epoch + 1", Class::CheckpointInvalid, "audit_checkpoint", ""),
    (
        "UPDATE audit_checkpoint SET signed_at = (SELECT min(occurred_at) FROM audit_event) \
         WHERE tree_size = (SELECT max(tree_size) FROM audit_checkpoint)",
        Class::CheckpointInvalid,
        "audit_checkpoint",
        "",
    ),
    (
        "UPDATE audit_checkpoint SET note = replace(note, 'epoch 1', 'epoch 2')",
        Class::CheckpointInvalid,
        "audit_checkpoint",
        "",
    ),
    (
        "UPDATE audit_checkpoint SET tree_size = tree_size + 1 \
         WHERE tree_size = (SELECT max(tree_size) FROM audit_checkpoint)",
        Class::CheckpointInvalid,
        "audit_checkpoint",
        "",
    ),
    (
        "DELETE FROM audit_checkpoint WHERE tree_size = (SELECT min(tree_size) FROM audit_checkpoint)",
        Class::CheckpointUnlinked,
        "audit_checkpoint",
        "",
    ),
    (
        "DELETE FROM audit_checkpoint WHERE tree_size = (SELECT max(tree_size) FROM audit_checkpoint)",
        Class::LeafUnsigned,
        "audit_leaf",
        "",
    ),
    (
        "DELETE FROM audit_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM audit_leaf)",
        Class::LogTruncated,
        "audit_checkpoint",
        "",
    ),
    (
        "UPDATE audit_pending SET leaf_hash = (SELECT hash FROM audit_tile)",
        Class::PendingAltered,
        "audit_pending",
        "",
    ),
    (
        "UPDATE audit_pending SET occurred_at = (SELECT min(occurred_at) FROM audit_event)",
        Class::PendingAltered,
        "audit_pending",
        "",
    ),
    (
        "UPDATE audit_pending SET event_id = {6} WHERE event_id = {waiting}",
        Class::PendingAltered,
        "audit_pending",
        "",
    ),
    ("DELETE FROM audit_pending", Class::EventUnlisted, "audit_event", ""),
    (
        "INSERT INTO audit_pending SELECT event_id, occurred_at, row_mac FROM audit_event WHERE event_id = {6}",
        Class::PendingAltered,
        "audit_pending",
        "",
    ),
];

/// The SQL of a case.
pub(crate) fn statement(engine: Engine, text: &str) -> String {
    text.replace("{6}", SIXTH)
        .replace("{nil}", nil(engine))
        .replace("{foreign}", FOREIGN)
        .replace("{waiting}", "(SELECT event_id FROM audit_pending ORDER BY event_id LIMIT 1)")
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn a_registry_that_nobody_touched_is_clean(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let options = CheckOptions { kept_checkpoint: Some(Registry::kept_note(engine)), ..Default::default() };
    // The two waiting events are an hour old.
    let options = CheckOptions { longest_wait: TimeDelta::hours(2), ..options };
    let report = registry.service.check(options.clone()).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
    assert_eq!((report.leaves + 2, report.checkpoints), (report.events, 4));
    assert!(report.facts > 20 && report.projections > 5);
    registry.service.seal_all().await.unwrap();
    let report = registry.service.check(options).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
    assert_eq!((report.leaves, report.checkpoints), (report.events, 5));
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn every_change_of_the_log_is_found(#[case] engine: Engine) {
    for (text, class, table, row) in LOG {
        let report = Registry::tampered(engine, &statement(engine, text)).await.check().await;
        assert_found(&report, text, *class, table, row);
    }
}

/// Where every statement on the leaves fails, single rows must not be asked for without end.
#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn a_log_that_cannot_be_read_ends_the_check(#[case] engine: Engine) {
    for (column, row) in [("leaf_hash", "6"), ("leaf_index", "")] {
        let statement = format!("ALTER TABLE audit_leaf RENAME COLUMN {column} TO other");
        let registry = Registry::tampered(engine, &statement).await;
        match registry.service.check(CheckOptions::default()).await {
            Ok(report) => assert_found(&report, column, Class::Unreadable, "audit_leaf", row),
            Err(error) => assert_eq!(error.problem(), Problem::Defect, "{error}"),
        }
    }
}
