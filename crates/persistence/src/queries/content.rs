//! What submitted records say.

use cartotek_domain::id::{CourseId, PatientId, RecordId};
use cartotek_domain::record::RecordStatus;
use diesel::prelude::*;

use super::{Conn, IN_LIST};
use crate::error::StoreError;
use crate::schema::{record, revision};
use crate::session::content::{ContentReads, SubmittedContent};
use crate::sql_type::{Id, UtcTime};

/// The columns of a content, in the order of their table.
type Columns = (Id<RecordId>, Id<PatientId>, Option<Id<CourseId>>, String, UtcTime, i32, String);

impl ContentReads for Conn {
    fn submitted_contents(&mut self, patients: &[PatientId]) -> Result<Vec<SubmittedContent>, StoreError> {
        let mut found = Vec::new();
        for chunk in patients.chunks(IN_LIST) {
            let latest = revision::record_id.eq(record::id).and(revision::number.eq(record::revision));
            let query = record::table
                .inner_join(revision::table.on(latest))
                .filter(record::status.eq(RecordStatus::Submitted.name()))
                .select((
                    record::id,
                    record::patient_id,
                    record::course_id,
                    record::form,
                    record::created_at,
                    revision::form_version,
                    revision::content,
                ));
            let patients: Vec<_> = chunk.iter().copied().map(Id).collect();
            let rows: Vec<Columns> = query.filter(record::patient_id.eq_any(patients)).load(self)?;
            found.extend(rows.into_iter().map(content));
        }
        Ok(found)
    }
}

fn content((record, patient, course, form, created_at, form_version, content): Columns) -> SubmittedContent {
    SubmittedContent {
        record: record.0,
        patient: patient.0,
        course: course.map(|id| id.0),
        form,
        form_version,
        created_at: created_at.0,
        content,
    }
}
