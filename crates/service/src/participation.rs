//! Participation: another site joins the care, responsibility moves, a site's part ends.

use std::collections::BTreeSet;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ParticipationId, PatientId};
use cartotek_domain::patient::{Participation, ParticipationRole};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::patient::acting;

/// A site that joins the care of a patient.
#[derive(Debug, Clone)]
pub struct Joining {
    /// The site.
    pub site: SiteCode,
    /// Its part.
    pub role: ParticipationRole,
    /// First day.
    pub from: NaiveDate,
}

impl Service {
    /// Lets another site take part in the care; done by the responsible site, which it stays: see [`Service::transfer`].
    ///
    /// # Errors
    /// `not_found` unless the caller's site takes part; `permission_missing` unless it is the responsible one;
    /// `already_exists` when the other takes part already; `content_invalid` for an unknown site or a future day.
    pub async fn add_participation(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        joining: Joining,
    ) -> Result<Done<Participation>, ServiceError> {
        let today = self.today();
        if joining.from > today {
            return Err(ServiceError::invalid(vec![in_the_future("/from")]));
        }
        let (service, granted_again) = (self.clone(), granted.clone());
        self.create(granted, act, "add participation", move |journal| {
            let (patient, site) = acting(journal, &granted_again, &pseudonym, today)?;
            let participations = journal.read().participations(&[patient.id])?;
            responsible_of(&participations, &site)?;
            if participations.iter().any(|one| one.site == joining.site && one.valid_to.is_none()) {
                return Err(ServiceError::explained(
                    Problem::AlreadyExists,
                    "Sjukhuset deltar redan i vården. Ska det ta över ansvaret: POST /patients/{pseudonym}/transfer. Ska det \
                     ha en annan del: avsluta dess deltagande och lägg sedan till det på nytt.",
                    "The site takes part in the care already. To give it the responsibility: POST \
                     /patients/{pseudonym}/transfer. To give it another part, end its participation and then add it again.",
                ));
            }
            check_site(journal, &joining.site, "/site")?;
            let added = Participation {
                id: ParticipationId::next(service.ids()),
                patient: patient.id,
                site: joining.site.clone(),
                role: joining.role,
                responsible: false,
                valid_from: joining.from,
                valid_to: None,
                version: 1,
                salt: service.salt()?,
            };
            journal.insert(&added)?;
            Ok(added)
        })
        .await
    }

    /// Ends a site's part in the care; the site itself or the responsible one does it.
    ///
    /// # Errors
    /// `not_found`; `stale_version`; `wrong_state` when it has ended, or is the responsible one: hand over first;
    /// `content_invalid` for a day before it began.
    pub async fn end_participation(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        id: ParticipationId,
        expected: i64,
        last_day: NaiveDate,
    ) -> Result<Done<Participation>, ServiceError> {
        let today = self.today();
        let granted_again = granted.clone();
        self.change(granted, act, "end participation", move |journal| {
            let (patient, site) = acting(journal, &granted_again, &pseudonym, today)?;
            let participations = journal.read().participations(&[patient.id])?;
            let before =
                participations.iter().find(|one| one.id == id).ok_or_else(ServiceError::not_found)?;
            if granted_again.own_sites().contains(&before.site) {
                journal.on_behalf_of(&before.site);
            } else {
                responsible_of(&participations, &site)?;
            }
            if before.version != expected {
                return Err(ServiceError::stale(before.version, None));
            }
            check_end(before, last_day)?;
            let after =
                Participation { valid_to: Some(last_day), version: before.version + 1, ..before.clone() };
            replace(journal, before, &after)?;
            Ok(after)
        })
        .await
    }
}

pub(crate) fn replace(
    journal: &mut Journal<'_>,
    before: &Participation,
    after: &Participation,
) -> Result<(), ServiceError> {
    if journal.replace(before, after)? { Ok(()) } else { Err(ServiceError::stale(after.version, None)) }
}

/// Refuses unless the site takes part in the care of every one of the patients on the day.
///
/// # Errors
/// `not_found`.
pub(crate) fn check_takes_part(
    session: &mut dyn ReadSession,
    site: &SiteCode,
    patients: &BTreeSet<PatientId>,
    day: NaiveDate,
) -> Result<(), ServiceError> {
    let participations = session.participations(&patients.iter().copied().collect::<Vec<_>>())?;
    let taking_part = participations.iter().filter(|one| one.site == *site && one.holds_on(day));
    let reached: BTreeSet<_> = taking_part.map(|one| one.patient).collect();
    if patients.is_subset(&reached) { Ok(()) } else { Err(ServiceError::not_found()) }
}

/// The open responsible participation, when it is the acting site's.
pub(crate) fn responsible_of(
    participations: &[Participation],
    site: &SiteCode,
) -> Result<Participation, ServiceError> {
    let responsible = participations.iter().find(|one| one.responsible && one.valid_to.is_none());
    responsible.filter(|one| one.site == *site).cloned().ok_or_else(|| {
        ServiceError::explained(
            Problem::PermissionMissing,
            "Bara patientens ansvariga sjukhus får göra detta; GET /patients/{pseudonym} säger vilket det är.",
            "Only the patient's responsible site may do this; GET /patients/{pseudonym} says which it is.",
        )
    })
}

pub(crate) fn check_site(
    journal: &mut Journal<'_>,
    code: &SiteCode,
    pointer: &str,
) -> Result<(), ServiceError> {
    if journal.read().site(code)?.is_some() {
        return Ok(());
    }
    let message = Text::new(
        "Sjukhuset finns inte i nätverket; se GET /sites.",
        "There is no such site; see GET /sites.",
    );
    Err(ServiceError::invalid(vec![Finding::error("CODE-UNKNOWN", pointer, message)]))
}

fn check_end(participation: &Participation, last_day: NaiveDate) -> Result<(), ServiceError> {
    if participation.valid_to.is_some() {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Deltagandet är redan avslutat. Slutade det fel dag, eller fel sjukhus: lägg till sjukhuset på nytt.",
            "The participation has ended already. If it was the wrong day or the wrong site, add the site again.",
        ));
    }
    if participation.responsible {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Det ansvariga sjukhuset kan inte lämna vården. Lämna över ansvaret: POST /patients/{pseudonym}/transfer.",
            "The responsible site cannot leave the care. Hand over the responsibility: POST \
             /patients/{pseudonym}/transfer.",
        ));
    }
    if last_day < participation.valid_from {
        let message = Text::new("Sista dagen ligger före den första.", "The last day lies before the first.");
        return Err(ServiceError::invalid(vec![Finding::error("R-DATE-01", "/to", message)]));
    }
    Ok(())
}
