//! Enrolment: a pseudonymised patient with the first participation and consents, in one transaction.

use cartotek_crypto::linkage::LinkageValue;
use cartotek_crypto::pseudonym;
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::Consent;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ParticipationId, PatientId};
use cartotek_domain::patient::{Linkage, Participation, ParticipationRole, Patient};
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::act::{Act, Done};
pub use crate::decision::Decision;
use crate::decision::nothing_to_take_back;
use crate::error::{ServiceError, not_own_site};
use crate::journal::Journal;

/// What a site sends to enrol a patient.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The enrolling site.
    pub site: SiteCode,
    /// Its part in the care.
    pub role: ParticipationRole,
    /// First day of that part.
    pub from: NaiveDate,
    /// The consent decisions taken; at least one.
    pub consents: Vec<Decision>,
    /// A linkage value made by the hospital's tool, for a patient that another site may have enrolled.
    pub linkage: Option<LinkageValue>,
}

/// A patient with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatientFile {
    /// The patient.
    pub patient: Patient,
    /// Every participation.
    pub participations: Vec<Participation>,
    /// Every consent decision.
    pub consents: Vec<Consent>,
}

impl Service {
    /// Enrols a patient at one of the caller's sites.
    ///
    /// With a linkage value that is known already, the site joins the care of that patient; the answer has the same
    /// shape and status either way and never tells which of the two happened. For the same reason both ways run
    /// equally many statements.
    ///
    /// # Errors
    /// `content_invalid` without a consent or with a day in the future; `not_found` for a site that is not the
    /// caller's.
    pub async fn enrol(
        &self,
        granted: &Granted<permission::EnrolPatient>,
        act: &Act,
        enrolment: Enrolment,
    ) -> Result<Done<PatientFile>, ServiceError> {
        if !granted.own_sites().contains(&enrolment.site) {
            return Err(not_own_site());
        }
        check_days(&enrolment, self.today())?;
        let service = self.clone();
        let linkage = enrolment.linkage.as_ref().map(|value| self.keys().linkage.store(value));
        self.create(granted, act, "enrol patient", move |journal| {
            journal.on_behalf_of(&enrolment.site);
            let linkage = linkage.as_ref().map(ToString::to_string);
            let known = linkage.as_deref().map(|hash| known(journal, hash)).transpose()?.flatten();
            let (patient, participation) = match known {
                Some(patient) => join(&service, journal, patient, &enrolment)?,
                None => create(&service, journal, &enrolment, linkage)?,
            };
            let consents = consent(&service, journal, &patient, &enrolment)?;
            // What this site has sent now and nothing else, whether or not others know the patient.
            Ok(PatientFile { patient, participations: vec![participation], consents })
        })
        .await
    }
}

/// The patient whom the linkage value leads to, locked: asked again after each wait, in which an erasure may have taken
/// the value away or another site may have brought it. Finding nobody and joining take equally many statements.
fn known(journal: &mut Journal<'_>, hash: &str) -> Result<Option<Patient>, ServiceError> {
    let mut before = journal.read().patient_by_linkage(hash)?;
    loop {
        if let Some(patient) = &before {
            journal.lock_patients(&[patient.id])?;
        }
        let after = journal.read().patient_by_linkage(hash)?;
        if after.as_ref().map(|one| one.id) == before.as_ref().map(|one| one.id) {
            return Ok(after);
        }
        before = after;
    }
}

fn create(
    service: &Service,
    journal: &mut Journal<'_>,
    enrolment: &Enrolment,
    linkage: Option<String>,
) -> Result<(Patient, Participation), ServiceError> {
    let patient = Patient {
        id: PatientId::next(service.ids()),
        pseudonym: pseudonym::draw(service.random())?,
        created_at: service.now(),
        salt: service.salt()?,
    };
    journal.insert(&patient)?;
    if let Some(hash) = linkage {
        let key_id = service.keys().linkage.id().to_owned();
        journal.insert(&Linkage { hash, key_id, patient: patient.id, salt: service.salt()? })?;
    }
    let participation = participation(service, &patient, enrolment, true)?;
    journal.insert(&participation)?;
    Ok((patient, participation))
}

/// The site joins the care of a patient that another site enrolled; responsibility stays where it is.
fn join(
    service: &Service,
    journal: &mut Journal<'_>,
    patient: Patient,
    enrolment: &Enrolment,
) -> Result<(Patient, Participation), ServiceError> {
    let participations = journal.read().participations(&[patient.id])?;
    if participations.iter().any(|one| one.site == enrolment.site && one.valid_to.is_none()) {
        return Err(ServiceError::explained(
            Problem::AlreadyExists,
            format!("Sjukhuset deltar redan i vården av patienten: {}.", patient.pseudonym),
            format!("The site takes part in the care of this patient already: {}.", patient.pseudonym),
        ));
    }
    let responsible = !participations.iter().any(|one| one.responsible && one.valid_to.is_none());
    let participation = participation(service, &patient, enrolment, responsible)?;
    journal.insert(&participation)?;
    Ok((patient, participation))
}

fn participation(
    service: &Service,
    patient: &Patient,
    enrolment: &Enrolment,
    responsible: bool,
) -> Result<Participation, ServiceError> {
    Ok(Participation {
        id: ParticipationId::next(service.ids()),
        patient: patient.id,
        site: enrolment.site.clone(),
        role: enrolment.role,
        responsible,
        valid_from: enrolment.from,
        valid_to: None,
        version: 1,
        salt: service.salt()?,
    })
}

fn consent(
    service: &Service,
    journal: &mut Journal<'_>,
    patient: &Patient,
    enrolment: &Enrolment,
) -> Result<Vec<Consent>, ServiceError> {
    let consents = enrolment
        .consents
        .iter()
        .map(|decision| decision.clone().recorded(service, patient.id, enrolment.site.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    journal.insert_all(&consents)?;
    Ok(consents)
}

fn check_days(enrolment: &Enrolment, today: NaiveDate) -> Result<(), ServiceError> {
    let mut findings = Vec::new();
    if enrolment.from > today {
        findings.push(in_the_future("/from"));
    }
    if enrolment.consents.is_empty() {
        findings.push(Finding::error(
            "R-CONS-02",
            "/consents",
            Text::new(
                "Ange minst ett samtyckesbeslut: utan beslut får patienten inte registreras.",
                "Give at least one consent decision: without one the patient must not be enrolled.",
            ),
        ));
    }
    for (index, decision) in enrolment.consents.iter().enumerate() {
        findings.extend(decision.check(&format!("/consents/{index}"), today));
        if enrolment.consents[..index].iter().any(|earlier| earlier.contradicts(decision)) {
            let message = Text::new(
                "Ett annat beslut här säger motsatsen om samma ändamål samma dag. Behåll det som gäller.",
                "Another decision here says the opposite about the same purpose on the same day. Keep the one that holds.",
            );
            findings.push(Finding::error("R-CONS-04", format!("/consents/{index}/decision"), message));
        }
        // What another site has recorded does not count: the answer must not tell that there is something.
        if decision.takes_back_nothing(&enrolment.consents) {
            findings.push(nothing_to_take_back(&format!("/consents/{index}"), decision.purpose));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(ServiceError::invalid(findings)) }
}

pub(crate) fn in_the_future(pointer: &str) -> Finding {
    let message =
        Text::new("Dagen ligger i framtiden; rätta den.", "The day lies in the future; correct it.");
    Finding::error("R-DATE-02", pointer, message)
}
