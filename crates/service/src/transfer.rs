//! Transfer: the responsibility for a patient moves to another site on a day; what both have entered stays theirs.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ParticipationId, PatientId};
use cartotek_domain::patient::{Participation, ParticipationRole};
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::text::Text;
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::enrol::in_the_future;
use crate::error::ServiceError;
use crate::participation::{check_site, replace, responsible_of};
use crate::patient::acting;

/// A patient's move to another site.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The site that becomes responsible.
    pub to_site: SiteCode,
    /// Its part in the care.
    pub role: ParticipationRole,
    /// The first day of its responsibility.
    pub on: NaiveDate,
    /// The part in which the site that hands over goes on; it leaves the care otherwise.
    pub keep_role: Option<ParticipationRole>,
}

impl Service {
    /// Moves the responsibility to another site, whether or not it takes part already; gives every participation.
    ///
    /// On every day exactly one site is responsible: the one that hands over until the day before, the other one from
    /// the day on. A transfer back undoes it.
    ///
    /// # Errors
    /// `not_found` unless the caller's site takes part; `permission_missing` unless it is the responsible one;
    /// `wrong_state` when the other is the responsible one already; `content_invalid` for an unknown site and for a
    /// day in the future or before the responsibility began.
    pub async fn transfer(
        &self,
        granted: &Granted<permission::ManagePatient>,
        act: &Act,
        pseudonym: Pseudonym,
        transfer: Transfer,
    ) -> Result<Done<Vec<Participation>>, ServiceError> {
        let today = self.today();
        if transfer.on > today {
            return Err(ServiceError::invalid(vec![in_the_future("/on")]));
        }
        let (service, granted_again) = (self.clone(), granted.clone());
        self.change(granted, act, "transfer patient", move |journal| {
            let (patient, site) = acting(journal, &granted_again, &pseudonym, today)?;
            let participations = journal.read().participations(&[patient.id])?;
            let before = responsible_of(&participations, &site)?;
            check(&before, &transfer)?;
            check_site(journal, &transfer.to_site, "/to_site")?;
            replace(journal, &before, &before.ended_before(transfer.on))?;
            // A smaller part that the site has had until now becomes this one.
            let reaches = |one: &&Participation| one.valid_to.is_none_or(|last| transfer.on <= last);
            for one in participations.iter().filter(|one| one.site == transfer.to_site).filter(reaches) {
                replace(journal, one, &one.ended_before(transfer.on))?;
            }
            let begin = |site: &SiteCode, role, responsible| {
                begin(&service, patient.id, site.clone(), role, responsible, transfer.on)
            };
            journal.insert(&begin(&transfer.to_site, transfer.role, true)?)?;
            if let Some(role) = transfer.keep_role {
                journal.insert(&begin(&site, role, false)?)?;
            }
            Ok(journal.read().participations(&[patient.id])?)
        })
        .await
    }
}

fn begin(
    service: &Service,
    patient: PatientId,
    site: SiteCode,
    role: ParticipationRole,
    responsible: bool,
    valid_from: NaiveDate,
) -> Result<Participation, ServiceError> {
    let (id, salt) = (ParticipationId::next(service.ids()), service.salt()?);
    Ok(Participation { id, patient, site, role, responsible, valid_from, valid_to: None, version: 1, salt })
}

fn check(before: &Participation, transfer: &Transfer) -> Result<(), ServiceError> {
    if before.site == transfer.to_site {
        return Err(ServiceError::explained(
            Problem::WrongState,
            "Sjukhuset är redan ansvarigt. Ange i to_site det sjukhus som ska ta över.",
            "The site is the responsible one already. Give in to_site the site that is to take over.",
        ));
    }
    if transfer.on < before.valid_from {
        let from = before.valid_from;
        let text = Text::new(
            format!("Ert ansvar började {from}: överlåtelsen kan inte ligga före den dagen."),
            format!("Your responsibility began on {from}: the transfer cannot lie before that day."),
        );
        return Err(ServiceError::invalid(vec![Finding::error("R-DATE-01", "/on", text)]));
    }
    Ok(())
}
