//! Records by the version of their form.

use cartotek_domain::access::PatientScope;
use cartotek_domain::id::PatientId;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use chrono::NaiveDate;
use diesel::dsl::{count_star, not, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Conn;
use super::care::{care, cared_for, within_care};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::Origin;
use crate::row::record::{RecordRow, RevisionRow};
use crate::schema::{participation, record, revision};
use crate::session::form_version::{FormVersionReads, VersionCount, VersionFilter};
use crate::sql_type::Id;

/// How many patients there are in a group.
const PATIENTS: &str = "COUNT(DISTINCT \"record\".\"patient_id\")";

/// Records, each with its latest revision.
macro_rules! latest {
    () => {
        record::table.inner_join(
            revision::table.on(revision::record_id.eq(record::id).and(revision::number.eq(record::revision))),
        )
    };
}

/// Site, state, records and patients.
type Counted = (String, String, i64, i64);

/// The records of a version, counted.
macro_rules! counted {
    ($query:expr, $form:expr, $version:expr) => {
        $query
            .group_by((record::site, record::status))
            .select((record::site, record::status, count_star(), sql::<BigInt>(PATIENTS)))
            .filter(record::form.eq($form))
            .filter(revision::form_version.eq($version))
            .filter(record::status.ne(RecordStatus::Annulled.name()))
            .order((record::site, record::status))
    };
}

/// Narrows a boxed query to the records that pass a filter, of the patients of a scope.
macro_rules! passing {
    ($query:expr, $filter:expr, $scope:expr) => {{
        let mut query = $query
            .filter(record::form.eq(&$filter.form))
            .filter(record::site.eq($filter.site.as_str()))
            .filter(revision::form_version.eq_any(&$filter.versions))
            .filter(record::status.ne(RecordStatus::Annulled.name()));
        query = within_care!(query, record::patient_id, $scope);
        if let Some(status) = $filter.status {
            query = query.filter(record::status.eq(status.name()));
        }
        if !$filter.records.is_empty() {
            let wanted: Vec<_> = $filter.records.iter().copied().map(Id).collect();
            query = query.filter(record::id.eq_any(wanted));
        }
        query
    }};
}

impl FormVersionReads for Conn {
    fn count_at_version(&mut self, form: &str, version: i32) -> Result<Vec<VersionCount>, StoreError> {
        let rows: Vec<Counted> = counted!(latest!(), form, version).load(self)?;
        rows.into_iter().map(version_count).collect()
    }

    fn count_left_behind(
        &mut self,
        form: &str,
        version: i32,
        on: NaiveDate,
    ) -> Result<Vec<VersionCount>, StoreError> {
        let query = counted!(latest!(), form, version);
        let takes_part = cared_for!(record::patient_id, participation::site.eq(record::site), on);
        let rows: Vec<Counted> = query.filter(not(takes_part)).load(self)?;
        rows.into_iter().map(version_count).collect()
    }

    fn records_at_versions(
        &mut self,
        filter: &VersionFilter,
        scope: &PatientScope,
        page: &Page<PatientId>,
    ) -> Result<PageOf<(Record, Revision), PatientId>, StoreError> {
        let query = latest!().select(record::patient_id).distinct().into_boxed();
        let mut query = passing!(query, filter, scope);
        if let Some(after) = page.after {
            query = query.filter(record::patient_id.gt(Id(after)));
        }
        let patients: Vec<Id<PatientId>> = query.order(record::patient_id).limit(page.rows()).load(self)?;
        let patients = page.cut(patients, |patient| patient.0);
        let query = latest!().select((RecordRow::as_select(), RevisionRow::as_select())).into_boxed();
        let query = passing!(query, filter, scope).filter(record::patient_id.eq_any(patients.items));
        let rows: Vec<(RecordRow, RevisionRow)> = query.order((record::patient_id, record::id)).load(self)?;
        let mut items = Vec::with_capacity(rows.len());
        for (record, revision) in rows {
            items.push((Record::try_from(record)?, Revision::try_from(revision)?));
        }
        Ok(PageOf { items, next: patients.next })
    }
}

fn version_count((site, status, records, patients): Counted) -> Result<VersionCount, StoreError> {
    let origin = Origin { table: "record", row: "counted" };
    Ok(VersionCount {
        site: origin.parse("site", &site)?,
        status: origin.known("status", RecordStatus::from_name(&status))?,
        records,
        patients,
    })
}
