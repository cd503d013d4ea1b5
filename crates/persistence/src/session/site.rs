//! The port of sites and of the mappings by which their tables are read.

use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::import_mapping::ImportMapping;
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

    /// The latest version of each of a site's import mappings, by form and name; only those of that name if one is given.
    ///
    /// # Errors
    /// Only those of the driver.
    fn import_mappings(
        &mut self,
        site: &SiteCode,
        name: Option<&MappingName>,
    ) -> Result<Vec<ImportMapping>, StoreError>;

    /// One version of a site's import mapping; the latest when none is given.
    ///
    /// # Errors
    /// Only those of the driver.
    fn import_mapping(
        &mut self,
        site: &SiteCode,
        form: &str,
        name: &MappingName,
        version: Option<i64>,
    ) -> Result<Option<ImportMapping>, StoreError>;
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

    /// Adds a version of an import mapping.
    ///
    /// # Errors
    /// `Conflict(ImportMappingVersion)` if somebody else has added it.
    fn insert_import_mapping(&mut self, mapping: &ImportMapping) -> Result<(), StoreError>;
}
