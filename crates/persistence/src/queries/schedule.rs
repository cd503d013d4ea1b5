//! Expected items.

use cartotek_domain::id::PatientId;
use cartotek_domain::sample::Sample;
use cartotek_domain::schedule::ScheduleEntry;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Conn, IN_LIST, among, insert_chunked, load_among, worklist};
use crate::error::StoreError;
use crate::page::{Page, PageOf};
use crate::row::believe;
use crate::row::sample::SampleRow;
use crate::row::schedule::ExpectedItemRow;
use crate::schema::{expected_item, patient, sample};
use crate::session::schedule::{ScheduleReads, ScheduleWrites, WorklistFilter, WorklistKey};
use crate::sql_type::Id;

/// The page of a boxed query that lists items by the day on which they become overdue.
macro_rules! page_by_grace {
    ($query:expr, $page:expr) => {{
        let mut query = $query;
        if let Some(WorklistKey { grace_until, subject, ordinal }) = $page.after {
            let same_day = expected_item::grace_until.eq(grace_until);
            let same_subject = expected_item::subject_id.eq(Id(subject));
            query = query.filter(
                expected_item::grace_until
                    .gt(grace_until)
                    .or(same_day.and(expected_item::subject_id.gt(Id(subject))))
                    .or(same_day.and(same_subject).and(expected_item::ordinal.gt(ordinal))),
            );
        }
        let order = (expected_item::grace_until, expected_item::subject_id, expected_item::ordinal);
        query.order(order).limit($page.rows())
    }};
}
pub(super) use page_by_grace;

impl ScheduleReads for Conn {
    fn schedule_of(&mut self, patient: PatientId) -> Result<Vec<ScheduleEntry>, StoreError> {
        let query = expected_item::table.filter(expected_item::patient_id.eq(Id(patient)));
        let order = (expected_item::subject_id, expected_item::ordinal);
        believe(query.order(order).select(ExpectedItemRow::as_select()).load(self)?)
    }

    fn expected_forms(&mut self, subjects: &[Uuid], form: &str) -> Result<Vec<ScheduleEntry>, StoreError> {
        let mut found = Vec::new();
        for chunk in subjects.chunks(IN_LIST) {
            let query = expected_item::table.filter(expected_item::form.eq(form));
            let query = query.select(ExpectedItemRow::as_select());
            let order = (expected_item::subject_id, expected_item::ordinal);
            found.extend(believe(load_among!(self, query, expected_item::subject_id, chunk, order))?);
        }
        Ok(found)
    }

    fn expected_samples(&mut self, course: Uuid) -> Result<Vec<ScheduleEntry>, StoreError> {
        let query = expected_item::table
            .filter(expected_item::subject_id.eq(Id(course)))
            .filter(expected_item::form.is_null());
        believe(query.order(expected_item::ordinal).select(ExpectedItemRow::as_select()).load(self)?)
    }

    fn samples_of(&mut self, patients: &[PatientId]) -> Result<Vec<Sample>, StoreError> {
        let mut samples = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let query = sample::table.select(SampleRow::as_select()).into_boxed();
            samples.extend(believe(among!(query, sample::patient_id, chunk).order(sample::id).load(self)?)?);
        }
        Ok(samples)
    }

    fn worklist(
        &mut self,
        filter: &WorklistFilter,
        page: &Page<WorklistKey>,
    ) -> Result<PageOf<ScheduleEntry, WorklistKey>, StoreError> {
        worklist::worklist(self, filter, page)
    }

    fn stray_items(&mut self, limit: i64) -> Result<Vec<(Uuid, i32)>, StoreError> {
        let rows: Vec<(Id<Uuid>, i32)> = expected_item::table
            .left_join(patient::table.on(patient::id.eq(expected_item::patient_id)))
            .filter(patient::id.is_null())
            .order((expected_item::subject_id, expected_item::ordinal))
            .limit(limit)
            .select((expected_item::subject_id, expected_item::ordinal))
            .load(self)?;
        Ok(rows.into_iter().map(|(subject, ordinal)| (subject.0, ordinal)).collect())
    }
}

impl ScheduleWrites for Conn {
    fn put_schedule(&mut self, patient: PatientId, entries: &[ScheduleEntry]) -> Result<(), StoreError> {
        let target = expected_item::table.filter(expected_item::patient_id.eq(Id(patient)));
        diesel::delete(target).execute(self)?;
        let rows = entries.iter().map(ExpectedItemRow::try_from).collect::<Result<Vec<_>, _>>()?;
        insert_chunked!(self, expected_item::table, rows, 24);
        Ok(())
    }
}
