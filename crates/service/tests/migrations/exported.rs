//! What leaves for another registry is found in its place by then, also of records that were not migrated.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_persistence::Engine;
use cartotek_service::record::migrate::RecordMigration;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::decision;
use crate::common::next_version::{next_version, second_version};
use crate::registry::{FORM, Registry, complete};

/// Site and answers of the rows of an export.
async fn rows(registry: &Registry) -> Vec<String> {
    let (granted, act) = (registry.ground.data_manager("KAR"), registry.ground.act());
    let part = registry.ground.service.export_ebmt(&granted, &act, FORM, None).await.unwrap().value;
    let rows = part.text.lines().skip(1).map(|row| row.split_once(',').unwrap().1.to_owned());
    rows.collect()
}

#[rstest]
#[tokio::test]
async fn an_answer_that_has_moved_still_leaves(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let registry = Registry::start(engine, 2).await;
    let mut ids = Vec::new();
    for patient in 0..2 {
        ids.push(registry.registration(patient, complete()).await.record.id);
        let yes = decision(ConsentPurpose::SharingEbmt, ConsentDecision::Given, "2026-01-10");
        let (granted, act) = (registry.ground.data_manager("KAR"), registry.ground.act());
        let pseudonym = registry.patients[patient].0;
        registry.ground.service.record_consent(&granted, &act, pseudonym, yes).await.unwrap();
    }
    let before = rows(&registry).await;
    assert_eq!(before, ["KAR,2026-01-05,1961-04,female,SE-0815-A,"; 2]);

    let mut second: Value = serde_json::from_str(&second_version(FORM)).unwrap();
    let properties = second["properties"].as_object_mut().unwrap();
    let code = properties.remove("ebmt_uic").unwrap();
    properties.insert("ebmt_code".to_owned(), code);
    let names = properties["missing"]["propertyNames"]["enum"].as_array_mut().unwrap();
    *names.iter_mut().find(|name| **name == "ebmt_uic").unwrap() = "ebmt_code".into();
    let said = json!({ "moved": [{ "from": "/ebmt_uic", "to": "/ebmt_code" }] });
    let mut set = next_version(FORM, &second.to_string(), &said, None);
    let table = include_str!("../../../../schemas/exchange/ebmt/patient_registration/1.json");
    let mut table: Value = serde_json::from_str(&table.replace("\"/ebmt_uic\"", "\"/ebmt_code\"")).unwrap();
    table["version"] = 2.into();
    set.documents.insert(format!("exchange/ebmt/{FORM}/2.json"), table.to_string().into_bytes());
    registry.publish(set).await;
    assert_eq!(rows(&registry).await, before, "none is migrated");
    let one = RecordMigration { records: vec![ids[0]], ..Registry::migration() };
    assert_eq!(registry.migrate(&one, None).await.records.len(), 1);
    assert_eq!(rows(&registry).await, before, "one is migrated");
    registry.check().await;
}
