//! What decides about a new record.

use diesel::prelude::*;

use super::{Conn, dialect};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::lock::RecordLockRow;
use crate::row::network::GenerationRow;
use crate::row::patient::{ConsentRow, CourseRow, ParticipationRow};
use crate::row::record::{MilestoneRow, RecordRow};
use crate::row::schedule::ExpectedItemRow;
use crate::schema::{
    consent, course, expected_item, generation, milestone, participation, record, record_lock,
};
use crate::session::known::{Known, KnownQuestion, KnownReads};
use crate::sql_type::Id;

impl KnownReads for Conn {
    fn known(&mut self, question: &KnownQuestion<'_>) -> Result<Known, StoreError> {
        let patient = Id(question.patient);
        let participations = participation::table
            .filter(participation::patient_id.eq(patient))
            .order(participation::id)
            .select(ParticipationRow::as_select());
        let consents = consent::table
            .filter(consent::patient_id.eq(patient))
            .order(consent::id)
            .select(ConsentRow::as_select());
        let courses = course::table
            .filter(course::patient_id.eq(patient))
            .order(course::number)
            .select(CourseRow::as_select());
        let milestones = milestone::table
            .filter(milestone::patient_id.eq(patient))
            .filter(dialect::one_of!(milestone::name, question.milestones))
            .order((milestone::record_id, milestone::name, milestone::ordinal))
            .select(MilestoneRow::as_select());
        let sites: Vec<&str> = question.sites.iter().map(|site| site.as_str()).collect();
        let locks = record_lock::table
            .filter(record_lock::patient_id.eq(patient).or(dialect::one_of!(record_lock::site, sites)))
            .filter(record_lock::ended_at.is_null())
            .order(record_lock::id)
            .select(RecordLockRow::as_select());
        let same_key = record::table
            .filter(record::subject_id.eq(Id(question.subject)))
            .filter(record::form.eq(question.form))
            .filter(record::natural_key.eq(question.natural_key))
            .select(RecordRow::as_select());
        let expected = expected_item::table
            .filter(expected_item::subject_id.eq(Id(question.subject)))
            .filter(expected_item::form.eq(question.form))
            .order(expected_item::ordinal)
            .select(ExpectedItemRow::as_select());
        let generation = generation::table.find(question.generation).select(GenerationRow::as_select());
        let (participations, consents, courses, milestones, locks, same_key, expected, generation) = dialect::load_together!(
            self,
            participations as ParticipationRow,
            consents as ConsentRow,
            courses as CourseRow,
            milestones as MilestoneRow,
            locks as RecordLockRow,
            same_key as RecordRow,
            expected as ExpectedItemRow,
            generation as GenerationRow
        );
        Ok(Known {
            participations: believe(participations)?,
            consents: believe(consents)?,
            courses: believe(courses)?,
            milestones: believe(milestones)?,
            locks: believe(locks)?,
            same_key: believe(same_key)?.pop(),
            expected: believe(expected)?,
            generation: generation.first().map_or(0, |row| row.number),
        })
    }
}
