//! Data that the software should have deleted by now.

use cartotek_domain::retention::Kept;
use chrono::TimeDelta;

use super::{Check, DiscrepancyClass};
use crate::error::ServiceError;
use crate::publish::PublishedForms;
use crate::report::rows;

/// How long after its time a running server may leave something.
const GRACE: TimeDelta = TimeDelta::days(1);

impl Check<'_> {
    /// Reports what is older than the retention table allows; nothing while no table is published.
    pub(super) fn housekeeping(&mut self, published: &PublishedForms) -> Result<(), ServiceError> {
        let table = published.forms.retention();
        for class in table.into_iter().flat_map(|table| &table.classes) {
            let Kept::Days { days } = class.kept else { continue };
            let limit = self.now - TimeDelta::days(i64::from(days)) - GRACE;
            if rows(self.session, &class.code, limit)? > 0 {
                for table in &class.tables {
                    self.report.found(DiscrepancyClass::HousekeepingOverdue, table, "");
                }
            }
        }
        Ok(())
    }
}
