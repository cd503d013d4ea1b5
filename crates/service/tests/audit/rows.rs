//! Whatever somebody does to facts and projections, or to the log and the data together, the check names what and where.

use cartotek_domain::fact::{TABLES, TableClass};
use cartotek_persistence::Engine;
use cartotek_service::check::{CheckOptions, DiscrepancyClass as Class};
use rstest::rstest;

use crate::registry::{Registry, assert_found};
use crate::tampering::{Case, statement};

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn every_fact_table_is_vouched_for(#[case] engine: Engine) {
    let tables = || TABLES.iter().filter(|(_, class)| *class == TableClass::Fact).map(|(table, _)| *table);
    for (change, class) in [
        ("UPDATE {table} SET salt = (SELECT substr(hash, 1, 16) FROM audit_tile);", Class::RowAltered),
        ("DELETE FROM {table};", Class::RowMissing),
    ] {
        let changes: String = tables().map(|table| change.replace("{table}", table)).collect();
        let report = Registry::tampered(engine, &changes).await.check().await;
        for table in tables() {
            assert_found(&report, change, class, table, "");
        }
    }
}

/// What is done to facts past the service.
const ROWS: &[Case] = &[
    ("UPDATE site SET name = 'X' WHERE code = 'KAR'", Class::RowAltered, "site", "KAR"),
    ("UPDATE site SET can_infuse = NOT can_infuse WHERE code = 'KAR'", Class::RowAltered, "site", "KAR"),
    ("UPDATE biobank_site SET site = 'SUS'", Class::RowMissing, "biobank_site", "KI-BB/KAR"),
    ("UPDATE biobank_site SET site = 'SUS'", Class::RowUnwitnessed, "biobank_site", "KI-BB/SUS"),
    (
        "UPDATE schema_document SET content = content || ' ' WHERE path = 'forms/event/1.json'",
        Class::RowAltered,
        "schema_document",
        "forms/event/1.json",
    ),
    (
        "INSERT INTO site SELECT 'XYZ', name, region, organisation_number, hsa_prefix, can_infuse, salt \
         FROM site WHERE code = 'KAR'",
        Class::RowUnwitnessed,
        "site",
        "XYZ",
    ),
    ("DELETE FROM site WHERE code = 'SUS'", Class::RowMissing, "site", "SUS"),
    (
        "UPDATE revision SET content = replace(content, 'female', 'male') WHERE status = 'submitted'",
        Class::RowAltered,
        "revision",
        "",
    ),
    ("UPDATE revision SET status = 'x' WHERE number = 1", Class::Unreadable, "revision", ""),
    ("UPDATE role_grant SET role = 'auditor'", Class::RowAltered, "role_grant", ""),
    (
        "UPDATE token SET expires_at = (SELECT max(occurred_at) FROM audit_event)",
        Class::RowAltered,
        "token",
        "",
    ),
    ("UPDATE consent SET decision = 'refused'", Class::RowAltered, "consent", ""),
    ("UPDATE verification SET revision = 1", Class::RowAltered, "verification", ""),
    ("UPDATE signature SET meaning = 'approved'", Class::RowAltered, "signature", ""),
    ("UPDATE record_lock SET ended_at = NULL", Class::RowAltered, "record_lock", ""),
    ("UPDATE unlock_request SET decided_by = requested_by", Class::RowAltered, "unlock_request", ""),
    ("UPDATE unlock_request SET refusal = 'No.'", Class::Unreadable, "unlock_request", ""),
    // The event of the enrolment is gone: nothing vouches for the patient any more.
    (
        "DELETE FROM audit_pending;
         DELETE FROM audit_subject WHERE event_id IN (SELECT event_id FROM audit_leaf WHERE leaf_index = 7);
         DELETE FROM audit_event WHERE event_id IN (SELECT event_id FROM audit_leaf WHERE leaf_index = 7)",
        Class::RowUnwitnessed,
        "patient",
        "",
    ),
    ("UPDATE amount_balance SET quantity = quantity + 1", Class::ProjectionDiffers, "amount_balance", ""),
    ("DELETE FROM amount_balance", Class::ProjectionDiffers, "amount_balance", ""),
    ("DELETE FROM occupancy", Class::ProjectionDiffers, "occupancy", ""),
    ("UPDATE occupancy SET position = 'B7'", Class::ProjectionDiffers, "occupancy", ""),
    (
        "INSERT INTO occupancy SELECT box_id, 'C1', tube_kind, {foreign} FROM occupancy",
        Class::ProjectionDiffers,
        "occupancy",
        "",
    ),
    (
        "INSERT INTO amount_balance SELECT {nil}, quantity, unit FROM amount_balance LIMIT 1",
        Class::ProjectionDiffers,
        "amount_balance",
        "00000000-0000-0000-0000-000000000000",
    ),
    (
        "INSERT INTO barcode SELECT '', kind, owner_id FROM barcode LIMIT 1",
        Class::ProjectionDiffers,
        "barcode",
        "0 characters",
    ),
    ("UPDATE barcode SET kind = 'box'", Class::ProjectionDiffers, "barcode", ""),
    ("DELETE FROM barcode WHERE kind = 'aliquot'", Class::ProjectionDiffers, "barcode", ""),
    (
        "UPDATE milestone SET value = '1901-01-01' WHERE kind = 'date'",
        Class::ProjectionDiffers,
        "milestone",
        "",
    ),
    ("DELETE FROM milestone", Class::ProjectionDiffers, "milestone", ""),
    ("UPDATE clarification SET rule = 'R-DATE-02A'", Class::RowAltered, "clarification", ""),
    ("UPDATE clarification_event SET text = 'Never mind.'", Class::RowAltered, "clarification_event", ""),
    ("UPDATE clarification_state SET status = 'closed'", Class::ProjectionDiffers, "clarification_state", ""),
    ("DELETE FROM clarification_state", Class::ProjectionDiffers, "clarification_state", ""),
    (
        "INSERT INTO record_finding SELECT id, 'R-DATE-02A', '', patient_id, site, form, 1, 'error', (1 = 0), created_at \
         FROM record",
        Class::ProjectionDiffers,
        "record_finding",
        "",
    ),
    ("DELETE FROM expected_item WHERE ordinal = 0", Class::ProjectionDiffers, "expected_item", ""),
    ("UPDATE expected_item SET site = 'UPP'", Class::ProjectionDiffers, "expected_item", ""),
    ("UPDATE expected_item SET anchor = 'x'", Class::Unreadable, "expected_item", ""),
    (
        "UPDATE expected_item SET subject_id = {nil}, patient_id = {nil}, course_id = NULL WHERE ordinal = 0 \
         AND subject_id = (SELECT subject_id FROM expected_item ORDER BY subject_id LIMIT 1)",
        Class::ProjectionDiffers,
        "expected_item",
        "00000000-0000-0000-0000-000000000000/0",
    ),
    ("UPDATE record SET revision = revision - 1", Class::ProjectionDiffers, "record", ""),
];

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn every_change_of_the_data_is_found(#[case] engine: Engine) {
    for (text, class, table, row) in ROWS {
        let report = Registry::tampered(engine, &statement(engine, text)).await.check().await;
        assert_found(&report, text, *class, table, row);
    }
}

