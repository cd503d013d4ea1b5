//! What a look past the service shows of an erasure's world.

use cartotek_domain::access::PatientScope;
use cartotek_domain::audit::AuditEvent;
use cartotek_domain::id::PatientId;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::ReadSession;
use cartotek_service::Page;
use cartotek_service::check::{CheckOptions, CheckReport};

use crate::world::World;

impl World {
    pub(crate) async fn patient_id(&self, pseudonym: Pseudonym) -> PatientId {
        let find = move |session: &mut dyn ReadSession| session.patient(&pseudonym, &PatientScope::Every);
        self.ground.database.store.read("look", find).await.unwrap().unwrap().id
    }

    /// The events of a patient, oldest first.
    pub(crate) async fn events(&self, pseudonym: Pseudonym) -> Vec<AuditEvent> {
        let patient = self.patient_id(pseudonym).await;
        let read = move |session: &mut dyn ReadSession| session.events_of_patient(patient, &Page::first(500));
        let events = self.ground.database.store.read("look", read).await.unwrap().items;
        events.iter().map(|event| AuditEvent::from_canonical(&event.canonical).unwrap()).collect()
    }

    /// The tables that hold a text, bytes searched too.
    pub(crate) fn tables_with(&self, text: &str) -> Vec<String> {
        let bytes = text.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        let mut tables = Vec::new();
        for (table, rows) in self.ground.database.dump() {
            if rows
                .iter()
                .map(|row| row.to_lowercase())
                .any(|row| row.contains(&text.to_lowercase()) || row.contains(&bytes))
            {
                tables.push(table);
            }
        }
        tables
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.ground.database.dump()[table].len()
    }

    pub(crate) async fn check(&self) -> CheckReport {
        self.ground.service.check(CheckOptions::default()).await.unwrap()
    }
}

#[track_caller]
pub(crate) fn assert_clean(report: &CheckReport) {
    assert!(report.is_clean(), "{:#?}", report.findings);
}
