//! Re-consent: the patients of a site who decide, now or soon, about what a guardian has agreed to in their place.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, ConsentPurpose, due_for_reconsent};
use cartotek_domain::id::PatientId;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::Patient;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::patient::{all_seen, asked_again_from};
use crate::schedule::worklist::later;

/// A patient whose guardian's yes waits, or will wait, for the patient's own decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconsent {
    /// The patient.
    pub pseudonym: Pseudonym,
    /// The responsible site.
    pub site: SiteCode,
    /// The day from which the patient, then of age, is asked.
    pub from: NaiveDate,
    /// Whether that day has come.
    pub is_due: bool,
    /// What a guardian's yes stands for.
    pub purposes: Vec<ConsentPurpose>,
}

impl Service {
    /// Whom the caller's sites, as the responsible ones, ask anew by `soon` days from now; who waits longest at the top.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn reconsents(
        &self,
        granted: &Granted<permission::ReadPatient>,
        act: &Act,
        soon: u32,
    ) -> Result<Done<Vec<Reconsent>>, ServiceError> {
        let (today, sites) = (self.today(), granted.own_sites());
        self.show(granted, act, "list reconsents", move |session| {
            let found = to_ask(session, &sites, today, soon)?;
            let seen = all_seen(found.iter().map(|(patient, _)| patient));
            Ok((found.into_iter().map(|(_, reconsent)| reconsent).collect(), seen))
        })
        .await
    }
}

/// The patients of the sites who are asked anew by `soon` days from today, by the day from which they are.
pub(crate) fn to_ask(
    session: &mut dyn ReadSession,
    sites: &BTreeSet<SiteCode>,
    today: NaiveDate,
    soon: u32,
) -> Result<Vec<(Patient, Reconsent)>, StoreError> {
    let sites: BTreeMap<PatientId, SiteCode> =
        session.patients_of_guardians(sites, today)?.into_iter().collect();
    let ids: Vec<PatientId> = sites.keys().copied().collect();
    let mut consents: BTreeMap<PatientId, Vec<Consent>> = BTreeMap::new();
    for consent in session.consents_of(&ids)? {
        consents.entry(consent.patient).or_default().push(consent);
    }
    let mut milestones: BTreeMap<PatientId, Vec<Milestone>> = BTreeMap::new();
    for (patient, milestone) in session.milestones(&ids)? {
        milestones.entry(patient).or_default().push(milestone);
    }
    let ask = |patient: Patient| {
        let known = milestones.get(&patient.id)?.iter().map(|one| (one.name.as_str(), &one.value));
        let from = asked_again_from(known).filter(|from| *from <= later(today, soon))?;
        // Of who is not of age yet: what will stand on that day.
        let waiting = due_for_reconsent(consents.get(&patient.id)?, from, from.max(today));
        let purposes: Vec<_> = waiting.into_iter().map(|consent| consent.purpose).collect();
        let site = sites.get(&patient.id).filter(|_| !purposes.is_empty())?.clone();
        let (pseudonym, is_due) = (patient.pseudonym, from <= today);
        Some((patient, Reconsent { pseudonym, site, from, is_due, purposes }))
    };
    let mut found: Vec<_> = session.patients_by_id(&ids)?.into_iter().filter_map(ask).collect();
    found.sort_by_key(|(_, one)| (one.from, one.pseudonym));
    Ok(found)
}
