//! What is kept for how long.

use cartotek_domain::id::PatientId;
use cartotek_domain::time::Timestamp;
use cartotek_domain::traceability::Traceability;
use diesel::prelude::*;

use super::{Conn, IN_LIST, among, insert_chunked};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::traceability::TraceabilityRow;
use crate::schema::{audit_event, idempotent_answer, import_job, traceability};
use crate::session::retention::{RetentionReads, RetentionWrites};
use crate::sql_type::{Id, UtcTime};

impl RetentionReads for Conn {
    fn traceability(&mut self, patients: &[PatientId]) -> Result<Vec<Traceability>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = traceability::table.select(TraceabilityRow::as_select()).into_boxed();
            let query = among!(query, traceability::patient_id, chunk).order(traceability::id);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }

    fn first_event_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let query = audit_event::table.order(audit_event::occurred_at).select(audit_event::occurred_at);
        let first: Option<UtcTime> = query.first(self).optional()?;
        Ok(first.map(|at| at.0))
    }

    fn count_events(&mut self, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
        let within = audit_event::table
            .filter(audit_event::occurred_at.ge(UtcTime(from)))
            .filter(audit_event::occurred_at.lt(UtcTime(to)));
        Ok(within.count().get_result(self)?)
    }

    fn count_answers(&mut self, before: Timestamp) -> Result<i64, StoreError> {
        let old = idempotent_answer::table.filter(idempotent_answer::created_at.lt(UtcTime(before)));
        Ok(old.count().get_result(self)?)
    }

    fn count_imports(&mut self, before: Timestamp) -> Result<i64, StoreError> {
        let ended = import_job::finished_at.lt(UtcTime(before)).assume_not_null();
        let abandoned = import_job::finished_at.is_null().and(import_job::started_at.lt(UtcTime(before)));
        Ok(import_job::table.filter(ended.or(abandoned)).count().get_result(self)?)
    }
}

impl RetentionWrites for Conn {
    fn insert_traceability(&mut self, kept: &[Traceability]) -> Result<(), StoreError> {
        let rows: Vec<_> = kept.iter().map(TraceabilityRow::from).collect();
        insert_chunked!(self, traceability::table, rows, 8);
        Ok(())
    }
}
