//! What is known of a patient when stored contents are judged.

use std::collections::HashMap;

use cartotek_domain::id::PatientId;
use cartotek_domain::record::{Amendment, AmendmentReason, Record, RecordStatus, Revision};
use cartotek_domain::time::Timestamp;
use cartotek_forms::Form;
use cartotek_persistence::ReadSession;

use crate::error::ServiceError;
use crate::record::standing::Standing;

/// Every submitted record of a patient, and what rules look at beside them.
#[derive(Debug, PartialEq)]
pub(crate) struct Timeline {
    pub(crate) patient: PatientId,
    /// The submitted records with their latest revisions, by id.
    pub(crate) records: Vec<(Record, Revision)>,
    pub(crate) standing: Standing,
}

impl Timeline {
    /// Reads those of some patients, with one statement per kind.
    pub(crate) fn read(
        session: &mut dyn ReadSession,
        patients: &[PatientId],
    ) -> Result<Vec<Self>, ServiceError> {
        let mut submitted = session.latest_of(patients, RecordStatus::Submitted)?;
        submitted.sort_by_key(|(record, _)| record.id);
        let mut records = by_patient(submitted, |(record, _)| record.patient);
        let mut milestones = by_patient(session.milestones(patients)?, |(patient, _)| *patient);
        let mut consents = by_patient(session.consents_of(patients)?, |one| one.patient);
        let mut courses = by_patient(session.courses(patients)?, |one| one.patient);
        let timeline = |patient: &PatientId| Self {
            patient: *patient,
            records: records.remove(patient).unwrap_or_default(),
            standing: Standing::new(
                milestones.remove(patient).into_iter().flatten().map(|(_, one)| one).collect(),
                consents.remove(patient).unwrap_or_default(),
                courses.remove(patient).unwrap_or_default(),
            ),
        };
        Ok(patients.iter().map(timeline).collect())
    }

    /// When another form last told something at which a rule of this record's form looks: whoever has explained before
    /// that what the rule finds did not know it. That a record tells something no longer does not count, nor that it came
    /// to a later version of its form.
    pub(crate) fn told_at(&self, form: &Form, record: &Record, rule: &str) -> Option<Timestamp> {
        let looked_at = self.standing.milestones().iter().filter(|one| {
            let elsewhere = record.course.is_some() && one.course != record.course;
            form.looks_at(rule, &one.name, elsewhere)
        });
        let told_by = looked_at.filter_map(|one| {
            let place = self.records.binary_search_by_key(&one.record, |(record, _)| record.id).ok()?;
            self.records.get(place)
        });
        told_by.filter(|(other, _)| other.form != record.form).filter_map(told_last).max()
    }
}

/// When a record was last given answers by somebody who fills in its form.
fn told_last((record, revision): &(Record, Revision)) -> Option<Timestamp> {
    let came_along = |one: &Amendment| one.reason == AmendmentReason::SchemaMigration;
    if revision.amendment.as_ref().is_some_and(came_along) {
        record.submitted_at
    } else {
        Some(revision.created_at)
    }
}

/// Rows by the patient they are about, in the order in which they came.
pub(crate) fn by_patient<T>(rows: Vec<T>, patient: impl Fn(&T) -> PatientId) -> HashMap<PatientId, Vec<T>> {
    let mut grouped: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        grouped.entry(patient(&row)).or_default().push(row);
    }
    grouped
}
