//! Patients with everything that an erasure meets.

use std::sync::Arc;

use cartotek_crypto::hash::sha256;
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::erasure::ErasureReason;
use cartotek_domain::id::{CourseId, RecordId};
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::Acknowledgement;
use cartotek_domain::sample::SampleUse;
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::signature::SignatureMeaning;
use cartotek_domain::text::Language;
use cartotek_persistence::Engine;
use cartotek_persistence::testing::TestDatabase;
use cartotek_service::clarification::NewClarification;
use cartotek_service::enrol::Enrolment;
use cartotek_service::erase::Erased;
use cartotek_service::import::{Atomicity, Format, Import, NewImport};
use cartotek_service::lock::NewTarget;
use cartotek_service::record::NewRecord;
use cartotek_service::sample::Registration;
use cartotek_service::{Act, Done, IdempotencyKey, Page, ServiceError};
use serde_json::{Value, json};

use crate::common::{TestGround, decision};

/// The viability after thawing in every infusion.
pub(crate) const VIABILITY: &str = "84.4375";
/// Stands in every record of the patient to be erased, in its milestones and in its imports. It is a batch: of all that
/// alone stays, in what is kept for traceability.
pub(crate) const MARK: &str = "KTE-48999";
/// The header of an import of registrations.
pub(crate) const COLUMNS: &str = "patient;course;birth_year_month;sex;legal_basis";

/// The day of every decision.
const DECIDED: &str = "2026-01-09";

pub(crate) struct World {
    pub(crate) ground: TestGround,
}

/// A patient of site KAR.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
    pub(crate) infusion: RecordId,
}

/// A file of registrations, row by row.
pub(crate) fn new_import(site: &str, format: Format, text: &str) -> NewImport {
    NewImport {
        site: site.parse().unwrap(),
        form: Some("patient_registration".to_owned()),
        form_version: None,
        mapping: None,
        format,
        atomicity: Atomicity::Row,
        language: Language::En,
        file: text.as_bytes().to_vec(),
    }
}

pub(crate) fn enrolment(linkage: Option<&str>) -> Enrolment {
    let yes = |purpose| decision(purpose, ConsentDecision::Given, DECIDED);
    Enrolment {
        site: "KAR".parse().unwrap(),
        role: ParticipationRole::Treating,
        from: "2026-01-09".parse().unwrap(),
        consents: vec![yes(ConsentPurpose::RegistryQuality), yes(ConsentPurpose::BiobankResearch)],
        linkage: linkage.map(|value| value.parse().unwrap()),
    }
}

/// The key of what is done with a batch; it does not bear the batch itself.
pub(crate) fn key(act: &str, batch: &str) -> String {
    format!("{act} {}", batch.trim_start_matches("KTE-"))
}

/// The problem of a refusal.
pub(crate) fn problem<T: std::fmt::Debug>(outcome: Result<T, ServiceError>) -> Problem {
    outcome.unwrap_err().problem()
}

