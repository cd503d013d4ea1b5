//! Patients of Karolinska with one course, and what is done with their records.

use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::{Role, permission};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason};
use cartotek_domain::text::Language;
use cartotek_domain::time::{Clock, swedish_day};
use cartotek_persistence::Engine;
use cartotek_persistence::testing::TestDatabase;
use cartotek_service::check::{CheckOptions, CheckReport};
use cartotek_service::enrol::Enrolment;
use cartotek_service::forms::SchemaSet;
use cartotek_service::import::{Atomicity, Format, Import, NewImport};
use cartotek_service::record::{Correction, NewRecord, RecordFile, Version};
use cartotek_service::timeline::{FindingQuery, ListedFinding};
use cartotek_service::{Act, IdempotencyKey, Page, Refusal, ServiceError};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::common::content::infusion;
use crate::common::{TestGround, decision};
use crate::content::follow_up;

pub(crate) struct World {
    pub(crate) ground: TestGround,
}

#[derive(Clone, Copy)]
pub(crate) struct Patient {
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
}

/// A reason for every warning among findings.
fn explained(findings: &[Finding]) -> Vec<Acknowledgement> {
    let warnings = findings.iter().filter(|one| one.severity == Severity::Warning);
    let explain = |one: &Finding| Acknowledgement {
        rule: one.rule.clone(),
        pointer: one.pointer.clone(),
        reason: "The other forms say so.".to_owned(),
    };
    warnings.map(explain).collect()
}

fn refusal(error: ServiceError) -> Refusal {
    match error {
        ServiceError::Refused(refusal) => *refusal,
        other => panic!("{other}"),
    }
}

impl World {
    /// A network in September 2026.
    pub(crate) async fn start(engine: Engine) -> Self {
        let world = Self { ground: TestGround::start(engine).await };
        world.wait_until("2026-09-01");
        world
    }

