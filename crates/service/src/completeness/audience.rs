//! Whose figures a caller sees, and which of them are hidden.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::access::{Granted, Permission, Role, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Delays, FieldCompleteness, LEAST_OF_A_MEDIAN, LEAST_PATIENTS, Share};
use cartotek_persistence::StoreError;

use crate::Service;
use crate::error::{ServiceError, not_own_site};

/// The sites whose figures a caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audience {
    /// The sites, of one or all that were asked about.
    pub(super) sites: BTreeSet<SiteCode>,
    /// Sites that were asked about and are in no figure.
    pub(super) hidden: Vec<SiteCode>,
    /// Whether they are the caller's own.
    pub(super) exact: bool,
}

impl Service {
    /// Whose figures the caller sees: those of one site, or of all that it may.
    ///
    /// # Errors
    /// `not_found` for a site that is not the caller's own, unless it is the network's coordinator.
    pub(super) async fn audience(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        site: Option<&SiteCode>,
    ) -> Result<Audience, ServiceError> {
        let own = granted.own_sites();
        let coordinates = granted.through(Role::Coordinator);
        match site {
            Some(site) if !own.contains(site) && coordinates => self.of_network(Some(site.clone())).await,
            None if own.is_empty() => self.of_network(None).await,
            _ => Ok(Audience { sites: own_sites(granted, site)?, hidden: Vec::new(), exact: true }),
        }
    }

    async fn of_network(&self, site: Option<SiteCode>) -> Result<Audience, ServiceError> {
        let read = self.store().read("read infused patients", |session| {
            Ok::<_, StoreError>((session.sites()?, session.infused_patients()?))
        });
        let (sites, patients) = read.await?;
        let patients: BTreeMap<SiteCode, u64> = patients.into_iter().collect();
        let is_large = |code: &SiteCode| patients.get(code).is_some_and(|n| *n >= LEAST_PATIENTS);
        let asked =
            sites.into_iter().map(|one| one.code).filter(|code| site.as_ref().is_none_or(|one| one == code));
        let (shown, hidden): (Vec<_>, Vec<_>) = asked.partition(is_large);
        if site.is_some() && shown.is_empty() && hidden.is_empty() {
            return Err(ServiceError::not_found());
        }
        Ok(Audience { sites: shown.into_iter().collect(), hidden, exact: false })
    }
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

    /// A share as the caller may see it.
    pub(super) fn share(&self, share: Share) -> Option<Share> {
        self.shows(share.whole).then_some(share)
    }

    /// The figures of a field as the caller may see them.
    pub(super) fn field(&self, figures: FieldCompleteness) -> Option<FieldCompleteness> {
        self.shows(figures.known.whole).then_some(figures)
    }

    /// A median of so many as the caller may see it.
    pub(super) fn median(&self, delays: &Delays, many: u64) -> Option<f64> {
        delays.median().filter(|_| self.exact || many >= LEAST_OF_A_MEDIAN)
    }
}

#[cfg(test)]
mod tests {
    use cartotek_domain::completeness::FieldStanding;

    use super::*;

    fn audience(exact: bool) -> Audience {
        Audience { sites: BTreeSet::new(), hidden: Vec::new(), exact }
    }

    #[test]
    fn others_see_no_share_of_a_few() {
        let share = |whole| Share { part: 1, whole };
        assert_eq!(audience(false).share(share(4)), None);
        assert_eq!(audience(false).share(Share::default()), None, "zero counts as few");
        assert_eq!(audience(false).share(share(5)), Some(share(5)));
        assert_eq!(audience(true).share(share(1)), Some(share(1)));
        let mut figures = FieldCompleteness::default();
        for known in 0..6 {
            assert_eq!(audience(false).field(figures).is_some(), known == 5, "{known}");
            assert!(audience(true).field(figures).is_some());
            figures.add(FieldStanding::Absent);
        }
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
