//! The change feed: rows that sealed events have changed, and what the API calls them.

use cartotek_domain::access::{PatientScope, Scope};
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::id::{
    AuditEventId, ClarificationEventId, ClarificationId, CustodyEventId, ParticipationId, PatientId,
    RecordId, SampleId, SignatureId, VerificationId,
};
use cartotek_domain::patient::Patient;
use cartotek_domain::sample::{CustodyEvent, Sample};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::care::{care, cared_for, within_care};
use super::sample::{seen_by, within};
use super::{Conn, IN_LIST, among};
use crate::error::StoreError;
use crate::row::patient::PatientRow;
use crate::row::sample::SampleRow;
use crate::row::tube::CustodyEventRow;
use crate::row::{Origin, believe};
use crate::schema::{
    audit_event, audit_leaf, audit_subject, clarification_event, clarification_state, custody_event, patient,
    record, sample, signature, verification,
};
use crate::session::change::{ChangeReads, ChangedRow};
use crate::session::sample::SampleScope;
use crate::sql_type::{Id, UtcTime};

/// A changed row as it is read: place, event and instant, table, key and patient, whether it was there before and after.
type Read = (i64, Id<AuditEventId>, UtcTime, String, String, Option<Id<PatientId>>, bool, bool);

fn changed((number, event, at, table, row, patient, before, after): Read) -> ChangedRow {
    let patient = patient.map(|id| id.0);
    ChangedRow { number, event: event.0, occurred_at: at.0, table, row, patient, before, after }
}

/// The ids of the rows that are there, each with what stands in another column.
macro_rules! beside {
    ($conn:expr, $table:ident, $ids:expr, $column:expr, $row:ty) => {
        beside!($conn, $table, $table::id, $ids, $column, $row)
    };
    ($conn:expr, $table:ident, $key:expr, $ids:expr, $column:expr, $row:ty) => {{
        let mut found: Vec<$row> = Vec::with_capacity($ids.len());
        for chunk in $ids.chunks(IN_LIST) {
            let query = $table::table.select(($key, $column)).into_boxed();
            found.extend(among!(query, $key, chunk).load::<$row>($conn)?);
        }
        found
    }};
}

impl ChangeReads for Conn {
    fn changed_rows(&mut self, from: i64, to: i64) -> Result<Vec<ChangedRow>, StoreError> {
        let (before, after) =
            (audit_subject::before_hash.is_not_null(), audit_subject::after_hash.is_not_null());
        let rows: Vec<Read> = audit_leaf::table
            .inner_join(audit_event::table.on(audit_event::event_id.eq(audit_leaf::event_id)))
            .inner_join(audit_subject::table.on(audit_subject::event_id.eq(audit_leaf::event_id)))
            .filter(audit_leaf::leaf_index.ge(from))
            .filter(audit_leaf::leaf_index.lt(to))
            .filter(audit_subject::before_hash.is_not_null().or(audit_subject::after_hash.is_not_null()))
            .order((audit_leaf::leaf_index, audit_subject::ordinal))
            .select((
                audit_leaf::leaf_index,
                audit_leaf::event_id,
                audit_event::occurred_at,
                audit_subject::table_name,
                audit_subject::row_id,
                audit_subject::patient_id,
                before,
                after,
            ))
            .load(self)?;
        Ok(rows.into_iter().map(changed).collect())
    }

    fn patients_among(
        &mut self,
        ids: &[PatientId],
        scope: &PatientScope,
    ) -> Result<Vec<Patient>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(IN_LIST) {
            let query = patient::table.select(PatientRow::as_select()).into_boxed();
            let query = within_care!(among!(query, patient::id, chunk), patient::id, scope);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }

    fn participations_begun(
        &mut self,
        patients: &[PatientId],
    ) -> Result<Vec<(ParticipationId, i64)>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let ids: Vec<_> = chunk.iter().copied().map(|id| Some(Id(id))).collect();
            let rows: Vec<(Id<AuditEventId>, String, i64)> = audit_subject::table
                .inner_join(audit_leaf::table.on(audit_leaf::event_id.eq(audit_subject::event_id)))
                .filter(audit_subject::patient_id.eq_any(ids))
                // Written out, so that both engines see that their index of these rows will do.
                .filter(sql::<Bool>("audit_subject.table_name = 'participation'"))
                .filter(audit_subject::before_hash.is_null())
                .filter(audit_subject::after_hash.is_not_null())
                .select((audit_subject::event_id, audit_subject::row_id, audit_leaf::leaf_index))
                .load(self)?;
            for (event, row, number) in rows {
                let origin = Origin { table: "audit_subject", row: event.0 };
                found.push((origin.parse("row_id", &row)?, number));
            }
        }
        Ok(found)
    }

    fn record_versions(&mut self, ids: &[RecordId]) -> Result<Vec<(RecordId, i64)>, StoreError> {
        let rows = beside!(self, record, ids, record::revision, (Id<RecordId>, i64));
        Ok(rows.into_iter().map(|(id, version)| (id.0, version)).collect())
    }

    fn verified_records(
        &mut self,
        ids: &[VerificationId],
    ) -> Result<Vec<(VerificationId, RecordId)>, StoreError> {
        let column = verification::record_id;
        let rows = beside!(self, verification, ids, column, (Id<VerificationId>, Id<RecordId>));
        Ok(rows.into_iter().map(|(id, record)| (id.0, record.0)).collect())
    }

    fn signed_records(&mut self, ids: &[SignatureId]) -> Result<Vec<(SignatureId, RecordId)>, StoreError> {
        let column = signature::record_id;
        let rows = beside!(self, signature, ids, column, (Id<SignatureId>, Id<RecordId>));
        Ok(rows.into_iter().map(|(id, record)| (id.0, record.0)).collect())
    }

    fn clarification_versions(
        &mut self,
        ids: &[ClarificationId],
    ) -> Result<Vec<(ClarificationId, i64)>, StoreError> {
        let key = clarification_state::clarification_id;
        let column = clarification_state::version;
        let rows = beside!(self, clarification_state, key, ids, column, (Id<ClarificationId>, i64));
        Ok(rows.into_iter().map(|(id, version)| (id.0, version)).collect())
    }

    fn stepped_clarifications(
        &mut self,
        ids: &[ClarificationEventId],
    ) -> Result<Vec<(ClarificationEventId, ClarificationId)>, StoreError> {
        let column = clarification_event::clarification_id;
        let row =
            beside!(self, clarification_event, ids, column, (Id<ClarificationEventId>, Id<ClarificationId>));
        Ok(row.into_iter().map(|(id, clarification)| (id.0, clarification.0)).collect())
    }

    fn custody_events(&mut self, ids: &[CustodyEventId]) -> Result<Vec<CustodyEvent>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(IN_LIST) {
            let query = custody_event::table.select(CustodyEventRow::as_select()).into_boxed();
            found.extend(believe(among!(query, custody_event::id, chunk).load(self)?)?);
        }
        Ok(found)
    }

    fn samples_among(&mut self, ids: &[SampleId], scope: &SampleScope) -> Result<Vec<Sample>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(IN_LIST) {
            let query = sample::table.select(SampleRow::as_select()).into_boxed();
            let query = within!(among!(query, sample::id, chunk), scope);
            found.extend(believe(query.load(self)?)?);
        }
        Ok(found)
    }
}
