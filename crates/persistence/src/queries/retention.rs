//! What is kept for how long.

use std::collections::BTreeSet;

use cartotek_domain::id::PatientId;
use cartotek_domain::time::Timestamp;
use cartotek_domain::traceability::Traceability;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{Conn, IN_LIST, among, insert_chunked};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::traceability::TraceabilityRow;
use crate::schema::{
    audit_event, course, idempotent_answer, import_job, patient_linkage, record, sample, traceability,
};
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

    fn patients_to_erase(&mut self, patients: &[PatientId]) -> Result<BTreeSet<PatientId>, StoreError> {
        let mut found = BTreeSet::new();
        for chunk in patients.chunks(IN_LIST) {
            let forms = record::table.select(record::patient_id).distinct().into_boxed();
            let forms: Vec<Id<PatientId>> = among!(forms, record::patient_id, chunk).load(self)?;
            let sampled = sample::table.filter(sample::course_id.eq(course::id.nullable()));
            let courses = course::table.select(course::patient_id).filter(not(exists(sampled))).into_boxed();
            let courses: Vec<Id<PatientId>> = among!(courses, course::patient_id, chunk).load(self)?;
            let linked = patient_linkage::table.select(patient_linkage::patient_id).into_boxed();
            let linked: Vec<Id<PatientId>> = among!(linked, patient_linkage::patient_id, chunk).load(self)?;
            found.extend(forms.into_iter().chain(courses).chain(linked).map(|id| id.0));
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
