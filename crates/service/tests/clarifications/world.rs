//! A patient of Karolinska whom Örebro follows, with a submitted registration, and rules that ask about it.

use cartotek_domain::access::{Granted, PatientScope, Permission, Role, permission};
use cartotek_domain::audit::AuditEvent;
use cartotek_domain::clarification::{ClarificationEventKind, ClarificationStatus};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::finding::Finding;
use cartotek_domain::id::RecordId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason};
use cartotek_persistence::{Engine, ReadSession};
use cartotek_service::check::CheckOptions;
use cartotek_service::clarification::{
    ClarificationFile, ClarificationQuery, ClarificationRun, NewClarification, RunReport,
};
use cartotek_service::enrol::Enrolment;
use cartotek_service::forms::SchemaSet;
use cartotek_service::participation::Joining;
use cartotek_service::record::{Correction, NewRecord, RecordFile};
use cartotek_service::{Act, Done, Page, Refusal, ServiceError};
use serde_json::{Value, json};

use crate::common::{TestGround, decision};

pub(crate) const FORM: &str = "patient_registration";

pub(crate) struct World {
    pub(crate) ground: TestGround,
}

/// A patient with a submitted registration.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    pub(crate) pseudonym: Pseudonym,
    pub(crate) record: RecordId,
}

/// The answers of a registration.
pub(crate) fn registration(sex: &str) -> Value {
    json!({ "birth_year_month": "1961-04", "sex": sex, "legal_basis": "research_consent" })
}

/// A rule of registrations that looks at the sex.
pub(crate) fn rule(id: &str, severity: &str, check: &str) -> Value {
    json!({
        "id": id, "severity": severity, "at": "/sex", "needs": ["/sex"], "check": check,
        "sv": format!("{id} frågar."), "en": format!("{id} asks."),
    })
}

/// The rule that finds every man.
pub(crate) fn no_men() -> Value {
    rule("R-TEST-01", "warning", "f.sex != 'male'")
}

pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<Done<T>, ServiceError>) -> Refusal {
    match outcome.unwrap_err() {
        ServiceError::Refused(refusal) => *refusal,
        other => panic!("{other}"),
    }
}

pub(crate) fn places(refusal: &Refusal) -> Vec<(&str, &str)> {
    refusal.findings.iter().map(|one| (one.rule.as_str(), one.pointer.as_str())).collect()
}

/// What happened to a clarification.
pub(crate) fn kinds(file: &ClarificationFile) -> Vec<ClarificationEventKind> {
    file.events.iter().map(|event| event.kind).collect()
}

/// Opened and already open, by site and rule.
pub(crate) fn counts(report: &RunReport) -> Vec<(&str, &str, u64, u64)> {
    let counts = report.counts.iter();
    counts
        .map(|one| (one.site.as_str(), one.rule.as_str(), one.opened.unwrap(), one.already_open.unwrap()))
        .collect()
}

