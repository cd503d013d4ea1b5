//! The port of sites.

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::site::Site;

use crate::error::StoreError;

/// Reading sites.
pub trait SiteReads {
    /// The site with this code.
    ///
    /// # Errors
    /// Only those of the driver.
    fn site(&mut self, code: &SiteCode) -> Result<Option<Site>, StoreError>;

    /// Every site, by code: there are a dozen.
    ///
    /// # Errors
    /// Only those of the driver.
    fn sites(&mut self) -> Result<Vec<Site>, StoreError>;
}

/// Changing sites.
pub trait SiteWrites {
    /// The site with this code, locked until the transaction ends.
    ///
    /// # Errors
    /// Only those of the driver.
    fn lock_site(&mut self, code: &SiteCode) -> Result<Option<Site>, StoreError>;

    /// Adds sites, all or none.
    ///
    /// # Errors
    /// `Conflict(SiteCode)` if a code is in use.
    fn insert_sites(&mut self, sites: &[Site]) -> Result<(), StoreError>;
}
