//! Whose figures a caller sees, and which of them are hidden.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, Permission, Role, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Delays, LEAST_OF_A_MEDIAN, LEAST_PATIENTS, Share};
use cartotek_domain::consent::{Consent, opt_out};
use cartotek_domain::id::PatientId;
use cartotek_persistence::session::completeness::SitePatients;
use cartotek_persistence::{ReadSession, StoreError};
use chrono::NaiveDate;

use crate::Service;
use crate::cohort::research;
use crate::error::{ServiceError, not_own_site};

/// Whom figures are about: others see those of a site that answers for enough of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Patients with an infused course.
    Infused,
    /// All of whom something is expected.
    All,
}

impl About {
    const fn many(self, patients: &SitePatients) -> u64 {
        match self {
            Self::Infused => patients.infused,
            Self::All => patients.all,
        }
    }
}

/// The sites whose figures a caller sees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Audience {
    /// The sites, of one or all that were asked about.
    pub(super) sites: BTreeSet<SiteCode>,
    /// Sites that were asked about and are in no figure.
    pub(super) hidden: Vec<SiteCode>,
    /// Patients who are in no figure, because of their no: for others than the sites all of them, for the sites themselves
    /// in the figures of follow-up those who object to the register, in others none.
    pub(super) left_out: BTreeSet<PatientId>,
    /// Whether they are the caller's own.
    pub(super) exact: bool,
}

impl Service {
    /// Whose figures about some patients the caller sees: those of one site, or of all that it may.
    ///
    /// # Errors
    /// `not_found` for a site that is not the caller's own, unless it is the network's coordinator.
    pub(super) async fn audience(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        about: About,
        site: Option<&SiteCode>,
    ) -> Result<Audience, ServiceError> {
        let own = granted.own_sites();
        let coordinates = granted.through(Role::Coordinator);
        match site {
            Some(site) if !own.contains(site) && coordinates => {
                self.of_network(about, Some(site.clone())).await
            }
            None if own.is_empty() => self.of_network(about, None).await,
            _ => Ok(Audience { sites: own_sites(granted, site)?, exact: true, ..Audience::default() }),
        }
    }

    async fn of_network(&self, about: About, site: Option<SiteCode>) -> Result<Audience, ServiceError> {
        let today = self.today();
        let read = self.store().read("count patients of sites", move |session| {
            let left_out = left_out(session, today)?;
            Ok::<_, StoreError>((session.sites()?, session.patients_by_site(&left_out)?, left_out))
        });
        let (sites, patients, left_out) = read.await?;
        let large = patients.into_iter().filter(|one| about.many(one) >= LEAST_PATIENTS);
        let large: BTreeSet<SiteCode> = large.map(|one| one.site).collect();
        let is_large = |code: &SiteCode| large.contains(code);
        let asked =
            sites.into_iter().map(|one| one.code).filter(|code| site.as_ref().is_none_or(|one| one == code));
        let (shown, hidden): (Vec<_>, Vec<_>) = asked.partition(is_large);
        if site.is_some() && shown.is_empty() && hidden.is_empty() {
            return Err(ServiceError::not_found());
        }
        Ok(Audience { sites: shown.into_iter().collect(), hidden, left_out, exact: false })
    }
}

/// The patients who have said no, as cohorts leave them out of the answers of others than the sites.
pub(crate) fn left_out(
    session: &mut dyn ReadSession,
    today: NaiveDate,
) -> Result<BTreeSet<PatientId>, StoreError> {
    patients_of_whom(session, |consents| !research(consents, today).0)
}

/// The patients who object to the quality register today: nothing is looked for about them, by their own sites neither.
pub(super) fn objecting(
    session: &mut dyn ReadSession,
    today: NaiveDate,
) -> Result<BTreeSet<PatientId>, StoreError> {
    patients_of_whom(session, |consents| opt_out(consents, today).is_some())
}

/// The patients with a decision other than a yes without an end, of whose decisions something is true.
fn patients_of_whom(
    session: &mut dyn ReadSession,
    is_true: impl Fn(&[Consent]) -> bool,
) -> Result<BTreeSet<PatientId>, StoreError> {
    let asked = session.patients_with_reservations()?;
    let mut consents: BTreeMap<PatientId, Vec<Consent>> = BTreeMap::new();
    for consent in session.consents_of(&asked)? {
        consents.entry(consent.patient).or_default().push(consent);
    }
    let found = consents.into_iter().filter(|(_, consents)| is_true(consents));
    Ok(found.map(|(patient, _)| patient).collect())
}

/// The caller's own sites, or the one that was asked about.
///
/// # Errors
/// `not_found` for a site that is not the caller's own.
pub(super) fn own_sites<P: Permission>(
    granted: &Granted<P>,
    site: Option<&SiteCode>,
) -> Result<BTreeSet<SiteCode>, ServiceError> {
    let mut own = granted.own_sites();
    let Some(site) = site else { return Ok(own) };
    own.retain(|one| one == site);
    if own.is_empty() { Err(not_own_site()) } else { Ok(own) }
}

impl Audience {
    /// Whether a figure about so many patients is shown.
    pub(super) fn shows(&self, patients: u64) -> bool {
        self.exact || patients >= LEAST_PATIENTS
    }

    /// Whether a share about so many patients is shown.
    pub(super) fn shows_share(&self, share: Share, patients: u64) -> bool {
        self.exact || patients >= LEAST_PATIENTS && !share.tells_of_few()
    }

    /// A median of so many as the caller may see it.
    pub(super) fn median(&self, delays: &Delays, many: u64) -> Option<f64> {
        delays.median().filter(|_| self.exact || many >= LEAST_OF_A_MEDIAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(exact: bool) -> Audience {
        Audience { exact, ..Audience::default() }
    }

    #[test]
    fn others_see_no_share_of_a_few() {
        let shown = |part, whole, patients| audience(false).shows_share(Share { part, whole }, patients);
        assert!(shown(5, 10, 5) && shown(0, 10, 5) && shown(10, 10, 5));
        assert!(!shown(5, 10, 4), "ten forms of four patients");
        for few in 1..=4 {
            assert!(!shown(few, 10, 10) && !shown(10 - few, 10, 10), "{few}");
        }
        assert!(audience(true).shows_share(Share { part: 1, whole: 1 }, 1));
    }

    #[test]
    fn others_see_no_median_of_fewer_than_ten() {
        let mut delays = Delays::default();
        for many in 1..=10 {
            delays.add(3, 1);
            assert_eq!(audience(false).median(&delays, many), (many == 10).then_some(3.0));
            assert_eq!(audience(true).median(&delays, many), Some(3.0));
        }
    }
}
