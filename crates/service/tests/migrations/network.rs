//! Random records of a network, for tests that hold whatever they are.

use cartotek_domain::record::RecordStatus;
use cartotek_service::lock::NewTarget;
use cartotek_service::record::migrate::RecordMigration;
use serde_json::json;

use crate::registry::{FORM, Registry, complete, without};

/// One of many kinds of records of a patient: sound or not in the later version, locked, verified, a draft, none.
pub(crate) async fn any_record(registry: &Registry, patient: usize, choice: [u8; 4]) {
    let (service, ground) = (&registry.ground.service, &registry.ground);
    let content = match choice[0] % 6 {
        0 => without("registration_date"),
        1 => without("region_of_residence"),
        2 => without("ebmt_uic"),
        _ => complete(),
    };
    let id = match choice[1] % 6 {
        0 => return,
        // What the later version calls otherwise stands in the draft already: it has no place there.
        1 => {
            registry
                .record(patient, FORM, json!({ "region_of_residence": "14", "county": "14" }), None)
                .await
                .record
                .id
        }
        2 => registry.record(patient, FORM, content, None).await.record.id,
        _ => registry.registration(patient, content).await.record.id,
    };
    if choice[2].is_multiple_of(5) {
        let lock = NewTarget::Patient(registry.patients[patient].0);
        service
            .create_lock(&ground.data_manager("KAR"), &ground.act(), lock, "Frozen".to_owned())
            .await
            .unwrap();
    } else if choice[2].is_multiple_of(3) && choice[1] % 6 > 2 {
        service.verify_record(&ground.second_manager(), &ground.act(), id, 1).await.unwrap();
    }
}

/// One of the ways to migrate all of them.
pub(crate) fn any_migration(choice: [u8; 3]) -> RecordMigration {
    RecordMigration {
        acknowledgement: choice[0].is_multiple_of(2).then(|| "Asked from version 2 on.".to_owned()),
        void_marks: choice[1].is_multiple_of(2),
        status: choice[2].is_multiple_of(4).then_some(RecordStatus::Submitted),
        ..Registry::migration()
    }
}
