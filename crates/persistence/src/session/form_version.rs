//! Which version of its form each record has.

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::{Record, RecordStatus, Revision};
use chrono::NaiveDate;

use crate::error::StoreError;
use crate::page::{Page, PageOf};

/// Which records are looked for: those of a site whose latest revision has one of the versions.
#[derive(Debug, Clone)]
pub struct VersionFilter {
    /// Code of the form.
    pub form: String,
    /// The versions; none means no record.
    pub versions: Vec<i32>,
    /// The site that owns them.
    pub site: SiteCode,
    /// Only in this state.
    pub status: Option<RecordStatus>,
    /// Only these; empty means whichever.
    pub records: Vec<RecordId>,
}

/// How many records of a site are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionCount {
    /// The site that owns them.
    pub site: SiteCode,
    /// Their state.
    pub status: RecordStatus,
    /// How many there are.
    pub records: i64,
    /// Of how many patients.
    pub patients: i64,
}

/// Reads records by the version of their form.
pub trait FormVersionReads {
    /// The records of a form whose latest revision has this version, counted, by site and state.
    fn count_at_version(&mut self, form: &str, version: i32) -> Result<Vec<VersionCount>, StoreError>;

    /// Those of them of patients in whose care their site takes no part on a day.
    fn count_left_behind(
        &mut self,
        form: &str,
        version: i32,
        on: NaiveDate,
    ) -> Result<Vec<VersionCount>, StoreError>;

    /// The records that pass the filter with their latest revisions, by patient and id. A page holds all of some patients
    /// of the scope, so that what rests on one of a patient's records has the others beside it.
    fn records_at_versions(
        &mut self,
        filter: &VersionFilter,
        scope: &PatientScope,
        page: &Page<PatientId>,
    ) -> Result<PageOf<(Record, Revision), PatientId>, StoreError>;
}
