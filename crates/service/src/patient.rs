//! Reading patients, and what belongs to their care: participations, consents, courses.

use std::collections::HashMap;

use cartotek_domain::access::{Granted, Permission, permission};
use cartotek_domain::audit::Subject;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentDecision, allows, in_force, reconsent_from};
use cartotek_domain::course::Course;
use cartotek_domain::fact::Fact;
use cartotek_domain::id::PatientId;
use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::partial_date::PartialDate;
use cartotek_domain::patient::{Participation, Patient};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::time::{Timestamp, swedish_day};
use cartotek_persistence::{Page, PageOf};
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::decision::{Decision, nothing_to_take_back};
use crate::enrol::PatientFile;
use crate::error::ServiceError;
use crate::journal::Journal;

/// A patient in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPatient {
    /// The patient.
    pub patient: Patient,
    /// The courses, by number.
    pub courses: Vec<Course>,
}

/// A consent decision among the others of its patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedConsent {
    /// The decision.
    pub consent: Consent,
    /// Whether it is the one about its purpose that holds on the day asked about.
    pub in_force: bool,
    /// The day from which the patient, then of age, is asked again; only of a guardian's yes that holds.
    pub reconsent_from: Option<NaiveDate>,
    /// Whether that day has come.
    pub due_for_reconsent: bool,
}

/// The milestones of the month of birth and of the death.
const BIRTH: &str = "birth_year_month";
const DEATH: &str = "death_date";
/// The milestones by which [`asked_again_from`] decides.
pub(crate) const ASKED_AGAIN_BY: [&str; 2] = [BIRTH, DEATH];

impl Service {
    /// The patients of the caller's sites with their courses, by pseudonym.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn patients(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        page: Page<Pseudonym>,
    ) -> Result<Done<PageOf<ListedPatient, Pseudonym>>, ServiceError> {
        let scope = granted.patients(self.today());
        self.show(granted, act, "list patients", move |session| {
            let PageOf { items, next } = session.patients(&scope, &page)?;
            let ids: Vec<PatientId> = items.iter().map(|patient| patient.id).collect();
            let courses = session.courses(&ids)?;
            let mut seen = all_seen(&items);
            seen.extend(all_seen(&courses));
            Ok((PageOf { items: with_courses(items, courses), next }, seen))
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
        let scope = granted.patients(self.today());
        self.show(granted, act, "read patient", move |session| {
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let participations = session.participations(&[patient.id])?;
            let consents = session.consents(patient.id)?;
            let seen = vec![seen(&patient)];
            Ok((PatientFile { patient, participations, consents }, seen))
        })
        .await
    }

    /// The consent decisions of a patient that were entered by `known_at`, and which of them hold `on` a day: that of
    /// `known_at`, or today, unless given.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn consents(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        pseudonym: Pseudonym,
        known_at: Option<Timestamp>,
        on: Option<NaiveDate>,
    ) -> Result<Done<Vec<ListedConsent>>, ServiceError> {
        let scope = granted.patients(self.today());
        let day = on.unwrap_or_else(|| known_at.map_or_else(|| self.today(), swedish_day));
        self.show(granted, act, "read consents", move |session| {
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let mut consents = session.consents(patient.id)?;
            consents.retain(|consent| known_at.is_none_or(|at| consent.recorded_at <= at));
            let milestones = session.milestones_named(patient.id, &ASKED_AGAIN_BY)?;
            let again = asked_again_from(milestones.iter().map(|one| (one.name.as_str(), &one.value)));
            let list = |consent: &Consent| {
                let holding = in_force(&consents, consent.purpose, day);
                let in_force = holding.is_some_and(|holding| holding.id == consent.id);
                let reconsent_from = again.filter(|_| in_force && consent.is_guardians_yes());
                let due_for_reconsent = reconsent_from.is_some_and(|from| from <= day);
                ListedConsent { consent: consent.clone(), in_force, reconsent_from, due_for_reconsent }
            };
            Ok((consents.iter().map(list).collect(), vec![seen(&patient)]))
        })
        .await
    }

    /// Appends a consent decision.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites; `content_invalid` for a day in the future, and for a withdrawal where no yes
    /// holds on its day.
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
        self.create(granted, act, "record consent", move |journal| {
            let (patient, site) = acting(journal, &granted_again, &pseudonym, service.today())?;
            let Decision { purpose, decided_on, .. } = decision;
            if decision.decision == ConsentDecision::Withdrawn
                && !allows(&journal.read().consents(patient.id)?, purpose, decided_on)
            {
                return Err(ServiceError::invalid(vec![nothing_to_take_back("", purpose)]));
            }
            let consent = decision.clone().recorded(&service, patient.id, site)?;
            journal.insert(&consent)?;
            Ok(consent)
        })
        .await
    }
}