    /// Another server on the database of one that has stopped.
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let world = Self { ground: TestGround::on(database, 3).await };
        world.wait_until("2026-09-01");
        world
    }

    pub(crate) fn wait_until(&self, day: &str) {
        let day: NaiveDate = day.parse().unwrap();
        let days = (day - swedish_day(self.ground.clock.read())).num_days();
        self.ground.clock.advance(TimeDelta::days(days));
    }

    /// A patient with an open course.
    pub(crate) async fn patient(&self) -> Patient {
        let (ground, service) = (&self.ground, &self.ground.service);
        let enrolment = Enrolment {
            site: "KAR".parse().unwrap(),
            role: ParticipationRole::Treating,
            from: "2026-01-09".parse().unwrap(),
            consents: vec![decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-01-09")],
            linkage: None,
        };
        let enrolled = service.enrol(&ground.data_manager("KAR"), &ground.act(), enrolment).await.unwrap();
        let (pseudonym, opened) = (enrolled.value.patient.pseudonym, "2026-01-12".parse().unwrap());
        let manager = ground.data_manager("KAR");
        let course = service.open_course(&manager, &ground.act(), pseudonym, "LBCL".to_owned(), opened).await;
        Patient { pseudonym, course: course.unwrap().value.id }
    }

    /// A patient who was infused on 12 February and seen on 20 May.
    pub(crate) async fn followed(&self) -> (Patient, RecordId, RecordId) {
        let patient = self.patient().await;
        let infused = self.submit(&patient, "infusion", infusion("2026-02-12")).await.record.id;
        let seen = self.submit(&patient, "follow_up", follow_up("D100", "2026-05-20")).await.record.id;
        self.judge().await;
        (patient, infused, seen)
    }

    /// Submits a form, with a reason for whatever it warns of; its findings when it is refused all the same.
    pub(crate) async fn try_submit(
        &self,
        patient: &Patient,
        form: &str,
        content: Value,
    ) -> Result<RecordFile, Vec<Finding>> {
        let record = |submission| NewRecord {
            patient: patient.pseudonym,
            course: (form != "patient_registration").then_some(patient.course),
            form: form.to_owned(),
            form_version: None,
            content: content.clone(),
            submission: Some(submission),
        };
        let (ground, service) = (&self.ground, &self.ground.service);
        let manager = ground.data_manager("KAR");
        let first = service.create_record(&manager, &ground.act(), record(Vec::new())).await;
        let found = match first {
            Ok(done) => return Ok(done.value),
            Err(error) => refusal(error).findings,
        };
        let second = service.create_record(&manager, &ground.act(), record(explained(&found))).await;
        second.map(|done| done.value).map_err(|error| refusal(error).findings)
    }

    pub(crate) async fn submit(&self, patient: &Patient, form: &str, content: Value) -> RecordFile {
        let submitted = self.try_submit(patient, form, content).await;
        submitted.unwrap_or_else(|found| panic!("{form}: {found:#?}"))
    }

    /// Gives a record other answers, with a reason for whatever they warn of; what is found when it is refused all the same.
    pub(crate) async fn try_amend(
        &self,
        record: RecordId,
        expected: i64,
        content: Value,
    ) -> Result<RecordFile, Vec<Finding>> {
        let (ground, service) = (&self.ground, &self.ground.service);
        let correction = |acknowledgements| Correction {
            content: content.clone(),
            amendment: Amendment { reason: AmendmentReason::SourceUpdate, text: "The chart.".to_owned() },
            acknowledgements,
        };
        let manager = ground.data_manager("KAR");
        let first = service.amend(&manager, &ground.act(), record, expected, correction(Vec::new())).await;
        let found = match first {
            Ok(done) => return Ok(done.value),
            Err(error) => refusal(error).findings,
        };
        let second = correction(explained(&found));
        let done = service.amend(&manager, &ground.act(), record, expected, second).await;
        done.map(|done| done.value).map_err(|error| refusal(error).findings)
    }

    pub(crate) async fn amend(&self, record: RecordId, expected: i64, content: Value) -> RecordFile {
        let amended = self.try_amend(record, expected, content).await;
        amended.unwrap_or_else(|found| panic!("{found:#?}"))
    }

    pub(crate) async fn decide(&self, patient: &Patient, said: ConsentDecision, day: &str) {
        let decision = decision(ConsentPurpose::RegistryQuality, said, day);
        let (ground, service) = (&self.ground, &self.ground.service);
        let manager = ground.data_manager("KAR");
        service.record_consent(&manager, &ground.act(), patient.pseudonym, decision).await.unwrap();
    }

    /// Imports one record of a form.
    pub(crate) async fn import(&self, patient: &Patient, form: &str, content: Value) -> Import {
        let row = json!({ "patient": patient.pseudonym, "course": 1, "content": content });
        let new = NewImport {
            site: "KAR".parse().unwrap(),
            form: Some(form.to_owned()),
            form_version: None,
            mapping: None,
            format: Format::Ndjson,
            atomicity: Atomicity::Row,
            language: Language::En,
            file: row.to_string().into_bytes(),
        };
        let key = IdempotencyKey { key: form.to_owned(), fingerprint: sha256(&[form.as_bytes()]) };
        let act = Act { key: Some(key), ..self.ground.act() };
        let manager = self.ground.data_manager("KAR");
        self.ground.service.import(&manager, &act, new, Arc::new(|_, _| ())).await.unwrap().value
    }

    /// Does what a server does right after the commit; gives of how many patients something was judged.
    pub(crate) async fn judge(&self) -> usize {
        self.ground.service.judge_timelines().await.unwrap()
    }

    pub(crate) async fn list(&self, query: FindingQuery) -> Vec<ListedFinding> {
        let (ground, service) = (&self.ground, &self.ground.service);
        let manager = ground.data_manager("KAR");
        service.findings(&manager, &ground.act(), query, Page::first(500)).await.unwrap().value.items
    }

    /// Everything that stands in the records of a patient.
    pub(crate) async fn findings(&self, patient: &Patient) -> Vec<ListedFinding> {
        self.list(FindingQuery { patient: Some(patient.pseudonym), ..FindingQuery::default() }).await
    }

    /// What a rule finds in a record.
    pub(crate) async fn stands(
        &self,
        patient: &Patient,
        record: RecordId,
        rule: &str,
    ) -> Option<ListedFinding> {
        let found = self.findings(patient).await;
        found.into_iter().find(|one| one.finding.record == record && one.finding.rule == rule)
    }

    /// The rules that are told with a record when it is read.
    pub(crate) async fn told_with(&self, record: RecordId) -> Vec<String> {
        let (ground, service) = (&self.ground, &self.ground.service);
        let manager = ground.data_manager::<permission::ReadRecord>("KAR");
        let stored = service.record(&manager, &ground.act(), record, Version::Current).await.unwrap().value;
        stored.findings.unwrap().into_iter().map(|one| one.rule).collect()
    }

    /// Publishes the next version of a form, with something else in the place of a text.
    pub(crate) async fn revise(&self, form: &str, before: &str, after: &str) {
        let service = &self.ground.service;
        let published = service.forms().unwrap();
        let latest = published.forms.form(form, None).unwrap();
        let (version, next) = (latest.version(), latest.version() + 1);
        let text = String::from_utf8(latest.bytes().to_vec()).unwrap();
        assert!(text.contains(before), "{before}");
        let text = text
            .replace(&format!("forms/{form}/{version}\""), &format!("forms/{form}/{next}\""))
            .replace(before, after);
        self.publish(&format!("forms/{form}/{next}.json"), text.into_bytes()).await;
    }

    pub(crate) async fn publish(&self, path: &str, bytes: Vec<u8>) {
        let documents = [(path.to_owned(), bytes)].into();
        let act = self.ground.act();
        self.ground
            .service
            .publish(&self.ground.network(Role::Admin), &act, SchemaSet { documents })
            .await
            .unwrap();
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.ground.database.dump()[table].len()
    }

    pub(crate) async fn check(&self) -> CheckReport {
        self.ground.service.check(CheckOptions::default()).await.unwrap()
    }

    /// Asserts that nothing waits, and that facts, log and projections agree.
    pub(crate) async fn assert_clean(&self) {
        assert_eq!(self.count("finding_due"), 0);
        let report = self.check().await;
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}
