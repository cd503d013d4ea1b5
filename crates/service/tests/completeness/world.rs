//! Patients of several sites, and what is asked about them.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose};
use cartotek_domain::id::CourseId;
use cartotek_domain::patient::ParticipationRole;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::time::{Clock, swedish_day};
use cartotek_persistence::{Engine, Page};
use cartotek_service::ServiceError;
use cartotek_service::check::CheckOptions;
use cartotek_service::completeness::{FormFigures, FormQuestion, FormReport, MissingQuery};
use cartotek_service::enrol::Enrolment;
use cartotek_service::record::{NewRecord, RecordFile};
use cartotek_service::schedule::worklist::WorklistItem;
use cartotek_service::transfer::Transfer;
use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use crate::common::content::infusion;
use crate::common::{TestGround, decision};

pub(crate) type Asking = Granted<permission::ReadCompleteness>;

/// The network of all tests with patients in it.
pub(crate) struct World {
    pub(crate) ground: TestGround,
}

/// A patient with an open course.
#[derive(Debug, Clone)]
pub(crate) struct Treated {
    /// The responsible site.
    pub(crate) site: &'static str,
    pub(crate) pseudonym: Pseudonym,
    pub(crate) course: CourseId,
    pub(crate) infused: bool,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl World {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self { ground: TestGround::start(engine).await }
    }

    /// Moves the clock on to nine o'clock of a day.
    pub(crate) fn wait_until(&self, until: &str) {
        let days = (day(until) - swedish_day(self.ground.clock.read())).num_days();
        assert!(days >= 0, "the clock stands after {until}");
        self.ground.clock.advance(TimeDelta::days(days));
    }

    pub(crate) async fn enrol(&self, site: &'static str) -> Treated {
        let enrolment = Enrolment {
            site: site.parse().unwrap(),
            role: ParticipationRole::Treating,
            from: day("2026-01-09"),
            consents: vec![decision(ConsentPurpose::RegistryQuality, ConsentDecision::Given, "2026-01-09")],
            linkage: None,
        };
        let (service, act) = (&self.ground.service, self.ground.act());
        let enrolled = service.enrol(&self.ground.data_manager(site), &act, enrolment).await.unwrap();
        let (pseudonym, granted) = (enrolled.value.patient.pseudonym, self.ground.data_manager(site));
        let opened = day("2026-01-12");
        let (act, indication) = (self.ground.act(), "LBCL".to_owned());
        let course = service.open_course(&granted, &act, pseudonym, indication, opened).await.unwrap();
        Treated { site, pseudonym, course: course.value.id, infused: false }
    }

    pub(crate) async fn infused(&self, site: &'static str, day0: &str) -> Treated {
        let patient = self.enrol(site).await;
        self.submit(&patient, "infusion", infusion(day0)).await;
        Treated { infused: true, ..patient }
    }

    pub(crate) async fn submit(&self, patient: &Treated, form: &str, content: Value) -> RecordFile {
        self.ground.submit(patient.site, record(patient, form, content)).await
    }

    pub(crate) async fn draft(&self, patient: &Treated, form: &str, content: Value) {
        let (service, granted) = (&self.ground.service, self.ground.data_manager(patient.site));
        let draft = record(patient, form, content);
        service.create_record(&granted, &self.ground.act(), draft).await.unwrap();
    }

    pub(crate) async fn withdraw(&self, patient: &Treated, on: &str) {
        let decision = decision(ConsentPurpose::RegistryQuality, ConsentDecision::Withdrawn, on);
        let (service, granted) = (&self.ground.service, self.ground.data_manager(patient.site));
        service.record_consent(&granted, &self.ground.act(), patient.pseudonym, decision).await.unwrap();
    }

    /// Another site becomes the responsible one.
    pub(crate) async fn transfer(&self, patient: &Treated, to: &'static str) -> Treated {
        let transfer = Transfer {
            to_site: to.parse().unwrap(),
            role: ParticipationRole::Following,
            on: swedish_day(self.ground.clock.read()),
            keep_role: Some(ParticipationRole::Treating),
        };
        let (service, granted) = (&self.ground.service, self.ground.data_manager(patient.site));
        let act = self.ground.act();
        service.transfer(&granted, &act, patient.pseudonym, transfer).await.unwrap();
        Treated { site: to, ..patient.clone() }
    }

    /// Everything that is expected of a patient, as it stands today.
    pub(crate) async fn items(&self, patient: &Treated) -> Vec<WorklistItem> {
        let (service, granted) = (&self.ground.service, self.ground.data_manager(patient.site));
        service.patient_schedule(&granted, &self.ground.act(), patient.pseudonym).await.unwrap().value
    }

    /// One page of figures.
    pub(crate) async fn report(
        &self,
        by: &Asking,
        question: FormQuestion,
    ) -> Result<FormReport, ServiceError> {
        let (service, act) = (&self.ground.service, self.ground.act());
        let done = service.form_completeness(by, &act, question, Page::first(500)).await?;
        assert!(done.receipt.is_some(), "the question is in the log");
        Ok(done.value)
    }

    pub(crate) async fn figures(&self, site: &str, question: FormQuestion) -> Vec<FormFigures> {
        let report = self.report(&self.ground.data_manager(site), question).await.unwrap();
        assert!(report.exact && report.hidden_sites.is_empty() && report.groups.next.is_none());
        report.groups.items
    }

    /// The items that are missing at a site, read a few at a time.
    pub(crate) async fn missing(&self, site: &str, query: MissingQuery) -> Vec<WorklistItem> {
        let (mut items, mut page) = (Vec::new(), Page { after: None, limit: 5 });
        loop {
            let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
            let act = self.ground.act();
            let part =
                service.missing_items(&granted, &act, query.clone(), page.clone()).await.unwrap().value;
            items.extend(part.items);
            match part.next {
                Some(next) => page.after = Some(next),
                None => return items,
            }
        }
    }

    /// The stored items are those that follow from the facts.
    pub(crate) async fn check(&self) {
        self.ground.service.seal_all().await.unwrap();
        let report = self.ground.service.check(CheckOptions::default()).await.unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

fn record(patient: &Treated, form: &str, content: Value) -> NewRecord {
    NewRecord {
        patient: patient.pseudonym,
        course: Some(patient.course),
        form: form.to_owned(),
        form_version: None,
        content,
        submission: None,
    }
}