/// The day from which a guardian's yes waits for the patient's own, by what is known of the patient: nobody is asked
/// after the death.
pub(crate) fn asked_again_from<'m>(
    milestones: impl Iterator<Item = (&'m str, &'m MilestoneValue)>,
) -> Option<NaiveDate> {
    let mut birth: Option<PartialDate> = None;
    for milestone in milestones {
        match milestone {
            (BIRTH, MilestoneValue::Date(date)) => birth = Some(*date),
            (DEATH, _) => return None,
            _ => {}
        }
    }
    reconsent_from(birth?)
}

/// The patient, locked, and the caller's own site that takes part in the care today: the change is made for it.
///
/// # Errors
/// `not_found` when none of the caller's own sites takes part.
pub(crate) fn acting<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    pseudonym: &Pseudonym,
    today: NaiveDate,
) -> Result<(Patient, SiteCode), ServiceError> {
    let patient = journal.lock_patient(pseudonym, &granted.own_patients(today))?;
    let participations = journal.read().participations(&[patient.id])?;
    let site = act_for_one(journal, granted, &participations, today)?;
    Ok((patient, site))
}

/// Locks a patient of the scope and decides, on what nobody else can change now, for which site the caller acts.
///
/// # Errors
/// `not_found` when none of the caller's own sites takes part.
pub(crate) fn acting_for<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    patient: PatientId,
    today: NaiveDate,
) -> Result<SiteCode, ServiceError> {
    journal.lock_patients(&[patient])?;
    let participations = journal.read().participations(&[patient])?;
    act_for_one(journal, granted, &participations, today)
}

/// Decides for which site the caller acts.
///
/// # Errors
/// `not_found` when none of the caller's own sites takes part.
pub(crate) fn act_for_one<P: Permission>(
    journal: &mut Journal<'_>,
    granted: &Granted<P>,
    participations: &[Participation],
    today: NaiveDate,
) -> Result<SiteCode, ServiceError> {
    let site = acting_site(participations, granted, today).ok_or_else(ServiceError::not_found)?;
    journal.on_behalf_of(&site);
    Ok(site)
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

fn with_courses(patients: Vec<Patient>, courses: Vec<Course>) -> Vec<ListedPatient> {
    let mut of_patient: HashMap<PatientId, Vec<Course>> = HashMap::new();
    for course in courses {
        of_patient.entry(course.patient).or_default().push(course);
    }
    let listed = patients.into_iter().map(|patient| {
        let courses = of_patient.remove(&patient.id).unwrap_or_default();
        ListedPatient { patient, courses }
    });
    listed.collect()
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

/// A patient that something was shown of.
pub(crate) fn patient_subject(patient: PatientId) -> Subject {
    Subject {
        table: Patient::TABLE.to_owned(),
        row: patient.to_string(),
        patient: Some(patient),
        before: None,
        after: None,
    }
}

/// Rows that were shown.
pub(crate) fn all_seen<'a, F: Fact + 'a>(facts: impl IntoIterator<Item = &'a F>) -> Seen {
    facts.into_iter().map(seen).collect()
}