impl World {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self { ground: TestGround::start(engine).await }
    }

    /// A patient whom `site` treats.
    pub(crate) async fn enrol(&self, site: &str) -> Pseudonym {
        let yes = decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-01-09");
        let enrolment = Enrolment {
            site: site.parse().unwrap(),
            role: ParticipationRole::Treating,
            from: "2026-01-09".parse().unwrap(),
            consents: vec![yes],
            linkage: None,
        };
        let (ground, service) = (&self.ground, &self.ground.service);
        let done = service.enrol(&ground.data_manager(site), &ground.act(), enrolment).await.unwrap();
        done.value.patient.pseudonym
    }

    /// A man whom Karolinska treats and Örebro follows, registered by Karolinska.
    pub(crate) async fn patient(&self) -> Registered {
        let pseudonym = self.enrol("KAR").await;
        let joining = Joining {
            site: "ORE".parse().unwrap(),
            role: ParticipationRole::Following,
            from: "2026-02-01".parse().unwrap(),
        };
        let (ground, service) = (&self.ground, &self.ground.service);
        let manager = ground.data_manager("KAR");
        service.add_participation(&manager, &ground.act(), pseudonym, joining).await.unwrap();
        self.register("KAR", pseudonym, Vec::new()).await
    }

    /// The registration of a man, submitted by `site`.
    pub(crate) async fn register(
        &self,
        site: &str,
        patient: Pseudonym,
        acknowledgements: Vec<Acknowledgement>,
    ) -> Registered {
        let new = NewRecord {
            patient,
            course: None,
            form: FORM.to_owned(),
            form_version: None,
            content: registration("male"),
            submission: Some(acknowledgements),
        };
        let (ground, service) = (&self.ground, &self.ground.service);
        let done = service.create_record(&ground.data_manager(site), &ground.act(), new).await.unwrap();
        Registered { pseudonym: patient, record: done.value.record.id }
    }

    /// Publishes the next version of the registration, with more rules.
    pub(crate) async fn publish(&self, rules: &[Value]) {
        let rules: Vec<_> = rules.iter().map(Value::to_string).collect();
        self.revise("\"x-rules\": [", &format!("\"x-rules\": [{},", rules.join(","))).await;
    }

    /// Publishes the next version of the registration, with something else in the place of a text.
    pub(crate) async fn revise(&self, before: &str, after: &str) {
        let (ground, service) = (&self.ground, &self.ground.service);
        let published = service.forms().unwrap();
        let form = published.forms.form(FORM, None).unwrap();
        let (version, next) = (form.version(), form.version() + 1);
        let text = String::from_utf8(form.bytes().to_vec()).unwrap();
        assert!(text.contains(before), "{before}");
        let text = text
            .replace(&format!("forms/{FORM}/{version}\""), &format!("forms/{FORM}/{next}\""))
            .replace(before, after);
        let documents = [(format!("forms/{FORM}/{next}.json"), text.into_bytes())].into();
        service.publish_as_system(&ground.act(), SchemaSet { documents }).await.unwrap();
    }

    pub(crate) fn manager<P: Permission>(&self, site: &str) -> Granted<P> {
        self.ground.data_manager(site)
    }

    pub(crate) fn coordinator(&self) -> Granted<permission::RunClarifications> {
        self.ground.network(Role::Coordinator)
    }

    /// A question of a site about the sex.
    pub(crate) async fn ask(
        &self,
        site: &str,
        record: RecordId,
        new: NewClarification,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        self.ground.service.open_clarification(&self.manager(site), &self.ground.act(), record, new).await
    }

    /// Runs all rules as data manager of a site.
    pub(crate) async fn run(&self, site: &str) -> RunReport {
        self.run_as(&self.manager(site), &self.ground.act(), ClarificationRun::default()).await.unwrap().value
    }

    pub(crate) async fn run_as(
        &self,
        granted: &Granted<permission::RunClarifications>,
        act: &Act,
        run: ClarificationRun,
    ) -> Result<Done<RunReport>, ServiceError> {
        self.ground.service.run_clarifications(granted, act, run).await
    }

    pub(crate) async fn answer(
        &self,
        site: &str,
        file: &ClarificationFile,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let (id, version, text) = (file.clarification.id, file.state.version, "It is right.".to_owned());
        let service = &self.ground.service;
        service.answer_clarification(&self.manager(site), &self.ground.act(), id, version, text).await
    }

    pub(crate) async fn close(
        &self,
        site: &str,
        file: &ClarificationFile,
        text: Option<&str>,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let (id, version, text) = (file.clarification.id, file.state.version, text.map(str::to_owned));
        let service = &self.ground.service;
        service.close_clarification(&self.manager(site), &self.ground.act(), id, version, text).await
    }

    pub(crate) async fn reopen(
        &self,
        site: &str,
        file: &ClarificationFile,
    ) -> Result<Done<ClarificationFile>, ServiceError> {
        let (id, version, text) = (file.clarification.id, file.state.version, "Not enough.".to_owned());
        let service = &self.ground.service;
        service.reopen_clarification(&self.manager(site), &self.ground.act(), id, version, text).await
    }

    /// What Karolinska reads, oldest first.
    pub(crate) async fn list(&self, query: ClarificationQuery) -> Vec<ClarificationFile> {
        self.listed("KAR", query).await
    }

    /// What a site sees of the clarifications.
    pub(crate) async fn listed(&self, reader: &str, query: ClarificationQuery) -> Vec<ClarificationFile> {
        let (service, act) = (&self.ground.service, self.ground.act());
        let done = service.clarifications(&self.manager(reader), &act, query, Page::first(500)).await;
        done.unwrap().value.items
    }

    /// The clarifications of rules that are not closed.
    pub(crate) async fn live(&self) -> Vec<ClarificationFile> {
        let mut all = self.list(ClarificationQuery::default()).await;
        all.retain(|one| one.state.status != ClarificationStatus::Closed);
        all
    }

    /// Gives a record of Karolinska other answers.
    pub(crate) async fn amend(&self, record: RecordId, expected: i64, content: Value) -> RecordFile {
        self.amend_explained(record, expected, content, Vec::new()).await
    }

    pub(crate) async fn amend_explained(
        &self,
        record: RecordId,
        expected: i64,
        content: Value,
        acknowledgements: Vec<Acknowledgement>,
    ) -> RecordFile {
        let text = "The box was ticked wrong.".to_owned();
        let amendment = Amendment { reason: AmendmentReason::QueryResolution, text };
        let correction = Correction { content, amendment, acknowledgements };
        let (service, act) = (&self.ground.service, self.ground.act());
        let done = service.amend(&self.manager("KAR"), &act, record, expected, correction).await.unwrap();
        self.judge().await;
        done.value
    }

    /// Does what a server does right after the commit.
    pub(crate) async fn judge(&self) {
        self.ground.service.judge_timelines().await.unwrap();
    }

    /// The events of a patient, oldest first.
    pub(crate) async fn events(&self, patient: Pseudonym) -> Vec<AuditEvent> {
        let read = move |session: &mut dyn ReadSession| {
            let patient = session.patient(&patient, &PatientScope::Every)?.unwrap().id;
            session.events_of_patient(patient, &Page::first(500))
        };
        let events = self.ground.database.store.read("look", read).await.unwrap().items;
        events.iter().map(|event| AuditEvent::from_canonical(&event.canonical).unwrap()).collect()
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.ground.database.dump()[table].len()
    }

    /// Asserts that facts, log and projections agree.
    pub(crate) async fn assert_clean(&self) {
        let report = self.ground.service.check(CheckOptions::default()).await.unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

/// A question about the sex, and whether it is right.
pub(crate) fn question(pointer: &str) -> NewClarification {
    let text = "The referral says otherwise. Which is right?".to_owned();
    NewClarification { pointer: pointer.to_owned(), revision: None, text }
}

/// Why a warning about the sex is right.
pub(crate) fn explained(finding: &Finding) -> Acknowledgement {
    let (rule, pointer) = (finding.rule.clone(), finding.pointer.clone());
    Acknowledgement { rule, pointer, reason: "Confirmed against the source.".to_owned() }
}