impl World {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self { ground: TestGround::start(engine).await }
    }

    /// On a copy of another one's database.
    pub(crate) async fn on(database: TestDatabase, round: u64) -> Self {
        Self { ground: TestGround::on(database, round).await }
    }

    /// A patient with a course and a submitted infusion that bears the batch.
    pub(crate) async fn treat(&self, batch: &str, linkage: Option<&str>) -> Person {
        let (ground, service) = (&self.ground, &self.ground.service);
        let enrolled = service
            .enrol(&ground.data_manager("KAR"), &self.keyed(&key("enrol", batch)), enrolment(linkage))
            .await;
        let pseudonym = enrolled.unwrap().value.patient.pseudonym;
        let course = self.open_course(pseudonym).await.unwrap();
        let act = self.keyed(&key("infuse", batch));
        let done = service
            .create_record(&ground.data_manager("KAR"), &act, infusion(pseudonym, course, batch))
            .await;
        Person { pseudonym, course, infusion: done.unwrap().value.record.id }
    }

    pub(crate) async fn open_course(&self, patient: Pseudonym) -> Result<CourseId, ServiceError> {
        let opened = "2026-01-12".parse().unwrap();
        let (manager, act) = (self.ground.data_manager("KAR"), self.ground.act());
        let done =
            self.ground.service.open_course(&manager, &act, patient, "LBCL".to_owned(), opened).await?;
        Ok(done.value.id)
    }

    /// A draft of a registration.
    pub(crate) async fn draft(&self, patient: Pseudonym) -> Result<RecordId, ServiceError> {
        let new = NewRecord {
            patient,
            course: None,
            form: "patient_registration".to_owned(),
            form_version: None,
            content: json!({"sex": "female"}),
            submission: None,
        };
        let service = &self.ground.service;
        let done = service.create_record(&self.ground.data_manager("KAR"), &self.ground.act(), new).await?;
        Ok(done.value.record.id)
    }

    /// A question about the patient's infusion.
    pub(crate) async fn ask(&self, patient: &Person, text: &str) {
        let (pointer, text) = ("/batch_id".to_owned(), text.to_owned());
        let new = NewClarification { pointer, revision: None, text };
        let (service, act) = (&self.ground.service, self.ground.act());
        let asker = self.ground.data_manager("KAR");
        service.open_clarification(&asker, &act, patient.infusion, new).await.unwrap();
    }

    /// Blood of the patient, taken in the course if one is given.
    pub(crate) async fn draw(&self, patient: &Person, course: Option<CourseId>, barcode: &str) {
        let registration = Registration {
            barcode: barcode.parse().unwrap(),
            patient: patient.pseudonym,
            course,
            biobank: "KI-BB".parse().unwrap(),
            collection_site: "KAR".parse().unwrap(),
            material: "WB_EDTA".to_owned(),
            collected_at: "2026-02-19T08:30:00+01:00".parse().unwrap(),
            time_point: "UNSCHEDULED".to_owned(),
            taken_for: SampleUse::Research,
            amount: Amount::new(10_000_000, AmountUnit::Nanolitre).unwrap(),
        };
        let act = self.keyed(barcode);
        let service = &self.ground.service;
        service.register_sample(&self.ground.staff("KI-BB"), &act, registration).await.unwrap();
    }

    /// Approves the request to end a lock that is there, as a second person.
    pub(crate) async fn unlock(&self) {
        let (service, second) = (&self.ground.service, self.ground.second_manager());
        let asked = service.unlock_requests(&second, &self.ground.act(), None, Page::first(1)).await;
        let asked = asked.unwrap().value.items[0].request.id;
        let second = self.ground.second_manager();
        service.approve_unlock(&second, &self.ground.act(), asked).await.unwrap();
    }

    /// Somebody else verifies the infusion; it is signed and locked, and asked to be unlocked.
    pub(crate) async fn certify(&self, person: &Person) {
        let (ground, service, id) = (&self.ground, &self.ground.service, person.infusion);
        service.verify_record(&ground.second_manager(), &ground.act(), id, 1).await.unwrap();
        let meaning = SignatureMeaning::Entered;
        service.sign_record(&ground.data_manager("KAR"), &ground.act(), id, 1, meaning).await.unwrap();
        let (target, reason) = (NewTarget::Record(id), format!("{MARK} was monitored."));
        let lock = service.create_lock(&ground.data_manager("KAR"), &ground.act(), target, reason).await;
        let (lock, reason) = (lock.unwrap().value.lock.id, format!("{MARK} was mistyped."));
        service.request_unlock(&ground.data_manager("KAR"), &ground.act(), lock, reason).await.unwrap();
    }

    pub(crate) async fn decide(&self, patient: Pseudonym, decided: ConsentDecision) {
        let decision = decision(ConsentPurpose::RegistryQuality, decided, DECIDED);
        let service = &self.ground.service;
        let manager = self.ground.data_manager("KAR");
        service.record_consent(&manager, &self.ground.act(), patient, decision).await.unwrap();
    }

    pub(crate) async fn opt_out(&self, patient: Pseudonym) {
        self.decide(patient, ConsentDecision::OptedOut).await;
    }

    pub(crate) async fn try_erase(
        &self,
        site: &str,
        act: &Act,
        patient: Pseudonym,
    ) -> Result<Done<Erased>, ServiceError> {
        let manager = self.ground.data_manager(site);
        self.ground.service.erase(&manager, act, patient, ErasureReason::PatientObjects).await
    }

    pub(crate) async fn erase(&self, patient: Pseudonym) -> Erased {
        self.try_erase("KAR", &self.ground.act(), patient).await.unwrap().value
    }

    /// An act with a key, whose request is the key itself.
    pub(crate) fn keyed(&self, key: &str) -> Act {
        let fingerprint = sha256(&[key.as_bytes()]);
        Act { key: Some(IdempotencyKey { key: key.to_owned(), fingerprint }), ..self.ground.act() }
    }

    /// Imports registrations at a site: pseudonym and what follows it in the row.
    pub(crate) async fn import(
        &self,
        site: &str,
        act: &Act,
        rows: &[(Pseudonym, &str)],
    ) -> Result<Done<Import>, ServiceError> {
        let rows: Vec<_> = rows.iter().map(|(patient, cells)| format!("{patient};;{cells}")).collect();
        self.import_file(site, act, Format::Csv, &format!("{COLUMNS}\n{}\n", rows.join("\n"))).await
    }

    pub(crate) async fn import_file(
        &self,
        site: &str,
        act: &Act,
        format: Format,
        text: &str,
    ) -> Result<Done<Import>, ServiceError> {
        let (new, progress) = (new_import(site, format, text), Arc::new(|_, _| ()));
        self.ground.service.import(&self.ground.data_manager(site), act, new, progress).await
    }
}

pub(crate) fn infusion(patient: Pseudonym, course: CourseId, batch: &str) -> NewRecord {
    let explained = Acknowledgement {
        rule: "R-INF-04B".to_owned(),
        pointer: "/batch_id".to_owned(),
        reason: format!("The product form of {batch} comes later."),
    };
    NewRecord {
        patient,
        course: Some(course),
        form: "infusion".to_owned(),
        form_version: None,
        content: content(batch),
        submission: Some(vec![explained]),
    }
}

pub(crate) fn content(batch: &str) -> Value {
    json!({
        "infusion_no": 1, "infusion_date": "2026-02-12", "infusion_started_at": "2026-02-12T10:40:00+01:00",
        "batch_id": batch, "bag_ids": [format!("{batch}-1")], "setting": "inpatient", "route": "iv",
        "entire_volume_infused": "yes", "dose_car_total_e6": 150, "post_thaw_viability_pct": 84.4375,
        "premedication": ["paracetamol", "antihistamine"], "infusion_reaction": "no",
    })
}