/// The end of the log is cut off with everything that could tell, down to the second checkpoint.
const TRUNCATED: &str = "
    DELETE FROM audit_pending;
    DELETE FROM audit_checkpoint WHERE tree_size > (SELECT min(tree_size) FROM audit_checkpoint);
    DELETE FROM audit_leaf WHERE leaf_index >= (SELECT max(tree_size) FROM audit_checkpoint);
    DELETE FROM audit_tile;
    DELETE FROM audit_subject WHERE event_id NOT IN (SELECT event_id FROM audit_leaf);
    DELETE FROM audit_event WHERE event_id NOT IN (SELECT event_id FROM audit_leaf)";

/// Every row that the events cut off had vouched for.
const UNDONE: &str = "
    DELETE FROM finding_due; DELETE FROM record_finding;
    DELETE FROM clarification_state; DELETE FROM clarification_event; DELETE FROM clarification;
    DELETE FROM expected_item; DELETE FROM milestone; DELETE FROM occupancy; DELETE FROM amount_balance; DELETE FROM barcode;
    DELETE FROM custody_event; DELETE FROM ledger_entry; DELETE FROM aliquot; DELETE FROM sample;
    DELETE FROM storage_box; DELETE FROM storage_unit; DELETE FROM unlock_request; DELETE FROM record_lock;
    DELETE FROM signature; DELETE FROM verification; DELETE FROM revision; DELETE FROM record;
    DELETE FROM course; DELETE FROM consent; DELETE FROM participation; DELETE FROM patient_linkage;
    DELETE FROM traceability; DELETE FROM patient; DELETE FROM import_mapping";

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn only_a_kept_checkpoint_betrays_an_older_database(#[case] engine: Engine) {
    let options = CheckOptions { kept_checkpoint: Some(Registry::kept_note(engine)), ..Default::default() };
    let registry = Registry::tampered(engine, TRUNCATED).await;
    let report = registry.check().await;
    assert_found(&report, "rows stay", Class::RowUnwitnessed, "patient", "");
    let registry = Registry::tampered(engine, &format!("{TRUNCATED}; {UNDONE}")).await;
    let report = registry.check().await;
    assert!(report.is_clean(), "as if an older copy had been put back: {:#?}", report.findings);
    let report = registry.service.check(options.clone()).await.unwrap();
    assert_found(&report, "put back", Class::LogTruncated, "audit_leaf", "");
    // The log goes on from there and grows longer than the one that was kept.
    registry.refuse(500).await;
    registry.service.seal_all().await.unwrap();
    assert!(registry.check().await.is_clean());
    let report = registry.service.check(options).await.unwrap();
    assert_found(&report, "rewritten", Class::CheckpointForked, "audit_leaf", "");
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn an_event_that_nobody_seals_is_told_of(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let report = registry.check().await;
    assert!(report.is_clean(), "a crash and some downtime are no damage");
    assert_eq!(report.counts.keys().collect::<Vec<_>>(), [&Class::PendingOverdue]);
    assert_eq!(report.counts[&Class::PendingOverdue], 2);
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn a_kept_note_of_another_key_is_refused(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let foreign = Registry::kept_note(engine).replace("cartotek.example", "another.example");
    let options = CheckOptions { kept_checkpoint: Some(foreign), ..Default::default() };
    let report = registry.service.check(options).await.unwrap();
    assert_found(&report, "foreign note", Class::CheckpointInvalid, "audit_checkpoint", "kept");
}
