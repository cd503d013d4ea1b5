//! Reading patients, and what belongs to their care: participations, consents, courses.

use cartotek_domain::access::{Granted, Permission, permission};
use cartotek_domain::audit::Subject;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{self, Consent};
use cartotek_domain::fact::Fact;
use cartotek_domain::id::PatientId;
use cartotek_domain::patient::{Participation, Patient};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use cartotek_domain::time::Timestamp;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::enrol::{Decision, PatientFile};
use crate::error::ServiceError;

impl Service {
    /// The patients of the caller's sites, by pseudonym.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn patients(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        page: Page<Pseudonym>,
    ) -> Result<Done<PageOf<Patient, Pseudonym>>, ServiceError> {
        let sites = granted.sites();
        self.show(granted, act, "list patients", move |session| {
            let patients = session.patients(&sites, &page)?;
            let seen = patients.items.iter().map(seen).collect();
            Ok((patients, seen))
        })
        .await
    }

    /// One patient with participations and consents.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn patient(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        pseudonym: Pseudonym,
    ) -> Result<Done<PatientFile>, ServiceError> {
        let sites = granted.sites();
        self.show(granted, act, "read patient", move |session| {
            let patient = session.patient(&pseudonym, &sites)?.ok_or_else(ServiceError::not_found)?;
            let participations = session.participations(&[patient.id])?;
            let consents = session.consents(patient.id)?;
            let seen = vec![seen(&patient)];
            Ok((PatientFile { patient, participations, consents }, seen))
        })
        .await
    }

    /// The consent decisions of a patient that were entered by `known_at`.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn consents(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        pseudonym: Pseudonym,
        known_at: Option<Timestamp>,
    ) -> Result<Done<Vec<Consent>>, ServiceError> {
        let sites = granted.sites();
        self.show(granted, act, "read consents", move |session| {
            let patient = session.patient(&pseudonym, &sites)?.ok_or_else(ServiceError::not_found)?;
            let mut consents = session.consents(patient.id)?;
            consents.retain(|consent| known_at.is_none_or(|at| consent.recorded_at <= at));
            Ok((consents, vec![seen(&patient)]))
        })
        .await
    }

    /// Appends a consent decision.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `content_invalid` for a day in the future.
    pub async fn record_consent(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        decision: Decision,
    ) -> Result<Done<Consent>, ServiceError> {
        let findings = decision.check("", self.today());
        if !findings.is_empty() {
            return Err(ServiceError::invalid(findings));
        }
        let (service, granted_again) = (self.clone(), granted.clone());
        self.change(granted, act, "record consent", move |journal| {
            let (patient, site) = acting(journal.read(), &granted_again, &pseudonym, service.today())?;
            journal.on_behalf_of(&site);
            journal.lock_patients(&[patient.id])?;
            let consent = decision.clone().recorded(&service, patient.id, site)?;
            journal.insert(&consent)?;
            Ok(consent)
        })
        .await
    }
}

/// The patient and the caller's own site that takes part in the care today.
///
/// # Errors
/// `not_found` when none of the caller's own sites takes part.
pub(crate) fn acting<P: Permission>(
    session: &mut dyn ReadSession,
    granted: &Granted<P>,
    pseudonym: &Pseudonym,
    today: NaiveDate,
) -> Result<(Patient, SiteCode), ServiceError> {
    let patient = session.patient(pseudonym, &granted.sites())?.ok_or_else(ServiceError::not_found)?;
    let participations = session.participations(&[patient.id])?;
    let site = acting_site(&participations, granted, today).ok_or_else(ServiceError::not_found)?;
    Ok((patient, site))
}

/// The caller's own site among the participations that hold today; the responsible one first.
pub(crate) fn acting_site<P: Permission>(
    participations: &[Participation],
    granted: &Granted<P>,
    today: NaiveDate,
) -> Option<SiteCode> {
    let own = granted.own_sites();
    participations
        .iter()
        .filter(|one| own.contains(&one.site) && one.holds_on(today))
        .max_by_key(|one| (one.responsible, std::cmp::Reverse(one.id)))
        .map(|one| one.site.clone())
}

/// Refuses to collect more about a patient who has opted out of the quality register (rule R-CONS-01).
pub(crate) fn check_collectable(
    session: &mut dyn ReadSession,
    patient: PatientId,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    if consent::opt_out(&session.consents(patient)?, today).is_none() {
        return Ok(());
    }
    let Text { sv, en } = opted_out();
    Err(ServiceError::explained(Problem::WrongState, sv, en))
}

/// Why nothing is collected about a patient.
pub(crate) fn opted_out() -> Text {
    Text::new(
        "Patienten motsätter sig kvalitetsregistret: inget får registreras. Om patienten har ändrat sig, registrera \
         samtycket till registry_quality först.",
        "The patient has opted out of the quality register: nothing may be recorded. If the patient has changed their \
         mind, record the consent to registry_quality first.",
    )
}

/// A row that was shown.
pub(crate) fn seen<F: Fact>(fact: &F) -> Subject {
    Subject {
        table: F::TABLE.to_owned(),
        row: fact.row_id(),
        patient: fact.patient(),
        before: None,
        after: None,
    }
}

/// Rows that were shown.
pub(crate) fn all_seen<'a, F: Fact + 'a>(facts: impl IntoIterator<Item = &'a F>) -> Seen {
    facts.into_iter().map(seen).collect()
}
