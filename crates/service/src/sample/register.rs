//! Registering a primary sample.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::finding::{Finding, any_error};
use cartotek_domain::id::{CourseId, SampleId};
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{CustodyKind, LedgerKind, Sample, SampleUse, Tube};
use cartotek_domain::text::Text;
use cartotek_domain::time::swedish_day;
use chrono::{DateTime, FixedOffset, NaiveDate, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::acting_site;
use crate::sample::books::Books;
use crate::sample::standing::findings;
use crate::sample::vocabulary::{SamplingTime, Vocabulary};
use crate::sample::{SampleFile, sample_file, scope_of};

/// A primary sample as it is sent.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Its barcode.
    pub barcode: Barcode,
    /// The patient.
    pub patient: Pseudonym,
    /// The course it belongs to; needed for a time point that is counted from day 0.
    pub course: Option<CourseId>,
    /// The biobank that will hold it.
    pub biobank: BiobankCode,
    /// Where it was collected.
    pub collection_site: SiteCode,
    /// Code of the material.
    pub material: String,
    /// When it was collected, with the offset from UTC at the place.
    pub collected_at: DateTime<FixedOffset>,
    /// Code of the time point.
    pub time_point: String,
    /// What it was taken for.
    pub taken_for: SampleUse,
    /// How much was collected.
    pub amount: Amount,
}

/// A registered sample with the warnings it got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// The sample.
    pub file: SampleFile,
    /// Warnings and notices.
    pub findings: Vec<Finding>,
}

/// A registration that was checked as far as that goes without the database.
pub(super) struct Prepared {
    pub(super) registration: Registration,
    pub(super) time: SamplingTime,
    pub(super) day: NaiveDate,
    vocabulary: Vocabulary,
}

impl Service {
    /// Registers a primary sample: for a data manager of a site that takes part in the patient's care, or for staff
    /// of the biobank that will hold it. An active consent is needed on the day of collection
    /// and today (rule `R-BIO-01`).
    ///
    /// # Errors
    /// `not_found` for a patient outside the caller's scope; `content_invalid`; `barcode_taken`;
    /// `too_many_requests` after many clashes with foreign barcodes.
    pub async fn register_sample(
        &self,
        granted: &Granted<permission::RegisterSample>,
        act: &Act,
        registration: Registration,
    ) -> Result<Done<Registered>, ServiceError> {
        let actor = granted.caller().actor;
        self.refuse_probing(actor)?;
        let claimed = vec![("/barcode".to_owned(), registration.barcode.clone())];
        let prepared = prepare(self, registration)?;
        let (service, granted_again) = (self.clone(), granted.clone());
        let decide = move |journal: &mut Journal<'_>| register(&service, journal, &granted_again, &prepared);
        let outcome = self.create(granted, act, "register sample", decide).await;
        self.explain_clash(outcome, actor, scope_of(granted, self.today()), claimed).await
    }
}

fn prepare(service: &Service, registration: Registration) -> Result<Prepared, ServiceError> {
    let collected_at = registration.collected_at.with_timezone(&Utc);
    let day = swedish_day(collected_at);
    let vocabulary = Vocabulary::of(service)?;
    let mut findings = Vec::new();
    if collected_at > service.now() {
        findings.push(in_the_future("/collected_at"));
    }
    match vocabulary.material(&registration.material, day)? {
        Ok(material) if material.units.contains(&registration.amount.unit()) => {}
        Ok(material) => {
            let units: Vec<_> = material.units.iter().map(|unit| unit.name()).collect();
            findings.push(wrong_unit(&units.join(", ")));
        }
        Err(finding) => findings.push(finding),
    }
    if registration.amount.quantity() == 0 {
        findings.push(finding("R-BIO-02", "/amount", EMPTY));
    }
    let time = vocabulary.time_point(&registration.time_point, day)?;
    match time {
        Ok(time) => {
            if time.scheduled.is_some() && registration.course.is_none() {
                findings.push(finding("R-BIO-01B", "/course", NO_COURSE));
            }
            if findings.is_empty() {
                return Ok(Prepared { registration, time, day, vocabulary });
            }
        }
        Err(finding) => findings.push(finding),
    }
    Err(ServiceError::invalid(findings))
}

fn register(
    service: &Service,
    journal: &mut Journal<'_>,
    granted: &Granted<permission::RegisterSample>,
    prepared: &Prepared,
) -> Result<Registered, ServiceError> {
    let wanted = &prepared.registration;
    let scope = granted.patients(service.today());
    journal.lock_patient(&wanted.patient, &scope)?;
    // Once more, now that no site can leave the care.
    let patient = journal.read().patient(&wanted.patient, &scope)?.ok_or_else(ServiceError::not_found)?;
    let participations = journal.read().participations(&[patient.id])?;
    if granted.biobanks().contains(&wanted.biobank) {
        journal.on_behalf_of(&wanted.biobank);
    } else {
        let site = acting_site(&participations, granted, service.today());
        journal.on_behalf_of(site.ok_or_else(ServiceError::not_found)?);
    }
    let findings = findings(journal.read(), prepared, &patient, &participations, service.today())?;
    if any_error(&findings) {
        return Err(ServiceError::invalid(findings));
    }
    let sample = sample(service, prepared, &patient)?;
    let (tube, mut books) = (Tube::Sample(sample.id), Books::new(service, &sample, granted.caller().actor));
    journal.insert(&sample)?;
    journal.insert(&books.movement(LedgerKind::Collection, None, Some(tube), sample.amount)?)?;
    journal.samples().put_balances(&[(sample.id.uuid(), sample.amount)])?;
    journal.insert(&books.event(CustodyKind::Registered, tube, None)?)?;
    journal.changes().collected(sample.clone());
    let file = sample_file(journal.read(), &prepared.vocabulary, service.today(), sample)?;
    Ok(Registered { file, findings })
}

fn sample(service: &Service, prepared: &Prepared, patient: &Patient) -> Result<Sample, ServiceError> {
    let wanted = &prepared.registration;
    Ok(Sample {
        id: SampleId::next(service.ids()),
        barcode: wanted.barcode.to_string(),
        patient: patient.id,
        course: wanted.course,
        biobank: wanted.biobank.clone(),
        collection_site: wanted.collection_site.clone(),
        material: wanted.material.clone(),
        // The engines keep microseconds; the fact must read back as it was hashed.
        collected_at: wanted.collected_at.with_timezone(&Utc).trunc_subsecs(6),
        collected_offset: wanted.collected_at.offset().local_minus_utc(),
        time_point: prepared.time.code.clone(),
        taken_for: wanted.taken_for,
        amount: wanted.amount,
        created_at: service.now(),
        salt: service.salt()?,
    })
}

pub(super) fn finding(rule: &str, pointer: &str, (sv, en): (&str, &str)) -> Finding {
    Finding::error(rule, pointer, Text::new(sv, en))
}

fn wrong_unit(units: &str) -> Finding {
    let text = Text::new(
        format!("Materialet mäts i en annan enhet, som räknas om till: {units}."),
        format!("The material is measured in another unit, one that converts to: {units}."),
    );
    Finding::error("R-BIO-07", "/amount/unit", text)
}

const EMPTY: (&str, &str) = (
    "Ett prov innehåller något: ange en mängd över noll.",
    "A sample holds something: give an amount above zero.",
);
const NO_COURSE: (&str, &str) =
    ("Tidpunkten räknas från dag 0: ange course.", "The time point is counted from day 0: give course.");
