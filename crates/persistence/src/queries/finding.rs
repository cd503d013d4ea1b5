//! Findings in submitted records, and what waits to be judged anew.

use cartotek_domain::access::PatientScope;
use cartotek_domain::finding::RecordFinding;
use cartotek_domain::id::{PatientId, RecordId};
use diesel::prelude::*;
use uuid::Uuid;

use super::care::{care, cared_for, within_care};
use super::{Conn, IN_LIST, insert_few, load_among};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::finding::{FindingDueRow, RecordFindingRow};
use crate::schema::{finding_due, record_finding};
use crate::session::finding::{FindingDue, FindingFilter, FindingKey, FindingReads, FindingWrites};
use crate::sql_type::Id;

/// The order of findings: that of their key.
const ORDER: (record_finding::record_id, record_finding::rule, record_finding::pointer) =
    (record_finding::record_id, record_finding::rule, record_finding::pointer);

/// Narrows a boxed query to what comes after a key. The first condition is the one that an index answers.
macro_rules! after_key {
    ($query:expr, $key:expr) => {{
        let record = Id($key.record);
        let same_rule = record_finding::rule.eq(&$key.rule).and(record_finding::pointer.gt(&$key.pointer));
        $query.filter(record_finding::record_id.ge(record)).filter(
            record_finding::record_id.gt(record).or(record_finding::rule.gt(&$key.rule)).or(same_rule),
        )
    }};
}

impl FindingReads for Conn {
    fn findings(
        &mut self,
        filter: &FindingFilter,
        scope: &PatientScope,
        page: &Page<FindingKey>,
    ) -> Result<PageOf<RecordFinding, FindingKey>, StoreError> {
        let mut query = record_finding::table.select(RecordFindingRow::as_select()).into_boxed();
        query = within_care!(query, record_finding::patient_id, scope);
        if let Some(patient) = filter.patient {
            query = query.filter(record_finding::patient_id.eq(Id(patient)));
        }
        if let Some(site) = &filter.site {
            query = query.filter(record_finding::site.eq(site.to_string()));
        }
        if let Some(form) = &filter.form {
            query = query.filter(record_finding::form.eq(form));
        }
        if let Some(rule) = &filter.rule {
            query = query.filter(record_finding::rule.eq(rule));
        }
        if let Some(severity) = filter.severity {
            query = query.filter(record_finding::severity.eq(severity.name()));
        }
        if let Some(explained) = filter.explained {
            query = query.filter(record_finding::explained.eq(explained));
        }
        if let Some(after) = &page.after {
            query = after_key!(query, after);
        }
        let found = believe(query.order(ORDER).limit(page.rows()).load(self)?)?;
        Ok(page.cut(found, FindingKey::of))
    }

    fn findings_in(&mut self, record: RecordId) -> Result<Vec<RecordFinding>, StoreError> {
        let query = record_finding::table.filter(record_finding::record_id.eq(Id(record)));
        believe(query.order(ORDER).select(RecordFindingRow::as_select()).load(self)?)
    }

    fn findings_of(&mut self, patients: &[PatientId]) -> Result<Vec<RecordFinding>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = record_finding::table.select(RecordFindingRow::as_select());
            found.extend(believe(load_among!(self, query, record_finding::patient_id, chunk, ORDER))?);
        }
        Ok(found)
    }

    fn findings_after(
        &mut self,
        after: Option<&FindingKey>,
        limit: i64,
    ) -> Result<Vec<RecordFinding>, StoreError> {
        let mut query = record_finding::table.select(RecordFindingRow::as_select()).into_boxed();
        if let Some(after) = after {
            query = after_key!(query, after);
        }
        believe(query.order(ORDER).limit(limit).load(self)?)
    }

    fn findings_due(&mut self, page: &Page<Uuid>) -> Result<PageOf<FindingDue, Uuid>, StoreError> {
        let mut query = finding_due::table.select(FindingDueRow::as_select()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(finding_due::id.gt(Id(after)));
        }
        let rows: Vec<FindingDueRow> = query.order(finding_due::id).limit(page.rows()).load(self)?;
        Ok(page.cut(rows.into_iter().map(FindingDue::from).collect(), |due: &FindingDue| due.id))
    }

    fn findings_due_of(&mut self, patients: &[PatientId]) -> Result<Vec<FindingDue>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = finding_due::table.select(FindingDueRow::as_select());
            let rows: Vec<FindingDueRow> =
                load_among!(self, query, finding_due::patient_id, chunk, finding_due::id);
            found.extend(rows.into_iter().map(FindingDue::from));
        }
        Ok(found)
    }
}

impl FindingWrites for Conn {
    fn insert_findings(&mut self, findings: &[RecordFinding]) -> Result<(), StoreError> {
        let rows: Vec<_> = findings.iter().map(RecordFindingRow::from).collect();
        insert_few!(self, record_finding::table, rows, 10);
        Ok(())
    }

    fn put_findings(&mut self, record: RecordId, findings: &[RecordFinding]) -> Result<(), StoreError> {
        diesel::delete(record_finding::table.filter(record_finding::record_id.eq(Id(record))))
            .execute(self)?;
        self.insert_findings(findings)
    }

    fn insert_findings_due(&mut self, due: &[FindingDue]) -> Result<(), StoreError> {
        let rows: Vec<_> = due.iter().map(FindingDueRow::from).collect();
        insert_few!(self, finding_due::table, rows, 5);
        Ok(())
    }

    fn delete_findings_due(&mut self, ids: &[Uuid]) -> Result<(), StoreError> {
        for chunk in ids.chunks(IN_LIST) {
            let some: Vec<_> = chunk.iter().copied().map(Id).collect();
            diesel::delete(finding_due::table.filter(finding_due::id.eq_any(some))).execute(self)?;
        }
        Ok(())
    }
}
