//! A patient of Karolinska with one course, and the forms that shape the schedule.

use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::id::CourseId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, AmendmentReason};
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_domain::schedule::{Expected, TimeState};
use cartotek_domain::time::{Clock, swedish_day};
use cartotek_persistence::{Engine, Page};
use cartotek_service::check::CheckOptions;
use cartotek_service::enrol::Enrolment;
use cartotek_service::record::{NewRecord, RecordFile};
use cartotek_service::schedule::worklist::{WorklistItem, WorklistQuery};
use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use crate::common::content::infusion;
use crate::common::{TestGround, annulment, decision};

pub(crate) struct Treated {
    pub(crate) ground: TestGround,
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
}

impl Treated {
    /// A patient with an open course.
    pub(crate) async fn enrol(engine: Engine) -> Self {
        Self::opened(engine, "2026-01-12").await
    }

    /// The same, the course opened on a day.
    pub(crate) async fn opened(engine: Engine, opened: &str) -> Self {
        let ground = TestGround::start(engine).await;
        let enrolment = Enrolment {
            site: "KAR".parse().unwrap(),
            role: ParticipationRole::Treating,
            from: "2026-01-09".parse().unwrap(),
            consents: vec![decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-01-09")],
            linkage: None,
        };
        let service = &ground.service;
        let enrolled = service.enrol(&ground.data_manager("KAR"), &ground.act(), enrolment).await.unwrap();
        let (pseudonym, opened) = (enrolled.value.patient.pseudonym, opened.parse().unwrap());
        let manager = ground.data_manager("KAR");
        let course =
            service.open_course(&manager, &ground.act(), pseudonym, "LBCL".to_owned(), opened).await.unwrap();
        Self { pseudonym, course: course.value.id, ground }
    }

    /// A patient who was infused.
    pub(crate) async fn infused(engine: Engine, day0: &str) -> Self {
        let patient = Self::enrol(engine).await;
        patient.submit("infusion", infusion(day0)).await;
        patient
    }

    /// Opens another course, of which the forms are from now on.
    pub(crate) async fn open_course(&mut self, indication: &str, opened: &str) {
        let (service, manager) = (&self.ground.service, self.ground.data_manager("KAR"));
        let (indication, opened) = (indication.to_owned(), opened.parse().unwrap());
        let course = service
            .open_course(&manager, &self.ground.act(), self.pseudonym, indication, opened)
            .await
            .unwrap();
        self.course = course.value.id;
    }

    /// Moves the clock to nine o'clock of a day.
    pub(crate) fn wait_until(&self, day: &str) {
        let day: NaiveDate = day.parse().unwrap();
        let days = (day - swedish_day(self.ground.clock.read())).num_days();
        self.ground.clock.advance(TimeDelta::days(days));
    }

    fn record(&self, form: &str, content: Value, submission: Option<Vec<Acknowledgement>>) -> NewRecord {
        NewRecord {
            patient: self.pseudonym,
            course: Some(self.course),
            form: form.to_owned(),
            form_version: None,
            content,
            submission,
        }
    }

    /// Submits a form, with a reason for whatever it warns of.
    pub(crate) async fn submit(&self, form: &str, content: Value) -> RecordFile {
        self.ground.submit("KAR", self.record(form, content, None)).await
    }

    /// Keeps a draft.
    pub(crate) async fn draft(&self, form: &str, content: Value) -> RecordFile {
        let (service, granted) = (&self.ground.service, self.ground.data_manager("KAR"));
        let record = self.record(form, content, None);
        service.create_record(&granted, &self.ground.act(), record).await.unwrap().value
    }

    /// Annuls a record in its first version.
    pub(crate) async fn annul(&self, file: &RecordFile) {
        let (service, granted) = (&self.ground.service, self.ground.data_manager("KAR"));
        let (id, why) = (file.record.id, annulment(AmendmentReason::EnteredInError));
        service.annul_record(&granted, &self.ground.act(), id, 1, why).await.unwrap();
    }

    pub(crate) async fn decide(&self, said: ConsentDecision, day: &str) {
        let decision = decision(ConsentPurpose::RegistryQuality, said, day);
        let (service, granted) = (&self.ground.service, self.ground.data_manager("KAR"));
        service.record_consent(&granted, &self.ground.act(), self.pseudonym, decision).await.unwrap();
    }

    /// Everything that is expected.
    pub(crate) async fn schedule(&self) -> Vec<WorklistItem> {
        let (service, granted) = (&self.ground.service, self.ground.data_manager("KAR"));
        service.patient_schedule(&granted, &self.ground.act(), self.pseudonym).await.unwrap().value
    }

    /// The state of the item of a form at a time point.
    pub(crate) async fn state(&self, form: &str, time_point: &str) -> Option<String> {
        let items = self.schedule().await;
        let at = |item: &&WorklistItem| {
            let code = item.entry.item.time_point.map(|code| code.to_string());
            form_of(item) == Some(form) && code.as_deref() == Some(time_point)
        };
        items.iter().find(at).map(|item| state(item).to_owned())
    }

    /// The states of all items of a form.
    pub(crate) async fn states(&self, form: &str) -> Vec<String> {
        let items = self.schedule().await;
        items.iter().filter(|item| form_of(item) == Some(form)).map(|item| state(item).to_owned()).collect()
    }

    /// Form, time point and urgency of what waits at a site.
    pub(crate) async fn worklist(&self, site: &str) -> Vec<(String, String, &'static str)> {
        self.listed(site, None).await
    }

    /// The same of what asks for attention so much.
    pub(crate) async fn listed(
        &self,
        site: &str,
        urgency: Option<Urgency>,
    ) -> Vec<(String, String, &'static str)> {
        let query = WorklistQuery { patient: None, form: None, urgency, soon: 30 };
        let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
        let page = service.worklist(&granted, &self.ground.act(), query, Page::first(500)).await.unwrap();
        let row = |item: &WorklistItem| {
            let time_point = item.entry.item.time_point.map(|code| code.to_string()).unwrap_or_default();
            (form_of(item).unwrap_or_default().to_owned(), time_point, item.urgency.unwrap().name())
        };
        page.value.items.iter().map(row).collect()
    }

    /// The stored items are those that follow from the facts.
    pub(crate) async fn check(&self) {
        self.ground.service.seal_all().await.unwrap();
        let report = self.ground.service.check(CheckOptions::default()).await.unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

pub(crate) fn form_of(item: &WorklistItem) -> Option<&str> {
    match &item.entry.item.what {
        Expected::Form { form, .. } => Some(form),
        Expected::Sample { .. } => None,
    }
}

fn state(item: &WorklistItem) -> &'static str {
    item.state.time().map_or(item.state.name(), TimeState::name)
}

/// Reasons for the warnings that the forms of these tests have when they are amended.
pub(crate) fn explained() -> Vec<Acknowledgement> {
    let reason = |rule: &str, pointer: &str| Acknowledgement {
        rule: rule.to_owned(),
        pointer: pointer.to_owned(),
        reason: "The other forms come later.".to_owned(),
    };
    vec![reason("R-DEATH-01A", "/death/main_cause"), reason("R-FU-01", "/contact_date")]
}
