//! Patients with records in version 1 of their forms, and what is done about a second one.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::form_migration::MigrationOutcome;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_forms::SchemaSet;
use cartotek_persistence::Engine;
use cartotek_service::check::CheckOptions;
use cartotek_service::enrol::Enrolment;
use cartotek_service::record::migrate::{MigrationPart, RecordMigration};
use cartotek_service::record::{NewRecord, RecordFile, StoredRecord, Version};
use serde_json::{Value, json};

use crate::common::next_version::{next_version, second_version};
use crate::common::{TestGround, decision};

/// The form that gets a second version in most of these tests; it is about the patient.
pub(crate) const FORM: &str = "patient_registration";

pub(crate) struct Registry {
    pub(crate) ground: TestGround,
    pub(crate) patients: Vec<(Pseudonym, CourseId)>,
}

impl Registry {
    /// Patients of site KAR, each with a course.
    pub(crate) async fn start(engine: Engine, patients: usize) -> Self {
        let mut registry = Self { ground: TestGround::start(engine).await, patients: Vec::new() };
        for _ in 0..patients {
            let patient = registry.enrol().await;
            registry.patients.push(patient);
        }
        registry
    }

    async fn enrol(&self) -> (Pseudonym, CourseId) {
        let (service, act) = (&self.ground.service, self.ground.act());
        let enrolment = Enrolment {
            site: site(),
            role: ParticipationRole::Treating,
            from: "2026-01-09".parse().unwrap(),
            consents: vec![decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-01-09")],
            linkage: None,
        };
        let enrolled = service.enrol(&self.ground.data_manager("KAR"), &act, enrolment).await.unwrap();
        let (pseudonym, opened) = (enrolled.value.patient.pseudonym, "2026-01-12".parse().unwrap());
        let (granted, indication) = (self.ground.data_manager("KAR"), "LBCL".to_owned());
        let course = service.open_course(&granted, &self.ground.act(), pseudonym, indication, opened).await;
        (pseudonym, course.unwrap().value.id)
    }

    /// A record of a patient in version 1 of a form: submitted with these reasons, or a draft.
    pub(crate) async fn record(
        &self,
        patient: usize,
        form: &str,
        content: Value,
        submission: Option<Vec<Acknowledgement>>,
    ) -> RecordFile {
        let (pseudonym, course) = self.patients[patient];
        let new = NewRecord {
            patient: pseudonym,
            course: (form != FORM).then_some(course),
            form: form.to_owned(),
            form_version: Some(1),
            content,
            submission,
        };
        let granted = self.ground.data_manager("KAR");
        self.ground.service.create_record(&granted, &self.ground.act(), new).await.unwrap().value
    }

    /// A submitted registration.
    pub(crate) async fn registration(&self, patient: usize, content: Value) -> RecordFile {
        self.record(patient, FORM, content, Some(Vec::new())).await
    }

    pub(crate) async fn publish(&self, set: SchemaSet) {
        self.ground.service.publish_as_system(&self.ground.act(), set).await.unwrap();
    }

    /// Publishes the registration in its second version.
    pub(crate) async fn publish_registration(&self) {
        let (second, said) = later_registration();
        self.publish(next_version(FORM, &second, &said, Some("complete"))).await;
    }

    /// All of the site.
    pub(crate) fn migration() -> RecordMigration {
        migration_of(FORM)
    }

    pub(crate) async fn preview(
        &self,
        migration: &RecordMigration,
        after: Option<RecordId>,
    ) -> MigrationPart {
        let (granted, act) = (self.ground.data_manager("KAR"), self.ground.act());
        self.ground.service.preview_migration(&granted, &act, migration.clone(), after).await.unwrap().value
    }

    pub(crate) async fn migrate(
        &self,
        migration: &RecordMigration,
        after: Option<RecordId>,
    ) -> MigrationPart {
        let (granted, act) = (self.ground.data_manager("KAR"), self.ground.act());
        self.ground.service.migrate_records(&granted, &act, migration.clone(), after).await.unwrap().value
    }

    /// Every part of a preview.
    pub(crate) async fn preview_all(&self, migration: &RecordMigration) -> Vec<MigrationPart> {
        let mut parts = vec![self.preview(migration, None).await];
        while let Some(after) = parts.last().and_then(|part| part.next) {
            parts.push(self.preview(migration, Some(after)).await);
        }
        parts
    }

    /// Every part of a migration.
    pub(crate) async fn migrate_all(&self, migration: &RecordMigration) -> Vec<MigrationPart> {
        let mut parts = vec![self.migrate(migration, None).await];
        while let Some(after) = parts.last().and_then(|part| part.next) {
            parts.push(self.migrate(migration, Some(after)).await);
        }
        parts
    }

    /// A record at one of its versions.
    pub(crate) async fn stored(&self, id: RecordId, version: Version) -> StoredRecord {
        let (granted, act) = (self.ground.data_manager("KAR"), self.ground.act());
        self.ground.service.record(&granted, &act, id, version).await.unwrap().value
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.ground.database.dump()[table].len()
    }

    /// The log vouches for every row, and everything derived follows from the facts once what waits is judged.
    pub(crate) async fn check(&self) {
        self.ground.service.judge_timelines().await.unwrap();
        self.ground.service.seal_all().await.unwrap();
        let report = self.ground.service.check(CheckOptions::default()).await.unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

pub(crate) fn site() -> SiteCode {
    "KAR".parse().unwrap()
}

/// All records of a form of the site.
pub(crate) fn migration_of(form: &str) -> RecordMigration {
    RecordMigration {
        form: form.to_owned(),
        to: 2,
        from: None,
        site: site(),
        status: None,
        records: Vec::new(),
        acknowledgement: None,
        void_marks: false,
        previewed: None,
    }
}

/// How many records came to an end.
pub(crate) fn total(parts: &[MigrationPart], outcome: MigrationOutcome) -> i64 {
    parts.iter().filter_map(|part| part.outcomes.get(&outcome)).sum()
}

/// A registration with everything that its second version wants.
pub(crate) fn complete() -> Value {
    json!({
        "registration_date": "2026-01-05", "birth_year_month": "1961-04", "sex": "female",
        "region_of_residence": "14", "legal_basis": "quality_register", "ebmt_uic": "SE-0815-A",
    })
}

/// The same without one of the answers.
pub(crate) fn without(name: &str) -> Value {
    let mut content = complete();
    content.as_object_mut().unwrap().remove(name);
    content
}

/// A second version of the registration: it wants the day of the registration, warns when the county is not known, calls
/// that otherwise, asks who registered and no longer asks for a code; with what becomes of the answers before.
fn later_registration() -> (String, Value) {
    let mut form: Value = serde_json::from_str(&second_version(FORM)).unwrap();
    let properties = form["properties"].as_object_mut().unwrap();
    properties.remove("ebmt_uic");
    let county = properties.remove("region_of_residence").unwrap();
    properties.insert("county".to_owned(), county);
    properties["registration_date"]["x-required"] = true.into();
    let by = json!({
        "type": "string", "enum": ["clinic", "registry"], "title": "Registered by",
        "x-sv": { "title": "Registrerad av" }, "x-required": true,
    });
    properties.insert("registered_by".to_owned(), by);
    properties["missing"]["propertyNames"]["enum"] =
        json!(["registration_date", "birth_year_month", "sex", "county", "legal_basis", "trial_ids"]);
    let rule = json!({
        "id": "R-PAT-90", "severity": "warning", "at": "/county", "needs": [], "check": "f.county != null",
        "sv": "Hemlänet saknas; ange det.", "en": "The county is missing; give it.",
    });
    form["x-rules"].as_array_mut().unwrap().push(rule);
    let why = json!({ "sv": "Koden hämtas från EBMT.", "en": "The code is taken from EBMT." });
    let said = json!({
        "moved": [{ "from": "/region_of_residence", "to": "/county" }],
        "dropped": [{ "at": "/ebmt_uic", "why": why }],
        "constants": [{ "at": "/registered_by", "value": "clinic" }],
    });
    (form.to_string(), said)
}
