//! Sites and biobanks.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::actor::Actor;
use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::site::{Biobank, BiobankSite, Site};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;

impl Service {
    /// Every site.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn sites(
        &self,
        granted: &Granted<permission::ReadNetwork>,
        act: &Act,
    ) -> Result<Done<Vec<Site>>, ServiceError> {
        self.show(granted, act, "list sites", |session| Ok((session.sites()?, Vec::new()))).await
    }

    /// One site.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn site(
        &self,
        granted: &Granted<permission::ReadNetwork>,
        act: &Act,
        code: SiteCode,
    ) -> Result<Done<Site>, ServiceError> {
        self.show(granted, act, "read site", move |session| {
            let site = session.site(&code)?.ok_or_else(ServiceError::not_found)?;
            Ok((site, Vec::new()))
        })
        .await
    }

    /// Who is data manager of one of the caller's sites now: whom a clarification may be assigned to, and who approves the
    /// end of a lock.
    ///
    /// # Errors
    /// `not_found` for a site that is not the caller's.
    pub async fn data_managers(
        &self,
        granted: &Granted<permission::ReadColleagues>,
        act: &Act,
        site: SiteCode,
    ) -> Result<Done<Vec<Actor>>, ServiceError> {
        if !granted.own_sites().contains(&site) {
            return Err(ServiceError::not_found());
        }
        self.show(granted, act, "list data managers", move |session| {
            Ok((session.data_managers(&site)?, Vec::new()))
        })
        .await
    }

    /// Every biobank.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn biobanks(
        &self,
        granted: &Granted<permission::ReadNetwork>,
        act: &Act,
    ) -> Result<Done<Vec<Biobank>>, ServiceError> {
        self.show(granted, act, "list biobanks", |session| Ok((session.biobanks()?, Vec::new()))).await
    }

    /// A biobank.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn biobank(
        &self,
        granted: &Granted<permission::ReadNetwork>,
        act: &Act,
        code: BiobankCode,
    ) -> Result<Done<Biobank>, ServiceError> {
        self.show(granted, act, "read biobank", move |session| {
            let biobank = session.biobank(&code)?.ok_or_else(ServiceError::not_found)?;
            Ok((biobank, Vec::new()))
        })
        .await
    }

    /// Adds a site; its salt is drawn here.
    ///
    /// # Errors
    /// `already_exists`.
    pub async fn create_site(
        &self,
        granted: &Granted<permission::ManageSites>,
        act: &Act,
        site: Site,
    ) -> Result<Done<Site>, ServiceError> {
        let site = Site { salt: self.salt()?, ..site };
        self.create(granted, act, "create site", move |journal| {
            journal.insert(&site)?;
            Ok(site.clone())
        })
        .await
    }

    /// Adds a biobank; its salt is drawn here.
    ///
    /// # Errors
    /// `already_exists`.
    pub async fn create_biobank(
        &self,
        granted: &Granted<permission::ManageSites>,
        act: &Act,
        biobank: Biobank,
    ) -> Result<Done<Biobank>, ServiceError> {
        let biobank = Biobank { salt: self.salt()?, ..biobank };
        self.create(granted, act, "create biobank", move |journal| {
            journal.insert(&biobank)?;
            Ok(biobank.clone())
        })
        .await
    }

    /// Lets a biobank register samples of a site's patients.
    ///
    /// # Errors
    /// `not_found` for an unknown biobank or site; `already_exists`.
    pub async fn link_biobank_site(
        &self,
        granted: &Granted<permission::ManageSites>,
        act: &Act,
        biobank: BiobankCode,
        site: SiteCode,
    ) -> Result<Done<BiobankSite>, ServiceError> {
        let link = BiobankSite { biobank, site, salt: self.salt()? };
        let done = self
            .create(granted, act, "link biobank and site", move |journal| {
                journal.read().biobank(&link.biobank)?.ok_or_else(ServiceError::not_found)?;
                journal.read().site(&link.site)?.ok_or_else(ServiceError::not_found)?;
                journal.insert(&link)?;
                Ok(link.clone())
            })
            .await?;
        self.callers().forget();
        Ok(done)
    }
}
