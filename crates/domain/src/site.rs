//! Hospitals and biobanks of the network.

use serde::{Deserialize, Serialize};

use crate::code::organisation_number::OrganisationNumber;
use crate::code::site::{BiobankCode, SiteCode};
use crate::fact::Salt;

/// A hospital that refers, treats or follows patients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its code, e.g. `KAR`.
    pub code: SiteCode,
    /// Its name.
    pub name: String,
    /// The health-care region.
    pub region: String,
    /// The organisation number of the region.
    pub organisation_number: OrganisationNumber,
    /// The prefix of the HSA-ids of its staff.
    pub hsa_prefix: String,
    /// Whether it infuses CAR T cells, or only refers and follows.
    pub can_infuse: bool,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// A biobank: the legal holder of samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Biobank {
    /// Its code, e.g. `KI-BB`.
    pub code: BiobankCode,
    /// Its name.
    pub name: String,
    /// Its number in the register of the Health and Social Care Inspectorate (IVO).
    pub register_number: String,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

/// Says that a biobank may register samples of a site's patients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BiobankSite {
    /// The biobank.
    pub biobank: BiobankCode,
    /// The site.
    pub site: SiteCode,
    /// Salt of the row's commitment.
    pub salt: Salt,
}

impl BiobankSite {
    /// Both codes, the row's key in the log.
    pub fn row_key(&self) -> String {
        format!("{}/{}", self.biobank, self.site)
    }
}
