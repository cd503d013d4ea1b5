//! Records by the version of their form.

use cartotek_domain::access::PatientScope;
use cartotek_domain::id::PatientId;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::Conn;
use super::patient::{care, cared_for, within_care};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::Origin;
use crate::row::record::{RecordRow, RevisionRow};
use crate::schema::{record, revision};
use crate::session::form_version::{FormVersionReads, VersionCount, VersionFilter};
use crate::sql_type::Id;

/// Records, each with its latest revision.
macro_rules! latest {
    () => {
        record::table.inner_join(
            revision::table.on(revision::record_id.eq(record::id).and(revision::number.eq(record::revision))),
        )
    };
}

/// Narrows a boxed query to the records that pass a filter, of the patients of a scope.
macro_rules! passing {
    ($query:expr, $filter:expr, $scope:expr) => {{
        let mut query = $query
            .filter(record::form.eq(&$filter.form))
            .filter(record::site.eq($filter.site.as_str()))
            .filter(revision::form_version.eq_any(&$filter.versions));
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
        let rows: Vec<(String, String, i64)> = latest!()
            .filter(record::form.eq(form))
            .filter(revision::form_version.eq(version))
            .group_by((record::site, record::status))
            .select((record::site, record::status, count_star()))
            .order((record::site, record::status))
            .load(self)?;
        let counted = rows.into_iter().map(|(site, status, records)| {
            let origin = Origin { table: "record", row: "counted" };
            Ok(VersionCount {
                site: origin.parse("site", &site)?,
                status: origin.known("status", RecordStatus::from_name(&status))?,
                records,
            })
        });
        counted.collect()
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
