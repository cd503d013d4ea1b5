//! What decisions about rows rest on: the patients, courses, milestones and records they speak of.

use std::collections::HashMap;

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::consent::{Consent, opt_out};
use cartotek_domain::course::Course;
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::lock::RecordLock;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::patient::Participation;
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
    /// Everybody whom the rows name, whoever cares for them, in order.
    named: Vec<PatientId>,
    /// The patients in whose care the site takes part today.
    patients: HashMap<Pseudonym, PatientId>,
    /// The site's participations in their care.
    parts: HashMap<PatientId, Vec<Participation>>,
    consents: HashMap<PatientId, Vec<Consent>>,
    /// The objections of those of them who have opted out of the quality register.
    opted_out: HashMap<PatientId, Consent>,
    courses: HashMap<PatientId, Vec<Course>>,
    milestones: HashMap<PatientId, Vec<Milestone>>,
    /// Records with the key of a row; with the content when it is submitted.
    records: HashMap<Key, (Record, Option<String>)>,
    /// The locks that hold over the patients and the site.
    locks: Vec<RecordLock>,
}

impl Basis {
    /// Reads what `rows` speak of.
    pub(super) fn read(
        session: &mut dyn ReadSession,
        rows: &[PreparedRow],
        site: &SiteCode,
        today: NaiveDate,
    ) -> Result<Self, ServiceError> {
        let (named, patients, parts) = patients(session, rows, site, today)?;
        let ids: Vec<PatientId> = patients.values().copied().collect();
        let consents = consents(session, &ids)?;
        let opted_out = consents.iter().filter_map(|(patient, all)| Some((*patient, opt_out(all, today)?)));
        let opted_out = opted_out.map(|(patient, no)| (patient, no.clone())).collect();
        let locks = session.locks_over_any(&ids, std::slice::from_ref(site))?;
        let mut basis = Self { named, patients, parts, consents, opted_out, locks, ..Self::default() };
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
                subject.key(row.prepared.as_ref()?)
            })
            .collect();
        for (record, revision) in session.records_by_key(&keys)? {
            let content = (record.status == RecordStatus::Submitted).then_some(revision.content);
            let key = (record.subject(), record.form.clone(), record.natural_key.clone());
            basis.records.insert(key, (record, content));
        }
        Ok(basis)
    }

    /// Everybody whom the rows name: to be locked, and noted with the file.
    pub(super) fn named(&self) -> &[PatientId] {
        &self.named
    }

    /// The objection because of which nothing may be collected about a patient, nor kept of a row.
    pub(super) fn opted_out(&self, patient: PatientId) -> Option<&Consent> {
        self.opted_out.get(&patient)
    }

    /// The patient of a row, when the site takes part in the care.
    pub(super) fn patient_of(&self, row: &PreparedRow) -> Option<PatientId> {
        self.patients.get(row.patient.as_ref()?).copied()
    }

    /// The site's participations in the care of a patient.
    pub(super) fn parts_of(&self, patient: PatientId) -> &[Participation] {
        self.parts.get(&patient).map_or(&[], Vec::as_slice)
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
        Standing::new(
            self.milestones.get(&patient).cloned().unwrap_or_default(),
            self.consents.get(&patient).cloned().unwrap_or_default(),
            self.courses.get(&patient).cloned().unwrap_or_default(),
        )
    }

    /// The lock that keeps a record of a patient and site from coming to be.
    pub(super) fn lock_over(
        &self,
        patient: PatientId,
        site: &SiteCode,
        day: NaiveDate,
    ) -> Option<&RecordLock> {
        self.locks.iter().find(|lock| lock.covers(patient, site, None, day))
    }

    /// The record with a key, and its content when it is submitted.
    pub(super) fn record_with(&self, key: &Key) -> Option<(&Record, Option<&str>)> {
        self.records.get(key).map(|(record, content)| (record, content.as_deref()))
    }
}

/// Everybody whom rows name; those in whose care the site takes part, and as what.
type Named = (Vec<PatientId>, HashMap<Pseudonym, PatientId>, HashMap<PatientId, Vec<Participation>>);

fn patients(
    session: &mut dyn ReadSession,
    rows: &[PreparedRow],
    site: &SiteCode,
    today: NaiveDate,
) -> Result<Named, ServiceError> {
    let mut pseudonyms: Vec<_> = rows.iter().filter_map(|row| row.patient).collect();
    pseudonyms.sort_unstable();
    pseudonyms.dedup();
    let found = session.patients_by_pseudonym(&pseudonyms, &PatientScope::Every)?;
    let mut ids: Vec<PatientId> = found.iter().map(|patient| patient.id).collect();
    ids.sort_unstable();
    let mut parts: HashMap<PatientId, Vec<Participation>> = HashMap::new();
    for one in session.participations(&ids)? {
        if one.site == *site && one.holds_on(today) {
            parts.entry(one.patient).or_default().push(one);
        }
    }
    let there = found.into_iter().filter(|patient| parts.contains_key(&patient.id));
    let there = there.map(|patient| (patient.pseudonym, patient.id)).collect();
    Ok((ids, there, parts))
}

fn consents(
    session: &mut dyn ReadSession,
    patients: &[PatientId],
) -> Result<HashMap<PatientId, Vec<Consent>>, ServiceError> {
    let mut consents: HashMap<PatientId, Vec<Consent>> = HashMap::new();
    for consent in session.consents_of(patients)? {
        consents.entry(consent.patient).or_default().push(consent);
    }
    Ok(consents)
}
