//! What decisions about rows rest on: the patients, courses, milestones and records they speak of.

use std::collections::HashMap;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::Consent;
use cartotek_domain::course::Course;
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::milestone::Milestone;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus};
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::error::ServiceError;
use crate::import::decide::Key;
use crate::import::prepare::{CourseName, PreparedRow};
use crate::record::standing::Standing;

/// Whose record a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) patient: PatientId,
    pub(super) course: Option<CourseId>,
}

/// What the database holds about the subjects of some rows.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Basis {
    /// The patients in whose care the site takes part today.
    patients: HashMap<Pseudonym, PatientId>,
    consents: HashMap<PatientId, Vec<Consent>>,
    courses: HashMap<PatientId, Vec<Course>>,
    milestones: HashMap<PatientId, Vec<Milestone>>,
    /// Records with the key of a row; with the content when it is submitted.
    records: HashMap<Key, (Record, Option<String>)>,
}

impl Basis {
    /// Reads what `rows` speak of.
    pub(super) fn read(
        session: &mut dyn ReadSession,
        rows: &[PreparedRow],
        form: &str,
        site: &SiteCode,
        today: NaiveDate,
    ) -> Result<Self, ServiceError> {
        let patients = patients(session, rows, site, today)?;
        let mut basis = Self { patients, ..Self::default() };
        let ids: Vec<PatientId> = basis.patients.values().copied().collect();
        for consent in session.consents_of(&ids)? {
            basis.consents.entry(consent.patient).or_default().push(consent);
        }
        for course in session.courses(&ids)? {
            basis.courses.entry(course.patient).or_default().push(course);
        }
        for (patient, milestone) in session.milestones(&ids)? {
            basis.milestones.entry(patient).or_default().push(milestone);
        }
        let keys: Vec<_> = rows
            .iter()
            .filter_map(|row| {
                let patient = basis.patient_of(row)?;
                let subject = Subject { patient, course: basis.course_of(row, patient).1 };
                let (subject, key) = subject.key(row.prepared.as_ref()?)?;
                Some((subject, form.to_owned(), key))
            })
            .collect();
        for record in session.records_by_key(&keys)? {
            let content = match record.status {
                RecordStatus::Draft => None,
                RecordStatus::Submitted => {
                    session.revision(record.id, record.revision)?.map(|revision| revision.content)
                }
            };
            basis.records.insert((record.subject(), record.natural_key.clone()), (record, content));
        }
        Ok(basis)
    }

    /// The patients, to be locked.
    pub(super) fn patients(&self) -> Vec<PatientId> {
        self.patients.values().copied().collect()
    }

    /// The patient of a row, when the site takes part in the care.
    pub(super) fn patient_of(&self, row: &PreparedRow) -> Option<PatientId> {
        self.patients.get(row.patient.as_ref()?).copied()
    }

    /// Whether a row names a course, and which one of the patient it is.
    pub(super) fn course_of(&self, row: &PreparedRow, patient: PatientId) -> (bool, Option<CourseId>) {
        let courses = || self.courses.get(&patient).into_iter().flatten();
        match row.course {
            CourseName::Absent => (false, None),
            CourseName::Number(number) => {
                (true, courses().find(|course| course.number == number).map(|course| course.id))
            }
            CourseName::Id(id) => (true, courses().find(|course| course.id == id).map(|course| course.id)),
        }
    }

    /// What is known of a patient.
    pub(super) fn standing_of(&self, patient: PatientId) -> Standing {
        Standing {
            milestones: self.milestones.get(&patient).cloned().unwrap_or_default(),
            consents: self.consents.get(&patient).cloned().unwrap_or_default(),
            courses: self.courses.get(&patient).cloned().unwrap_or_default(),
        }
    }

    /// The record with a key, and its content when it is submitted.
    pub(super) fn record_with(&self, key: &Key) -> Option<(&Record, Option<&str>)> {
        self.records.get(key).map(|(record, content)| (record, content.as_deref()))
    }
}

fn patients(
    session: &mut dyn ReadSession,
    rows: &[PreparedRow],
    site: &SiteCode,
    today: NaiveDate,
) -> Result<HashMap<Pseudonym, PatientId>, ServiceError> {
    let mut pseudonyms: Vec<_> = rows.iter().filter_map(|row| row.patient).collect();
    pseudonyms.sort_unstable();
    pseudonyms.dedup();
    let scope = PatientScope::of(site.clone(), today);
    let found = session.patients_by_pseudonym(&pseudonyms, &scope)?;
    Ok(found.into_iter().map(|patient| (patient.pseudonym, patient.id)).collect())
}
